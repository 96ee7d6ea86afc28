// Keeps the part of a page marked `data-live` current while somebody looks at it. A message of the
// stream only says that something moved; what it shows is always the page itself, fetched anew.
(() => {
  "use strict";
  const shown = document.querySelector("[data-live]");
  const controls = document.querySelector("[data-live-controls]");
  if (!shown || !controls || !window.EventSource) return;
  const MOST_OFTEN_MS = 2000;
  const { live: address, liveEvent, liveField, liveValue } = shown.dataset;
  let after = shown.dataset.liveAfter; // what the page shows already
  const { pause, resume, paused, following } = controls.dataset;
  let stream = null, waiting = null, refreshed = 0, stopped = false;

  const state = document.createElement("span");
  const button = document.createElement("button");
  button.type = "button";
  state.setAttribute("role", "status");
  controls.append(state, button);
  controls.hidden = false;

  function concerns(message) {
    if (!liveField) return true;
    const { data } = JSON.parse(message.data);
    return data[liveField] === liveValue;
  }

  function refreshSoon() {
    const pauseMs = Math.max(100, refreshed + MOST_OFTEN_MS - Date.now());
    waiting ??= setTimeout(refresh, pauseMs);
  }

  async function refresh() {
    waiting = null;
    refreshed = Date.now();
    const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer || !answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live]");
    if (fresh) become(shown, fresh);
  }

  // Changes only what differs, so that focus, selection and scroll position stay.
  function become(old, fresh) {
    if (old === controls || old.isEqualNode(fresh)) return;
    const alike = old.nodeName === fresh.nodeName && old.childNodes.length === fresh.childNodes.length;
    if (!alike) return old.replaceWith(document.importNode(fresh, true));
    if (old.nodeType === Node.TEXT_NODE) old.data = fresh.data;
    for (const { name, value } of fresh.attributes ?? []) old.setAttribute(name, value);
    const pairs = [...old.childNodes].map((child, place) => [child, fresh.childNodes[place]]);
    for (const [child, other] of pairs) become(child, other);
  }

  function follow() {
    const wanted = !stopped && !document.hidden;
    if (wanted === Boolean(stream)) return;
    if (!wanted) {
      stream.close();
      stream = null;
      return;
    }
    stream = new EventSource(`${address}?after=${encodeURIComponent(after)}`);
    stream.addEventListener("reset", (message) => {
      after = message.lastEventId;
      refreshSoon();
    });
    stream.addEventListener(liveEvent, (message) => {
      after = message.lastEventId;
      if (concerns(message)) refreshSoon();
    });
  }

  function tell() {
    state.textContent = stopped ? paused : following;
    button.textContent = stopped ? resume : pause;
  }

  button.addEventListener("click", () => {
    stopped = !stopped;
    tell();
    follow();
  });
  document.addEventListener("visibilitychange", follow);
  window.addEventListener("pagehide", () => stream && stream.close());
  tell();
  follow();
})();
