/** Colours that the page is shown in: the user's scheme, and whether canvases must be painted again for another one. */

import { setAttribute } from "./dom.js";

export class Colours {
  #node;
  #page;
  #painted = null;
  #darkness = matchMedia("(prefers-color-scheme: dark)");
  #contrast = matchMedia("(forced-colors: active)");

  /** *node* bears the attributes by which CSS knows; *page* has `format`, `prefs` and `isEmbedded`. */
  constructor(node, page) {
    [this.#node, this.#page] = [node, page];
    setAttribute(node, "data-theme", page.format.display.theme);
    this.apply();
  }

  /** Media queries upon whose change colours are others, too. */
  get queries() {
    return [this.#darkness, this.#contrast];
  }

  /** Have the user's scheme and density; on paper it is light, for lines that are drawn before the page is laid out for it. */
  apply(isPrinted = false) {
    const { format, prefs, isEmbedded } = this.#page;
    const own = isPrinted ? "light" : isEmbedded ? "auto" : prefs.get("theme");
    setAttribute(this.#node, "data-scheme", own === "light" || own === "dark" ? own : format.display.scheme);
    setAttribute(this.#node, "data-density", prefs.get("density"));
  }

  /** True if canvases, which do not follow the surrounding colours by themselves, were last painted in others. */
  areOthers(freshness) {
    const wanted = `${freshness} ${this.#node.dataset.scheme}`;
    const isOther = wanted !== this.#painted;
    this.#painted = wanted;
    return isOther;
  }
}
