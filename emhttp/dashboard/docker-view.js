/** The last Docker events, newest first, which of them are wanted, and whether Docker is there at all. */

import { arrange, element, setText } from "./dom.js";
import { eventKey } from "./events.js";
import { isWanted } from "./filter.js";
import { formatCount } from "./format.js";
import { eventWord } from "./words.js";

const SOURCES = { starting: ["Starting", "quiet"], ok: ["Running", "good"], unavailable: ["Off", "quiet"], failed: ["Failing", "bad"] };

export class DockerView {
  #format;
  #items = new Map();
  #events = [];
  #now = 0;
  #list = element("ol");
  // What scrolls must be reachable by keyboard.
  #scrolled = element(
    "div",
    { class: "uma-events", tabindex: "0", role: "group", "aria-label": "Docker events, newest first" },
    this.#list,
  );
  #input = element("input", {
    type: "search",
    placeholder: "Filter by name, image, state",
    "aria-label": "Filter Docker events",
    autocomplete: "off",
    spellcheck: "false",
  });
  #count = element("small");
  #filter = element("div", { class: "uma-filter" }, this.#input, this.#count);
  #empty = element("p", { class: "uma-quiet" });
  aside = element("span", { class: "uma-badge", hidden: "" });
  element = element("div", { class: "uma-card uma-docker" }, this.#filter, this.#empty, this.#scrolled);

  constructor(format) {
    this.#format = format;
    this.#input.addEventListener("input", () => this.#arrange());
  }

  /** Show *events*, newest first; *now*, Unix ms, tells which of them are of today. */
  render(events, now) {
    this.#events = events;
    this.#now = now;
    this.#items = new Map(events.map((message) => [eventKey(message), this.#items.get(eventKey(message)) ?? item(message)]));
    this.#arrange();
  }

  /** Show how Docker is by health, `{status}`, or undefined where that is not known. */
  renderSource(source) {
    const [text, tone] = SOURCES[source?.status] ?? ["", "quiet"];
    this.aside.hidden = text === "";
    setText(this.aside, text, tone);
    const isNone = this.#events.length === 0;
    setText(this.#empty, isNone ? "No events yet." : "No event is like that.");
    this.#empty.hidden = this.#list.children.length > 0;
    this.#filter.hidden = isNone;
    this.#scrolled.hidden = this.#list.children.length === 0;
    // What is off has no events to come; the section's head says why.
    this.element.hidden = isNone && source?.status !== "ok";
  }

  #arrange() {
    const text = this.#input.value.trim();
    const wanted = text === "" ? this.#events : this.#events.filter((message) => isWanted(message, text));
    const items = wanted.map((message) => this.#items.get(eventKey(message)));
    arrange(this.#list, items);
    wanted.forEach(({ timestamp }, index) => setText(items[index].lastChild, this.#format.moment(timestamp, this.#now)));
    setText(this.#count, text === "" ? formatCount(wanted.length, "event") : `${wanted.length} of ${this.#events.length}`);
    this.#empty.hidden = wanted.length > 0;
    this.#scrolled.hidden = wanted.length === 0;
  }
}

function item({ timestamp, data }) {
  const { text, tone, note } = eventWord(data);
  return element(
    "li",
    {},
    element("b", { text: data.container_name || data.container_id }),
    element("span", {}, element("span", { class: "uma-word", "data-tone": tone, text }), element("small", { text: note })),
    element("small", { text: data.image, title: data.image }),
    element("time", { datetime: timestamp }),
  );
}
