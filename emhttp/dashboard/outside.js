/** Everything outside the page's own element: the window, its storage and its events. */

/** The world as Link takes it. */
export const outside = {
  WebSocket,
  fetch: (url, options) => window.fetch(url, options),
  setTimeout: (callback, delay) => window.setTimeout(callback, delay),
  clearTimeout: (timer) => window.clearTimeout(timer),
  now: Date.now,
  random: Math.random,
  isOnline: () => navigator.onLine,
  isVisible: () => document.visibilityState === "visible",
};

/** The browser's storage, or null. */
export function storageOf() {
  try {
    return window.localStorage;
  } catch {
    // Storage is forbidden: this page remembers, the next one does not.
    return null;
  }
}

/**
 * Until *signal*: *onWake* where there may be a network again or the tab is shown, *onHash* on another address, *onKey* on
 * a key, *onPrint* before and after printing, *onColours* when dark, light or forced colours change by *queries*.
 */
export function listen(signal, { onWake, onHash, onKey, onPrint, onColours, queries }) {
  const wake = () => outside.isVisible() && onWake();
  const on = (target, name, handler) => target.addEventListener(name, handler, { signal });
  on(window, "online", wake);
  on(window, "offline", wake);
  on(document, "visibilitychange", wake);
  on(window, "hashchange", onHash);
  on(window, "popstate", onHash);
  on(window, "beforeprint", onPrint);
  on(window, "afterprint", onPrint);
  on(document, "keydown", onKey);
  queries.forEach((query) => on(query, "change", onColours));
}
