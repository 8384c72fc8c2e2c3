/** Virtual machines: state and load. */

import { element, setHidden, setText } from "../dom.js";
import { Fold } from "../fold.js";
import { UNKNOWN } from "../format.js";
import { Rows } from "../rows.js";
import { say } from "../say.js";
import { capitalised } from "../words.js";

const BAD = ["crashed"];
/** libvirt's states for which the webGUI has a word of its own: the badge's. */
const SAME = { __proto__: null, running: "started", paused: "paused", shutoff: "stopped" };
/** libvirt's own word without "pm", its short form of power management. */
const ownWord = (state) => capitalised(String(state).replace(/^pm/, "").replaceAll("_", " "));

export default class VmsPanel {
  static title = "Virtual machines";
  static rank = 30;
  #context;
  #data = null;
  #running = element("span", { class: "uma-badge", "data-tone": "quiet" });
  #rows = new Rows({ label: say("Virtual machines"), heads: ["Name", "State", "CPU", "Memory"].map((head) => say(head)), kind: "vms" });
  #why = element("p", { class: "uma-quiet uma-alone", hidden: "" });
  aside = element("span", { class: "uma-aside" }, this.#running);
  #fold = new Fold(() => this.render(this.#data));
  element = element("div", {}, this.#why, this.#rows.element, this.#fold.element);

  constructor(context) {
    this.#context = context;
  }

  get isEmpty() {
    return this.#data === null || this.#data.service === "absent" || this.#data.service === "disabled" || (this.#data.vms.length === 0 && this.#data.service !== "running");
  }

  render(data) {
    this.#data = data;
    const { format } = this.#context;
    const running = data.vms.filter(({ state_shown: state }) => state === "started").length;
    setText(this.#running, say("{n} on", { n: running }));
    setHidden(this.#running, data.vms.length === 0);
    setText(this.#why, data.service === "stopped" ? say("The VM service is stopped. Settings → VM Manager.") : say("No virtual machines."));
    setHidden(this.#why, data.vms.length > 0);
    // Running ones come first; of many machines the others are folded.
    const sorted = [...data.vms].sort((a, b) => gravity(a) - gravity(b));
    const rows = this.#fold.cut(sorted).map((vm) => {
      const isRunning = vm.state_shown === "started";
      const isBad = BAD.includes(vm.state);
      return {
        key: vm.uuid ?? vm.name,
        name: vm.name,
        href: hrefOf(vm.name),
        tone: isBad ? "bad" : "quiet",
        dot: isBad ? "bad" : isRunning ? "quiet" : "hollow",
        cells: [
          { text: isRunning ? "" : capitalised(vm.state_shown ?? vm.state), tone: isBad ? "bad" : "quiet" },
          { text: isRunning ? format.percent(vm.cpu_percent, 0) : "", title: say("{n} vCPUs", { n: vm.vcpus ?? UNKNOWN }) },
          { text: isRunning ? format.memory(vm.memory_used_bytes ?? vm.memory_current_bytes) : format.memory(vm.memory_max_bytes) },
        ],
      };
    });
    this.#rows.render([{ key: "all", rows }]);
  }

  items() {
    return (this.#data?.vms ?? []).map(({ name }) => ({ text: name, kind: say("Virtual machine"), href: hrefOf(name), subject: name }));
  }

  detail(kind, id) {
    const vm = kind === "vm" && this.#data?.vms.find(({ name }) => name === id);
    if (!vm) {
      return null;
    }
    const { format, unraid } = this.#context;
    const fact = (label, text, note = "") => ({ label: say(label), text, note });
    const io = (title, pair, [first, second]) => (pair ? [fact(title, `${first} ${format.bytes(pair[0])}`, `${second} ${format.bytes(pair[1])}`)] : []);
    const page = unraid("/VMs");
    return {
      title: vm.name,
      word: { text: capitalised(vm.state_shown ?? vm.state), tone: BAD.includes(vm.state) ? "bad" : "quiet" },
      links: page ? [{ text: say("Open in Unraid"), href: page }] : [],
      facts: [
        ...(SAME[vm.state] === vm.state_shown ? [] : [fact("State", ownWord(vm.state))]),
        fact("vCPUs", vm.vcpus === null || vm.vcpus === undefined ? UNKNOWN : format.number(vm.vcpus)),
        fact("CPU", format.percent(vm.cpu_percent), vm.host_cpu_percent === null || vm.host_cpu_percent === undefined ? "" : say("{percent} of the server", { percent: format.percent(vm.host_cpu_percent) })),
        fact("Memory", format.memory(vm.memory_used_bytes ?? vm.memory_current_bytes), say("of {total}", { total: format.memory(vm.memory_max_bytes) })),
        ...io("Disks", vm.disk_io && [vm.disk_io.read_bytes, vm.disk_io.write_bytes], ["R", "W"]),
        ...io("Network", vm.network_io && [vm.network_io.bytes_recv, vm.network_io.bytes_sent], ["↓", "↑"]),
        fact("Autostart", vm.autostart ? say("Yes") : say("No")),
      ],
    };
  }
}

const gravity = ({ state, state_shown: shown }) => (BAD.includes(state) ? 0 : shown === "started" ? 1 : 2);

const hrefOf = (name) => `#vm/${encodeURIComponent(name)}`;
