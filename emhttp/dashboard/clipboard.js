/** The clipboard, even if a browser offers none over plain http. */

import { element } from "./dom.js";

/** Put *text* on the clipboard. Returns whether that was allowed. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A page over plain http has no such clipboard.
    const area = element("textarea", { "aria-hidden": "true" });
    Object.assign(area.style, { position: "fixed", opacity: "0" });
    area.value = text;
    document.body.append(area);
    area.select();
    const isDone = document.execCommand("copy");
    area.remove();
    return isDone;
  }
}
