/* One way to the server: every answer as {ok, json} or why not. A stale token is renewed once without a word. */
(function () {
  "use strict";
  const room = (window.room = window.room || {});

  const WORDS = {
    dirty: "有改动，待保存", saving: "正在保存", offline: "离线，已暂存本机", conflict: "与他人的改动冲突，请选择", gone: "这一段已被删除，请选择",
  };

  async function once(url, body, leaving) {
    return fetch(url, {
      method: "POST",
      body: body,
      credentials: "same-origin",
      keepalive: leaving, // browsers take 64 KB so; a longer text is in the draft
      headers: { "X-CSRFToken": portal.csrf(), Accept: "application/json" },
    });
  }

  async function post(url, body, leaving) {
    let response;
    try {
      response = await once(url, body, leaving);
      // 403: another tab logged in anew, or nobody is logged in. Only the first can be mended silently.
      if (response.status === 403 && !leaving) {
        try {
          await portal.refreshToken();
        } catch (error) {
          return error.away ? { away: true } : { login: true };
        }
        response = await once(url, body, leaving);
      }
      return await read(response);
    } catch (error) {
      return { away: true };
    }
  }

  async function read(response) {
    const json = (response.headers.get("Content-Type") || "").includes("json") ? await response.json() : null;
    if (response.ok && json && !response.redirected) return { ok: true, json: json, status: response.status };
    if (response.status === 204) return { ok: true, json: {}, status: 204 };
    if (response.status === 409 && json && json.fields) return { status: 409, json: json };
    if (json && json.error && response.status < 500) return { status: response.status, words: json.error };
    if (response.status >= 500 || response.status === 429) return { away: true };
    if (response.redirected || response.status === 401) {
      portal.askLogin();
      return { login: true };
    }
    const words = { 403: "没有权限保存，文字已暂存本机", 404: "这一段已不在记录里，文字已暂存本机" };
    return { status: response.status, words: words[response.status] };
  }

  /* Worst news first, on the line of the whole page. */
  function showAll(words) {
    const line = document.querySelector("[data-save-all]");
    if (!line) return;
    const states = Array.from(room.forms.values(), (block) => block.state).concat(room.pendingStates ? room.pendingStates() : []);
    const order = ["conflict", "gone", "error", "offline", "saving", "dirty"];
    const state = order.find((name) => states.includes(name)) || "saved";
    line.dataset.state = state;
    line.textContent = room.WORDS[state] || (state === "error" ? "有一段没有保存成功" : words || "已保存");
    const banner = document.querySelector("[data-offline]");
    if (banner) banner.hidden = state !== "offline";
  }

  Object.assign(room, { post, showAll, WORDS });
})();
