/** Unraid's own notifications: the number of unread ones, and their texts if the settings allow it. */

import { element, setHidden, setText } from "../dom.js";
import { Rows } from "../rows.js";
import { say } from "../say.js";

const TONES = { alert: "bad", warning: "warn" };
const ORDER = ["alert", "warning", "normal"];
const SHOWN = 8;
/** A path of the webGUI: what starts with two slashes is another server. Programs write notifications, and their links. */
const PAGE = /^\/(?![/\\])/;

export default class NotificationsPanel {
  static title = "Notifications";
  static rank = 45;
  #context;
  #data = null;
  #count = element("span", { class: "uma-badge" });
  #quiet = element("p", { class: "uma-quiet uma-alone" });
  #rows = new Rows({ label: say("Notifications"), heads: ["Subject", "Time"].map((head) => say(head)), kind: "plain" });
  aside = element("span", { class: "uma-aside" }, this.#count);
  element = element("div", {}, this.#quiet, this.#rows.element);

  constructor(context) {
    this.#context = context;
  }

  get isEmpty() {
    return this.#data === null;
  }

  render(data) {
    this.#data = data;
    const { format, unraid } = this.#context;
    const { unread, items = [] } = data;
    const tone = unread.alert > 0 ? "bad" : unread.warning > 0 ? "warn" : "quiet";
    setText(this.#count, say("{n} unread", { n: format.number(unread.total) }), tone);
    setHidden(this.#count, unread.total === 0);
    const parts = [
      [unread.alert, "{n} alert", "{n} alerts"],
      [unread.warning, "{n} warning", "{n} warnings"],
      [unread.normal, "{n} notice", "{n} notices"],
    ].filter(([count]) => count > 0);
    setText(this.#quiet, parts.length === 0 ? say("Nothing unread.") : parts.map(([count, one, many]) => say(count === 1 ? one : many, { n: count })).join(", "));
    const wanted = items.filter((item) => item.unread).sort((a, b) => ORDER.indexOf(a.importance) - ORDER.indexOf(b.importance));
    const rows = wanted.slice(0, SHOWN).map((item) => ({
      key: item.id,
      name: item.subject || item.event,
      title: item.description,
      href: typeof item.link === "string" && PAGE.test(item.link) ? unraid(item.link) : null,
      tone: TONES[item.importance] === "bad" ? "bad" : "quiet",
      dot: TONES[item.importance] ?? "quiet",
      cells: [{ text: format.shortMoment(item.at, Date.now()), title: item.subject ? item.event : null }],
    }));
    setHidden(this.#quiet, rows.length > 0);
    this.#rows.render([{ key: "all", rows }]);
  }
}
