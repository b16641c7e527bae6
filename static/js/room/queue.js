/* Blocks added, moved, split, joined, deleted: one after the other, also while the network is away.

   A new block stands on the page at once, with a draft of its own, and is sent under a key that makes it one block
   however often it is sent. When the server has it, its form takes the place of the one typed in. */
(function () {
  "use strict";
  const room = (window.room = window.room || {});
  const AGAIN = 2000; // ms until the next attempt while the server is away
  const ops = [];
  const made = new Map(); // key of a new block → its number
  let running = false;
  let waiting = "";

  const main = () => document.querySelector("[data-record-item]");
  const list = () => document.querySelector("[data-blocks]");

  async function run() {
    if (running) return;
    running = true;
    while (ops.length) {
      const answer = await ops[0]();
      waiting = answer.away ? "offline" : answer.login ? "error" : "";
      room.showAll();
      if (answer.login) break; // portal:retry comes back here
      if (answer.away) await new Promise((done) => setTimeout(done, AGAIN));
      else ops.shift();
    }
    running = false;
    room.showAll();
  }

  function push(op) {
    ops.push(op);
    room.showAll();
    run();
  }

  /* ---- new blocks ---- */
  function draftOf(key, kind, area, more) {
    const about = document.querySelector("[data-record]");
    const pairs = (more.pairs || []).filter(([name]) => name !== "text").concat([["text", area.value]]);
    room.drafts.keep(`new_${key}`, { pairs, block: `new_${key}`, kind, item: more.item, at: Date.now(), ...about.dataset });
  }

  function sheet(key, kind) {
    const article = room.make("article", `block block-${kind} block-new`);
    article.dataset.key = key;
    const head = room.make("div", "block-head");
    const button = document.querySelector(`[data-add="${kind}"]`);
    head.append(room.make("span", "block-kind", button ? button.dataset.label : "新的一段"));
    const area = room.make("textarea", "form-control");
    Object.assign(area, { rows: 3, maxLength: 20000 });
    area.setAttribute("aria-label", "新的一段");
    const line = room.make("span", "save-line", "正在新增");
    line.dataset.state = "saving";
    article.append(head, area, line);
    return { article, area, line };
  }

  function add(kind, more) {
    const key = more.key || room.uuid();
    const item = more.item || main().dataset.recordItem;
    const { article, area, line } = sheet(key, kind);
    area.value = more.text || "";
    const above = more.after && (document.getElementById(`block-${more.after}`) || list().querySelector(`[data-key="${more.after}"]`));
    if (above) above.after(article);
    else list().append(article);
    document.querySelectorAll("[data-empty]").forEach((el) => el.remove());
    const fresh = { key, kind, item, area, line, article, more, composing: false };
    const kept = () => draftOf(key, kind, area, { item, pairs: more.pairs });
    area.addEventListener("input", kept);
    area.addEventListener("compositionstart", () => (fresh.composing = true));
    area.addEventListener("compositionend", () => {
      fresh.composing = false;
      kept();
      if (fresh.swap) fresh.swap();
    });
    if (area.value) kept();
    if (more.focus) area.focus();
    push(() => sendNew(fresh));
    return key;
  }

  async function sendNew(fresh) {
    const { key, kind, item, area, line, more } = fresh;
    const body = new URLSearchParams({ key, text: fresh.composing ? "" : area.value });
    const after = made.get(more.after) || more.after;
    if (after) body.set("after", after);
    const answer = await room.post(`/meetings/record/${item}/add/${kind}/`, body);
    line.dataset.state = answer.away ? "offline" : answer.ok ? "saving" : "error";
    line.textContent = answer.away ? room.WORDS.offline : answer.ok ? "正在新增" : answer.words || "登录已过期，文字已暂存本机";
    if (answer.ok) {
      made.set(key, String(answer.json.id));
      await swapped(fresh, answer.json);
    } else if (!answer.away && !answer.login) draftOf(key, kind, area, { item, pairs: more.pairs });
    return answer;
  }

  /* The server's form in place of the sheet; not while a word is being composed in it. */
  async function swapped(fresh, json) {
    if (fresh.composing) await new Promise((done) => (fresh.swap = () => setTimeout(done)));
    const { area, article, more, key } = fresh;
    const had = document.activeElement === area && [area.selectionStart, area.selectionEnd];
    const block = insert(json, article);
    article.remove();
    if (!block) return;
    const typed = area.value.replace(/\r\n?/g, "\n");
    if (more.pairs) block.put({ ...room.toMap(more.pairs), text: [typed] });
    else if (typed !== room.textOf(json.fields)) block.putText(typed);
    if (more.pairs || typed !== room.textOf(json.fields)) block.edited();
    block.grow();
    room.drafts.drop(`new_${key}`);
    if (had) {
      block.area.focus();
      block.area.setSelectionRange(had[0], had[1]);
    }
    room.renumber();
  }

  /* A block's form from the server, put before an element (or at the end). */
  function insert(json, before) {
    const old = document.getElementById(`block-${json.id}`);
    if (old || String(json.item) !== main().dataset.recordItem) return old ? room.blockOf(old) : null;
    const holder = document.createElement("template");
    holder.innerHTML = json.html.trim();
    const article = holder.content.firstElementChild;
    if (before) before.before(article);
    else list().append(article);
    if (window.htmx) window.htmx.process(article);
    portal.ready(article);
    room.scan(article);
    return room.blockOf(article);
  }

  /* ---- acts on a block ---- */
  function act(id, verb, more) {
    push(async () => {
      const block = room.blockOf(document.getElementById(`block-${id}`));
      if (block && block.unsaved() && verb !== "up" && verb !== "down") await block.save();
      if (block && ["conflict", "gone"].includes(block.state)) return { words: "" };
      if (block && block.unsaved() && ["split", "merge"].includes(verb)) return refuse("先等这一段保存好，再拆分或合并");
      const body = new URLSearchParams(more || {});
      if (block && verb !== "up" && verb !== "down") body.set("version", block.version.value);
      const answer = await room.post(`/meetings/block/${id}/${verb}/`, body);
      if (answer.ok) done(id, verb, answer.json);
      else if (answer.status === 409) portal.toast("这一段刚被别人改过，请看清再办", "warning");
      else if (answer.words) refuse(answer.words);
      else if (answer.away && ["split", "merge"].includes(verb)) return refuse("网络不通，联网后再拆分或合并");
      return answer;
    });
  }

  function refuse(words) {
    portal.toast(words, "warning");
    return { words };
  }

  async function done(id, verb, json) {
    const back = {
      delete: () => act(id, "restore"),
      merge: () => act(id, "restore"),
      split: () => act(json.id, "merge"),
    };
    const said = { delete: "这一段已删除", merge: "已并入上面一段", split: "已拆成两段" };
    if (verb === "delete" || verb === "merge") {
      const article = document.getElementById(`block-${id}`);
      if (article) room.takeAway(article);
      if (verb === "delete") room.listDeleted(id, json);
    }
    if (back[verb]) room.undo(said[verb], back[verb]);
    await room.liveNow([id, json.id]);
    if (verb === "restore") document.querySelectorAll(`[data-deleted="${id}"]`).forEach((el) => el.remove());
  }

  const pendingStates = () => (ops.length ? [waiting || "saving"] : []);
  document.addEventListener("portal:retry", run);

  Object.assign(room, { add, act, insert, made, pendingStates, isQuiet: () => !ops.length });
})();
