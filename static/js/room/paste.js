/* Pure: what was copied in WPS, Word or Excel as clean paragraphs, or as a table. */
(function () {
  "use strict";
  const room = (window.room = window.room || {});
  const HAN = "一二三四五六七八九十百";
  /* What people type in front of a point; the paper numbers its points itself. 1.5万, 2026.3.1, 10、20人 are no numbering. */
  const NUMBERING = new RegExp(
    "^(?:" +
      [
        `第[${HAN}]{1,3}[，,、：:]`,
        `[${HAN}]{1,3}[、．.](?![${HAN}])`,
        `[（(](?:[${HAN}]{1,3}|[0-9０-９]{1,2})[）)]`,
        "[0-9０-９]{1,2}[）)]",
        "[0-9０-９]{1,2}[.．](?![0-9０-９])",
        "[0-9０-９]{1,2}、(?![0-9０-９])",
        "[①-⑳]",
        "[•·●■◆▪–—-](?=[\\s\\u3000]|[^\\x00-\\x7f])",
      ].join("|") +
      ")[\\s\\u3000]*",
  );

  const squeezed = (line) => line.replace(/[\u00a0\t ]+/g, " ").replace(/[\u200b-\u200d\u2060\ufeff]/g, "").trim();

  function cleanLine(line) {
    const text = squeezed(line.replace(/\u3000/g, " "));
    return text.replace(NUMBERING, "");
  }

  function cleanLines(text) {
    return text.split(/\r\n|\r|\n|\u2028|\u2029|\x0b/).map(cleanLine).filter(Boolean);
  }

  /* Rows of a copied table as one text of tabs, empty when it is none. */
  function grid(rows) {
    const wide = rows.filter((row) => row.length > 1);
    return wide.length ? rows.map((row) => row.map(squeezed).join("\t")).join("\n") : "";
  }

  const BLOCKS = "p,li,h1,h2,h3,h4,h5,h6,div,blockquote";

  /* What Word puts before a paragraph instead of a list: spans marked mso-list:Ignore hold the number. */
  function tidied(html) {
    // Even a page that is never shown may hold no inline style under the portal's policy; only Word's list marks are read.
    const page = new DOMParser().parseFromString(html.replace(/(\s)style(\s*=)/gi, "$1data-style$2"), "text/html");
    page.querySelectorAll("style,script,title,meta,o\\:p").forEach((el) => el.remove());
    page.querySelectorAll("span").forEach((el) => /mso-list:\s*ignore/i.test(el.getAttribute("data-style") || "") && el.remove());
    page.querySelectorAll("br").forEach((el) => el.replaceWith("\n"));
    return page.body;
  }

  function tableOf(table) {
    return grid(Array.from(table.rows, (row) => Array.from(row.cells, (cell) => cell.textContent.replace(/\s+/g, " "))));
  }

  /* [{text}] and [{table}] in the order of the source; a copy without structure goes by its lines. */
  function toBlocks(html, text) {
    if (!html || !/<(p|li|tr|div|h[1-6])[\s>]/i.test(html)) return fromText(text);
    const body = tidied(html);
    const found = [];
    body.querySelectorAll(`table,${BLOCKS}`).forEach((el) => {
      if (el.parentElement.closest("table")) return;
      if (el.tagName === "TABLE") found.push(tableOf(el) ? { table: tableOf(el) } : null);
      else if (!el.querySelector(`table,${BLOCKS}`)) {
        // A line end inside a paragraph of Word's HTML is only where its writer broke the line.
        const words = el.innerHTML.includes("\n") && !/<br/i.test(html) ? el.textContent.replace(/\n/g, "") : el.textContent;
        cleanLines(words).forEach((line) => found.push({ text: line }));
      }
    });
    const kept = found.filter(Boolean);
    const letters = (value) => value.replace(/[^\p{L}]/gu, "").length;
    const said = kept.reduce((sum, one) => sum + letters(one.text || one.table), 0);
    // Words outside of every paragraph must not vanish: then the plain text is the better witness.
    return said >= letters(cleanLines(text).join("")) ? kept : fromText(text);
  }

  function fromText(text) {
    const lines = text.replace(/[\r\n]+$/, "").split(/\r\n|\r|\n/);
    const rows = lines.map((line) => line.split("\t"));
    if (rows.length > 1 && rows.every((row) => row.length === rows[0].length && row.length > 1)) return [{ table: grid(rows) }];
    return cleanLines(text).map((line) => ({ text: line }));
  }

  Object.assign(room, { cleanLine, cleanLines, toBlocks });
})();
