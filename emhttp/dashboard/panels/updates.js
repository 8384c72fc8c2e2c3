/** Updates of Unraid, its plugins and containers, as found by Unraid's own checks. */

import { element, setText } from "../dom.js";
import { UNKNOWN } from "../format.js";
import { Rows } from "../rows.js";
import { say } from "../say.js";

export default class UpdatesPanel {
  static title = "Updates";
  static rank = 65;
  #context;
  #data = null;
  #rows = new Rows({ label: say("Updates"), heads: ["Name", "Installed", "Available"].map((head) => say(head)), kind: "plain" });
  #quiet = element("p", { class: "uma-quiet uma-alone" });
  element = element("div", {}, this.#rows.element, this.#quiet);

  constructor(context) {
    this.#context = context;
  }

  get isEmpty() {
    return this.#data === null;
  }

  render(data) {
    this.#data = data;
    const { format, unraid } = this.#context;
    const { os, plugins = [], containers_available: containers } = data;
    const isThere = ({ status }) => status === "available" || status === "incompatible";
    const row = (name, each, href) => ({
      key: name,
      name,
      href,
      dot: each.status === "available" ? "busy" : "hollow",
      cells: [{ text: each.installed ?? UNKNOWN }, { text: each.status === "incompatible" ? say("needs another Unraid") : `→ ${each.available ?? UNKNOWN}` }],
    });
    const rows = [
      ...(os && isThere(os) ? [row("Unraid", os, unraid("/Tools/Update"))] : []),
      ...plugins.filter(isThere).map((plugin) => row(plugin.name, plugin, unraid("/Plugins"))),
      ...(containers > 0 ? [{ key: "containers", name: say("Containers"), href: unraid("/Docker"), dot: "busy", cells: [{ text: "" }, { text: say("{n} available", { n: containers }) }] }] : []),
    ];
    this.#rows.render([{ key: "all", rows }]);
    const checked = [os, ...plugins].map((each) => Date.parse(each?.checked_at)).filter((at) => at > 0);
    // Before a check, it is not known that there are no updates.
    const when = checked.length > 0 ? say("Checked {time}.", { time: format.shortMoment(Math.max(...checked), Date.now()) }) : say("Unraid has not checked yet.");
    setText(this.#quiet, rows.length > 0 || checked.length === 0 ? when : `${say("Nothing to update.")} ${when}`);
  }
}
