/* One block of the record: a form that saves itself and never loses a typed word.

   Every block works without this file through its 保存 button:

     <form method="post" action="…" data-autosave-url="…">
       <input type="hidden" name="version" value="3">
       <textarea name="text" data-block="17">…</textarea>  and any other named field
       <span class="save-line" data-save-line></span><button type="submit">保存</button>
     </form>

   The server's copy is the truth. It answers 200 {version, saved_at}; 409 {version, fields, saved_at, by, deleted} when
   somebody else was first; 422 {error} when it refuses. Until it has answered 200, a draft stays in this browser. */
(function () {
  "use strict";
  const room = (window.room = window.room || {});
  const DEBOUNCE = 800; // ms after the last key
  const LONGEST = 2000; // ms that unbroken typing may go unsaved
  const RETRY = [1000, 2000, 3000, 5000]; // ms between attempts while the server is away
  const forms = new Map(); // <form> → Block

  class Block {
    constructor(form) {
      this.form = form;
      this.area = form.querySelector("textarea[data-block]");
      this.line = form.querySelector("[data-save-line]");
      this.version = form.elements.version;
      this.id = this.area.dataset.block;
      this.state = "saved";
      this.composing = false;
      this.attempt = 0;
      this.edits = 0; // counts edits, so that an answer knows whether it covers the newest words
      this.base = this.now(); // the fields as the server has them at `version`
      this.listen();
      this.grow();
    }

    listen() {
      const { form, area } = this;
      form.addEventListener("compositionstart", () => {
        this.calm = this.pairs(); // half-typed pinyin is neither saved nor sent, only kept in the draft
        this.composing = true;
        this.beat = setInterval(() => this.keepDraft(), 1000);
      });
      form.addEventListener("compositionend", () => {
        this.composing = false;
        clearInterval(this.beat);
        this.edited();
        if (this.waiting) this.stale(this.waiting);
      });
      form.addEventListener("input", (event) => {
        this.grow();
        if (!event.isComposing && !this.composing) this.edited();
        else if (this.state === "saved") this.show("dirty");
      });
      // A textarea's change comes on leaving it, after input has said everything.
      form.addEventListener("change", (event) => event.target !== area && this.edited());
      form.addEventListener("focusout", () => this.state === "dirty" && this.save());
      form.addEventListener("submit", (event) => {
        const button = event.submitter;
        if (button && (button.name || button.hasAttribute("formaction"))) return;
        event.preventDefault();
        if (this.mayGo()) this.save();
      });
    }

    grow() {
      this.area.style.height = "auto";
      this.area.style.height = `${this.area.scrollHeight + 2}px`;
    }

    pairs() {
      const skip = ["csrfmiddlewaretoken", "version"];
      return Array.from(new FormData(this.form)).filter(([name, value]) => !skip.includes(name) && typeof value === "string");
    }

    now() {
      return room.toMap(this.pairs());
    }

    /* Put fields into the form; the caret stays where it was among the words. */
    put(fields) {
      for (const field of this.form.elements) {
        if (!field.name || ["csrfmiddlewaretoken", "version"].includes(field.name)) continue;
        const values = fields[field.name] || [];
        if (field === this.area) this.putText(values[0] || "");
        else if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
        else if (!["submit", "button", "file"].includes(field.type)) field.value = values[0] || "";
      }
      this.putDuties(fields.duties || []);
      this.grow();
      this.area.dispatchEvent(new CustomEvent("room:put", { bubbles: true }));
    }

    /* Clauses come from the server after their leads; until then they are kept as hidden fields. */
    putDuties(wanted) {
      const holder = this.form.querySelector(".duty-choices");
      const shown = holder ? Array.from(holder.querySelectorAll("[name=duties]"), (el) => el.value) : [];
      const missing = wanted.filter((value) => !shown.includes(value));
      missing.forEach((value) => holder && holder.append(Object.assign(room.make("input"), { type: "hidden", name: "duties", value })));
      if (missing.length && window.htmx) window.htmx.trigger(this.form.querySelector("[id^=leads-]"), "change");
    }

    putText(text) {
      const { area } = this;
      if (area.value.replace(/\r\n?/g, "\n") === text) return;
      const [from, to, before] = [area.selectionStart, area.selectionEnd, area.value];
      let common = 0;
      while (common < Math.min(from, text.length) && before[common] === text[common]) common += 1;
      const moved = common < from ? text.length - before.length : 0;
      area.value = text;
      if (document.activeElement === area) area.setSelectionRange(Math.max(common, from + moved), Math.max(common, to + moved));
    }

    unsaved() {
      return this.state !== "saved" || this.composing;
    }

    /* False while a choice is asked for: nothing goes out before it, everything stays in the draft. */
    mayGo() {
      return this.unsaved() && this.state !== "conflict" && this.state !== "gone";
    }

    keepDraft() {
      const about = document.querySelector("[data-record]");
      room.drafts.keep(this.id, {
        pairs: this.pairs(), base: this.base, version: Number(this.version.value), block: this.id, at: Date.now(),
        kind: this.form.dataset.kind, item: this.form.dataset.item, ...(about ? about.dataset : {}),
      });
    }

    edited() {
      this.edits += 1;
      this.keepDraft();
      if (this.state === "conflict" || this.state === "gone") return;
      if (this.state !== "saving") this.show("dirty");
      this.since = this.since || Date.now();
      this.later(Math.max(0, Math.min(DEBOUNCE, this.since + LONGEST - Date.now())));
    }

    later(wait) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), wait);
    }

    save(leaving) {
      clearTimeout(this.timer);
      if (this.state === "saving") return this.pending;
      const sent = this.composing ? this.calm : this.pairs();
      if (room.same(room.toMap(sent), this.base)) {
        if (this.composing) return Promise.resolve(); // nothing but a composition that has not ended
        room.drafts.drop(this.id);
        this.since = 0;
        this.show("saved", this.line ? this.line.dataset.words || "已保存" : "");
        return Promise.resolve();
      }
      this.show("saving");
      this.pending = this.send(sent, leaving);
      return this.pending;
    }

    async send(sent, leaving) {
      const covered = this.composing ? -1 : this.edits;
      const body = new URLSearchParams(sent);
      body.set("version", this.version.value);
      const answer = await room.post(this.form.dataset.autosaveUrl, body, Boolean(leaving));
      if (answer.ok) this.saved(answer.json, room.toMap(sent), covered);
      else if (answer.status === 409) this.stale(answer.json);
      else if (answer.away) this.retryLater();
      else if (answer.login) this.refused("登录已过期，文字已暂存本机");
      else this.refused(answer.words || "没有保存成功，文字已暂存本机");
    }

    saved(json, sent, covered) {
      this.attempt = 0;
      this.since = 0;
      this.version.value = json.version;
      this.base = sent;
      document.dispatchEvent(new CustomEvent("portal:activity"));
      const words = `已保存 ${room.clock(json.saved_at)}`;
      if (this.line) this.line.dataset.words = words;
      this.form.querySelectorAll(".beside").forEach((old) => old.remove());
      if (this.edits === covered) {
        room.drafts.drop(this.id);
        this.show("saved", words);
      } else if (this.composing) {
        this.keepDraft();
        this.show("dirty");
      } else {
        this.show("dirty");
        this.edited(); // typed while the answer was on its way
      }
    }

    retryLater() {
      this.keepDraft();
      this.show("offline");
      this.later(RETRY[Math.min(this.attempt, RETRY.length - 1)]);
      this.attempt += 1;
    }

    refused(words) {
      this.keepDraft();
      this.show("error", words);
    }

    /* Somebody else saved first. Fields they alone changed are taken over; what both changed is asked. */
    stale(json) {
      this.waiting = this.composing ? json : null;
      this.keepDraft();
      if (this.composing) {
        this.show("dirty"); // a composition is never disturbed
        return;
      }
      if (json.deleted) {
        this.show("gone");
        room.askGone(this, json);
        return;
      }
      const merged = room.threeWay(this.base, this.now(), json.fields);
      if (merged.asks.length) {
        this.show("conflict");
        room.askConflict(this, json);
        return;
      }
      this.settle(json, merged.fields);
      room.besideNote(this, json);
    }

    /* Go on from the server's version with these fields. */
    settle(json, fields) {
      this.version.value = json.version;
      this.base = json.fields;
      this.put(fields);
      this.show("dirty");
      this.edited();
    }

    show(state, words) {
      this.state = state;
      if (this.line) {
        this.line.dataset.state = state;
        this.line.textContent = words || room.WORDS[state] || "";
      }
      room.showAll(words);
    }
  }

  Object.assign(room, { Block, forms });
})();
