/* Two people on one block: both texts side by side, the fields both changed one by one, and nothing sent before a choice. */
(function () {
  "use strict";
  const room = (window.room = window.room || {});
  const LABELS = { unit: "单位", speaker: "发言人", leads: "牵头单位", supports: "配合单位", duties: "职责依据", deadline: "完成时限", in_principle: "原则同意" };

  function place(block, box) {
    block.form.querySelectorAll(".conflict").forEach((old) => old.remove());
    block.area.after(box);
  }

  const who = (json) => `${json.by || "对方"}${json.saved_at ? ` ${room.clock(json.saved_at)}` : ""}`;

  /* A row with two radio buttons for each field, mine chosen; answers which side was taken. */
  function rows(block, json, groups, mine) {
    const box = room.make("div", "conflict-fields");
    groups.forEach((group) => {
      const line = room.make("fieldset");
      line.append(room.make("legend", "", LABELS[group]));
      [["mine", "我的", mine], ["theirs", "对方的", json.fields]].forEach(([side, label, map]) => {
        const choice = room.make("label");
        const radio = room.make("input", "form-check-input");
        Object.assign(radio, { type: "radio", value: side, checked: side === "mine" });
        radio.dataset.group = group;
        // A name of its own outside the form's fields: it must never be posted.
        radio.setAttribute("form", `conflict-${block.id}`);
        radio.name = `choice-${block.id}-${group}`;
        choice.append(radio, ` ${label}：${room.words(block.form, group, map)}`);
        line.append(choice);
      });
      box.append(line);
    });
    return box;
  }

  function askConflict(block, json) {
    const mine = block.now();
    const asks = room.threeWay(block.base, mine, json.fields).asks;
    const between = rows(block, json, asks.filter((group) => group !== "text"), mine);
    const choose = (textFrom) => (box) => {
      const now = block.now(); // with what was typed since
      const fields = room.threeWay(block.base, now, json.fields).fields;
      box.querySelectorAll("input[type=radio]:checked").forEach((radio) => {
        room.take(fields, radio.value === "mine" ? now : json.fields, radio.dataset.group);
      });
      const text = textFrom(room.textOf(block.base), room.textOf(now), room.textOf(json.fields), room.textOf(fields));
      fields.text = text ? [text] : [];
      block.settle(json, fields);
      block.area.focus();
    };
    const about = asks.includes("text");
    const texts = [["我的", room.textOf(mine), room.textOf(json.fields)], [`对方的（${who(json)}）`, room.textOf(json.fields), room.textOf(mine)]];
    const actions = about
      ? [["用我的", "btn-primary", choose((base, my) => my)], ["用对方的", "btn-outline-primary", choose((base, my, their) => their)],
        ["合并两份", "btn-outline-primary", choose(room.joinText)]]
      : [["按所选保存", "btn-primary", choose((base, my, their, merged) => merged)]];
    const title = about ? "这一段刚被别人改过，请选择保留哪一份：" : `${who(json)}也改了下面的内容，请选择：`;
    place(block, room.panel("conflict", title, about ? texts : [], actions, between));
    portal.toast("有一段文字被别人同时修改，请选择", "warning");
  }

  /* The block was deleted while somebody wrote in it. */
  function askGone(block, json) {
    const article = block.form.closest("article");
    const text = () => block.area.value;
    const actions = [
      ["恢复并保存我的", "btn-primary", async (box) => {
        const answer = await room.post(`/meetings/block/${block.id}/restore/`, new URLSearchParams());
        if (!answer.ok) {
          room.askGone(block, json);
          return;
        }
        const mine = block.now();
        block.settle(answer.json, mine);
      }],
      ["另存为新的一段", "btn-outline-primary", () => {
        room.add(block.form.dataset.kind, { after: block.id, text: text(), pairs: block.pairs() });
        leave();
      }],
      ["放弃我的", "btn-outline-secondary", () => leave()],
    ];
    const leave = () => {
      room.drafts.drop(block.id);
      block.state = "saved";
      article.remove();
      room.forms.delete(block.form);
      room.showAll();
    };
    place(block, room.panel("conflict", `${who(json)}删除了这一段，您写的文字还在：`, [], actions));
  }

  /* Their words came in without a question, because they touched nothing that is mine. */
  function besideNote(block, json) {
    block.form.querySelectorAll(".beside").forEach((old) => old.remove());
    if (!json.by) return;
    block.area.after(room.make("p", "beside", `${who(json)}也改了这一段，已并入`));
  }

  Object.assign(room, { askConflict, askGone, besideNote });
})();
