/** Events of containers, disks, the array and machines in one list, newest first, by day. */

import { arrange, element, setAttribute, setHidden, setText } from "../dom.js";
import { entriesOf, isWanted } from "../entries.js";
import { say } from "../say.js";

const MAX_SHOWN = 200;

export default class EventsPanel {
  static title = "Events";
  static rank = 22;
  #context;
  #items = new Map();
  #entries = [];
  #isErrorsOnly = false;
  #today = "";
  #list = element("ol");
  // A scrolling area must be reachable by keyboard.
  #scrolled = element("div", { class: "uma-events", tabindex: "0", role: "group", "aria-label": say("Events, newest first") }, this.#list);
  #input = element("input", { type: "search", placeholder: say("Search"), "aria-label": say("Search events"), autocomplete: "off", spellcheck: "false" });
  #errors = element("button", { type: "button", class: "uma-small", "aria-pressed": "false", text: say("Errors") });
  #count = element("small");
  #filter = element("div", { class: "uma-filter" }, this.#input, this.#errors, this.#count);
  #empty = element("p", { class: "uma-quiet" });
  element = element("div", { class: "uma-docker" }, this.#filter, this.#empty, this.#scrolled);

  constructor(context) {
    this.#context = context;
    this.#input.addEventListener("input", () => {
      // The searched events may be older than the loaded ones.
      context.store.readAllEvents();
      this.#arrange();
    });
    this.#errors.addEventListener("click", () => {
      this.#isErrorsOnly = !this.#isErrorsOnly;
      setAttribute(this.#errors, "aria-pressed", String(this.#isErrorsOnly));
      context.store.readAllEvents();
      this.#arrange();
    });
  }

  /** All entries, newest first. */
  get entries() {
    return this.#entries;
  }

  render() {
    const { store } = this.#context;
    const today = new Date().toDateString();
    if (today !== this.#today) {
      // Yesterday's heading has changed.
      [this.#today, this.#items] = [today, new Map()];
    }
    this.#entries = entriesOf(Object.fromEntries(store.eventFeeds.map((name) => [name, store.events(name)])));
    this.#arrange();
  }

  #arrange() {
    const { format } = this.#context;
    const text = this.#input.value.trim();
    const wanted = this.#entries.filter((entry) => (!this.#isErrorsOnly || ["warn", "bad"].includes(entry.tone)) && (text === "" || isWanted(entry, text)));
    const shown = wanted.slice(0, MAX_SHOWN);
    const nodes = [];
    const kept = new Map();
    let day = null;
    for (const entry of shown) {
      const own = new Date(entry.at).toDateString();
      if (own !== day) {
        day = own;
        const key = `day ${own}`;
        kept.set(key, this.#items.get(key) ?? heading(own === this.#today ? say("Today") : format.weekday(entry.at)));
        nodes.push(kept.get(key));
      }
      // An entry with additional messages is a different one.
      const key = `${entry.key} ${entry.messages.length}`;
      kept.set(key, this.#items.get(key) ?? item(entry, format));
      nodes.push(kept.get(key));
    }
    this.#items = kept;
    arrange(this.#list, nodes);
    const isNone = this.#entries.length === 0;
    const isAll = wanted.length === this.#entries.length;
    setText(this.#count, isAll ? say(wanted.length === 1 ? "{n} event" : "{n} events", { n: format.number(wanted.length) }) : say("{n} of {total}", { n: wanted.length, total: this.#entries.length }));
    setText(this.#empty, isNone ? say("No events yet.") : say("No matching events."));
    setHidden(this.#empty, shown.length > 0);
    setHidden(this.#filter, isNone);
    setHidden(this.#scrolled, shown.length === 0);
  }
}

function heading(text) {
  return element("li", { class: "uma-day" }, element("h3", { text }));
}

function item({ at, subject, text, note, tone, href, image, messages }, format) {
  return element(
    "li",
    {},
    element("b", {}, element("a", { href, text: subject })),
    element("time", { datetime: messages.at(-1).timestamp, title: format.clock(at), text: format.minute(at) }),
    element("span", { title: image ?? null }, element("span", { class: "uma-word", "data-tone": tone, text }), element("small", { text: note })),
  );
}
