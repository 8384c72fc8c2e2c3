/** CPU, memory, network and disk throughput: the numbers of now, and the line of the last hour. */

import { arrange, element, setText } from "./dom.js";
import { formatDuration } from "./format.js";
import { Sparkline } from "./sparkline.js";

/** The least full height of a rate's line, in bytes a second, so that an idle server does not look busy. */
const LEAST_TOP = 1_000_000;

const PEAK = (data, format, peak) => [["Peak of the hour", peak]];

/** Columns and their labels, what is said below the line, from data and peak, and the line's full height if fixed. */
const CARDS = [
  {
    title: "CPU",
    columns: { cpu_percent: "" },
    format: "percent",
    facts: ({ load_average: load, cpu_temperature: temperature }, format) => [
      ["Load", load.map((average) => format.number(average, 2)).join("  ")],
      ["Temp.", format.temperature(temperature)],
    ],
    top: 100,
  },
  {
    title: "Memory",
    columns: { memory_percent: "" },
    format: "percent",
    facts: ({ memory_used: used, memory_total: total }, format) => [
      ["Used", format.memory(used)],
      ["Total", format.memory(total)],
    ],
    top: 100,
  },
  { title: "Network", columns: { bytes_recv_per_sec: "In", bytes_sent_per_sec: "Out" }, format: "bitRate", facts: PEAK },
  { title: "Disks", columns: { read_bytes_per_sec: "Read", write_bytes_per_sec: "Write" }, format: "byteRate", facts: PEAK },
];

export class SystemView {
  #cards;
  aside = element("span", { class: "uma-quiet" });

  constructor(format) {
    this.#cards = CARDS.map((card) => new Card(card, format));
    this.element = element("div", { class: "uma-cards" }, ...this.#cards.map((card) => card.element));
  }

  /** Show *data*, the newest `stats`, and *series*, the hour up to it. */
  render(data, series) {
    setText(this.aside, `Up ${formatDuration(data.uptime)}`);
    this.#cards.forEach((card) => card.render(data, series));
  }
}

class Card {
  #card;
  #format;
  #readings = element("p", { class: "uma-readings" });
  #facts = element("dl");
  #spark = new Sparkline();

  constructor(card, format) {
    this.#card = card;
    this.#format = format;
    const title = element("h3", { class: "uma-quiet", text: card.title });
    this.element = element("article", { class: "uma-card" }, title, this.#readings, this.#spark.element, this.#facts);
  }

  render(data, series) {
    const { title, columns, top, facts } = this.#card;
    const format = this.#format[this.#card.format];
    const names = Object.keys(columns);
    const most = series.peak(names);
    const readings = names.map((name) => [columns[name], format(series.newest(name))]);
    renderPairs(this.#readings, readings, ["span", "small", "b"]);
    renderPairs(this.#facts, facts(data, this.#format, format(most)), ["div", "dt", "dd"]);
    const lines = names.map((name) => series.points(name));
    this.#spark.draw(lines, top ?? Math.max(LEAST_TOP, most * 1.1), `${title}, the last hour: at most ${format(most)}`);
  }
}

function renderPairs(parent, pairs, [wrapper, first, second]) {
  const nodes = pairs.map((_, index) => parent.children[index] ?? element(wrapper, {}, element(first), element(second)));
  arrange(parent, nodes);
  pairs.forEach(([label, text], index) => {
    setText(nodes[index].firstElementChild, label);
    setText(nodes[index].lastElementChild, text);
  });
}
