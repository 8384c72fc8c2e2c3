/** GPUs: load, temperature, and free memory. */

import { element } from "../dom.js";
import { UNKNOWN } from "../format.js";
import { Rows } from "../rows.js";
import { say } from "../say.js";
import { capitalised, wordOf } from "../words.js";

const KEPT = 60;

export default class GpuPanel {
  static title = "GPU";
  static rank = 52;
  #context;
  #data = null;
  #past = [];
  #rows = new Rows({ label: say("GPUs"), heads: ["Name", "State", "Busy", "Temperature"].map((head) => say(head)), kind: "plain" });
  element = element("div", {}, this.#rows.element);

  constructor(context) {
    this.#context = context;
  }

  get isEmpty() {
    return (this.#data?.gpus ?? []).length === 0;
  }

  render(data) {
    const { format } = this.#context;
    if (data !== this.#data) {
      this.#past = [...this.#past, data.gpus[0]?.busy_percent ?? null].slice(-KEPT);
    }
    this.#data = data;
    const rows = data.gpus.map((gpu) => ({
      key: gpu.id,
      name: gpu.name ?? gpu.id,
      href: hrefOf(gpu.id),
      dot: gpu.state === "active" || gpu.state === "idle" ? "quiet" : "hollow",
      cells: [{ text: gpu.state === "active" ? "" : wordOf(gpu.state).text }, ...figures(gpu, format)],
    }));
    this.#rows.render([{ key: "all", rows }]);
  }

  tiles() {
    const [gpu] = this.#data?.gpus ?? [];
    if (!gpu || gpu.busy_percent === null || gpu.busy_percent === undefined) {
      return [];
    }
    const { format } = this.#context;
    const heat = gpu.temperature === null || gpu.temperature === undefined ? "" : format.temperature(gpu.temperature);
    return [{ key: "gpu", rank: 21, title: say("GPU"), href: hrefOf(gpu.id), corner: heat, value: format.percent(gpu.busy_percent, 0), note: memoryOf(gpu, format), spark: this.#past, bottom: 0, top: 100 }];
  }

  items() {
    return (this.#data?.gpus ?? []).map(({ id, name }) => ({ text: name ?? id, kind: say("GPU"), href: hrefOf(id), subject: id }));
  }

  detail(kind, id) {
    const gpu = kind === "gpu" && this.#data?.gpus.find((each) => each.id === id);
    if (!gpu) {
      return null;
    }
    const { format } = this.#context;
    const number = (value, unit) => (value === null || value === undefined ? UNKNOWN : `${format.number(value)}\u00a0${unit}`);
    const fact = (label, text, note = "") => ({ label: say(label), text, note });
    const limit = gpu.power_limit_watts ? say("limit {limit}", { limit: number(gpu.power_limit_watts, "W") }) : "";
    const scope = gpu.power_scope && gpu.power_scope !== "gpu" ? say("of the {scope}", { scope: gpu.power_scope }) : "";
    return {
      title: gpu.name ?? gpu.id,
      word: { text: wordOf(gpu.state).text, tone: "quiet" },
      facts: [
        fact("Vendor", capitalised(String(gpu.vendor ?? UNKNOWN))),
        fact("Driver", gpu.driver ?? UNKNOWN),
        fact("Address", gpu.id),
        fact("Busy", format.percent(gpu.busy_percent, 0)),
        ...Object.entries(gpu.engines ?? {}).map(([name, percent]) => fact(capitalised(name.replaceAll("_", " ")), format.percent(percent, 0))),
        fact("Memory", memoryOf(gpu, format) || UNKNOWN),
        fact("Temperature", format.temperature(gpu.temperature)),
        fact("Power", number(gpu.power_watts, "W"), limit || scope),
        ...(gpu.fan_percent === null && gpu.fan_rpm === null ? [] : [fact("Fan", gpu.fan_rpm ? number(gpu.fan_rpm, "rpm") : format.percent(gpu.fan_percent, 0))]),
        ...(gpu.frequency_mhz ? [fact("Frequency", number(gpu.frequency_mhz, "MHz"))] : []),
      ],
    };
  }
}

/** Load and temperature, or nothing if the GPU belongs to a VM or is asleep. */
function figures({ state, busy_percent: busy, temperature }, format) {
  const isAsked = state === "active" || state === "idle";
  const heat = temperature === null || temperature === undefined ? "" : format.temperature(temperature);
  return [format.percent(busy, 0), heat].map((text) => ({ text: isAsked ? text : "" }));
}

const hrefOf = (id) => `#gpu/${encodeURIComponent(id)}`;

function memoryOf({ memory_used_bytes: used, memory_total_bytes: total }, format) {
  if (used === null || used === undefined) {
    return total ? format.memory(total) : "";
  }
  return total ? say("{used} of {size}", { used: format.memory(used), size: format.memory(total) }) : format.memory(used);
}
