/* Words that are not on the server yet, kept in this browser: one draft a block and page.

   Key draft:<user>:<block>:<page>. Every page that is loaded has an id of its own, so two tabs of one person never
   write over each other's words, and a page drops nothing but its own. Drafts of pages that are gone are offered
   until somebody decides; none goes by age or by a clock. */
(function () {
  "use strict";
  const room = (window.room = window.room || {});
  const page = portal.pageId;
  const user = () => document.body.dataset.user || "";
  const key = (block) => `draft:${user()}:${block}:${page}`;
  let failed = false; // the browser's store is full or switched off

  /* draft: {pairs, base, version, block, kind, item, title, meeting, at}. False when it could not be kept. */
  function keep(block, draft) {
    try {
      localStorage.setItem(key(block), JSON.stringify(draft));
      failed = false;
    } catch (error) {
      if (!failed) portal.toast("本机空间已满，暂存不了文字：请不要关闭本页，等保存成功", "danger");
      failed = true;
    }
    return !failed;
  }

  function drop(block) {
    dropKey(key(block));
  }

  function dropKey(name) {
    try {
      localStorage.removeItem(name);
    } catch (error) {
      /* then there is nothing to remove either */
    }
  }

  /* A draft that is no JSON, or of an older release, is still somebody's words. */
  function read(name) {
    const raw = localStorage.getItem(name) || "";
    const found = { key: name, block: name.split(":")[2], raw: raw, pairs: [["text", raw]] };
    try {
      const draft = JSON.parse(raw);
      if (draft && Array.isArray(draft.pairs)) Object.assign(found, draft, { key: name });
    } catch (error) {
      /* offered as it is */
    }
    found.text = room.textOf(room.toMap(found.pairs));
    return found;
  }

  /* Drafts of pages that no longer live, oldest first. */
  async function orphans() {
    const keys = await portal.orphanDrafts();
    return keys.map(read).filter((draft) => draft.text.trim() || draft.pairs.length > 1).sort((a, b) => (a.at || 0) - (b.at || 0));
  }

  room.drafts = { keep, drop, dropKey, orphans, key };
})();
