/** The drawer: details of one thing over the page, at its own address (`#disk/disk1`). */

import { Chart } from "./chart.js";
import { arrange, element, setAttribute, setText } from "./dom.js";
import { RangeButtons } from "./range-buttons.js";
import { Rows } from "./rows.js";
import { say } from "./say.js";

/**
 * @typedef {object} Detail
 * @property {string} title
 * @property {string} [note]
 * @property {{text: string, tone: string}} [word]
 * @property {boolean} [isWide]
 * @property {{text: string, href: string}[]} [links]
 * @property {{label: string, text: string, tone?: string, note?: string}[]} [facts]
 * @property {object[]} [charts]  `{key, title, value, view, write, lines}`
 * @property {{title: string, key: string, rows: object[]}[]} [lists]  rows as Rows takes them
 * @property {{label: string, values: number[]}} [bars]
 */

export class Drawer {
  #page;
  #hash = "";
  #findDetail;
  #title = element("h2", { id: "uma-drawer-title" });
  #word = element("span", { class: "uma-badge" });
  #note = element("p", { class: "uma-quiet" });
  #links = element("p", { class: "uma-links" });
  #facts = element("dl");
  #bars = element("div", { class: "uma-cores", role: "img" });
  #body = element("div", { class: "uma-drawer-body" });
  #charts = new Map();
  #lists = new Map();
  #range;
  #close = element("button", { type: "button", class: "uma-icon-button", "aria-label": say("Close"), autofocus: "", text: "✕" });
  element = element(
    "dialog",
    { class: "uma-drawer", "aria-labelledby": "uma-drawer-title" },
    this.#note,
    this.#links,
    this.#facts,
    this.#bars,
    this.#body,
  );

  /** *findDetail* returns the Detail for a hash, or null; *page* has the needs of charts. */
  constructor(findDetail, page) {
    this.#findDetail = findDetail;
    this.#page = page;
    this.#range = new RangeButtons(page.onRange);
    this.element.prepend(element("div", { class: "uma-drawer-head" }, this.#title, this.#word, element("span", { class: "uma-grow" }), this.#range.element, this.#close));
    this.#close.addEventListener("click", () => this.element.close());
    // A press outside closes it, like Esc.
    this.element.addEventListener("click", (event) => event.target === this.element && this.element.close());
    this.element.addEventListener("close", () => this.#onClosed());
  }

  /** The hash of the shown detail, or "". */
  get shown() {
    return this.element.open ? this.#hash : "";
  }

  /** Show the detail of *hash*, or close the drawer. */
  show(hash) {
    this.#hash = hash;
    const detail = this.#findDetail(hash);
    if (detail === null) {
      if (this.element.open) {
        this.element.close();
      }
      return;
    }
    this.#clear();
    this.#render(detail);
    if (!this.element.open) {
      this.element.showModal();
    }
    this.#draw(detail);
  }

  /** Update the shown detail. */
  render() {
    const detail = this.element.open ? this.#findDetail(this.#hash) : null;
    if (detail !== null) {
      this.#render(detail);
      this.#draw(detail);
    }
  }

  /** Show the values of the moment under the cursor; the lines stay. */
  renderValues() {
    const { charts = [] } = (this.element.open && this.#charts.size > 0 ? this.#findDetail(this.#hash) : null) ?? {};
    charts.forEach((chart) => this.#renderValue(chart));
  }

  repaint() {
    this.#charts.forEach(({ chart }) => chart.repaint());
  }

  end() {
    this.#clear();
  }

  #onClosed() {
    this.#clear();
    if (location.hash === this.#hash) {
      history.pushState(null, "", location.pathname + location.search);
    }
    this.#hash = "";
  }

  #clear() {
    this.#charts.forEach(({ chart }) => chart.end());
    this.#charts.clear();
    this.#lists.clear();
    this.#body.replaceChildren();
  }

  #render({ title, note = "", word, isWide = false, links = [], facts = [], charts = [], lists = [], bars = null }) {
    setText(this.#title, title);
    setText(this.#note, note);
    this.#note.hidden = note === "";
    this.#word.hidden = !word;
    setText(this.#word, word?.text ?? "", word?.tone ?? "quiet");
    this.element.classList.toggle("uma-wide", isWide);
    this.#range.element.hidden = !isWide;
    this.#range.render(this.#page.range());
    renderLinks(this.#links, links);
    renderFacts(this.#facts, facts);
    this.#renderBars(bars);
    const parts = [...charts.map((chart) => this.#chart(chart)), ...lists.map((list) => this.#list(list))];
    arrange(this.#body, parts);
  }

  #renderBars(bars) {
    this.#bars.hidden = bars === null;
    if (bars !== null) {
      arrange(this.#bars, bars.values.map((_, index) => this.#bars.children[index] ?? element("i")));
      bars.values.forEach((percent, index) => this.#bars.children[index].style.setProperty("--fill", `${percent}%`));
      setAttribute(this.#bars, "aria-label", `${bars.label}: ${bars.values.map((percent) => `${Math.round(percent)}%`).join(", ")}`);
    }
  }

  #chart({ key, title, lines = 1, write, legend = [] }) {
    if (!this.#charts.has(key)) {
      const { ink, format, onHover, onZoom } = this.#page;
      const value = element("b");
      const at = element("time");
      const keys = legend.map((text, index) => element("small", { class: index === 1 ? "uma-key uma-second" : "uma-key", text }));
      const chart = new Chart({ title, lines, height: 200, hasAxes: true, ink, format, write, onZoom, onHover });
      const head = element("div", { class: "uma-chart-head" }, element("h3", { text: title }), ...keys, element("span", { class: "uma-grow" }), at, value);
      this.#charts.set(key, { chart, value, at, element: element("section", {}, head, chart.element) });
    }
    return this.#charts.get(key).element;
  }

  #draw({ charts = [] }) {
    for (const chart of charts) {
      this.#renderValue(chart);
      this.#charts.get(chart.key).chart.draw(chart.view);
    }
  }

  #renderValue({ key, value = "", at = "" }) {
    const shown = this.#charts.get(key);
    if (shown) {
      setText(shown.value, value);
      setText(shown.at, at);
    }
  }

  #list({ key, title, heads, kind = "plain", groups }) {
    if (!this.#lists.has(key)) {
      const rows = new Rows({ label: title, heads, kind });
      this.#lists.set(key, { rows, element: element("section", {}, element("h3", { text: title }), rows.element) });
    }
    const list = this.#lists.get(key);
    list.element.hidden = !list.rows.render(groups);
    return list.element;
  }
}

function renderLinks(parent, links) {
  parent.hidden = links.length === 0;
  arrange(parent, links.map((_, index) => parent.children[index] ?? element("a")));
  links.forEach(({ text, href }, index) => {
    const link = parent.children[index];
    setText(link, text);
    setAttribute(link, "href", href);
    const isOutside = !href.startsWith("#") && !href.startsWith("/");
    setAttribute(link, "target", isOutside ? "_blank" : null);
    setAttribute(link, "rel", isOutside ? "noopener noreferrer" : null);
  });
}

export function renderFacts(parent, facts) {
  parent.hidden = facts.length === 0;
  const make = () => element("div", {}, element("dt"), element("dd", {}, element("span"), element("small")));
  arrange(parent, facts.map((_, index) => parent.children[index] ?? make()));
  facts.forEach(({ label, text, tone = "quiet", note = "" }, index) => {
    const [name, value] = parent.children[index].children;
    setText(name, label);
    setText(value.firstElementChild, text, tone);
    setText(value.lastElementChild, note);
  });
}
