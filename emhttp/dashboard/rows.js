/** Rows of one kind in groups: a dot, a name that leads to more, and cells; dense, and a table to assistive technology. */

import { arrange, element, kept, setAttribute, setHidden, setText } from "./dom.js";
import { Sparkline } from "./sparkline.js";

/**
 * @typedef {object} Cell
 * @property {string} [text]
 * @property {string} [tone]
 * @property {string} [unseen]  said after the text, and not shown
 * @property {string} [title]
 * @property {number | null} [bar]  percent of a bar in the text's place; null for none
 * @property {(number | null)[]} [spark]
 * @property {string} [sparkTone]
 * @property {number} [least]  how much the line is high at least
 * @property {number} [bottom]  of the line, where that is not its least value
 * @property {number} [top]  of the line
 * @property {string} [name]  the class by which CSS lays it out
 * @property {boolean} [isHidden]
 */

/**
 * @typedef {object} Row
 * @property {string} key
 * @property {string} name
 * @property {string} [title]  the whole name, where *name* is cut
 * @property {string | null} [href]
 * @property {string} [tone]  of the row: warn and bad have a ground of their own
 * @property {string} [dot]  the tone of its dot; `hollow` for what sleeps or is off
 * @property {Cell[]} cells
 */

export class Rows {
  #groups = new Map();
  #rows = new Map();
  #heads;
  #head;
  element;

  /** *label* names the table, *heads* its columns, the name's first; *kind* is the class by which CSS lays it out. */
  constructor({ label, heads, kind }) {
    this.#heads = heads;
    const cells = heads.map((text) => element("span", { role: "columnheader", text }));
    this.#head = element("div", { role: "rowgroup", class: "uma-unseen" }, element("div", { role: "row" }, ...cells));
    this.element = element("div", { role: "table", "aria-label": label, class: `uma-rows uma-${kind}`, hidden: "" });
  }

  /** Show *groups*, `{key, title, note, tone, rows}` each, without the empty ones. Returns whether any is left. */
  render(groups) {
    const shown = groups.filter(({ rows }) => rows.length > 0);
    const keys = new Set();
    const nodes = shown.map(({ key, title = "", note = "", tone = "quiet", href = null, rows }) => {
      const group = kept(this.#groups, key, () => new Group(this.#heads.length));
      group.render(title, note, tone, href);
      const items = rows.map((row) => {
        keys.add(`${key} ${row.key}`);
        return kept(this.#rows, `${key} ${row.key}`, () => new RowView()).render(row);
      });
      arrange(group.element, [group.head, ...items]);
      return group.element;
    });
    [...this.#rows.keys()].filter((key) => !keys.has(key)).forEach((key) => this.#rows.delete(key));
    arrange(this.element, [this.#head, ...nodes]);
    setHidden(this.element, shown.length === 0);
    return shown.length > 0;
  }
}

class Group {
  #title = element("a", {});
  #note = element("small");
  head;
  element;

  constructor(columns) {
    const heading = element("span", { role: "rowheader", "aria-colspan": columns }, this.#title, this.#note);
    this.head = element("div", { role: "row", class: "uma-group" }, heading);
    this.element = element("div", { role: "rowgroup" }, this.head);
  }

  render(title, note, tone, href) {
    setText(this.#title, title);
    setAttribute(this.#title, "href", href);
    setText(this.#note, note, tone);
    setHidden(this.head, title === "" && note === "");
  }
}

class RowView {
  #dot = element("i", { class: "uma-dot", "aria-hidden": "true" });
  #name = element("a", { class: "uma-name" });
  #cells = [];
  #shown = null;
  element;

  constructor() {
    const header = element("span", { role: "rowheader" }, this.#name);
    this.element = element("div", { role: "row", class: "uma-row" }, this.#dot, header);
    this.element.addEventListener("click", (event) => {
      const isOwn = event.target.closest("a") !== null;
      isOwn || !this.#name.hasAttribute("href") || this.#name.click();
    });
  }

  render({ name, title = null, href = null, tone = "quiet", dot = tone, cells }) {
    const head = { name, title, href, tone, dot };
    if (this.#shown === null || !isSame(head, this.#shown)) {
      this.#shown = head;
      setText(this.#name, name);
      setAttribute(this.#name, "href", href);
      setAttribute(this.#name, "title", title);
      setAttribute(this.#dot, "data-tone", dot);
      setAttribute(this.element, "data-tone", tone);
    }
    while (this.#cells.length < cells.length) {
      const cell = new CellView();
      this.#cells.push(cell);
      this.element.append(cell.element);
    }
    cells.forEach((cell, index) => this.#cells[index].render(cell));
    return this.element;
  }
}

/** A cell, with each of its parts from the first moment that it shows something: many never have text, a bar or a line. */
class CellView {
  #word = null;
  #text = null;
  #unseen = null;
  #bar = null;
  #spark = null;
  #drawn = null;
  #sparkTone = "";
  #shown = null;
  element = element("span", { role: "cell" });

  /** Show *cell*. Most are unchanged and cost nothing more. */
  render(cell) {
    if (this.#shown === null || !isSame(cell, this.#shown)) {
      this.#shown = cell;
      this.#render(cell);
    }
  }

  #render({ text = "", tone = "quiet", unseen = "", title, bar = null, spark, sparkTone = "quiet", name, isHidden = false, least, bottom, top }) {
    setHidden(this.element, isHidden);
    if (name !== undefined) {
      setAttribute(this.element, "class", `uma-cell-${name}`);
    }
    this.#renderText(String(text), unseen, tone);
    setAttribute(this.element, "title", title ?? null);
    if (bar !== null || this.#bar) {
      this.#bar ??= this.element.appendChild(element("i", { class: "uma-bar", "aria-hidden": "true" }));
      setHidden(this.#bar, bar === null);
      this.#bar.style.setProperty("--fill", `${Math.min(bar ?? 0, 100)}%`);
      setAttribute(this.#bar, "data-tone", tone);
    }
    if (spark?.length > 0 || this.#spark) {
      if (this.#spark === null) {
        this.#spark = new Sparkline();
        this.element.append(this.#spark.element);
      }
      if (spark !== this.#drawn || sparkTone !== this.#sparkTone) {
        [this.#drawn, this.#sparkTone] = [spark, sparkTone];
        this.#spark.draw(spark ?? [], { tone: sparkTone, least, bottom, top });
      }
    }
  }

  #renderText(text, unseen, tone) {
    if (text === "" && unseen === "" && this.#text === null) {
      return;
    }
    if (this.#text === null) {
      this.#word = document.createTextNode("");
      this.#text = element("span", {}, this.#word);
      this.element.insertBefore(this.#text, this.element.firstChild);
    }
    if (this.#word.data !== text) {
      this.#word.data = text;
    }
    setAttribute(this.#text, "data-tone", tone);
    if (unseen !== "" || this.#unseen) {
      this.#unseen ??= this.#text.appendChild(element("span", { class: "uma-unseen" }));
      setText(this.#unseen, unseen);
    }
  }
}

/** True if two cells have the same values. */
function isSame(cell, other) {
  for (const name in cell) {
    if (cell[name] !== other[name]) {
      return false;
    }
  }
  return Object.keys(cell).length === Object.keys(other).length;
}
