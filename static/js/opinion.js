/* The signer's 批示, kept in this browser until the server has it: a tab that dies takes no word with it.

   A textarea with data-keep="minutes-12" keeps its words under opinion:user:minutes-12:tab at every keystroke. The next
   visit offers words that the server does not have; they go when the signer says so, when 暂存 has saved them, or when a page
   that says data-keep-done shows that what was sent has arrived. Logging out asks and clears them, as every kept word. */
(function () {
  "use strict";

  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch (error) { return null; } },
    put: (key, value) => { try { localStorage.setItem(key, value); return true; } catch (error) { return false; } },
    drop: (key) => { try { localStorage.removeItem(key); } catch (error) { /* nothing was kept */ } },
    keys: (start) => { try { return Object.keys(localStorage).filter((key) => key.startsWith(start)); } catch (error) { return []; } },
  };
  const prefix = (name) => `opinion:${document.body.dataset.user || ""}:${name}:`;

  /* { text, sent }; what is not ours or was cut off is shown as it is. */
  function read(key) {
    const raw = store.get(key) || "";
    try {
      const found = JSON.parse(raw);
      if (found && typeof found.text === "string") return found;
    } catch (error) {
      /* shown as it is */
    }
    return { text: raw, sent: false };
  }

  /* Sent from here and decided since: the server has it. What was typed and never sent stays. */
  document.querySelectorAll("[data-keep-done]").forEach((mark) => {
    store.keys(prefix(mark.dataset.keepDone)).filter((key) => read(key).sent).forEach(store.drop);
  });

  const area = document.querySelector("textarea[data-keep]");
  if (!area) return;

  /* One id a tab, the same after a reload; two tabs never write over each other. */
  function tabId() {
    const made = Array.from(crypto.getRandomValues(new Uint32Array(2)), (n) => n.toString(36)).join("");
    try {
      const known = sessionStorage.getItem("desk:tab") || made;
      sessionStorage.setItem("desk:tab", known);
      return known;
    } catch (error) {
      return made;
    }
  }

  const all = prefix(area.dataset.keep);
  const own = all + tabId();
  const line = document.querySelector("[data-keep-line]");
  const refused = Boolean(document.getElementById("trouble")); // then the field holds what was typed, not what is saved
  const saved = refused ? null : area.value;

  function keep(sent) {
    if (area.value === saved || (!saved && !area.value.trim())) {
      store.drop(own);
      line.textContent = "";
      return;
    }
    const kept = store.put(own, JSON.stringify({ text: area.value, sent: sent === true }));
    line.textContent = kept ? "已留在本机，还没有提交" : "本机不能暂存，请及时提交";
  }

  function button(label, css, run) {
    const el = document.createElement("button");
    el.type = "button";
    el.className = `btn btn-sm ${css}`;
    el.textContent = label;
    el.addEventListener("click", run);
    return el;
  }

  function offer(key) {
    const words = read(key).text;
    if (!words.trim() || words === area.value) {
      if (key !== own || !refused) store.drop(key);
      return;
    }
    const box = document.createElement("div");
    box.className = "draft-offer";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "上次没有提交的批示");
    const said = document.createElement("p");
    said.textContent = "上次没有提交的批示：";
    const text = document.createElement("pre");
    text.textContent = words;
    const settle = (take) => {
      store.drop(key);
      box.remove();
      if (take) area.value = take;
      keep();
      area.focus();
    };
    box.append(said, text, button("恢复", "btn-primary", () => settle(words)), " ", button("不要了", "btn-outline-secondary", () => settle("")));
    area.after(box);
  }

  if (refused) keep();
  store.keys(all).forEach(offer);
  area.addEventListener("input", () => keep());
  area.addEventListener("compositionend", () => keep());
  area.form.addEventListener("submit", () => keep(true));
})();
