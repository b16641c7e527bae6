/* 主持词 and the chair's notes save themselves: a local copy at every keystroke, the server a moment after the last one.
   Words typed while a save runs are sent by the next one; a newer text on the server is shown beside, never put over. */
(function () {
  "use strict";
  const user = document.body.dataset.user || "";
  const WAIT = 1200;
  const LONGEST = 5000;

  function make(tag, css, text) {
    const el = document.createElement(tag);
    if (css) el.className = css;
    if (text !== undefined) el.textContent = text;
    return el;
  }

  /* What is kept under a name, or null. What cannot be read is handed out as it stands: it may be somebody's words. */
  function stored(name) {
    let raw = null;
    try {
      raw = localStorage.getItem(name);
      const found = JSON.parse(raw || "null");
      return found && typeof found.text === "string" ? found : null;
    } catch (error) {
      return raw ? { text: raw } : null;
    }
  }

  /* A box with kept words; `add` puts them into a field, where there is one. */
  function offered(name, words, add) {
    const box = make("div", "draft-offer");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "上次没有保存的文字");
    const choose = (label, css, run) => {
      const button = make("button", "btn btn-sm " + css, label);
      button.type = "button";
      button.addEventListener("click", () => {
        run();
        localStorage.removeItem(name);
        box.remove();
      });
      return button;
    };
    box.append(make("p", "", add ? "上次没有保存的：" : "上次没有保存的（现在不能再写，可以复制出来）："), make("pre", "", words));
    if (add) box.append(choose("加到后面", "btn-primary", add), " ");
    box.append(choose("不要了", "btn-outline-secondary", () => {}));
    return box;
  }

  function Note(form) {
    const area = form.querySelector("textarea");
    const version = form.querySelector("[name=version]");
    const line = form.querySelector("[data-note-line]");
    const key = "note:" + user + ":" + form.dataset.note + ":" + portal.pageId; // two tabs never write over each other
    let stands = area.value; // what the server has
    let timer = 0;
    let wait = WAIT;
    let sending = false;

    function say(state, words) {
      line.dataset.state = state;
      line.textContent = words;
    }


    /* The words and the version they were written over, so that a later visit knows whether that still stands. */
    function keep() {
      try {
        localStorage.setItem(key, JSON.stringify({ text: area.value, version: version.value, meeting: form.dataset.meeting }));
      } catch (error) {
        /* a full or forbidden store: the server still gets it */
      }
    }

    /* Only the words the server has now: more may have been typed since. */
    function drop(text) {
      const found = stored(key);
      if (found && found.text === text) localStorage.removeItem(key);
    }

    /* Words of a page that is gone: into the field when nothing newer is there, else beside it. Never thrown away unasked. */
    function offer(name) {
      const kept = stored(name);
      if (!kept || kept.text === area.value) {
        localStorage.removeItem(name);
        return;
      }
      if (kept.version === version.value && area.value === stands) {
        area.value = kept.text;
        keep();
        localStorage.removeItem(name);
        say("dirty", "这是上次没有保存的文字");
        later();
        return;
      }
      form.append(offered(name, kept.text, () => {
        area.value += (area.value && !area.value.endsWith("\n") ? "\n" : "") + kept.text;
        keep();
        save();
      }));
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
      const box = make("div", "conflict");
      box.setAttribute("role", "alert");
      const mine = make("button", "btn btn-sm btn-primary", "用我写的");
      const other = make("button", "btn btn-sm btn-outline-secondary", "用这份");
      mine.type = other.type = "button";
      box.append(make("p", "", "现在保存着的："), make("pre", "", theirs), mine, " ", other);
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
    window.addEventListener("beforeprint", () => {
      const paper = document.querySelector('[data-note-paper="' + form.dataset.note + '"]');
      if (paper) paper.textContent = area.value; // a field on paper shows only the lines that fit it
    });
    window.addEventListener("beforeunload", (event) => {
      if (area.value === stands) return;
      keep();
      event.preventDefault();
      event.returnValue = "";
    });

    return { name: form.dataset.note, offer: offer };
  }

  /* Words for a field that is not here any more: the record was closed meanwhile. */
  function showLoose(key) {
    const place = document.querySelector("[data-loose-notes]");
    const kept = stored(key);
    if (place && kept && (!kept.meeting || kept.meeting === place.dataset.looseNotes)) place.append(offered(key, kept.text));
  }

  document.addEventListener("DOMContentLoaded", () => {
    const notes = Array.from(document.querySelectorAll("form[data-note]"), (form) => Note(form));
    portal.orphanDrafts("note").then((keys) =>
      keys.forEach((key) => {
        const fields = notes.filter((note) => note.name === key.split(":")[2]);
        fields.forEach((note) => note.offer(key));
        if (!fields.length) showLoose(key);
      })
    );
  });
})();
