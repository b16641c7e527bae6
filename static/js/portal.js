/* Small conveniences of every page. Loaded in <head> without defer, so that the class "js" stands before the first
   paint and nothing jumps. Each part only adds to something that works without it. No inline handlers: strict CSP. */
(function () {
  "use strict";

  const root = document.documentElement;
  root.classList.add("js");

  const WEEKDAYS = "日一二三四五六";
  const YEAR = 365 * 24 * 3600;
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const csrf = () => {
    try {
      return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"] || "";
    } catch (error) {
      return "";
    }
  };

  /* ---- words of a short message, announced to screen readers as well ---- */
  function toast(text, kind) {
    let box = document.querySelector(".toasts");
    if (!box) {
      box = document.createElement("div");
      box.className = "toasts";
      box.setAttribute("role", "status");
      box.setAttribute("aria-live", "polite");
      document.body.append(box);
    }
    const note = document.createElement("div");
    note.className = "alert alert-" + (kind || "info");
    const words = document.createElement("div");
    words.textContent = text;
    note.append(words);
    box.append(note);
    setTimeout(() => note.remove(), 7000);
  }

  /* ---- text size and contrast: at once here, by cookie for the next page, by POST for the next browser ---- */
  function showPrefs() {
    const size = root.classList.contains("text-150") ? "150" : root.classList.contains("text-125") ? "125" : "100";
    const contrast = root.classList.contains("high-contrast") ? "1" : "0";
    all("[data-prefs] button").forEach((button) => {
      const now = button.name === "text_size" ? size : contrast;
      button.setAttribute("aria-pressed", String(button.value === now));
    });
  }

  function choosePref(event) {
    const button = event.submitter;
    if (!button || !button.name) return;
    event.preventDefault();
    if (button.name === "text_size") {
      root.classList.remove("text-125", "text-150");
      if (button.value !== "100") root.classList.add("text-" + button.value);
    } else {
      root.classList.toggle("high-contrast", button.value === "1");
    }
    document.cookie = button.name + "=" + button.value + "; path=/; max-age=" + YEAR + "; samesite=lax";
    showPrefs();
    const form = event.target;
    if (!form.getAttribute("action")) return;
    const body = new URLSearchParams(new FormData(form));
    body.set(button.name, button.value);
    fetch(form.action, { method: "POST", body: body, headers: { "X-CSRFToken": csrf() } }).catch(() => {});
  }

  /* ---- menus, folds, dialogs ---- */
  function closeMenus(except) {
    all("[data-menu][open]").forEach((menu) => {
      if (menu !== except && !menu.contains(except)) menu.removeAttribute("open");
    });
  }

  function openDialog(dialog) {
    if (dialog && dialog.showModal && !dialog.open) dialog.showModal();
  }

  let waitingForYes = null; // the submit button whose question is on the screen

  function askFirst(event) {
    const button = event.submitter;
    const question = (button && button.dataset.confirm) || event.target.dataset.confirm;
    if (!question || event.target.dataset.confirmed) return;
    const dialog = document.getElementById("confirm-dialog");
    if (!dialog || !dialog.showModal) return; // then the server's own checks must do
    event.preventDefault();
    event.stopPropagation(); // htmx must not see it either
    waitingForYes = { form: event.target, button: button };
    dialog.querySelector("#confirm-text").textContent = question;
    openDialog(dialog);
  }

  /* Other files ask with the event portal:confirm {question, yes}: the same dialog, then the function. */
  document.addEventListener("portal:confirm", (event) => {
    const dialog = document.getElementById("confirm-dialog");
    waitingForYes = { yes: event.detail.yes };
    dialog.querySelector("#confirm-text").textContent = event.detail.question;
    openDialog(dialog);
  });

  function sayYes() {
    const { form, button, yes } = waitingForYes;
    document.getElementById("confirm-dialog").close();
    if (yes) {
      yes();
      return;
    }
    form.dataset.confirmed = "1";
    form.requestSubmit(button || undefined);
    delete form.dataset.confirmed;
  }

  /* A slow click twice must not send twice; the server is safe anyway, this spares the second error page. */
  function lockOnce(event) {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post], [data-autosave-url]")) return;
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = "1";
    setTimeout(() => delete form.dataset.sending, 4000);
  }

  function onClick(event) {
    const target = event.target;
    if (!(target instanceof Element)) return;
    closeMenus(target);
    const hit = (selector) => target.closest(selector);
    let el;
    if (hit(".btn.disabled, [aria-disabled=true]")) {
      event.preventDefault();
    } else if ((el = hit("[data-nav-toggle]"))) {
      const open = document.getElementById("main-nav").classList.toggle("open");
      el.closest(".topbar").classList.toggle("open", open);
      el.setAttribute("aria-expanded", String(open));
    } else if ((el = hit("[data-fold-toggle]"))) {
      el.setAttribute("aria-expanded", String(el.closest("[data-fold]").classList.toggle("open")));
    } else if ((el = hit("[data-menu-close]"))) {
      el.closest("[data-menu]").removeAttribute("open");
    } else if ((el = hit("[data-dismiss]"))) {
      el.closest(".alert").remove();
    } else if ((el = hit("[data-open-dialog]"))) {
      openDialog(document.getElementById(el.dataset.openDialog));
    } else if ((el = hit("[data-close-dialog]"))) {
      el.closest("dialog").close();
    } else if (hit("[data-confirm-yes]")) {
      sayYes();
    } else if ((el = hit("[data-check]"))) {
      checkUnits(el);
    } else if (hit("[data-print]")) {
      window.print();
    } else if ((el = hit("[data-copy]"))) {
      copyText(el);
    }
  }

  function onKey(event) {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      const menu = document.querySelector("[data-menu][open]");
      if (menu) {
        menu.removeAttribute("open");
        menu.querySelector("summary").focus();
      }
      return;
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "/") {
      const search = document.getElementById("site-search");
      if (!search) return;
      event.preventDefault();
      document.querySelector(".topbar").classList.add("open");
      search.focus();
      search.select();
    } else if (event.key === "?") {
      openDialog(document.getElementById("help-dialog"));
    }
  }

  function copyText(button) {
    const source = document.getElementById(button.dataset.copy);
    const text = source ? source.value || source.textContent : "";
    const done = () => toast("已复制", "success");
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(done, () => {});
      return;
    }
    const area = document.createElement("textarea"); // plain http inside an office network has no clipboard API
    area.value = text;
    document.body.append(area);
    area.select();
    if (document.execCommand("copy")) done();
    area.remove();
  }

  /* ---- forms ---- */
  function dateWords(input) {
    const out = input.closest(".date-field") && input.closest(".date-field").querySelector("[data-date-words]");
    if (!out) return;
    const [, y, m, d, time] = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d))?/.exec(input.value) || [];
    if (!y) {
      out.textContent = "";
      return;
    }
    const weekday = WEEKDAYS[new Date(Number(y), Number(m) - 1, Number(d)).getDay()];
    out.textContent = `${Number(y)}年${Number(m)}月${Number(d)}日（周${weekday}）${time || ""}`;
  }

  function countUnits(grid) {
    const boxes = all("input[type=checkbox]", grid);
    const note = grid.querySelector("[data-check-count]");
    if (note) note.textContent = `已选 ${boxes.filter((box) => box.checked).length} / ${boxes.length}`;
  }

  function checkUnits(button) {
    const grid = button.closest("[data-unit-grid]");
    all("input[type=checkbox]:not(:disabled)", grid).forEach((box) => {
      box.checked = button.dataset.check === "all";
    });
    grid.dispatchEvent(new Event("change", { bubbles: true }));
    countUnits(grid);
  }

  function selectRows(input) {
    const table = input.closest("table");
    if (!table) return;
    const rows = all("tbody [data-select-row]", table);
    const head = table.querySelector("[data-select-all]");
    if (input === head) rows.forEach((box) => (box.checked = head.checked));
    const chosen = rows.filter((box) => box.checked).length;
    if (head) {
      head.checked = chosen > 0 && chosen === rows.length;
      head.indeterminate = chosen > 0 && chosen < rows.length;
    }
    all("[data-selected-count]").forEach((note) => (note.textContent = String(chosen)));
    all("[data-selected-ask]").forEach((button) => { // nothing is sent for nobody, and the question names how many
      button.disabled = chosen === 0;
      button.dataset.confirm = button.dataset.selectedAsk.replace("{n}", String(chosen));
    });
  }

  function onChange(event) {
    const input = event.target;
    if (!(input instanceof Element)) return;
    if (input.matches("input[type=date], input[type=datetime-local]")) dateWords(input);
    const grid = input.closest("[data-unit-grid]");
    if (grid) countUnits(grid);
    if (input.matches("[data-select-row], [data-select-all]")) selectRows(input);
    if (input.matches("[data-submit-on-change]") && input.form) input.form.requestSubmit();
  }

  /* ---- htmx: panels that poll with ETag, and failures told in words ---- */
  let loggedOut = false;
  const etags = new WeakMap();

  const isLogin = (xhr) => {
    const login = document.body.dataset.loginUrl;
    return Boolean(login && xhr.responseURL && new URL(xhr.responseURL).pathname === new URL(login, location).pathname);
  };

  function wireHtmx() {
    const on = (name, run) => document.body.addEventListener("htmx:" + name, run);
    on("configRequest", (event) => {
      const el = event.detail.elt;
      if (el.matches("[data-poll]") && etags.has(el)) event.detail.headers["If-None-Match"] = etags.get(el);
    });
    on("beforeRequest", (event) => {
      // Trigger filters are banned (they fail open under CSP), so a hidden page holds its polls back here.
      if (event.detail.elt.matches("[data-poll]") && (document.hidden || loggedOut)) event.preventDefault();
      else if (!event.detail.elt.matches("[data-poll]")) window.portal.activity();
    });
    on("beforeSwap", (event) => {
      const { xhr, target, elt } = event.detail;
      if (xhr.status === 304) {
        event.detail.shouldSwap = false;
      } else if (isLogin(xhr)) {
        event.detail.shouldSwap = false;
        loggedOut = true; // nothing is asked again until the password was given
        window.portal.askLogin();
      } else if (elt.matches("[data-poll]") && /^\s*<!doctype/i.test(xhr.responseText)) {
        event.detail.shouldSwap = false; // redirected to some whole page: never put that into a panel
      } else if (elt.matches("[data-poll]")) {
        const busy = document.activeElement;
        // Never replace what somebody is typing in: text and IME state would be lost.
        if (busy && target.contains(busy) && busy.matches("input, textarea, select")) event.detail.shouldSwap = false;
        else if (xhr.getResponseHeader("ETag")) etags.set(elt, xhr.getResponseHeader("ETag"));
      }
    });
    on("afterSettle", (event) => ready(event.detail.elt));
    on("sendError", (event) => {
      if (!event.detail.elt.matches("[data-poll]")) toast("网络不通，操作没有送达，请稍后再试", "danger");
    });
    on("responseError", (event) => {
      const { xhr, elt } = event.detail;
      if (elt.matches("[data-poll]")) return;
      if (xhr.status === 401) window.portal.askLogin();
      else if (xhr.status === 403) toast("您没有办理这一步的权限，或者登录已过期", "danger");
      else if (xhr.status === 404) toast("内容不存在，可能已被撤回", "danger");
      else if (xhr.status === 409) toast("别人刚刚改过，请刷新后再办", "warning");
      else if (xhr.status === 429) toast("操作太频繁，请稍等再试", "warning");
      else toast("系统出错，操作没有完成，请稍后再试", "danger");
    });
  }

  /* ---- start ---- */
  function ready(from) {
    all("[data-js-only]", from).forEach((el) => (el.hidden = false));
    all("input[type=date], input[type=datetime-local]", from).forEach(dateWords);
    all("[data-unit-grid]", from).forEach(countUnits);
    all("[data-select-row]", from).slice(0, 1).forEach(selectRows);
  }

  document.addEventListener("DOMContentLoaded", () => {
    ready(document);
    showPrefs();
    wireHtmx();
    const summary = document.querySelector("[data-error-summary]");
    if (summary) summary.focus();
    all("form[data-submit-now]").forEach((form) => form.submit()); // what the confirmation hands back to its own page
  });
  window.addEventListener("pageshow", () => all("[data-select-row]").slice(0, 1).forEach(selectRows)); // ticks that came back
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("change", onChange);
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-prefs]")) choosePref(event);
    askFirst(event);
    lockOnce(event);
  }, true);
  // A paper says the time of Quanzhou, wherever the machine believes to stand.
  const shanghai = new Intl.DateTimeFormat("zh-CN", {
    timeZone: "Asia/Shanghai", year: "numeric", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  window.addEventListener("beforeprint", () => {
    const now = Object.fromEntries(shanghai.formatToParts(new Date()).map((part) => [part.type, part.value]));
    const words = `${now.year}年${now.month}月${now.day}日 ${now.hour}:${now.minute}`;
    all("[data-print-time]").forEach((el) => (el.textContent = words));
  });
  document.addEventListener("portal:retry", () => (loggedOut = false));

  Object.assign(window.portal, { toast, csrf, ready });
})();
