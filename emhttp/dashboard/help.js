/** The keys of the page, in a dialog. */

import { element } from "./dom.js";
import { say } from "./say.js";

const KEYS = [
  ["/", "Search"],
  ["Ctrl K", "Search"],
  ["1 – 5", "Time range: 15 minutes to 7 days"],
  ["Esc", "Close, or reset the zoom"],
  ["← →", "Move along a chart"],
  ["?", "This help"],
];

export class HelpView {
  #close = element("button", { type: "button", text: say("Close") });
  element;

  constructor() {
    const rows = KEYS.map(([key, text]) => element("div", {}, element("dt", {}, element("kbd", { text: key })), element("dd", { text: say(text) })));
    const charts = element("p", { class: "uma-quiet", text: say("Drag across a chart to zoom in; double-click to zoom out.") });
    this.element = element("dialog", { class: "uma-help", "aria-labelledby": "uma-help-title" }, element("h2", { id: "uma-help-title", text: say("Keyboard shortcuts") }), element("dl", {}, ...rows), charts, this.#close);
    this.#close.addEventListener("click", () => this.element.close());
  }

  open() {
    this.element.open || this.element.showModal();
  }
}
