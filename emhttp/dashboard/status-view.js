/** The page's head: whose page this is, how live it is, and why not where it isn't. */

import { drawing, element, setAttribute, setText } from "./dom.js";

const PULSE = "M10 35h10l6-17 11 30 7-20 3 7h7";
const RETRIED = ["reconnecting", "offline", "refused"];

export class StatusView {
  #pill = element("span", { class: "uma-badge" });
  #version = element("small");
  #detail = element("p");
  #retry = element("button", { type: "button", text: "Try now" });
  #announcer = element("p", { class: "uma-unseen", role: "status" });
  banner = element("div", { class: "uma-banner", hidden: "" }, this.#detail, this.#retry);

  /** *host* names the server, null where the page around has done so; *onRetry* is called when somebody won't wait. */
  constructor({ host, onRetry }) {
    const own = [this.#version, this.#pill, this.#announcer];
    this.element = host === null ? element("div", { class: "uma-head" }, ...own) : header(host, own);
    this.#retry.addEventListener("click", onRetry);
  }

  /** Show *condition* and the daemon's *version*; *aloud* is more that is worth saying when it changes. */
  render({ kind, tone, label, detail }, version, aloud) {
    setText(this.#pill, label, tone);
    setText(this.#version, version ? `v${version}` : "");
    setText(this.#detail, detail);
    setAttribute(this.banner, "data-tone", tone);
    this.banner.hidden = detail === "";
    this.#retry.hidden = !RETRIED.includes(kind);
    if (kind !== "connecting") {
      // A countdown is no news.
      setText(this.#announcer, `${label.replace(/ in \d+ s$|…$/, "")}. ${detail} ${aloud}`);
    }
  }
}

/** As icon.svg, which would be a picture more to load and to decode before there are data to see. */
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

function header(host, own) {
  const title = element("h1", { text: host }, element("small", { text: "Unraid Management Agent" }));
  return element("header", { class: "uma-head" }, element("div", {}, icon(), title, ...own));
}
