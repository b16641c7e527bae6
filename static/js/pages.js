/* Pages of a paper to swipe through: which one is seen, and buttons for those without a finger. Works on pages that
   come later (htmx), because it listens on the document. */
(function () {
  "use strict";

  function place(row) {
    return Math.round(row.scrollLeft / Math.max(1, row.clientWidth));
  }

  function count(row) {
    var box = row.closest(".swipe");
    var all = row.querySelectorAll("img").length;
    var here = Math.min(all, place(row) + 1);
    box.querySelector("[data-swipe-count]").textContent = "第" + here + "页，共" + all + "页";
    box.querySelectorAll("[data-swipe-by]").forEach(function (button) {
      var to = here + Number(button.dataset.swipeBy);
      button.disabled = to < 1 || to > all;
    });
  }

  function start(root) {
    root.querySelectorAll("[data-swipe]").forEach(function (row) {
      row.closest(".swipe").querySelectorAll("[data-swipe-by]").forEach(function (button) {
        button.hidden = false;
      });
      count(row);
    });
  }

  document.addEventListener("scroll", function (event) {
    if (event.target instanceof Element && event.target.matches("[data-swipe]")) count(event.target);
  }, true);

  document.addEventListener("click", function (event) {
    var button = event.target instanceof Element ? event.target.closest("[data-swipe-by]") : null;
    if (!button) return;
    var row = button.closest(".swipe").querySelector("[data-swipe]");
    row.scrollTo({ left: (place(row) + Number(button.dataset.swipeBy)) * row.clientWidth, behavior: "auto" });
  });

  document.addEventListener("htmx:load", function (event) { start(event.target.parentElement || document); });
  start(document);
})();
