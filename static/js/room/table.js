/* A simple table over its textarea of tabs and lines: the textarea is what is saved, the cells are how it is typed. */
(function () {
  "use strict";
  const room = (window.room = window.room || {});
  const [COLUMNS, ROWS] = [8, 40];

  const read = (text) => {
    const rows = text.split("\n").map((line) => line.split("\t"));
    const width = Math.min(COLUMNS, Math.max(2, ...rows.map((row) => row.length)));
    while (rows.length < 2) rows.push([]);
    return rows.slice(0, ROWS).map((row) => Array.from({ length: width }, (_, at) => row[at] || ""));
  };
  const fits = (text) => text.split("\n").length <= ROWS && text.split("\n").every((line) => line.split("\t").length <= COLUMNS);

  function grid(block) {
    const { area } = block;
    if (!fits(area.value)) return; // too large for cells: the text itself stays to be shortened
    const box = room.make("div", "grid-box");
    const table = room.make("table", "grid");
    const tools = room.make("div", "grid-tools");
    let rows = read(area.value);
    let written = area.value;

    function write() {
      const text = rows.map((row) => row.join("\t")).join("\n").replace(/[\t\n]+$/, "");
      written = text;
      area.value = text;
      block.edited();
    }

    function draw(focus) {
      table.replaceChildren();
      rows.forEach((row, y) => {
        const line = table.insertRow();
        row.forEach((words, x) => {
          const cell = room.make("input", y ? "" : "grid-head");
          Object.assign(cell, { type: "text", value: words, maxLength: 200 });
          cell.setAttribute("aria-label", `第${y + 1}行第${x + 1}列`);
          cell.dataset.at = `${y},${x}`;
          line.insertCell().append(cell);
        });
      });
      const cell = focus && table.querySelector(`[data-at="${focus}"]`);
      if (cell) cell.focus();
    }

    function change(make, focus) {
      make();
      draw(focus);
      write();
    }

    table.addEventListener("input", (event) => {
      const [y, x] = event.target.dataset.at.split(",").map(Number);
      rows[y][x] = event.target.value.replace(/[\t\n]/g, " ");
      if (!event.isComposing && !block.composing) write();
    });
    table.addEventListener("compositionend", (event) => {
      const [y, x] = event.target.dataset.at.split(",").map(Number);
      rows[y][x] = event.target.value.replace(/[\t\n]/g, " ");
      write();
    });
    table.addEventListener("keydown", (event) => {
      if (event.isComposing || !event.target.dataset.at || !["Enter", "ArrowUp", "ArrowDown"].includes(event.key) || event.altKey) return;
      event.preventDefault();
      const [y, x] = event.target.dataset.at.split(",").map(Number);
      const to = event.key === "ArrowUp" ? y - 1 : y + 1;
      if (to === rows.length && event.key === "Enter" && rows.length < ROWS) change(() => rows.push(rows[0].map(() => "")), `${to},${x}`);
      else if (rows[to]) table.querySelector(`[data-at="${to},${x}"]`).focus();
    });
    table.addEventListener("paste", (event) => {
      const data = event.clipboardData;
      const found = data && room.toBlocks(data.getData("text/html"), data.getData("text/plain")).find((one) => one.table);
      if (!found || !event.target.dataset.at) return;
      event.preventDefault();
      const [y, x] = event.target.dataset.at.split(",").map(Number);
      const given = found.table.split("\n").map((line) => line.split("\t"));
      const [height, width] = [y + given.length, x + Math.max(...given.map((row) => row.length))];
      if (height > ROWS || width > COLUMNS) {
        portal.toast("表格最多8列、40行，请分成几个表格", "warning");
        return;
      }
      change(() => {
        while (rows.length < height) rows.push([]);
        rows = rows.map((row) => Array.from({ length: Math.max(width, rows[0].length) }, (_, at) => row[at] || ""));
        given.forEach((row, down) => row.forEach((words, right) => (rows[y + down][x + right] = words)));
      }, `${y},${x}`);
    });
    const tool = (label, run) => tools.append(room.button(label, "btn-sm btn-outline-secondary", run));
    tool("加一行", () => rows.length < ROWS && change(() => rows.push(rows[0].map(() => "")), `${rows.length},0`));
    tool("加一列", () => rows[0].length < COLUMNS && change(() => (rows = rows.map((row) => row.concat(""))), `0,${rows[0].length}`));
    // Only an empty last row or column goes: words are never cut off by a button.
    tool("去掉末行", () => rows.length > 2 && rows[rows.length - 1].every((word) => !word) && change(() => rows.pop()));
    tool("去掉末列", () => rows[0].length > 2 && rows.every((row) => !row[row.length - 1]) && change(() => (rows = rows.map((row) => row.slice(0, -1)))));
    area.addEventListener("room:put", () => {
      if (area.value === written) return;
      rows = read(area.value);
      written = area.value;
      draw();
    });
    draw();
    box.append(table, tools);
    area.after(box);
    area.classList.add("grid-source");
    area.tabIndex = -1;
    area.setAttribute("aria-hidden", "true");
  }

  room.grid = grid;
})();
