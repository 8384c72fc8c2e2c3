/** A button with a short list of actions. */

import { arrange, element, setAttribute, setText } from "./dom.js";

export class Menu {
  #list = element("ul");
  #button;
  element;

  /** *label* names it, *text* is shown on its button. */
  constructor({ label, text = "⋯" }) {
    this.#button = element("summary", { "aria-label": label, title: label, text });
    this.element = element("details", { class: "uma-menu" }, this.#button, this.#list);
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.#close(event));
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      // A press beside it moves the focus away; in Safari to nothing.
      if (relatedTarget === null || !this.element.contains(relatedTarget)) {
        setTimeout(() => {
          this.element.open &&= this.element.contains(document.activeElement);
        });
      }
    });
  }

  /** Show *items*, `{text, run, isChosen}` each. */
  render(items) {
    arrange(this.#list, items.map((_, index) => this.#list.children[index] ?? this.#item()));
    items.forEach(({ text, run, isChosen }, index) => {
      const button = this.#list.children[index].firstElementChild;
      setText(button, text);
      setAttribute(button, "aria-pressed", isChosen === undefined ? null : String(isChosen));
      button.onclick = () => {
        this.element.open = false;
        this.#button.focus();
        run();
      };
    });
  }

  #item() {
    return element("li", {}, element("button", { type: "button" }));
  }

  #close(event) {
    if (this.element.open) {
      event.stopPropagation();
      this.element.open = false;
      this.#button.focus();
    }
  }
}
