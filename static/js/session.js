/* The session: a warning before the idle logout, the password asked on the page itself, and words kept in this browser.
   Loaded before portal.js in <head>: its question about drafts comes before the asking of questions. */
(function () {
  "use strict";
  const ACTIVE_KEY = "portal:active";
  const WARN_SECONDS = 120;
  const body = () => document.body.dataset;
  let lastActive = Date.now();

  function activity() {
    lastActive = Date.now();
    try {
      localStorage.setItem(ACTIVE_KEY, String(lastActive)); // other tabs share one session
    } catch (error) {
      /* storage may be switched off; then each tab counts for itself */
    }
  }

  function shared() {
    try {
      return Number(localStorage.getItem(ACTIVE_KEY)) || 0;
    } catch (error) {
      return 0;
    }
  }

  function watchIdle() {
    const limit = Number(body().idleSeconds);
    const dialog = document.getElementById("idle-dialog");
    if (!limit || !dialog) return;
    activity();
    setInterval(() => {
      const left = limit - (Date.now() - Math.max(shared(), lastActive)) / 1000;
      if (left > WARN_SECONDS) {
        if (dialog.open) dialog.close();
      } else if (left > 0) {
        dialog.querySelector("[data-idle-left]").textContent = left > 60 ? "2 分钟" : `${Math.ceil(left)} 秒`;
        if (dialog.showModal && !dialog.open) dialog.showModal();
      } else if (dialog.open) {
        dialog.close();
        askLogin();
      }
    }, 1000);
  }

  function stayLoggedIn() {
    const url = body().keepaliveUrl || location.href;
    fetch(url, { credentials: "same-origin", redirect: "manual" }).then((response) => {
      document.getElementById("idle-dialog").close();
      if (response.ok) activity();
      else askLogin();
    }, () => portal.toast("网络不通，请检查网络", "danger"));
  }

  /* ---- the password, without leaving the page ---- */
  let typing = false; // somebody composes: the focus is not taken from under their hands

  function askLogin() {
    const box = document.getElementById("again");
    if (!box) {
      portal.toast("登录已过期，请重新登录", "warning");
      return;
    }
    if (!box.hidden) return;
    box.hidden = false;
    const busy = document.activeElement && document.activeElement.matches("input, textarea, select");
    if (!typing && !busy) box.querySelector("[name=password]").focus();
  }

  async function comeBack(event) {
    event.preventDefault();
    const form = event.target;
    const line = form.querySelector("[data-again-line]");
    line.textContent = "正在登录";
    const data = new URLSearchParams(new FormData(form));
    data.set("user", body().user);
    try {
      let response = await sendAgain(form.action, data, portal.csrf());
      if (response.status === 403) response = await sendAgain(form.action, data, await freshToken(body().loginUrl));
      const json = await response.json();
      if (!response.ok) {
        line.textContent = json.error || "没有登录成功，请再试一次";
        return;
      }
      useToken(json.csrf);
      form.reset();
      line.textContent = "";
      document.getElementById("again").hidden = true;
      activity();
      document.dispatchEvent(new CustomEvent("portal:retry"));
    } catch (error) {
      line.textContent = "网络不通，请稍后再试。您的文字仍在本机。";
    }
  }

  const sendAgain = (url, data, token) =>
    fetch(url, { method: "POST", body: data, credentials: "same-origin", headers: { "X-CSRFToken": token } });

  async function pageOf(url) {
    let response;
    try {
      response = await fetch(url, { credentials: "same-origin", headers: { "X-Polling": "1" } });
    } catch (error) {
      throw Object.assign(new Error("the network is away"), { away: true });
    }
    if (response.status >= 500) throw Object.assign(new Error("the server is away"), { away: true });
    return new DOMParser().parseFromString(await response.text(), "text/html");
  }

  const tokenOf = (page) => JSON.parse(page.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const freshToken = async (url) => tokenOf(await pageOf(url));

  function useToken(token) {
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((input) => (input.value = token));
  }

  /* A login in another tab makes a new CSRF token; this page still holds the old one. Take it from a fresh copy, and
     refuse when somebody else logged in meanwhile: their name must not stand under these words. */
  async function refreshToken() {
    const fresh = await pageOf(location.href);
    if (fresh.body.dataset.user !== body().user) {
      askLogin();
      if (fresh.body.dataset.user) portal.toast("另一个账号已登录，请用原来的账号登录后再试", "warning");
      throw new Error("another user, or nobody, is logged in");
    }
    useToken(tokenOf(fresh));
    activity();
  }

  /* ---- words kept in this browser ---- */
  const pageId = Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join("");
  const channel = window.BroadcastChannel ? new BroadcastChannel("portal:drafts") : null;
  if (channel) channel.addEventListener("message", (event) => event.data === "who" && channel.postMessage(pageId));

  /* kind: "draft" for blocks of a record, "note" for 主持词 and the chair's notes, "form" for a form (keep.js), "opinion"
     for a 批示 (opinion.js), "consent" for a unit's answer, whose keys begin like a block's (draft:<user>:consent-<answer>:<tab>): no record may take it for one. */
  function draftKeys(kind = "draft") {
    const start = `${kind === "consent" ? "draft" : kind}:${body().user}:`;
    const fits = (key) => key.startsWith(start) && key.startsWith(`${start}consent-`) === (kind === "consent");
    try {
      return Object.keys(localStorage).filter(fits);
    } catch (error) {
      return [];
    }
  }

  /* Keys of drafts whose page is gone. The pages that live answer a call; a dead one cannot. */
  function orphanDrafts(kind = "draft") {
    const living = new Set([pageId]);
    if (!draftKeys(kind).length) return Promise.resolve([]);
    const hear = (event) => living.add(event.data);
    if (channel) {
      channel.addEventListener("message", hear);
      channel.postMessage("who");
    }
    return new Promise((done) => setTimeout(() => {
      if (channel) channel.removeEventListener("message", hear);
      done(draftKeys(kind).filter((key) => !living.has(key.split(":")[3])));
    }, 400));
  }

  /* Anywhere in the portal: words that never reached the server are named, with the way to them. The note lies over
     the page's foot: it comes when somebody may be about to press a button, and must not push it away. */
  async function nameDrafts() {
    if (!body().user || document.querySelector("[data-record], [data-answer]")) return;
    const links = answersOf(draftKeys("consent")).map((answer) => [`/minutes/consents/${answer}/`, "征求意见中没有提交的内容"]);
    const keys = await orphanDrafts();
    const opinions = new Set(draftKeys("opinion").map((key) => (/:minutes-(\d+):/.exec(key) || [])[1]).filter(Boolean));
    if (!document.querySelector("textarea[data-keep]")) opinions.forEach((minutes) => links.push([`/minutes/${minutes}/sign/`, "没有提交的批示"]));
    const notes = document.querySelector("[data-loose-notes]") ? [] : await orphanDrafts("note");
    if (!keys.length && !links.length && !notes.length) return;
    meetingsOf(notes).forEach((found, meeting) => {
      if (meeting) links.push([`/meetings/${meeting}/script/`, "没有保存的主持词、备忘"]);
    });
    meetingsOf(keys).forEach(({ count, title }, meeting) => {
      links.push([meeting ? `/meetings/${meeting}/record/` : "/meetings/", `${title || "去查看"}（${count} 段）`]);
    });
    const note = document.createElement("div");
    note.className = "alert alert-warning drafts-note";
    note.setAttribute("role", "status");
    const words = document.createElement("div");
    words.append(keys.length ? `本机暂存着 ${keys.length} 段没有保存的会议记录文字。` : "本机还留着没有送出的文字。");
    links.forEach(([url, label]) => {
      const link = document.createElement("a");
      link.href = url;
      link.textContent = label;
      words.append(" ", link);
    });
    const close = document.createElement("button");
    Object.assign(close, { type: "button", className: "alert-close", textContent: "×" });
    close.dataset.dismiss = "";
    close.setAttribute("aria-label", "先收起这条提示");
    note.append(words, close);
    document.getElementById("main").append(note);
  }

  /* The numbers of the answers that drafts belong to, each once. */
  const answersOf = (keys) => Array.from(new Set(keys.map((key) => key.split(":")[2].replace("consent-", "")))).filter((id) => /^\d+$/.test(id));

  /* meeting → how many drafts it has, and its title; those that do not say stand under "". */
  function meetingsOf(keys) {
    const found = new Map();
    keys.forEach((key) => {
      let draft = {};
      try {
        draft = JSON.parse(localStorage.getItem(key)) || {};
      } catch (error) {
        /* broken, but still somebody's words */
      }
      const meeting = /^\d+$/.test(draft.meeting) ? String(draft.meeting) : "";
      const row = found.get(meeting) || { count: 0, title: "" };
      found.set(meeting, { count: row.count + 1, title: row.title || (meeting && draft.title) || "" });
    });
    return found;
  }

  /* Drafts belong to who wrote them: on a shared desk nothing stays behind a logout, but not without a word. */
  function dropDrafts(event) {
    const keys = draftKeys().concat(draftKeys("note"), draftKeys("form"), draftKeys("opinion"), draftKeys("consent"));
    const form = event.target;
    if (keys.length && !form.dataset.confirmed) form.dataset.confirm = "本机还有没保存成功的文字，退出后将清除。确定退出吗？";
    else keys.forEach((key) => localStorage.removeItem(key));
  }

  document.addEventListener("DOMContentLoaded", () => {
    watchIdle();
    nameDrafts();
    const form = document.querySelector("[data-again]");
    if (form) form.addEventListener("submit", comeBack);
  });
  document.addEventListener("compositionstart", () => (typing = true), true);
  document.addEventListener("compositionend", () => (typing = false), true);
  document.addEventListener("click", (event) => event.target.closest && event.target.closest("[data-idle-stay]") && stayLoggedIn());
  document.addEventListener("submit", (event) => event.target.matches("[data-logout]") && dropDrafts(event), true);
  document.addEventListener("portal:activity", activity);

  window.portal = Object.assign(window.portal || {}, { activity, askLogin, refreshToken, pageId, draftKeys, orphanDrafts, meetingsOf });
})();
