/* The recording room: typed words are never lost.

   Each block is a form of its own, and everything in it works without this file through its 保存 button:

     <form method="post" action="…" data-autosave-url="…" data-saved-at="ISO time of the server's text">
       <input type="hidden" name="version" value="3">
       <textarea name="text" data-block="17">…</textarea>  and any other named field (lead units, deadline …)
       <span class="save-line" data-save-line></span>
       <button type="submit">保存</button>
     </form>

   The server's copy is the truth. It answers 200 {version, saved_at}; 409 {version, text, saved_at, by} when somebody
   else saved first; 400/403/422 {error} when it refuses. Until it has answered 200, a draft stays in localStorage under
   user + block + version: it covers a lost network and an expired login, and is removed on success and on logout. */
(function () {
  "use strict";

  const DEBOUNCE = 800; // ms after the last key
  const RETRY = [2000, 4000, 8000, 15000, 30000, 60000]; // ms between attempts while the network is away
  const DRAFT_DAYS = 3;
  const user = () => document.body.dataset.user || "";
  const WORDS = { dirty: "有改动，待保存", saving: "正在保存", offline: "离线，已暂存本机", conflict: "与他人的改动冲突，请选择" };
  // What people type in front of a point; the paper numbers its points itself. 1.5 万 is no numbering.
  const NUMBERING = /^(?:[一二三四五六七八九十百]+、|[（(](?:[一二三四五六七八九十百]+|\d{1,2})[）)]|\d{1,2}[.．](?!\d)|\d{1,2}、|[①-⑳])\s*/;

  const OFFERED = ":offered";
  const forms = new Map(); // <form> → Block
  const clock = (value) =>
    new Date(value).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hourCycle: "h23" });

  class Block {
    constructor(form) {
      this.form = form;
      this.area = form.querySelector("textarea[data-block]");
      this.line = form.querySelector("[data-save-line]");
      this.version = form.elements.version;
      this.state = "saved";
      this.composing = false;
      this.attempt = 0;
      this.edits = 0; // counts edits, so that an answer knows whether it covers the newest words
      this.base = this.snapshot();
      this.listen();
      this.grow();
      this.offerDraft();
    }

    listen() {
      const { form, area } = this;
      form.addEventListener("compositionstart", () => (this.composing = true));
      form.addEventListener("compositionend", () => {
        this.composing = false;
        this.edited();
      });
      form.addEventListener("input", (event) => {
        this.grow();
        // Half-typed pinyin is neither saved nor sent.
        if (!event.isComposing && !this.composing) this.edited();
      });
      // A textarea's change comes on leaving it, after input has said everything.
      form.addEventListener("change", (event) => event.target !== area && this.edited());
      form.addEventListener("focusout", () => this.state === "dirty" && this.save());
      form.addEventListener("submit", (event) => {
        const button = event.submitter;
        if (button && (button.name || button.hasAttribute("formaction"))) return; // another verb, e.g. delete
        event.preventDefault();
        if (this.unsaved() && this.state !== "conflict") this.save();
      });
      area.addEventListener("paste", (event) => pasteLines(event, area));
    }

    grow() {
      this.area.style.height = "auto";
      this.area.style.height = `${this.area.scrollHeight + 2}px`;
    }

    /* Named values of the form as pairs; the token and the version are not content. */
    snapshot() {
      return Array.from(new FormData(this.form)).filter(
        ([name, value]) => name !== "csrfmiddlewaretoken" && name !== "version" && typeof value === "string",
      );
    }

    restore(pairs) {
      for (const field of this.form.elements) {
        if (!field.name || ["csrfmiddlewaretoken", "version"].includes(field.name)) continue;
        const values = pairs.filter(([name]) => name === field.name).map(([, value]) => value);
        if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
        else if (field.type === "select-multiple") for (const o of field.options) o.selected = values.includes(o.value);
        else if (!["submit", "button", "file"].includes(field.type)) field.value = values[0] || "";
      }
      this.grow();
    }

    unsaved() {
      return this.state !== "saved";
    }

    /* ---- drafts ---- */
    prefix() {
      return `draft:${user()}:${this.area.dataset.block}:`;
    }

    keepDraft() {
      const draft = { pairs: this.snapshot(), version: Number(this.version.value), at: Date.now() };
      try {
        localStorage.setItem(this.prefix() + draft.version, JSON.stringify(draft));
      } catch (error) {
        /* full or switched off: the server's copy and the leave-page question remain */
      }
    }

    /* An offered draft stays until somebody chooses, whatever is typed and saved meanwhile. */
    dropDrafts(offered) {
      draftKeys(this.prefix())
        .filter((key) => offered || !key.endsWith(OFFERED))
        .forEach((key) => localStorage.removeItem(key));
    }

    offerDraft() {
      const drafts = draftKeys(this.prefix()).map((key) => JSON.parse(localStorage.getItem(key)));
      const draft = drafts.sort((a, b) => b.at - a.at)[0];
      if (!draft) return;
      const savedAt = Date.parse(this.form.dataset.savedAt) || 0;
      const newer = draft.version >= Number(this.version.value) || draft.at > savedAt;
      const same = JSON.stringify(draft.pairs) === JSON.stringify(this.base);
      if (!newer || same || Date.now() - draft.at > DRAFT_DAYS * 86400000) {
        this.dropDrafts(true);
        return;
      }
      this.dropDrafts(true);
      localStorage.setItem(this.prefix() + draft.version + OFFERED, JSON.stringify(draft));
      const text = (draft.pairs.find(([name]) => name === this.area.name) || ["", ""])[1];
      const offer = panel("draft-offer", `本机暂存了 ${clock(draft.at)} 未保存的文字，是否恢复？`, [["暂存的文字", text]], [
        ["恢复", "btn-primary", () => {
          this.dropDrafts(true);
          this.restore(draft.pairs);
          this.edited();
        }],
        ["不要", "btn-outline-secondary", () => this.dropDrafts(true)],
      ]);
      this.area.after(offer);
    }

    /* ---- saving ---- */
    edited() {
      this.edits += 1;
      this.keepDraft();
      if (this.state === "conflict") return; // nothing goes out before a choice, everything stays in the draft
      if (this.state !== "saving") this.show("dirty");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), DEBOUNCE);
    }

    save(leaving) {
      clearTimeout(this.timer);
      if (this.composing && !leaving) {
        this.timer = setTimeout(() => this.save(), DEBOUNCE);
        return Promise.resolve();
      }
      if (this.state === "saving") return this.pending;
      this.show("saving");
      this.pending = this.send(leaving);
      return this.pending;
    }

    async send(leaving) {
      const covered = this.edits;
      const sent = this.snapshot();
      const body = new URLSearchParams(sent);
      body.set("version", this.version.value);
      try {
        const response = await fetch(this.form.dataset.autosaveUrl, {
          method: "POST",
          body: body,
          credentials: "same-origin",
          keepalive: Boolean(leaving),
          headers: { "X-CSRFToken": portal.csrf(), Accept: "application/json" },
        });
        await this.answered(response, sent, covered);
      } catch (error) {
        this.retryLater();
      }
    }

    async answered(response, sent, covered) {
      const json = (response.headers.get("Content-Type") || "").includes("json") ? await response.json() : null;
      if (response.ok && json && json.version !== undefined && !response.redirected) this.saved(json, sent, covered);
      else if (response.status === 409 && json) this.conflict(json);
      else if (json && json.error && response.status < 500) this.refused(json.error);
      else if (response.status >= 500 || response.status === 429) this.retryLater();
      else if (response.redirected || response.status === 401 || response.status === 403) this.needLogin();
      else this.refused("没有保存成功，文字已暂存本机");
    }

    saved(json, sent, covered) {
      this.dropDrafts();
      this.attempt = 0;
      this.version.value = json.version;
      this.base = sent;
      document.dispatchEvent(new CustomEvent("portal:activity"));
      this.show("saved", `已保存 ${clock(json.saved_at || Date.now())}`);
      if (this.edits !== covered) this.edited(); // typed while the answer was on its way
    }

    retryLater() {
      this.keepDraft();
      this.show("offline");
      const wait = RETRY[Math.min(this.attempt, RETRY.length - 1)];
      this.attempt += 1;
      this.timer = setTimeout(() => this.save(), wait);
    }

    refused(words) {
      this.keepDraft();
      this.show("error", words);
    }

    needLogin() {
      this.keepDraft();
      this.show("error", "登录已过期，文字已暂存本机");
      portal.askLogin();
    }

    /* ---- two people on one block ---- */
    conflict(theirs) {
      this.keepDraft();
      this.show("conflict");
      const mine = this.area.value;
      const choose = (text) => () => {
        this.version.value = theirs.version;
        this.area.value = text;
        this.show("dirty");
        this.grow();
        this.edited();
      };
      const who = `${theirs.by || "他人"} ${theirs.saved_at ? clock(theirs.saved_at) : ""}`;
      const box = panel("conflict", "这一段刚被别人改过，请选择保留哪一份：", [["我的", mine], [`对方的（${who.trim()}）`, theirs.text]], [
        ["用我的", "btn-primary", () => choose(this.area.value)()], // with what was typed since
        ["用对方的", "btn-outline-primary", choose(theirs.text)],
        ["合并两份", "btn-outline-primary", () => choose(merged(theirs.text, this.area.value))()],
      ]);
      this.form.querySelectorAll(".conflict").forEach((old) => old.remove());
      this.area.after(box);
      portal.toast("有一段文字被别人同时修改，请选择", "warning");
    }

    show(state, words) {
      this.state = state;
      if (this.line) {
        this.line.dataset.state = state;
        this.line.textContent = words || WORDS[state] || "";
      }
      showAll(words);
    }
  }

  /* Worst news first, on the line of the whole page. */
  function showAll(words) {
    const line = document.querySelector("[data-save-all]");
    if (!line) return;
    const states = Array.from(forms.values(), (block) => block.state);
    const state = ["conflict", "error", "offline", "saving", "dirty"].find((name) => states.includes(name)) || "saved";
    line.dataset.state = state;
    line.textContent = WORDS[state] || (state === "error" ? "有一段没有保存成功" : words || "已保存");
  }

  /* A box with texts side by side and buttons; text is only ever put in as text. */
  function panel(css, title, texts, actions) {
    const make = (tag, cls, text) => {
      const el = document.createElement(tag);
      if (cls) el.className = cls;
      if (text !== undefined) el.textContent = text;
      return el;
    };
    const box = make("div", css);
    box.setAttribute("role", "group");
    box.append(make("strong", "", title));
    const columns = make("div", texts.length > 1 ? "conflict-texts" : "conflict-texts conflict-one");
    texts.forEach(([label, text]) => {
      const column = make("div");
      column.append(make("p", "diff-label", label), make("pre", "", text));
      columns.append(column);
    });
    const row = make("div", "conflict-actions");
    actions.forEach(([label, style, run]) => {
      const button = make("button", `btn ${style}`, label);
      button.type = "button";
      button.addEventListener("click", () => {
        box.remove();
        run();
      });
      row.append(button);
    });
    box.append(columns, row);
    return box;
  }

  /* Both texts, no line twice: theirs first, then what only I have. */
  function merged(theirs, mine) {
    const lines = theirs.split("\n");
    return lines.concat(mine.split("\n").filter((line) => line.trim() && !lines.includes(line))).join("\n");
  }

  function draftKeys(prefix) {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    } catch (error) {
      return [];
    }
  }

  /* Several pasted lines become plain lines without the numbers and spaces somebody typed in a document. */
  function pasteLines(event, area) {
    const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    if (!/[\r\n]/.test(text.trim())) return; // one line: the browser's own paste is right
    event.preventDefault();
    const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim().replace(NUMBERING, "")).filter(Boolean);
    const clean = lines.join("\n");
    // insertText keeps the browser's undo; setRangeText is the fall-back.
    if (document.execCommand("insertText", false, clean)) return;
    area.setRangeText(clean, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function scan(from) {
    const found = from.matches && from.matches("form[data-autosave-url]") ? [from] : [];
    found.concat(Array.from(from.querySelectorAll("form[data-autosave-url]"))).forEach((form) => {
      if (!forms.has(form) && form.querySelector("textarea[data-block]")) forms.set(form, new Block(form));
    });
    forms.forEach((block, form) => !form.isConnected && forms.delete(form));
  }

  const open = () => Array.from(forms.values()).filter((block) => block.form.isConnected && block.unsaved());

  function saveAll(leaving) {
    const ready = open().filter((block) => block.state !== "conflict");
    return Promise.all(ready.map((block) => block.save(leaving)));
  }

  /* Leaving by a link or another form: save first, then go. If saving fails, the browser's own question is asked. */
  const LEAVE_WAIT = 3000; // ms; a dead network must not hold anybody back
  let leaving = false;

  async function leaveSafely(event, go) {
    if (leaving || event.defaultPrevented || !open().length) return;
    event.preventDefault();
    event.stopPropagation();
    await Promise.race([saveAll(), new Promise((done) => setTimeout(done, LEAVE_WAIT))]);
    leaving = true;
    go();
    setTimeout(() => (leaving = false), 500);
  }

  function submitAgain(form, button) {
    delete form.dataset.sending; // portal.js has counted the first attempt
    form.dataset.confirmed = "1"; // and asked its question
    form.requestSubmit(button || undefined);
    delete form.dataset.confirmed;
  }

  /* A unit chosen before htmx listened has been seen by nobody: say it again. */
  function tellEarlyChoices() {
    document.querySelectorAll("[id^='leads-'] select").forEach((select) => {
      const chosen = Array.from(select.options).find((option) => option.defaultSelected) || select.options[0];
      if (chosen && select.value !== chosen.value) select.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    scan(document);
    document.body.addEventListener("htmx:load", (event) => scan(event.detail.elt));
    setTimeout(tellEarlyChoices); // htmx makes itself ready in a handler that comes after this one
  });
  document.addEventListener("submit", (event) => {
    const { target, submitter } = event;
    if (!target.matches("[data-autosave-url], [data-prefs], [hx-post], [hx-get]")) {
      leaveSafely(event, () => submitAgain(target, submitter));
    }
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (link && plain && !link.target && !link.getAttribute("href").startsWith("#") && !link.hasAttribute("download")) {
      leaveSafely(event, () => location.assign(link.href));
    }
  }, true);
  document.addEventListener("keydown", (event) => {
    const digit = /^Digit([1-4])$/.exec(event.code);
    if (!event.altKey || event.ctrlKey || event.metaKey || !digit) return;
    const button = document.querySelectorAll("[data-add]")[Number(digit[1]) - 1];
    if (!button) return;
    event.preventDefault();
    button.click();
  });
  document.addEventListener("portal:retry", () => portal.refreshToken().then(() => saveAll(), () => {}));
  window.addEventListener("online", () => saveAll());
  document.addEventListener("visibilitychange", () => document.hidden && saveAll(true));
  window.addEventListener("beforeunload", (event) => {
    if (!open().length) return;
    saveAll(true);
    event.preventDefault();
    event.returnValue = "";
  });
})();
