/** The colours that lines are drawn in, as the page's style has them: a canvas takes no CSS variables. */

import { element } from "./dom.js";

export class Ink {
  #first = element("i", { class: "uma-ink" });
  #second = element("i", { class: "uma-ink uma-second" });
  /** These belong into the page, unseen: what they are styled in is what is asked for. */
  elements = [this.#first, this.#second];
  /** `lines`, one a column; `area` below the first, `border`, `muted` and `font`, a family; null before mix(). */
  colours = null;

  /** Ask for them, once for all charts: each answer has the browser style the page anew. */
  mix() {
    const { color, backgroundColor, borderTopColor, outlineColor, fontFamily } = getComputedStyle(this.#first);
    const lines = [color, getComputedStyle(this.#second).color];
    this.colours = { lines, area: backgroundColor, border: borderTopColor, muted: outlineColor, font: fontFamily };
  }
}
