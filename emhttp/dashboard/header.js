/** The page's head: the server's name, the shown time, the connection's state, and the reason if it is not live. */

import { drawing, element, setAttribute, setHidden, setText } from "./dom.js";
import { Menu } from "./menu.js";
import { RangeButtons } from "./range-buttons.js";
import { say } from "./say.js";

const PULSE = "M10 35h10l6-17 11 30 7-20 3 7h7";
const RETRIED = ["reconnecting", "offline", "refused", "polling"];

export class Header {
  #pill = element("span", { class: "uma-badge uma-live" });
  #demo = element("span", { class: "uma-badge uma-demo", "data-tone": "warn", hidden: "", text: say("Demo data") });
  #name = element("a");
  #facts = element("small", { class: "uma-optional" });
  #detail = element("p");
  #retry = element("button", { type: "button", text: say("Try now") });
  #start = element("button", { type: "button", hidden: "", text: say("Start UMA") });
  #announcer = element("p", { class: "uma-unseen", role: "status" });
  #range;
  #reset = element("button", { type: "button", class: "uma-small", hidden: "", text: say("Reset zoom") });
  menu = new Menu({ label: say("Menu"), text: "☰" });
  banner = element("div", { class: "uma-banner", hidden: "" }, this.#detail, this.#start, this.#retry);
  element;

  /** *isOwnPage*: the page has no other head; *onStart*, *onRetry*, *onRange*, *onResetZoom* and *onSearch* are the user's actions. */
  constructor({ isOwnPage, onStart, onRetry, onRange, onResetZoom, onSearch }) {
    this.#range = new RangeButtons(onRange);
    const search = element("button", { type: "button", class: "uma-small uma-search", title: "/" }, element("span", { class: "uma-optional", text: "/ " }), say("Search"));
    search.addEventListener("click", onSearch);
    this.#retry.addEventListener("click", onRetry);
    this.#start.addEventListener("click", onStart);
    this.#reset.addEventListener("click", onResetZoom);
    const title = isOwnPage ? [icon(), element("h1", {}, this.#name), this.#facts] : [this.#facts];
    const parts = [...title, element("span", { class: "uma-grow" }), this.#reset, this.#range.element, search, this.menu.element, this.#demo, this.#pill, this.#announcer];
    this.element = element(isOwnPage ? "header" : "div", { class: "uma-head" }, ...parts);
  }

  /** Show *condition*; *aloud* is an additional announcement when it changes. */
  render({ kind, tone, label, spoken = label, detail, isStopped = false }, { name, facts, webgui, isDemo, aloud, canStart }) {
    setText(this.#pill, label, tone);
    setText(this.#name, name);
    setAttribute(this.#name, "href", webgui);
    setText(this.#facts, facts);
    setHidden(this.#demo, !isDemo);
    setText(this.#detail, detail);
    setAttribute(this.banner, "data-tone", tone);
    setHidden(this.banner, detail === "");
    setHidden(this.#retry, !RETRIED.includes(kind));
    setHidden(this.#start, !(canStart && isStopped));
    if (kind !== "connecting") {
      // A countdown is not announced.
      setText(this.#announcer, `${spoken.replace(/…$/, "")}. ${detail} ${aloud}`);
    }
  }

  /** Announce *text* once, in the head and to assistive technology. */
  announce(text) {
    setText(this.#announcer, text);
    setText(this.#facts, text);
  }

  /** Show the chosen range, and whether a part of it is zoomed. */
  renderRange(chosen, isZoomed) {
    this.#range.render(chosen);
    setHidden(this.#reset, !isZoomed);
  }
}

/** Inline like icon.svg, which would be another picture to load and decode before data appears. */
function icon() {
  const stops = [["0", "#ff8c2f"], ["1", "#e22828"]].map(([offset, colour]) => drawing("stop", { offset, "stop-color": colour }));
  return drawing(
    "svg",
    { class: "uma-icon", viewBox: "0 0 64 64", "aria-hidden": "true" },
    drawing("linearGradient", { id: "uma-icon", x1: "0", y1: "0", x2: "1", y2: "1" }, ...stops),
    drawing("rect", { width: "64", height: "64", rx: "15", fill: "url(#uma-icon)" }),
    drawing("path", { d: PULSE, fill: "none", stroke: "#fff", "stroke-width": "5", "stroke-linecap": "round", "stroke-linejoin": "round" }),
  );
}
