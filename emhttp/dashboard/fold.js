/** The foot of a panel with more rows than a glance takes: how many more there are, and one press to them. */

import { element, setAttribute, setText } from "./dom.js";
import { say } from "./say.js";

const SHOWN = 8;

export class Fold {
  #isWhole = false;
  element = element("button", { type: "button", class: "uma-more", "aria-expanded": "false", hidden: "" });

  /** *onChange* shows the panel again. */
  constructor(onChange) {
    this.element.addEventListener("click", () => {
      this.#isWhole = !this.#isWhole;
      onChange();
    });
  }

  /** Those of *items* to show; what is left out is counted. */
  cut(items) {
    const rest = items.length - SHOWN;
    this.element.hidden = rest <= 0;
    setText(this.element, this.#isWhole ? say("Fewer") : say("{n} more", { n: rest }));
    setAttribute(this.element, "aria-expanded", String(this.#isWhole));
    return this.#isWhole ? items : items.slice(0, SHOWN);
  }
}
