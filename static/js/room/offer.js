/* Words of pages that are gone (a killed tab, a dead battery), each with what can be done with it. */
(function () {
  "use strict";
  const room = (window.room = window.room || {});
  const KINDS = { speech: "发言", resolution: "议定事项", objection: "异议", note: "备注", table: "表格" };

  const formOf = (draft) => Array.from((room.forms || new Map()).values()).find((block) => block.id === String(draft.block));

  function known(draft, block) {
    return block && room.same(room.toMap(draft.pairs), block.base);
  }

  async function copy(text) {
    const area = room.make("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    portal.toast(done ? "已复制" : "没有复制成功，请手工选取", done ? "success" : "warning");
  }

  function actions(draft, settled) {
    const block = formOf(draft);
    const list = [];
    const here = document.querySelector("[data-blocks]");
    const decide = (run) => () => {
      run();
      room.drafts.dropKey(draft.key);
      settled();
    };
    const where = here && document.querySelector("[data-record-item]").dataset.recordItem;
    const fits = here && (!draft.item || String(draft.item) === where);
    if (block) list.push(["恢复", "btn-primary", decide(() => takeDraft(block, draft))]);
    else if (here && !fits) list.push(["去这一议题恢复", "btn-primary", () => location.assign(`?item=${draft.item}`), true]);
    else if (here) {
      const key = /^new_(.*)$/.exec(draft.block);
      list.push(["另存为新的一段", "btn-primary", decide(() => {
        const kind = KINDS[draft.kind] ? draft.kind : "note";
        room.add(kind, { key: key && key[1], text: draft.text, pairs: draft.base || key ? draft.pairs : null });
      })]);
    }
    list.push(["复制文字", "btn-outline-secondary", () => copy(draft.text), true]);
    list.push(["不要了", "btn-outline-secondary", decide(() => {})]);
    return list;
  }

  /* Words of an earlier page come back into the form, over whatever the server has now. */
  function takeDraft(block, draft) {
    const server = { version: block.version.value, fields: block.base, by: "", saved_at: "" };
    const mine = room.toMap(draft.pairs);
    const base = draft.base || (Number(draft.version) === Number(block.version.value) ? block.base : {});
    if (block.unsaved()) mine.text = [room.joinText(room.textOf(base), room.textOf(mine), block.area.value)];
    const isNew = Number(draft.version) === Number(block.version.value);
    block.put(mine);
    if (isNew) block.edited();
    else {
      block.base = base;
      block.stale(server);
    }
  }

  async function offerDrafts() {
    const holder = document.querySelector("[data-drafts]");
    if (!holder) return;
    const { meeting } = document.querySelector("[data-record]").dataset;
    const drafts = (await room.drafts.orphans()).filter((draft) => {
      if (!known(draft, formOf(draft))) return true;
      room.drafts.dropKey(draft.key); // word for word what the server has
      return false;
    });
    const mine = drafts.filter((draft) => !draft.meeting || draft.meeting === meeting);
    const settled = () => (holder.hidden = !holder.querySelector(".draft-offer"));
    mine.forEach((draft) => {
      const when = draft.at ? `${new Date(draft.at).toLocaleDateString("zh-CN")} ${room.clock(draft.at)} ` : "";
      const kind = KINDS[draft.kind] ? `的${KINDS[draft.kind]}` : "文字";
      const title = `本机暂存了 ${when}没有保存${kind}`;
      holder.append(room.panel("draft-offer", title, [["暂存的文字", draft.text]], actions(draft, settled)));
    });
    const others = drafts.filter((draft) => !mine.includes(draft)).map((draft) => draft.key);
    portal.meetingsOf(others).forEach(({ count, title }, number) => {
      const link = room.make("a", "", `另一场会议（${title || "去查看"}）也有 ${count} 段没有保存的文字`);
      link.href = `/meetings/${number}/record/`;
      const line = room.make("p", "draft-offer");
      line.append(link);
      holder.append(line);
    });
    settled();
  }

  room.offerDrafts = offerDrafts;
  // A record for reading has no blocks to wait for.
  document.addEventListener("DOMContentLoaded", () => !room.forms && offerDrafts());
})();
