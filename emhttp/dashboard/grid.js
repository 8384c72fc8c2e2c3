/** The boxes of the page: their order and width, and which of them the user has closed or hidden. */

import { arrange, element, setAttribute, setHidden, setText } from "./dom.js";
import { Menu } from "./menu.js";
import { say } from "./say.js";

const UNIT = 4;
const GAP = 12;
const MAX_SPAN = 4;

export class Grid {
  #boxes = [];
  #isFitted = false;
  #prefs;
  #sizing = new ResizeObserver((entries) => entries.forEach(fit));
  element = element("div", { class: "uma-grid" });

  constructor(prefs) {
    this.#prefs = prefs;
  }

  /** Create a box for each of *panels*, `{id, title, span, rank, feed, view}`, that has none. Returns whether there was any. */
  take(panels) {
    const missing = panels.filter((panel) => !this.#boxes.some(({ id }) => id === panel.id));
    for (const panel of missing) {
      const box = new Box(panel, (action) => this.#obey(box, action));
      this.#boxes.push(box);
      this.#sizing.observe(box.element);
    }
    if (missing.length > 0) {
      this.#isFitted = false;
      this.arrange();
    }
    return missing.length > 0;
  }

  get boxes() {
    return this.#boxes;
  }

  /** Each box by the condition of its feed. */
  render(feeds, format) {
    this.#boxes.forEach((box) => box.render(feeds[box.feed], format));
  }

  /** Fit new boxes; the browser reports sizes only after it has placed them, and they would move. */
  fit() {
    if (this.#isFitted || this.#boxes.length === 0) {
      return;
    }
    this.#isFitted = true;
    const heights = this.#boxes.map(({ element: { offsetHeight } }) => offsetHeight);
    this.#boxes.forEach(({ element: target }, index) => heights[index] > 0 && span(target, heights[index]));
  }

  /** Put the boxes in their order. */
  arrange() {
    const order = this.#prefs.get("order");
    const place = ({ id, rank }) => (order.includes(id) ? order.indexOf(id) - 1000 : rank);
    this.#boxes.sort((a, b) => place(a) - place(b));
    for (const box of this.#boxes) {
      box.arrange({
        isHidden: this.#prefs.get("hidden").includes(box.id),
        isCollapsed: this.#prefs.get("collapsed").includes(box.id),
        span: this.#prefs.get("spans")[box.id] ?? box.span,
      });
    }
    arrange(this.element, this.#boxes.map((box) => box.element));
  }

  /** The titles of hidden boxes, each with the function that shows it again. */
  get hidden() {
    const hidden = this.#prefs.get("hidden");
    return this.#boxes.filter(({ id, isEmpty }) => hidden.includes(id) && !isEmpty).map(({ id, title }) => ({ title, show: () => this.#toggle("hidden", id) }));
  }

  end() {
    this.#sizing.disconnect();
  }

  #obey({ id, span }, action) {
    const shown = this.#boxes.filter((box) => !box.element.hidden).map((box) => box.id);
    const at = shown.indexOf(id);
    if (action === "up" || action === "down") {
      const to = at + (action === "up" ? -1 : 1);
      if (to >= 0 && to < shown.length) {
        [shown[at], shown[to]] = [shown[to], shown[at]];
        this.#prefs.set("order", shown);
      }
    } else if (action === "wider" || action === "narrower") {
      const now = this.#prefs.get("spans")[id] ?? span;
      const next = Math.max(1, Math.min(MAX_SPAN, now + (action === "wider" ? 1 : -1)));
      this.#prefs.set("spans", { ...this.#prefs.get("spans"), [id]: next });
    } else {
      this.#toggle(action, id);
      return;
    }
    this.arrange();
  }

  #toggle(name, id) {
    const list = this.#prefs.get(name);
    this.#prefs.set(name, list.includes(id) ? list.filter((each) => each !== id) : [...list, id]);
    this.arrange();
  }
}

class Box {
  id;
  title;
  span;
  rank;
  feed;
  #view;
  #mark = element("span", { class: "uma-mark", hidden: "" });
  #heading;
  #menu;
  #onAction;
  #isKnown = false;
  #isHidden = false;

  constructor({ id, title, span = 1, rank = 50, feed, view }, onAction) {
    [this.id, this.title, this.span, this.rank, this.feed] = [id, title, span, rank, feed];
    this.#view = view;
    this.#onAction = onAction;
    this.#menu = new Menu({ label: say("Options of {title}", { title }) });
    this.#heading = element("h2", { id: `uma-panel-${id}`, text: title });
    const line = element("div", { class: "uma-heading" }, this.#heading, ...(view.aside ? [view.aside] : []), this.#mark);
    const head = element("div", { class: "uma-section-head" }, line, ...(view.controls ? [view.controls] : []), this.#menu.element);
    this.element = element("section", { class: "uma-card uma-panel", id: `panel-${id}`, "aria-labelledby": this.#heading.id, "data-panel": id, "data-stream": feed, hidden: "" }, head, view.element);
  }

  get isEmpty() {
    return !this.#isKnown || (this.#view.isEmpty ?? false);
  }

  /** Show its age, from the *condition* of its feed. */
  render(condition, format) {
    if (!condition) {
      return;
    }
    const { kind, why, since } = condition;
    const isDated = kind !== "live" && kind !== "off" && since !== null;
    // Only where it is shown: a locale's first clock takes 14 ms.
    const dated = isDated ? say("as of {time}", { time: format.clock(since) }) : "";
    // If a panel explains why it is empty, its head does not repeat it.
    const text = kind === "off" && !this.#view.saysWhy ? why : dated;
    // Without data there is nothing to show or to lay out.
    this.#isKnown ||= kind === "live" || kind === "off" || since !== null;
    setAttribute(this.element, "data-freshness", kind);
    setText(this.#heading, this.#view.title ?? this.title);
    setText(this.#mark, text);
    setHidden(this.#mark, text === "");
    this.#hide();
  }

  arrange({ isHidden, isCollapsed, span }) {
    this.#isHidden = isHidden;
    this.#view.element.classList.toggle("uma-collapsed", isCollapsed);
    setAttribute(this.element, "data-span", String(span));
    const act = (action) => () => this.#onAction(action);
    this.#menu.render([
      { text: isCollapsed ? say("Expand") : say("Collapse"), run: act("collapsed") },
      { text: say("Hide"), run: act("hidden") },
      { text: say("Move up"), run: act("up") },
      { text: say("Move down"), run: act("down") },
      { text: say("Wider"), run: act("wider") },
      { text: say("Narrower"), run: act("narrower") },
    ]);
    this.#hide();
  }

  #hide() {
    setHidden(this.element, this.#isHidden || this.isEmpty);
  }
}

/**
 * Span as many grid rows as *target*'s height: boxes of different heights leave no holes. The size comes with the report:
 * reading it would force a layout for each box.
 */
function fit({ target, borderBoxSize }) {
  span(target, Math.round(borderBoxSize[0].blockSize));
}

function span(target, height) {
  const rows = Math.ceil((height + GAP) / UNIT);
  target.style.gridRowEnd = `span ${Math.max(1, rows)}`;
}
