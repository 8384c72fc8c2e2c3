/** The page's head: whose page this is, how live it is, and why not where it isn't. */

import { element, setAttribute, setText } from "./dom.js";

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

function header(host, own) {
  const icon = element("img", { src: new URL("icon.svg", import.meta.url).href, alt: "", width: "32", height: "32" });
  const title = element("h1", { text: host }, element("small", { text: "Unraid Management Agent" }));
  return element("header", { class: "uma-head" }, element("div", {}, icon, title, ...own));
}
