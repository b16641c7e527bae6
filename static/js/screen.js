/* The screen's clocks. The server says how long the item had run at which moment; the seconds since are counted here,
   against this machine's clock as it stood when the page came. Esc goes back to the record. */
(function () {
  "use strict";
  const box = document.getElementById("screen");
  if (!box) return;
  const skew = Date.now() / 1000 - Number(box.dataset.now);

  const wall = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hour12: false });

  function tick() {
    const now = Date.now() / 1000 - skew; // the server's seconds
    const clock = document.querySelector("[data-clock]");
    if (clock) clock.textContent = wall.format(new Date(now * 1000)).replace(/^24/, "00");
    const used = box.querySelector("[data-used]");
    if (!used) return;
    const since = used.dataset.runs ? now - Number(used.dataset.at) : 0;
    const minutes = Math.floor((Number(used.dataset.base) + Math.max(0, since)) / 60);
    const planned = Number(used.dataset.planned);
    used.querySelector("[data-used-words]").textContent = String(minutes);
    used.classList.toggle("screen-over", planned > 0 && minutes > planned);
    const bar = used.querySelector("progress");
    if (bar) bar.value = Math.min(minutes, planned);
  }

  tick();
  setInterval(tick, 1000);
  document.body.addEventListener("htmx:afterSwap", tick);
  document.addEventListener("keydown", (event) => {
    const leave = document.querySelector("[data-leave]");
    if (event.key === "Escape" && !document.fullscreenElement && leave) location.href = leave.href;
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-full]") && document.documentElement.requestFullscreen)
      document.documentElement.requestFullscreen().catch(() => {});
  });
})();
