/* A unit's answer: comments pinned to a passage, and typed words that are never lost.

   Without this file the page is a plain form: three empty comments, each with a list of passages. With it, 提意见 under a
   passage opens a comment there, filled with the passage (or the part of it that is selected) to be rewritten.

   What is typed stays in localStorage under draft:user:consent:answer:tab until the server has taken the answer. It is
   offered when the page is opened again, and goes only when the reader says so. A tab touches no other tab's draft. */
(function () {
  "use strict";

  const form = document.querySelector("form[data-answer]");
  if (!form) return;

  const all = (selector, from) => Array.from((from || form).querySelectorAll(selector));
  const blank = form.querySelector("[data-remark-blank]");
  const total = form.querySelector("[name=remark-TOTAL_FORMS]");
  const field = (remark, name) => remark.querySelector(`[name$="-${name}"]`);
  const trimmed = (input) => (input ? input.value.trim() : "");
  const hasWords = (remark) => trimmed(field(remark, "suggestion")) || trimmed(field(remark, "original")) || trimmed(field(remark, "reason"));

  /* ---- comments under their passages ---- */
  const remarks = () => all("[data-remark]");
  const placeOf = (key) => form.querySelector(`[data-pins="${key}"]`) || form.querySelector('[data-pins=""]');

  function settle(remark) {
    const key = field(remark, "passage").value;
    placeOf(key).append(remark);
    const fixed = Boolean(form.querySelector(`[data-pins="${key}"]`) && key);
    remark.querySelector("[data-remark-place]").hidden = fixed;
    all("[data-js-only]", remark).forEach((el) => (el.hidden = false));
    showDiff(remark);
    const whole = remark.closest("details[data-whole]");
    if (whole) whole.open = true;
  }

  function number() {
    const rows = remarks();
    rows.forEach((remark, place) => {
      remark.querySelector("legend").textContent = `意见${place + 1}`;
      all("[name^=remark-], [id^=id_remark-], [for^=id_remark-]", remark).forEach((el) => {
        for (const name of ["name", "id", "for", "aria-describedby"]) {
          const value = el.getAttribute(name);
          if (value) el.setAttribute(name, value.replace(/remark-(?:\d+|__prefix__)-/g, `remark-${place}-`));
        }
      });
    });
    total.value = String(rows.length);
    const count = form.querySelector("[data-remark-count]");
    const written = rows.filter(hasWords).length;
    count.textContent = written ? `提交意见（${written}条）` : "提交意见";
  }

  function fresh() {
    const remark = blank.content.firstElementChild.cloneNode(true);
    form.querySelector("[data-remarks]").append(remark);
    return remark;
  }

  function selected(box, text) {
    const selection = window.getSelection();
    const words = selection && !selection.isCollapsed && box.contains(selection.anchorNode) ? String(selection).trim() : "";
    const start = words ? text.indexOf(words) : 0;
    return start >= 0 && words ? { words, start } : { words: text, start: 0 };
  }

  function pin(key) {
    const box = form.querySelector(`[data-passage="${key}"]`);
    const remark = fresh();
    field(remark, "passage").value = key;
    if (box) {
      const found = selected(box, box.querySelector("[data-passage-text]").textContent.trim());
      field(remark, "original").value = field(remark, "suggestion").value = found.words;
      field(remark, "start").value = String(found.start);
    }
    number();
    settle(remark);
    form.querySelector("[data-answer-kind=comment]").open = true;
    const area = field(remark, "suggestion");
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
    keep();
  }

  /* The words both have at the start and at the end stay; what is between them was changed. */
  function showDiff(remark) {
    const out = remark.querySelector("[data-remark-diff]");
    const before = Array.from(trimmed(field(remark, "original")));
    const after = Array.from(trimmed(field(remark, "suggestion")));
    out.textContent = "";
    if (!before.length || !after.length || before.join("") === after.join("")) return;
    let head = 0;
    while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
    let tail = 0;
    const most = Math.min(before.length, after.length) - head;
    while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
    const put = (name, chars) => {
      if (!chars.length) return;
      const el = name ? document.createElement(name) : document.createTextNode(chars.join(""));
      if (name) el.textContent = chars.join("");
      out.append(el);
    };
    put("", before.slice(0, head));
    put("del", before.slice(head, before.length - tail));
    put("ins", after.slice(head, after.length - tail));
    put("", before.slice(before.length - tail));
  }

  /* ---- the draft ---- */
  const PREFIX = `draft:${document.body.dataset.user || ""}:consent-${form.dataset.answer}:`;
  const line = form.querySelector("[data-draft-line]");
  const offer = form.querySelector("[data-draft-offer]");
  const NAMES = ["passage", "original", "suggestion", "reason", "start"];

  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch (error) { return null; } },
    put: (key, value) => { try { localStorage.setItem(key, value); return true; } catch (error) { return false; } },
    drop: (key) => { try { localStorage.removeItem(key); } catch (error) { /* nothing was kept */ } },
    keys: () => { try { return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)); } catch (error) { return []; } },
  };

  /* One id a tab: crypto.randomUUID needs https, which an office network may not have. */
  function tabId() {
    const bytes = crypto.getRandomValues(new Uint32Array(2));
    const made = Array.from(bytes, (n) => n.toString(36)).join("");
    try {
      const known = sessionStorage.getItem("desk:tab") || made;
      sessionStorage.setItem("desk:tab", known);
      return known;
    } catch (error) {
      return made;
    }
  }
  const own = PREFIX + tabId();

  const written = () => ({
    name: trimmed(form.elements.authorised_by),
    reason: form.elements.reason.value,
    remarks: remarks().filter(hasWords).map((remark) => Object.fromEntries(NAMES.map((name) => [name, (field(remark, name) || {}).value || ""]))),
  });
  const sameAs = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const parsed = (raw) => {
    try {
      const value = JSON.parse(raw);
      return value && Array.isArray(value.remarks) ? { name: String(value.name || ""), reason: String(value.reason || ""), remarks: value.remarks } : null;
    } catch (error) {
      return null; // not ours, or cut off: shown as it is, never thrown away
    }
  };
  let server = null;
  let composing = false;

  function keep() {
    const now = written();
    if (sameAs(now, server)) return;
    const kept = store.put(own, JSON.stringify(now));
    line.textContent = kept ? "已暂存本机，还没有提交" : "本机不能暂存，请写好后及时提交";
  }

  const words = (draft) =>
    [draft.name && `审签人：${draft.name}`, draft.reason && `不同意的理由：${draft.reason}`, ...draft.remarks.map((row) => `${row.original ? `原文：${row.original}\n` : ""}建议修改为：${row.suggestion}${row.reason ? `\n理由：${row.reason}` : ""}`)]
      .filter(Boolean).join("\n");

  function offerDrafts() {
    const key = store.keys().find((one) => {
      const draft = parsed(store.get(one));
      return !draft || !sameAs(draft, server);
    });
    offer.hidden = !key;
    if (!key) return;
    const raw = store.get(key);
    const draft = parsed(raw);
    offer.querySelector("[data-draft-words]").textContent = draft ? words(draft) : raw;
    offer.querySelector("[data-draft-take]").hidden = !draft;
    offer.querySelector("[data-draft-take]").onclick = () => {
      take(draft);
      if (key !== own) store.drop(key);
      offer.hidden = true;
      keep();
    };
    offer.querySelector("[data-draft-drop]").onclick = () => {
      store.drop(key);
      offerDrafts();
    };
  }

  function take(draft) {
    if (draft.name) form.elements.authorised_by.value = draft.name;
    form.elements.reason.value = draft.reason;
    if (draft.reason) form.querySelector("[data-answer-kind=oppose]").open = true;
    const have = remarks().filter(hasWords).map((remark) => trimmed(field(remark, "suggestion")));
    draft.remarks.filter((row) => !have.includes(String(row.suggestion || "").trim())).forEach((row) => {
      const remark = fresh();
      NAMES.forEach((name) => { if (field(remark, name)) field(remark, name).value = row[name] || ""; });
      settle(remark);
    });
    if (draft.remarks.length) form.querySelector("[data-answer-kind=comment]").open = true;
    number();
  }

  /* The server has it when this tab sent it and the answer's time moved. */
  function afterSending() {
    const mark = `desk:sent:${form.dataset.answer}`;
    try {
      const before = sessionStorage.getItem(mark);
      if (before === null) return;
      sessionStorage.removeItem(mark);
      if (before !== form.dataset.saved) store.drop(own);
    } catch (error) { /* then the draft is offered once too often, which harms nobody */ }
  }

  /* ---- start ---- */
  remarks().forEach((remark) => (hasWords(remark) || remark.querySelector(".invalid-feedback, .errorlist") ? settle(remark) : remark.remove()));
  number();
  const bound = Boolean(document.querySelector("[data-error-summary], .answer-form .errorlist, .answer-form .invalid-feedback"));
  afterSending();
  server = bound ? { name: "", reason: "", remarks: [] } : written();
  if (bound) keep();
  else offerDrafts();

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pin], [data-unpin]");
    if (!button) return;
    if (button.dataset.pin !== undefined) return pin(button.dataset.pin);
    const remark = button.closest("[data-remark]");
    const rewritten = hasWords(remark) && trimmed(field(remark, "suggestion")) !== trimmed(field(remark, "original"));
    if (!rewritten) return unpin(remark);
    document.dispatchEvent(new CustomEvent("portal:confirm", { detail: { question: "确定删去这条意见吗？", yes: () => unpin(remark) } }));
    return undefined;
  });

  function unpin(remark) {
    const next = remark.parentElement.parentElement.querySelector("[data-pin]") || form.querySelector("[data-pin]");
    remark.remove();
    number();
    keep();
    if (next) next.focus();
  }

  /* The bar of a phone: 无意见 needs the name of who authorised it; the two others open their part of the form. */
  form.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-answer-open]");
    if (opener) {
      form.querySelector(`[data-answer-kind=${opener.dataset.answerOpen}]`).open = true;
      return;
    }
    const agree = event.target.closest(".answer-bar [value=agree]");
    const proof = form.elements.proof;
    if (!agree || trimmed(form.elements.authorised_by) || form.dataset.proof || (proof && proof.files.length)) return;
    event.preventDefault();
    line.textContent = "请先填写本单位审签人，再点“无意见”。";
    form.elements.authorised_by.focus();
  });
  form.addEventListener("compositionstart", () => (composing = true));
  form.addEventListener("compositionend", () => { composing = false; changed(); });
  form.addEventListener("input", (event) => { if (!composing && !event.isComposing) changed(event.target); else keep(); });
  function changed(target) {
    const remark = target && target.closest ? target.closest("[data-remark]") : null;
    if (remark) showDiff(remark); else remarks().forEach(showDiff);
    number();
    keep();
  }
  form.addEventListener("submit", () => {
    keep();
    try { sessionStorage.setItem(`desk:sent:${form.dataset.answer}`, form.dataset.saved || ""); } catch (error) { /* see afterSending */ }
  });
})();
