/* Pure: what becomes of two people's changes to one block. A block is a map of field name → values (empty left out). */
(function () {
  "use strict";
  const room = (window.room = window.room || {});
  const SKIP = ["csrfmiddlewaretoken", "version"];
  /* Fields that only make sense together are taken from one side together. */
  const GROUPS = {
    text: ["text"],
    unit: ["unit"],
    speaker: ["speaker"],
    leads: ["lead_1", "lead_2", "lead_3", "lead_4"],
    supports: ["all_support", "supports"],
    duties: ["duties"],
    deadline: ["due_on", "recurrence", "is_standing"],
    in_principle: ["in_principle"],
  };

  /* [name, value] pairs as a map. Line ends as a form posts them differ from those of a textarea. */
  function toMap(pairs) {
    const map = {};
    pairs.forEach(([name, value]) => {
      if (SKIP.includes(name) || typeof value !== "string" || value === "") return;
      (map[name] = map[name] || []).push(value.replace(/\r\n?/g, "\n"));
    });
    return map;
  }

  const part = (map, group) => GROUPS[group].map((name) => (map[name] || []).slice().sort());
  const equal = (a, b, group) => JSON.stringify(part(a, group)) === JSON.stringify(part(b, group));
  const same = (a, b) => Object.keys(GROUPS).every((group) => equal(a, b, group));
  const textOf = (map) => (map.text || [""])[0];

  function take(into, from, group) {
    GROUPS[group].forEach((name) => {
      delete into[name];
      if (from[name]) into[name] = from[name].slice();
    });
  }

  /* A field changed on one side is taken from that side; `asks` names what both changed differently. */
  function threeWay(base, mine, theirs) {
    const fields = {};
    const asks = [];
    Object.keys(GROUPS).forEach((group) => {
      if (equal(mine, theirs, group) || equal(theirs, base, group)) take(fields, mine, group);
      else if (equal(mine, base, group)) take(fields, theirs, group);
      else {
        take(fields, mine, group);
        asks.push(group);
      }
    });
    return { fields, asks };
  }

  /* ---- joining two texts ---- */
  const pieces = (text) => text.match(/[^。；\n]*[。；\n]|[^。；\n]+$/g) || [];

  /* For each piece of `a` its place in `b` in a longest common row, or −1. */
  function places(a, b) {
    const rows = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i -= 1) {
      for (let j = b.length - 1; j >= 0; j -= 1) {
        rows[i][j] = a[i] === b[j] ? rows[i + 1][j + 1] + 1 : Math.max(rows[i + 1][j], rows[i][j + 1]);
      }
    }
    const found = new Array(a.length).fill(-1);
    for (let i = 0, j = 0; i < a.length && j < b.length; ) {
      if (a[i] === b[j]) found[i++] = j++;
      else if (rows[i + 1][j] >= rows[i][j + 1]) i += 1;
      else j += 1;
    }
    return found;
  }

  const glued = (a, b) => (a && b && !/[。；\n]$/.test(a) ? `${a}\n${b}` : a + b);

  /* One stretch between two places where all three agree. What both wrote there is kept, theirs first. */
  function stretch(base, mine, theirs) {
    const [b, m, t] = [base, mine, theirs].map((list) => list.join(""));
    if (m === t || t === b) return m;
    if (m === b) return t;
    return glued(t, mine.filter((piece) => !theirs.includes(piece)).join(""));
  }

  /* Both texts by sentence. No sentence that either side has is lost, unless the other side took it out. */
  function joinText(base, mine, theirs) {
    const [b, m, t] = [base, mine, theirs].map(pieces);
    const [inMine, inTheirs] = [places(b, m), places(b, t)];
    let [out, i, j, k] = ["", 0, 0, 0];
    for (let at = 0; at <= b.length; at += 1) {
      const end = at === b.length;
      if (!end && (inMine[at] < 0 || inTheirs[at] < 0)) continue;
      const [toMine, toTheirs] = end ? [m.length, t.length] : [inMine[at], inTheirs[at]];
      const between = stretch(b.slice(i, at), m.slice(j, toMine), t.slice(k, toTheirs));
      out = between ? glued(out, between) : out;
      if (!end) out = glued(out, b[at]);
      [i, j, k] = [at + 1, toMine + 1, toTheirs + 1];
    }
    return out;
  }

  /* crypto.randomUUID wants https; offices may run on plain http inside their network. */
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  const clock = (value) => new Date(value).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hourCycle: "h23" });

  Object.assign(room, { GROUPS, toMap, same, equal, textOf, take, threeWay, joinText, uuid, clock });
})();
