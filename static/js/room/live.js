/* What others do in the room comes in beside one's own words: never into a text somebody is typing, never moving the caret. */
(function () {
  "use strict";
  const room = (window.room = window.room || {});
  const EVERY = 3000; // ms between two looks
  const HERE = 20000; // ms between two words of being here
  let tag = "";
  let busy = false;
  let lost = false; // nobody is logged in: no look until the password was given

  const about = () => document.querySelector("[data-record]").dataset;
  const item = () => (document.querySelector("[data-record-item]") || { dataset: {} }).dataset.recordItem || "";
  const list = () => document.querySelector("[data-blocks]");
  const numbers = () => Array.from(list().querySelectorAll("article[id^=block-]"), (el) => Number(el.id.slice(6)));

  async function get(url, headers) {
    const response = await fetch(url, { credentials: "same-origin", headers: { "X-Polling": "1", Accept: "application/json", ...headers } });
    if (response.redirected || response.status === 401) {
      lost = true;
      portal.askLogin();
      return null;
    }
    if (response.status >= 500) throw new Error("the server is away");
    return response;
  }

  async function look(mine) {
    if (busy || lost || (document.hidden && !mine)) return;
    busy = true;
    try {
      const response = await get(`/meetings/${about().meeting}/record/live/?item=${item()}`, tag && !mine ? { "If-None-Match": tag } : {});
      room.awake();
      if (response && response.status === 200) {
        const json = await response.json();
        if (room.isQuiet() || mine) {
          tag = response.headers.get("ETag") || "";
          await apply(json, mine || []);
        }
      }
    } catch (error) {
      /* the network is away: the next look tells */
    } finally {
      busy = false;
    }
  }

  /* After an act of one's own: at once, and the blocks named are one's own change. */
  async function liveNow(mine) {
    for (let tries = 0; busy && tries < 20; tries += 1) await new Promise((done) => setTimeout(done, 100));
    await look(mine.map(Number));
  }

  async function apply(json, mine) {
    if (json.state !== "recording") {
      room.closed();
      return;
    }
    people(json.people);
    agenda(json.items);
    const order = json.order.map(([pk]) => pk);
    for (const [pk, version] of json.order) await meet(pk, version, mine.includes(pk));
    for (const pk of numbers().filter((one) => !order.includes(one))) await missing(pk);
    arrange(order);
    renumber();
  }

  /* Where each item stands; an item that came or moved is told, and the page follows when the recorder says so. */
  const STATES = { now: ["在议", "state-blue"], done: ["已议", "state-green"], "": ["待议", "state-grey"] };
  function agenda(rows) {
    rows.forEach(([pk, , state]) => document.querySelectorAll(`[data-item-state="${pk}"] > *`).forEach((el) => {
      const [words, colour] = STATES[state];
      if (el.textContent.trim() === words) return;
      el.textContent = words;
      Object.values(STATES).forEach(([, css]) => el.classList.toggle(css, css === colour));
    }));
    const shown = Array.from(document.querySelectorAll(".agenda-list [data-item-state]"), (el) => Number(el.dataset.itemState));
    const place = document.querySelector(".agenda-list");
    if (!place || document.querySelector(".agenda-news") || String(shown) === String(rows.map(([pk]) => pk))) return;
    const link = room.make("a", "agenda-news", "议程有变动，点这里更新");
    link.href = `/meetings/${about().meeting}/record/?item=${item()}`;
    place.before(link);
  }

  async function now(pk) {
    const response = await get(`/meetings/block/${pk}/now/`);
    return response && response.ok ? response.json() : null;
  }

  /* A block as the poll names it: new here, newer than here, or known. */
  async function meet(pk, version, isMine) {
    const article = document.getElementById(`block-${pk}`);
    const block = article && room.blockOf(article);
    if (block && (Number(block.version.value) >= version || block.state !== "saved" || block.composing)) return;
    const json = await now(pk);
    if (!json || json.deleted) return;
    if (!article) {
      const made = room.insert(json, null);
      if (made && !isMine) note(made, json, "新增");
      return;
    }
    if (!block || block.state !== "saved" || block.composing || Number(block.version.value) >= json.version) return;
    if (room.same(block.base, json.fields)) {
      block.version.value = json.version; // it was only moved
      return;
    }
    if (block.form.contains(document.activeElement) && !isMine) beside(block, json);
    else {
      block.version.value = json.version;
      block.base = json.fields;
      block.put(json.fields);
      block.form.querySelectorAll(".beside").forEach((old) => old.remove());
      if (!isMine) note(block, json, "改");
    }
  }

  function note(block, json, what) {
    if (!json.by || !block.line) return;
    block.line.textContent = `${json.by} ${room.clock(json.saved_at)} ${what}`;
    block.line.dataset.words = block.line.textContent;
  }

  /* The caret stands in this block: their words are shown below, and taken only when asked for. */
  function beside(block, json) {
    if (block.form.querySelector(`.beside[data-version="${json.version}"]`)) return;
    block.form.querySelectorAll(".beside").forEach((old) => old.remove());
    const box = room.panel("beside", `${json.by || "对方"} ${room.clock(json.saved_at)} 改成：`, [["现在系统里的", room.textOf(json.fields), block.area.value]], [
      ["换成对方的", "btn-sm btn-outline-primary", () => {
        block.version.value = json.version;
        block.base = json.fields;
        block.put(json.fields);
      }],
    ]);
    box.dataset.version = json.version;
    block.form.querySelector(".block-save").before(box);
  }

  async function missing(pk) {
    const article = document.getElementById(`block-${pk}`);
    const json = await now(pk);
    if (!article || !json || !json.deleted) return;
    const block = room.blockOf(article);
    if (block && (block.unsaved() || block.form.contains(document.activeElement))) {
      if (block.state !== "gone") block.stale(json);
      return;
    }
    takeAway(article);
    listDeleted(pk, json);
  }

  function takeAway(article) {
    const block = room.blockOf(article);
    if (block) {
      clearTimeout(block.timer);
      room.forms.delete(block.form);
    }
    still(() => article.remove());
  }

  function listDeleted(pk, json) {
    const holder = document.querySelector("[data-deleted-list]");
    if (!holder || holder.querySelector(`[data-deleted="${pk}"]`)) return;
    const line = room.make("p", "deleted-block");
    line.dataset.deleted = pk;
    const text = room.textOf(json.fields || {});
    line.append(room.make("span", "", `已删除：${text.slice(0, 24) || "（空）"}${text.length > 24 ? "…" : ""}`));
    line.append(room.button("撤销删除", "btn-sm btn-outline-secondary", () => room.act(pk, "restore")));
    holder.append(line);
  }

  /* The order of the server, without moving the block somebody writes in. */
  function arrange(order) {
    const here = numbers();
    const wanted = order.filter((pk) => here.includes(pk));
    if (JSON.stringify(here.filter((pk) => wanted.includes(pk))) === JSON.stringify(wanted)) return;
    still(() => {
      const held = document.activeElement && document.activeElement.closest("article.block");
      const rows = wanted.map((pk) => document.getElementById(`block-${pk}`));
      const at = rows.indexOf(held);
      rows.forEach((row, place) => {
        if (row === held) return;
        if (at >= 0 && place < at) held.before(row);
        else list().append(row);
      });
      list().querySelectorAll(".block-new").forEach((row) => list().append(row));
    });
  }

  /* Do something above the caret without the line under it jumping. */
  function still(change) {
    const el = document.activeElement && document.activeElement.closest("article.block");
    const top = el && el.getBoundingClientRect().top;
    change();
    if (el && el.isConnected) window.scrollBy(0, el.getBoundingClientRect().top - top);
  }

  function renumber() {
    list().querySelectorAll("[data-number]").forEach((el, place) => (el.textContent = String(place + 1)));
  }

  function people(rows) {
    document.querySelectorAll("[data-people], [data-writing]").forEach((el) => (el.textContent = ""));
    rows.forEach(({ name, item: place, block }) => {
      const at = document.querySelector(`[data-people="${place}"]`);
      if (at) at.textContent += `${at.textContent ? "、" : ""}${name}`;
      const writing = document.querySelector(`#block-${block} [data-writing]`);
      if (writing) writing.textContent = `${name}正在这里`;
    });
  }

  let said = "";
  function here(force) {
    const article = document.activeElement && document.activeElement.closest("article[id^=block-]");
    const place = article ? article.id.slice(6) : "";
    if (lost || document.hidden || (!force && place === said)) return;
    said = place;
    const body = new URLSearchParams({ item: item(), block: place });
    fetch(`/meetings/${about().meeting}/record/presence/`, {
      method: "POST", body, credentials: "same-origin", headers: { "X-CSRFToken": portal.csrf(), "X-Polling": "1" },
    }).catch(() => {});
  }

  room.startLive = () => {
    if (!list()) return;
    setInterval(look, EVERY);
    setInterval(() => here(true), HERE);
    here(true);
    look();
    document.addEventListener("focusin", () => here());
    document.addEventListener("visibilitychange", () => !document.hidden && look());
    document.addEventListener("portal:retry", () => {
      lost = false;
      look();
    });
  };
  Object.assign(room, { liveNow, takeAway, listDeleted, renumber, still });
})();
