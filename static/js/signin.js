/* Find a person in the sign-in list by name, unit or pinyin initials. Without JS the whole list stands. */
(function () {
  "use strict";
  document.addEventListener("input", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || !box.dataset.findIn || event.isComposing) return;
    const words = box.value.trim().toLowerCase();
    document.querySelectorAll(box.dataset.findIn + " [data-find]").forEach((row) => {
      row.hidden = words !== "" && !row.dataset.find.toLowerCase().includes(words);
    });
  });
})();
