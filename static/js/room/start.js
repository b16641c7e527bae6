/* The room on its page: what is watched, which keys do what, drafts offered, and leaving without losing anything. */
(function () {
  "use strict";
  const room = window.room;
  const { forms } = room;
  const LEAVE_WAIT = 3000; // ms; a dead network must not hold anybody back

  const blockOf = (article) => {
    const form = article && article.querySelector("form[data-autosave-url]");
    return (form && forms.get(form)) || null;
  };

  /* One broken block must not take the others' saving with it. */
  function scan(from) {
    const all = Array.from(from.querySelectorAll("form[data-autosave-url]"));
    (from.matches && from.matches("form[data-autosave-url]") ? [from].concat(all) : all).forEach((form) => {
      if (forms.has(form) || !form.querySelector("textarea[data-block]")) return;
      try {
        const block = new room.Block(form);
        forms.set(form, block);
        block.area.addEventListener("paste", (event) => pasted(event, block));
        if (form.dataset.kind === "table") room.grid(block);
      } catch (error) {
        console.warn(error); // the form still has its 保存 button
      }
      fold(form);
    });
    forms.forEach((block, form) => !form.isConnected && forms.delete(form));
  }

  const open = () => Array.from(forms.values()).filter((block) => block.form.isConnected && block.unsaved());
  const saveAll = (leaving) => Promise.all(open().filter((block) => block.mayGo()).map((block) => block.save(leaving)));

  /* The server answered a look: what waits for the network need not wait longer. */
  function awake() {
    open().filter((block) => block.state === "offline").forEach((block) => block.save());
  }

  /* ---- pasting ---- */
  function pasted(event, block) {
    const data = event.clipboardData;
    if (!data || block.form.dataset.kind === "table") return;
    const parts = room.toBlocks(data.getData("text/html"), data.getData("text/plain")).slice(0, 100);
    if (!parts.length || (parts.length === 1 && parts[0].table)) {
      if (parts.length) takeTable(event, block, parts[0].table);
      return;
    }
    event.preventDefault();
    const before = block.area.value;
    const first = parts[0].table ? "" : parts.shift().text;
    if (first) type(block, first);
    let after = block.id;
    const keys = parts.map((part) => (after = room.add(part.table ? "table" : block.form.dataset.kind, { after, text: part.text || part.table })));
    if (keys.length) room.undo(`已分成 ${keys.length + 1} 段`, () => takeBack(block, before, keys));
  }

  function takeTable(event, block, table) {
    event.preventDefault();
    const key = room.add("table", { after: block.id, text: table });
    room.undo("已另成一个表格", () => takeBack(block, block.area.value, [key]));
  }

  function takeBack(block, before, keys) {
    keys.forEach((key) => room.made.get(key) && room.act(room.made.get(key), "delete"));
    block.putText(before);
    block.edited();
  }

  function type(block, text) {
    // insertText keeps the browser's undo; setRangeText is the fall-back.
    block.area.focus();
    if (document.execCommand("insertText", false, text)) return;
    block.area.setRangeText(text, block.area.selectionStart, block.area.selectionEnd, "end");
    block.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* ---- terms folded on a phone ---- */
  const phone = matchMedia("(max-width: 767.98px)");
  function fold(form) {
    const terms = form.querySelector("[data-terms]");
    if (!terms) return;
    terms.open = !phone.matches;
    terms.addEventListener("change", () => sum(form, terms));
    form.addEventListener("room:put", () => sum(form, terms));
  }

  function sum(form, terms) {
    const map = room.toMap(Array.from(new FormData(form)));
    const leads = room.words(form, "leads", map);
    const day = /^\d+-0?(\d+)-0?(\d+)$/.exec((map.due_on || [""])[0]);
    const by = day ? `${day[1]}月${day[2]}日前` : (map.recurrence || [map.is_standing ? "长期坚持" : "未定时限"])[0];
    terms.querySelector("[data-terms-words]").textContent = `${map.lead_1 || map.lead_2 ? `牵头 ${leads}` : "未定牵头"} · ${by}`;
  }

  /* ---- leaving by a link or another form: save first, then go ---- */
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

  function onSubmit(event) {
    const { target, submitter } = event;
    if (target.matches("[data-add-form]")) {
      event.preventDefault();
      event.stopPropagation();
      room.add(target.dataset.addForm, { focus: true });
    } else if (target.matches("[data-act]") && blockOfAct(target)) {
      event.preventDefault();
      event.stopPropagation();
      const block = blockOfAct(target);
      const at = target.dataset.act === "split" ? { at: String(Array.from(block.area.value.slice(0, block.area.selectionStart)).length) } : {};
      room.act(block.id, target.dataset.act, at);
    } else if (target.matches("[data-act=restore]")) {
      event.preventDefault();
      event.stopPropagation();
      room.act(target.closest("[data-deleted]").dataset.deleted, "restore");
    } else if (!target.matches("[data-autosave-url], [data-prefs], [data-again], [hx-post], [hx-get]")) {
      leaveSafely(event, () => submitAgain(target, submitter));
    }
  }

  const blockOfAct = (form) => blockOf(form.closest("article.block"));

  function onClick(event) {
    const link = event.target.closest && event.target.closest("a[href]");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (link && plain && !link.target && !link.getAttribute("href").startsWith("#") && !link.hasAttribute("download")) {
      leaveSafely(event, () => location.assign(link.href));
    }
  }

  function onKey(event) {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const digit = /^(?:Digit|Numpad)([1-5])$/.exec(event.code);
    const button = digit && document.querySelectorAll("[data-add]")[Number(digit[1]) - 1];
    const block = blockOf(event.target.closest("article.block"));
    if (button) button.click();
    else if (block && event.code === "ArrowUp") room.act(block.id, "up");
    else if (block && event.code === "ArrowDown") room.act(block.id, "down");
    else return;
    event.preventDefault();
  }

  /* The record was closed while this page was open: nothing can be saved any more, what is unsaved stays in this browser. */
  function closed() {
    if (document.querySelector("[data-closed]")) return;
    forms.forEach((block) => {
      clearTimeout(block.timer);
      if (block.unsaved()) block.keepDraft();
      block.area.readOnly = true;
    });
    const note = room.make("div", "alert alert-warning", "会议记录已结束，不能再改。没有保存的文字留在本机，刷新本页可以取回。");
    note.dataset.closed = "1";
    note.setAttribute("role", "alert");
    document.querySelector("[data-record]").prepend(note);
  }

  /* A unit chosen before htmx listened has been seen by nobody: say it again. */
  function tellEarlyChoices() {
    document.querySelectorAll("[id^='leads-'] select").forEach((select) => {
      const chosen = Array.from(select.options).find((option) => option.defaultSelected) || select.options[0];
      if (chosen && select.value !== chosen.value) select.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  Object.assign(room, { scan, blockOf, awake, closed, saveAll });

  document.addEventListener("DOMContentLoaded", () => {
    scan(document);
    document.body.addEventListener("htmx:load", (event) => scan(event.detail.elt));
    setTimeout(tellEarlyChoices); // htmx makes itself ready in a handler that comes after this one
    room.startLive();
    room.offerDrafts();
  });
  document.addEventListener("submit", onSubmit, true);
  document.addEventListener("click", onClick, true);
  document.addEventListener("keydown", onKey);
  document.addEventListener("portal:retry", () => saveAll());
  phone.addEventListener("change", () => document.querySelectorAll("[data-terms]").forEach((el) => (el.open = !phone.matches)));
  window.addEventListener("online", () => saveAll());
  document.addEventListener("visibilitychange", () => document.hidden && saveAll(true));
  window.addEventListener("beforeunload", (event) => {
    if (!open().length && room.isQuiet()) return;
    saveAll(true);
    event.preventDefault();
    event.returnValue = "";
  });
})();
