/** The foot of a long panel: the number of hidden rows, and a button that shows them. */

import { element, setAttribute, setHidden, setText } from "./dom.js";
import { say } from "./say.js";

const SHOWN = 8;

export class Fold {
  #isWhole = false;
  element = element("button", { type: "button", class: "uma-more", "aria-expanded": "false", hidden: "" });

  /** *onChange* renders the panel again. */
  constructor(onChange) {
    this.element.addEventListener("click", () => {
      this.#isWhole = !this.#isWhole;
      onChange();
    });
  }

  /** The shown part of *items*; hidden ones are counted. */
  cut(items) {
    const rest = items.length - SHOWN;
    setHidden(this.element, rest <= 0);
    setText(this.element, this.#isWhole ? say("Fewer") : say("{n} more", { n: rest }));
    setAttribute(this.element, "aria-expanded", String(this.#isWhole));
    return this.#isWhole ? items : items.slice(0, SHOWN);
  }
}
