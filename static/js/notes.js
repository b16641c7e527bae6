/* 主持词 and the chair's notes save themselves: a local copy at every keystroke, the server a moment after the last one.
   Words typed while a save runs are sent by the next one; a newer text on the server is shown beside, never put over. */
(function () {
  "use strict";
  const user = document.body.dataset.user || "";
  const WAIT = 1200;
  const LONGEST = 5000;

  function Note(form) {
    const area = form.querySelector("textarea");
    const version = form.querySelector("[name=version]");
    const line = form.querySelector("[data-note-line]");
    const key = "note:" + user + ":" + form.dataset.note;
    let stands = area.value; // what the server has
    let timer = 0;
    let wait = WAIT;
    let sending = false;

    function say(state, words) {
      line.dataset.state = state;
      line.textContent = words;
    }

    function stored() {
      try {
        const found = JSON.parse(localStorage.getItem(key) || "null");
        return found && typeof found.text === "string" ? found : null;
      } catch (error) {
        return null; // no store, or not ours
      }
    }

    /* The words and the version they were written over, so that a later visit knows whether that still stands. */
    function keep() {
      try {
        localStorage.setItem(key, JSON.stringify({ text: area.value, version: version.value }));
      } catch (error) {
        /* a full or forbidden store: the server still gets it */
      }
    }

    /* Only the words the server has now: another window may have kept its own since. */
    function drop(text) {
      const found = stored();
      if (found && found.text === text) localStorage.removeItem(key);
    }

    function later() {
      clearTimeout(timer);
      timer = setTimeout(save, wait);
    }

    function clock() {
      const now = new Date();
      return String(now.getHours()).padStart(2, "0") + ":" + String(now.getMinutes()).padStart(2, "0");
    }

    function failed(words) {
      say("error", words);
      wait = Math.min(wait * 2, LONGEST);
      later();
    }

    function beside(theirs, number) {
      say("conflict", "别处改过，请对照");
      const box = document.createElement("div");
      box.className = "conflict";
      box.setAttribute("role", "alert");
      const words = document.createElement("pre");
      words.textContent = theirs;
      const mine = document.createElement("button");
      mine.type = "button";
      mine.className = "btn btn-sm btn-primary";
      mine.textContent = "用我写的";
      const other = document.createElement("button");
      other.type = "button";
      other.className = "btn btn-sm btn-outline-secondary";
      other.textContent = "用这份";
      const head = document.createElement("p");
      head.textContent = "现在保存着的：";
      box.append(head, words, mine, document.createTextNode(" "), other);
      form.append(box);
      const mineWords = area.value;
      const settle = (text) => {
        version.value = String(number);
        stands = theirs;
        area.value = text;
        box.remove();
        if (text === theirs) drop(mineWords);
        save();
      };
      mine.addEventListener("click", () => settle(area.value));
      other.addEventListener("click", () => settle(theirs));
    }

    function save() {
      clearTimeout(timer);
      if (sending || form.querySelector(".conflict")) return;
      if (area.value === stands) {
        say("saved", "已保存 " + clock());
        return;
      }
      const text = area.value;
      const body = new URLSearchParams(new FormData(form));
      sending = true;
      say("saving", "正在保存");
      fetch(form.action, { method: "POST", body: body, headers: { Accept: "application/json" }, credentials: "same-origin" })
        .then((answer) => {
          const json = (answer.headers.get("Content-Type") || "").includes("json");
          return json ? answer.json().then((data) => ({ status: answer.status, data: data })) : { status: answer.ok ? 401 : answer.status };
        })
        .then((answer) => {
          sending = false;
          if (answer.status === 200) {
            version.value = String(answer.data.version);
            stands = text;
            wait = WAIT;
            drop(text);
            if (area.value === text) say("saved", "已保存 " + clock());
            else later();
          } else if (answer.status === 409) beside(answer.data.text, answer.data.version);
          else if (answer.status === 422) say("error", answer.data.error);
          else failed("没有保存，请在另一窗口重新登录；文字已留在本机");
        })
        .catch(() => {
          sending = false;
          failed("网络不通，文字已留在本机");
        });
    }

    area.addEventListener("input", (event) => {
      keep();
      say("dirty", "未保存");
      if (!event.isComposing) later();
    });
    area.addEventListener("compositionend", later);
    area.addEventListener("blur", save);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      save();
    });
    window.addEventListener("online", save);
    window.addEventListener("beforeunload", (event) => {
      if (area.value === stands) return;
      keep();
      event.preventDefault();
      event.returnValue = "";
    });

    const kept = stored();
    if (kept && kept.text !== area.value) {
      area.value = kept.text;
      say("dirty", "这是上次没有保存的文字");
      if (kept.version === version.value) later();
      else beside(stands, Number(version.value));
    }
  }

  document.querySelectorAll("form[data-note]").forEach((form) => new Note(form));
})();
