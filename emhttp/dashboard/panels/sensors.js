/** Sensors: temperatures, fans and voltages of the board, by the user's own labels. */

import { element } from "../dom.js";
import { Fold } from "../fold.js";
import { UNKNOWN } from "../format.js";
import { Rows } from "../rows.js";
import { say } from "../say.js";

const TITLES = { temperature: "Temperatures", fan: "Fans", voltage: "Voltages" };

export default class SensorsPanel {
  static title = "Sensors";
  static rank = 54;
  #context;
  #data = null;
  #rows = new Rows({ label: say("Sensors"), heads: ["Name", "Value"].map((head) => say(head)), kind: "plain" });
  #fold = new Fold(() => this.render(this.#data));
  element = element("div", {}, this.#rows.element, this.#fold.element);

  constructor(context) {
    this.#context = context;
  }

  get isEmpty() {
    return this.#shown.length === 0;
  }

  render(data) {
    this.#data = data;
    const shown = this.#fold.cut(this.#weighed);
    const groups = Object.keys(TITLES).map((kind) => ({
      key: kind,
      title: say(TITLES[kind]),
      rows: shown.filter((sensor) => sensor.kind === kind).map((sensor) => this.#row(sensor)),
    }));
    this.#rows.render(groups);
  }

  /** Unconnected channels report nonsense. */
  get #shown() {
    return (this.#data?.sensors ?? []).filter(({ trusted }) => trusted !== false);
  }

  /** Faults come first, then the hottest and every fan; of many channels the others are folded. */
  get #weighed() {
    const weight = ({ kind, value, fault }) => (fault ? 1000 : kind === "temperature" ? (value ?? 0) : kind === "fan" ? 40 : -1);
    return this.#shown.length > 8 ? [...this.#shown].sort((a, b) => weight(b) - weight(a)) : this.#shown;
  }

  #row(sensor) {
    const { format } = this.#context;
    const { id, label, kind, value, critical, fault } = sensor;
    const isHot = kind === "temperature" && value !== null && critical !== null && critical !== undefined && value >= critical;
    const written = { temperature: () => format.temperature(value), fan: () => `${format.number(value)}\u00a0rpm`, voltage: () => `${format.number(value, 2)}\u00a0V` };
    const text = value === null || value === undefined ? UNKNOWN : written[kind]();
    const limit = kind === "temperature" && critical ? say("limit {limit}", { limit: format.temperature(critical) }) : "";
    const tone = fault || isHot ? "bad" : "quiet";
    return { key: id, name: label ?? id, title: id, tone, dot: tone, cells: [{ text: fault ? say("fault") : "" , tone }, { text, tone, title: limit }] };
  }
}
