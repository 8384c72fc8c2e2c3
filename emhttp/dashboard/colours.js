/** Colours of the page: the user's scheme, and whether canvases must be repainted for another one. */

import { setAttribute } from "./dom.js";

export class Colours {
  #node;
  #page;
  #painted = null;
  #darkness = matchMedia("(prefers-color-scheme: dark)");
  #contrast = matchMedia("(forced-colors: active)");

  /** *node* gets the attributes that CSS uses; *page* has `format`, `prefs` and `isEmbedded`. */
  constructor(node, page) {
    [this.#node, this.#page] = [node, page];
    setAttribute(node, "data-theme", page.format.display.theme);
    this.apply();
  }

  /** Media queries that change colours. */
  get queries() {
    return [this.#darkness, this.#contrast];
  }

  /**
   * Apply the user's scheme and density. On paper it is light, because lines are drawn before the page is laid out for
   * paper.
   */
  apply(isPrinted = false) {
    const { format, prefs, isEmbedded } = this.#page;
    const own = isPrinted ? "light" : isEmbedded ? "auto" : prefs.get("theme");
    setAttribute(this.#node, "data-scheme", own === "light" || own === "dark" ? own : format.display.scheme);
    setAttribute(this.#node, "data-density", prefs.get("density"));
  }

  /** True if canvases, which don't follow the surrounding colours, were last painted in other colours. */
  areOthers(freshness) {
    const wanted = `${freshness} ${this.#node.dataset.scheme}`;
    const isOther = wanted !== this.#painted;
    this.#painted = wanted;
    return isOther;
  }
}
