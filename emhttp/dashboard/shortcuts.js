/** Keyboard shortcuts of the whole page. No DOM. */

import { isForPage } from "./command-palette.js";
import { RANGES } from "./series.js";

/** `{palette}`, `{help}`, `{reset}` or `{range}` of a keydown *event*; null for any other key. */
export function shortcutOf(event) {
  const isForSearch = event.key === "k" && (event.ctrlKey || event.metaKey);
  if (isForSearch) {
    return { palette: true };
  }
  if (!isForPage(event)) {
    return null;
  }
  const range = Object.keys(RANGES)[Number(event.key) - 1];
  return { "/": { palette: true }, "?": { help: true }, Escape: { reset: true } }[event.key] ?? (range ? { range } : null);
}
