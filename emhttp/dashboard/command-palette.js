/** The command palette: finds every disk, container, panel, page and command by a few letters; and the keys of the page. */

import { arrange, element, setAttribute } from "./dom.js";
import { say } from "./say.js";

const MOST = 12;

/** Score of *text* for *asked*, its letters in order: higher is better, null if it does not match. */
export function scoreOf(text, asked) {
  const [whole, letters] = [text.toLowerCase(), asked.toLowerCase().replace(/\s+/g, "")];
  let [at, score, run] = [-1, 0, 0];
  for (const letter of letters) {
    const next = whole.indexOf(letter, at + 1);
    if (next < 0) {
      return null;
    }
    run = next === at + 1 ? run + 1 : 0;
    score += 2 * run + (next === 0 || /\W/.test(whole[next - 1]) ? 4 : 0) - (next - at > 3 ? 1 : 0);
    at = next;
  }
  return score - text.length / 100;
}

/** The best of *items* for *asked*. */
export function found(items, asked) {
  return items
    .map((item) => ({ item, score: scoreOf(item.text, asked) }))
    .filter(({ score }) => score !== null)
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST)
    .map(({ item }) => item);
}

export class CommandPalette {
  #items;
  #shown = [];
  #chosen = 0;
  #list = element("ul", { id: "uma-found", role: "listbox", "aria-label": say("Found") });
  #input = element("input", {
    type: "search",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": "uma-found",
    "aria-label": say("Search disks, containers, pages and commands"),
    placeholder: say("Search disks, containers, pages and commands"),
    autocomplete: "off",
    spellcheck: "false",
  });
  element = element("dialog", { class: "uma-palette", "aria-label": say("Search") }, this.#input, this.#list);

  /** *items* returns everything: `{text, kind, href}` or `{text, kind, run}` each. */
  constructor(items) {
    this.#items = items;
    this.#input.addEventListener("input", () => this.#look());
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.element.addEventListener("click", (event) => event.target === this.element && this.element.close());
  }

  open() {
    if (!this.element.open) {
      this.#input.value = "";
      this.element.showModal();
      this.#look();
      this.#input.focus();
    }
  }

  #look() {
    this.#shown = found(this.#items(), this.#input.value.trim());
    this.#chosen = 0;
    const rows = this.#shown.map(({ text, kind }, index) => {
      const row = element("li", { role: "option", id: `uma-found-${index}` }, element("span", { text }), element("small", { text: kind }));
      row.addEventListener("click", () => this.#choose(index));
      return row;
    });
    if (rows.length === 0) {
      rows.push(element("li", { role: "option", "aria-disabled": "true", text: say("Nothing found.") }));
    }
    arrange(this.#list, []);
    arrange(this.#list, rows);
    this.#mark();
  }

  #mark() {
    [...this.#list.children].forEach((row, index) => setAttribute(row, "aria-selected", String(index === this.#chosen)));
    setAttribute(this.#input, "aria-activedescendant", this.#shown.length > 0 ? `uma-found-${this.#chosen}` : null);
    this.#list.children[this.#chosen]?.scrollIntoView?.({ block: "nearest" });
  }

  #onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && this.#shown.length > 0) {
      event.preventDefault();
      this.#chosen = (this.#chosen + step + this.#shown.length) % this.#shown.length;
      this.#mark();
    } else if (event.key === "Enter" && this.#shown.length > 0) {
      event.preventDefault();
      this.#choose(this.#chosen);
    }
  }

  #choose(index) {
    const { href, run } = this.#shown[index];
    this.element.close();
    if (run) {
      run();
    } else {
      location.assign(href);
    }
  }
}

/** True if the key of *event* is for the page, and not for a field or a dialog. */
export function isForPage({ target, ctrlKey, metaKey, altKey }) {
  return !ctrlKey && !metaKey && !altKey && !target.closest?.("input, textarea, select, dialog, [contenteditable]");
}
