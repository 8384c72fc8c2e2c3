/** Tiles: one figure each, with its line; a press opens the large view. */

import { Chart } from "./chart.js";
import { arrange, element, fillBar, setAttribute, setText } from "./dom.js";
import { Sparkline } from "./sparkline.js";

const HEIGHT = 38;
/** Pixels by which a press may move. */
const MAX_SLIP = 5;

/**
 * @typedef {object} TileModel
 * @property {string} key
 * @property {string} title
 * @property {string} href
 * @property {string} [corner]
 * @property {string} value
 * @property {string} [note]
 * @property {string} [hint]  the note's tooltip
 * @property {string} [tone]
 * @property {string} [label]  the chart in words
 * @property {object} [view]  what Chart draws, or
 * @property {(number | null)[]} [spark]  a small line, or
 * @property {number} [share]  percent of a bar
 */

export class Tiles {
  #tiles = new Map();
  #page;
  element = element("div", { class: "uma-tiles" });

  /** *page* has what charts need. */
  constructor(page) {
    this.#page = page;
  }

  /** Show *models*, each a TileModel. A chart is drawn if its view is another one. */
  render(models) {
    const tiles = models.map((model) => {
      if (!this.#tiles.has(model.key)) {
        this.#tiles.set(model.key, new Tile(model, this.#page));
      }
      return this.#tiles.get(model.key);
    });
    arrange(this.element, tiles.map((tile) => tile.element));
    models.forEach((model, index) => tiles[index].render(model));
    // Writing on a canvas makes the browser style pending changes: once for all of them.
    models.forEach((model, index) => tiles[index].draw(model));
  }

  /** Show only the texts of *models*, for another moment; the lines stay. */
  renderTexts(models) {
    models.forEach((model) => this.#tiles.get(model.key)?.render(model));
  }

  repaint() {
    this.#tiles.forEach((tile) => tile.repaint());
  }

  end() {
    this.#tiles.forEach((tile) => tile.end());
  }
}

class Tile {
  #corner = element("small");
  #value = element("b");
  #note = element("small");
  #link;
  #chart = null;
  #drawn = null;
  #spark = null;
  #share = null;
  element;

  constructor({ title, href, view, share }, page) {
    this.#link = element("a", { href }, element("span", { text: title }));
    const head = element("h2", {}, this.#link, this.#corner);
    const value = element("p", { class: "uma-value" }, this.#value, this.#note);
    if (view) {
      this.#chart = new Chart({ title, lines: view.columns.length, height: HEIGHT, ...page });
      this.#openOnPress(this.#chart.element, page.isZoomed);
    } else if (share !== undefined) {
      this.#share = element("i", { class: "uma-bar", "aria-hidden": "true" });
    } else {
      this.#spark = new Sparkline({ isFilled: true });
    }
    this.element = element("article", { class: "uma-card uma-tile" }, head, value, this.#share ?? (this.#chart ?? this.#spark).element);
  }

  render({ href, corner = "", value, note = "", hint, tone = "quiet", label }) {
    label !== undefined && this.#chart?.describe(label);
    setAttribute(this.#link, "href", href);
    setText(this.#corner, corner);
    setText(this.#value, value, tone);
    setText(this.#note, note);
    setAttribute(this.#note, "title", hint ?? null);
  }

  draw({ view, spark, tone = "quiet", bottom, top, share }) {
    if (this.#chart !== null && view !== this.#drawn) {
      this.#drawn = view;
      this.#chart.draw(view);
    }
    this.#share && fillBar(this.#share, share, tone);
    this.#spark?.draw(spark ?? [], { tone, bottom, top });
  }

  repaint() {
    this.#chart?.repaint();
  }

  end() {
    this.#chart?.end();
  }

  /** A press on the line opens it; a drag zooms, and would drag a link around it away. */
  #openOnPress(node, isZoomed = () => false) {
    let from = null;
    node.addEventListener("pointerdown", ({ clientX, pointerType }) => (from = pointerType === "mouse" ? clientX : null));
    node.addEventListener("click", ({ clientX, detail }) => {
      if (detail === 1 && !isZoomed() && from !== null && Math.abs(clientX - from) < MAX_SLIP) {
        this.#link.click();
      }
    });
  }
}
