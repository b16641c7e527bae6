/* A form that keeps its words in this browser until they have arrived: a lost network, a session that ran out.
   <form data-keep="report-12" data-keep-base="57">: the base changes once the server has what was typed, and with it
   older words are worth nothing. Files are not kept. Fields that only a blocked item needs are shown with it. */
(function () {
  "use strict";
  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  const key = `form:${document.body.dataset.user || ""}:${form.dataset.keep}`;
  const base = form.dataset.keepBase || "";
  const offer = form.querySelector("[data-kept]");
  const fields = () => Array.from(form.elements).filter((one) => one.name && !["file", "submit", "button"].includes(one.type) && one.name !== "csrfmiddlewaretoken");

  const store = {
    get: () => { try { return JSON.parse(localStorage.getItem(key)); } catch (error) { return null; } },
    put: (value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch (error) { /* storage is off or full */ } },
    drop: () => { try { localStorage.removeItem(key); } catch (error) { /* nothing was kept */ } },
  };

  const written = () => {
    const found = {};
    fields().forEach((one) => {
      if (one.type === "radio" || one.type === "checkbox") {
        if (one.checked) found[one.name] = one.value;
      } else if (one.type !== "hidden") found[one.name] = one.value;
    });
    return found;
  };
  const same = (one, other) => Object.keys({ ...one, ...other }).every((name) => (one[name] || "") === (other[name] || ""));
  const served = written();

  function keep() {
    const now = written();
    if (same(now, served)) store.drop();
    else store.put({ base, words: now });
  }

  function take(words) {
    fields().forEach((one) => {
      if (one.type === "radio" || one.type === "checkbox") one.checked = words[one.name] === one.value;
      else if (one.type !== "hidden" && one.name in words) one.value = words[one.name];
    });
    blocked();
  }

  function offerKept() {
    const kept = store.get();
    if (!kept || typeof kept.words !== "object") return;
    if (kept.base !== base) {
      store.drop(); // what was typed has arrived, or somebody reported since
      return;
    }
    if (same(kept.words, served)) return;
    const changed = Object.keys(kept.words).filter((name) => (kept.words[name] || "") !== (served[name] || ""));
    offer.querySelector("[data-kept-words]").textContent = changed.map((name) => kept.words[name]).filter(Boolean).join("\n");
    offer.hidden = false;
    offer.querySelector("[data-kept-take]").onclick = () => {
      take(kept.words);
      offer.hidden = true;
    };
    offer.querySelector("[data-kept-drop]").onclick = () => {
      store.drop();
      offer.hidden = true;
    };
  }

  function blocked() {
    const chosen = form.querySelector("[name=assessment]:checked");
    if (!chosen) return;
    ["need", "need_from"].forEach((name) => {
      const one = form.elements[name];
      if (one) one.closest(".field").classList.toggle("only-blocked-off", chosen.value !== "blocked");
    });
  }

  form.addEventListener("input", (event) => !event.isComposing && keep());
  form.addEventListener("compositionend", keep);
  form.addEventListener("change", () => { keep(); blocked(); });
  blocked();
  offerKept();
})();
