/* Boxes with texts side by side and buttons. Text is only ever put in as text. */
(function () {
  "use strict";
  const room = (window.room = window.room || {});

  function make(tag, css, text) {
    const el = document.createElement(tag);
    if (css) el.className = css;
    if (text !== undefined) el.textContent = text;
    return el;
  }

  function button(label, style, run) {
    const el = make("button", `btn ${style}`, label);
    el.type = "button";
    el.addEventListener("click", run);
    return el;
  }

  /* texts: [label, text, text it is compared with?]; actions: [label, style, run, stays?]. */
  function panel(css, title, texts, actions, between) {
    const box = make("div", css);
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", title);
    box.append(make("strong", "", title));
    const columns = make("div", texts.length > 1 ? "conflict-texts" : "conflict-texts conflict-one");
    texts.forEach(([label, text, other]) => {
      const column = make("div");
      const words = make("pre");
      words.tabIndex = 0; // a long text scrolls, also by keyboard
      if (other === undefined) words.textContent = text || "（空）";
      else marked(words, text, other);
      column.append(make("p", "diff-label", label), words);
      columns.append(column);
    });
    const row = make("div", "conflict-actions");
    actions.forEach(([label, style, run, stays]) => {
      row.append(button(label, style, () => {
        if (!stays) box.remove();
        run(box);
      }));
    });
    if (texts.length) box.append(columns);
    if (between) box.append(between);
    box.append(row);
    return box;
  }

  /* The text with what the other one lacks marked: only the differing middle, which is how people change a sentence. */
  function marked(into, text, other) {
    let [start, end] = [0, 0];
    const most = Math.min(text.length, other.length);
    while (start < most && text[start] === other[start]) start += 1;
    while (end < most - start && text[text.length - 1 - end] === other[other.length - 1 - end]) end += 1;
    into.append(text.slice(0, start));
    if (text.length - end > start) into.append(make("mark", "", text.slice(start, text.length - end)));
    into.append(text.slice(text.length - end));
  }

  /* A line at the bottom for ten seconds, with a way back. */
  function undo(words, run) {
    document.querySelectorAll(".undo").forEach((old) => old.remove());
    const box = make("div", "undo");
    box.setAttribute("role", "status");
    const back = button("撤销", "btn-sm btn-light", () => {
      box.remove();
      run();
    });
    box.append(make("span", "", words), back);
    document.body.append(box);
    setTimeout(() => box.remove(), 10000);
  }

  /* Values of a field in the words of its form. */
  function words(form, group, map) {
    const said = [];
    room.GROUPS[group].forEach((name) => (map[name] || []).forEach((value) => {
      const field = Array.from(form.elements).find((el) => el.name === name && (el.type !== "checkbox" || el.value === value));
      const option = field && field.options && Array.from(field.options).find((one) => one.value === value);
      const label = field && field.type === "checkbox" && field.closest("label, .form-check");
      said.push(option ? option.textContent : label ? label.textContent.trim() : value);
    }));
    return said.join("、") || "（空）";
  }

  Object.assign(room, { make, button, panel, undo, words });
})();
