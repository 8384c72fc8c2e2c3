/** The last Docker events, newest first, and whether Docker is there at all. */

import { arrange, element, setText } from "./dom.js";
import { eventKey } from "./events.js";
import { eventWord } from "./words.js";

const SOURCES = { ok: ["Running", "good"], unavailable: ["Off", "quiet"], failed: ["Failing", "bad"] };

export class DockerView {
  #items = new Map();
  #list = element("ol");
  #empty = element("p", { class: "uma-quiet", text: "No events yet." });
  #format;
  aside = element("span", { class: "uma-badge", hidden: "" });
  // What scrolls must be reachable by keyboard.
  element = element(
    "div",
    { class: "uma-card uma-events", tabindex: "0", role: "group", "aria-label": "Docker events, newest first" },
    this.#empty,
    this.#list,
  );

  constructor(format) {
    this.#format = format;
  }

  /** Show *events*, newest first; *now*, Unix ms, tells which of them are of today. */
  render(events, now) {
    this.#items = new Map(events.map((message) => [eventKey(message), this.#items.get(eventKey(message)) ?? item(message)]));
    arrange(this.#list, [...this.#items.values()]);
    events.forEach((message) => {
      setText(this.#items.get(eventKey(message)).lastChild, this.#format.moment(message.timestamp, now));
    });
  }

  /** Show how Docker is by health, `{status}`, or undefined where that is not known. */
  renderSource(source) {
    const [text, tone] = SOURCES[source?.status] ?? ["", "quiet"];
    this.aside.hidden = text === "";
    setText(this.aside, text, tone);
    this.#empty.hidden = this.#items.size > 0;
    this.element.hidden = this.#items.size === 0 && source?.status !== "ok";
  }
}

function item({ timestamp, data }) {
  const { text, tone, note } = eventWord(data);
  return element(
    "li",
    {},
    element("b", { text: data.container_name || data.container_id }),
    element("span", {}, element("span", { "data-tone": tone, text }), element("small", { text: note })),
    element("small", { text: data.image, title: data.image }),
    element("time", { datetime: timestamp }),
  );
}
