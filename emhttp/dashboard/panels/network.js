/** Network ports: their links and traffic. */

import { element } from "../dom.js";
import { Fold } from "../fold.js";
import { UNKNOWN } from "../format.js";
import { Rows } from "../rows.js";
import { say } from "../say.js";
import { capitalised } from "../words.js";

const KINDS = ["port", "bond", "wifi", "wireguard", "tailscale", "bridge", "vlan"];

export default class NetworkPanel {
  static title = "Network";
  static rank = 35;
  #context;
  #data = null;
  #rows = new Rows({ label: say("Network ports"), heads: ["Name", "Link", "Traffic"].map((head) => say(head)), kind: "network" });
  #fold = new Fold(() => this.render(this.#data));
  element = element("div", {}, this.#rows.element, this.#fold.element);

  constructor(context) {
    this.#context = context;
  }

  get isEmpty() {
    return (this.#data?.interfaces ?? []).length === 0;
  }

  render(data) {
    this.#data = data;
    const sorted = [...data.interfaces].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.name.localeCompare(b.name));
    this.#rows.render([{ key: "all", rows: this.#fold.cut(sorted).map((each) => this.#row(each)) }]);
  }

  items() {
    return (this.#data?.interfaces ?? []).map(({ name }) => ({ text: name, kind: say("Network port"), href: hrefOf(name), subject: name }));
  }

  detail(kind, id) {
    const port = kind === "port" && this.#data?.interfaces.find(({ name }) => name === id);
    if (!port) {
      return null;
    }
    const { format, unraid } = this.#context;
    const fact = (label, text, note = "", tone = "quiet") => ({ label: say(label), text, note, tone });
    const count = (value) => (value === null || value === undefined ? UNKNOWN : format.number(value));
    const faults = (value) => (value > 0 ? "warn" : "quiet");
    const page = unraid("/Settings/NetworkSettings");
    return {
      title: port.name,
      note: port.description ?? "",
      word: { text: capitalised(String(port.state ?? UNKNOWN)), tone: "quiet" },
      links: page ? [{ text: say("Open in Unraid"), href: page }] : [],
      facts: [
        fact("Kind", capitalised(port.kind)),
        fact("Link", speedOf(port, format) || UNKNOWN, port.duplex && port.duplex !== "full" ? say("{duplex} duplex", { duplex: port.duplex }) : ""),
        fact("MTU", count(port.mtu)),
        ...(port.master ? [fact("Member of", port.master)] : []),
        ...(port.lower?.length > 0 ? [fact("On", port.lower.join(", "))] : []),
        ...(port.bond ? [fact("Bond", port.bond.mode, say("{up} of {n} up", { up: count(port.bond.members_up), n: Array.isArray(port.bond.members) ? port.bond.members.length : count(port.bond.members) }))] : []),
        fact("Received", format.bytes(port.bytes_recv), format.bitRate(port.bytes_recv_per_sec)),
        fact("Sent", format.bytes(port.bytes_sent), format.bitRate(port.bytes_sent_per_sec)),
        fact("Receive errors", count(port.errors_recv), say("{n} dropped", { n: count(port.drops_recv) }), faults(port.errors_recv)),
        fact("Send errors", count(port.errors_sent), say("{n} dropped", { n: count(port.drops_sent) }), faults(port.errors_sent)),
        fact("Link changes", count(port.carrier_changes)),
      ],
    };
  }

  #row(port) {
    const { format } = this.#context;
    const isUp = port.state === "up" || port.state === "unknown";
    const { texts: [received, sent], unit } = format.rates([port.bytes_recv_per_sec, port.bytes_sent_per_sec], true);
    return {
      key: port.name,
      name: port.name,
      title: port.description ?? null,
      href: hrefOf(port.name),
      dot: isUp ? "quiet" : "hollow",
      cells: isUp
        ? [{ text: speedOf(port, format) }, { text: `↓\u00a0${received} ↑\u00a0${sent} ${unit}` }]
        : [{ text: say("Down") }, { text: "" }],
    };
  }
}

const hrefOf = (name) => `#port/${encodeURIComponent(name)}`;

function speedOf({ speed_mbps: speed }, format) {
  if (speed === null || speed === undefined) {
    return "";
  }
  return speed >= 1000 ? `${format.number(speed / 1000, speed % 1000 === 0 ? 0 : 1)}\u00a0Gbps` : `${format.number(speed)}\u00a0Mbps`;
}
