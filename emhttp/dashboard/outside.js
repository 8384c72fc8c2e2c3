/** Everything outside the page's own element: the window, its storage and its events. */

/** Milliseconds that a frame may take. */
const MAX_FRAME = 1000;

/** Requests that early.js has started; each is used once, and only with the same token. */
const early = {
  /**
   * `{socket, feeds, greet}` or null: *feeds* it is asked for, by *greet* once it opens. *take* gets the data of each
   * frame, also of those that have come already.
   */
  socket(token, take) {
    const begun = /** @type {any} */ (window).umaEarly;
    if (!begun?.socket || begun.token !== token) {
      return null;
    }
    const { socket, frames, feeds, greet } = begun;
    [begun.socket, begun.take] = [null, take];
    frames.forEach(take);
    return { socket, feeds, greet };
  },
  /** The answer to a GET of *url* as fetch() gives it, or null. */
  answer(url, { headers, signal }) {
    const begun = /** @type {any} */ (window).umaEarly;
    const answer = begun?.token === (headers["X-UMA-Token"] ?? null) ? begun.answers.get(url) : null;
    if (!answer) {
      return null;
    }
    begun.answers.delete(url);
    return Promise.race([answer, new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))]);
  },
};

/**
 * Data that the daemon has put into the page (web/head_start.py), or null; used once. `takenAt` is the time of their
 * arrival, in Unix ms by this machine's clock.
 */
export function headStart() {
  const node = document.getElementById("uma-head-start");
  node?.remove();
  const [{ responseStart = performance.now() } = {}] = /** @type {any[]} */ (performance.getEntriesByType("navigation"));
  return node && { ...JSON.parse(node.textContent), takenAt: Date.now() - (performance.now() - responseStart) };
}

/** True after a reload, or back from another page: the browser scrolls to the place of before once the page is loaded. */
export function isReturn() {
  const [{ type = "navigate" } = {}] = /** @type {any[]} */ (performance.getEntriesByType("navigation"));
  return type !== "navigate";
}

/** Call *callback* after the next frame; within a second even if there is none, as in a hidden tab. */
export function afterFrame(callback) {
  let isCalled = false;
  const once = () => {
    isCalled || callback();
    isCalled = true;
  };
  setTimeout(once, MAX_FRAME);
  requestAnimationFrame(() => setTimeout(once));
}

/** Names under which this device itself is reached, without a network. */
const OWN_DEVICE = ["localhost", "127.0.0.1", "[::1]"];

/** The world that Link and Pace use. */
export const outside = {
  WebSocket,
  early,
  fetch: (url, options) => early.answer(url, options) ?? window.fetch(url, options),
  setTimeout: (callback, delay) => window.setTimeout(callback, delay),
  clearTimeout: (timer) => window.clearTimeout(timer),
  requestFrame: (callback) => window.requestAnimationFrame(callback),
  now: Date.now,
  /** Milliseconds of a clock that can't be set. */
  monotonic: () => performance.now(),
  random: Math.random,
  isOnline: () => navigator.onLine || OWN_DEVICE.includes(location.hostname),
  isVisible: () => document.visibilityState === "visible",
};

/** The browser's storage, or null. */
export function storageOf() {
  try {
    return window.localStorage;
  } catch {
    // Storage is forbidden: the setting lasts for this page only.
    return null;
  }
}

/**
 * Until *signal*: *onWake* where there may be a network again or the tab is shown, *onHash* on another address, *onKey* on
 * a key, *onPrint* with true before printing and false after it, *onColours* when colours change by *queries*.
 */
export function listen(signal, { onWake, onHash, onKey, onPrint, onColours, queries }) {
  const wake = () => outside.isVisible() && onWake();
  const on = (target, name, handler) => target.addEventListener(name, handler, { signal });
  on(window, "online", wake);
  on(window, "offline", wake);
  on(document, "visibilitychange", wake);
  on(window, "hashchange", onHash);
  on(window, "popstate", onHash);
  on(window, "beforeprint", () => onPrint(true));
  on(window, "afterprint", () => onPrint(false));
  on(document, "keydown", onKey);
  queries.forEach((query) => on(query, "change", onColours));
}
