/* Before the record is closed: words that this browser still keeps and the server never got. Closing waits for a look at them. */
(function () {
  "use strict";

  function unsent(meeting) {
    return portal.draftKeys().concat(portal.draftKeys("note")).filter((key) => {
      let draft = {};
      try {
        draft = JSON.parse(localStorage.getItem(key)) || {};
      } catch (error) {
        /* broken, and of no meeting: nobody can say that it is not of this one */
      }
      return !draft.meeting || String(draft.meeting) === meeting;
    });
  }

  function watch() {
    const box = document.querySelector("[data-unsent]");
    const button = document.querySelector("[data-close-record]");
    if (!box || !button) return;
    const seen = box.querySelector("input");
    const show = () => {
      const count = unsent(box.dataset.unsent).length;
      box.hidden = !count;
      box.querySelector("[data-unsent-count]").textContent = String(count);
      button.disabled = count > 0 && !seen.checked;
    };
    seen.addEventListener("change", show);
    window.addEventListener("storage", show); // another page has just saved, or kept, some
    window.addEventListener("pageshow", show);
    show();
  }

  document.addEventListener("DOMContentLoaded", watch);
})();
