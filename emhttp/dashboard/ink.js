/** The colours of lines, read from the page's style: a canvas can't use CSS variables. */

import { element } from "./dom.js";

const TONES = ["good", "busy", "warn", "bad", "quiet"];

export class Ink {
  #first = element("i", { class: "uma-ink" });
  #second = element("i", { class: "uma-ink uma-second" });
  #tones = TONES.map((tone) => element("i", { class: "uma-ink", "data-tone": tone }));
  /** Invisible elements of the page, whose computed style is read. */
  elements = [this.#first, this.#second, ...this.#tones];
  #colours = null;

  /**
   * `lines`, one a column; `area` below the first, `border`, `muted` and `font`, a family; each tone. Read once for all
   * charts: each read forces the browser to style the page.
   */
  get colours() {
    this.#colours ??= this.#mixed();
    return this.#colours;
  }

  /** Read them again at the next use, since the page's style has changed. */
  mix() {
    this.#colours = null;
  }

  #mixed() {
    const { color, backgroundColor, borderTopColor, outlineColor, fontFamily } = getComputedStyle(this.#first);
    const lines = [color, getComputedStyle(this.#second).color];
    const tones = Object.fromEntries(TONES.map((tone, index) => [tone, getComputedStyle(this.#tones[index]).color]));
    const isForced = matchMedia("(forced-colors: active)").matches;
    return { lines, area: backgroundColor, border: borderTopColor, muted: outlineColor, font: fontFamily, isForced, ...tones };
  }
}
