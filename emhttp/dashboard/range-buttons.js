/** The buttons that select the charts' time range. */

import { element, setAttribute } from "./dom.js";
import { say } from "./say.js";
import { RANGES } from "./series.js";

const TITLES = { "15m": "15 m", "1h": "1 h", "6h": "6 h", "24h": "24 h", "7d": "7 d" };

export class RangeButtons {
  #buttons = {};
  element = element("div", { class: "uma-segments", role: "group", "aria-label": say("Time range of the charts") });

  /** *onRange* gets the key of the pressed range. */
  constructor(onRange) {
    for (const key of Object.keys(RANGES)) {
      this.#buttons[key] = element("button", { type: "button", "aria-pressed": "false", text: TITLES[key] });
      this.#buttons[key].addEventListener("click", () => onRange(key));
    }
    this.element.append(...Object.values(this.#buttons));
  }

  /** Mark *chosen* as selected. */
  render(chosen) {
    Object.entries(this.#buttons).forEach(([key, button]) => setAttribute(button, "aria-pressed", String(key === chosen)));
  }
}
