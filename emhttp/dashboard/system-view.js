/** CPU, memory, network and disk throughput: the numbers of now, and the lines of the last hour. */

import { Chart } from "./chart.js";
import { arrange, element, fillBar, setAttribute, setText } from "./dom.js";
import { formatDuration } from "./format.js";
import { Ink } from "./ink.js";
import { roundTop } from "./ticks.js";

/** The least full height of a rate's line, in bytes a second: an idle server does not look busy. */
const LEAST_TOP = 1_000_000;

/**
 * Of each card: the columns and their labels, how values are written, the facts beside the reading, and what stands below
 * the chart. A chart without a `top` is as high as its highest value, in a round number of what is written: `bits` or bytes.
 */
const CARDS = [
  {
    title: "CPU",
    columns: { cpu_percent: "" },
    write: "percent",
    facts: ({ load_average: load, cpu_temperature: temperature }, format) => [
      ["Load", load.map((average) => format.number(average, 2)).join(" ")],
      // A machine without a sensor has none to tell.
      ...(temperature === null || temperature === undefined ? [] : [["Temperature", format.temperature(temperature)]]),
    ],
    foot: () => new Cores(),
    top: 100,
  },
  {
    title: "Memory",
    columns: { memory_percent: "" },
    write: "percent",
    facts: ({ memory_used: used, memory_total: total }, format) => [
      ["Used", format.memory(used)],
      ["Total", format.memory(total)],
    ],
    foot: () => new Share(),
    top: 100,
  },
  {
    title: "Network",
    columns: { bytes_recv_per_sec: "In", bytes_sent_per_sec: "Out" },
    write: "bitRate",
    bits: 8,
    facts: () => [],
    foot: (card) => new Peaks(card),
  },
  {
    title: "Disks",
    columns: { read_bytes_per_sec: "Read", write_bytes_per_sec: "Write" },
    write: "byteRate",
    facts: () => [],
    foot: (card) => new Peaks(card),
  },
];

export class SystemView {
  #cards;
  #ink = new Ink();
  aside = element("span", { class: "uma-quiet" });

  constructor(format) {
    this.#cards = CARDS.map((card) => new Card(card, format, this.#ink));
    this.element = element("div", { class: "uma-cards" }, ...this.#cards.map((card) => card.element), ...this.#ink.elements);
  }

  /** Show *data*, the newest `stats`, and *series*, the hour up to it. */
  render(data, series) {
    this.#cards.forEach((card) => card.measure());
    setText(this.aside, `Up ${formatDuration(data.uptime)}`);
    this.#cards.forEach((card) => card.render(data, series));
    // What writes on a canvas has the browser style what has changed until then: once for all of them.
    this.#cards.forEach((card) => card.draw());
  }

  /** Draw the charts in the colours of now. */
  repaint() {
    this.#ink.mix();
    this.#cards.forEach((card) => card.repaint());
  }

  end() {
    this.#cards.forEach((card) => card.end());
  }
}

class Card {
  #card;
  #format;
  #chart;
  #foot;
  #series = null;
  #hovered = null;
  #time = element("time");
  #readings = element("p", { class: "uma-readings" });
  #facts = element("dl");

  constructor(card, format, ink) {
    this.#card = card;
    this.#format = format;
    this.#foot = card.foot({ ...card, write: format[card.write] });
    this.#chart = new Chart({
      title: card.title,
      names: Object.keys(card.columns),
      ink,
      format,
      write: card.top ? (value) => format.percent(value, 0) : format[card.write],
      onHover: (index, time) => this.#hover(index, time),
    });
    const title = element("h3", { text: card.title });
    const head = element("div", { class: "uma-card-head" }, element("div", {}, title, this.#time), this.#readings, this.#facts);
    this.element = element("article", { class: "uma-card" }, head, this.#chart.element, this.#foot.element);
  }

  render(data, series) {
    this.#series = series;
    this.#renderReadings();
    renderPairs(this.#facts, this.#card.facts(data, this.#format), ["div", "dt", "dd"]);
    this.#foot.render(data, series);
  }

  draw() {
    const { title, columns, top, bits = 1, write } = this.#card;
    const series = this.#series;
    const names = Object.keys(columns);
    const most = series.peak(names);
    const text = this.#format[write];
    const label = `${title}, the last hour: now ${names.map((name) => `${columns[name]} ${text(series.newest(name))}`).join(", ")}, at most ${text(most)}`;
    this.#chart.draw(series, top ?? roundTop(Math.max(LEAST_TOP, most) * bits) / bits, label.replaceAll("  ", " "));
  }

  measure() {
    this.#chart.measure();
  }

  repaint() {
    this.#chart.repaint();
  }

  end() {
    this.#chart.end();
  }

  /** Under the pointer are the numbers of another moment: the readings tell these, and of when they are. */
  #hover(index, time) {
    const isNews = index !== null || this.#hovered !== null;
    this.#hovered = index === null ? null : { index, time };
    if (isNews && this.#series) {
      this.#renderReadings();
    }
  }

  #renderReadings() {
    const { columns, write } = this.#card;
    const names = Object.keys(columns);
    const drawn = this.#hovered && this.#series.drawn(names);
    const value = (name, index) => (drawn ? drawn[index + 1][this.#hovered.index] : this.#series.newest(name));
    const readings = names.map((name, index) => [columns[name], this.#format[write](value(name, index))]);
    renderPairs(this.#readings, readings, ["span", "small", "b"]);
    setText(this.#time, this.#hovered ? this.#format.clock(this.#hovered.time * 1000) : "");
  }
}

/** How busy each core is: a bar a core. */
class Cores {
  element = element("div", { class: "uma-cores", role: "img", "aria-label": "Cores, nothing known yet" });

  render({ cpu_cores: cores = [] }) {
    const bars = cores.map((_, index) => this.element.children[index] ?? element("i"));
    arrange(this.element, bars);
    cores.forEach((percent, index) => bars[index].style.setProperty("--fill", `${percent}%`));
    setAttribute(this.element, "aria-label", `Cores: ${cores.map((percent) => `${Math.round(percent)}%`).join(", ")}`);
  }
}

/** How much of the memory is in use. */
class Share {
  element = element("i", { class: "uma-bar", "aria-hidden": "true" });

  render({ memory_percent: percent }) {
    fillBar(this.element, percent, "accent");
  }
}

/** The greatest of each column in the hour. */
class Peaks {
  #card;
  element = element("dl", { class: "uma-peaks" });

  constructor(card) {
    this.#card = card;
  }

  render(_, series) {
    const { columns, write } = this.#card;
    const peaks = Object.keys(columns).map((name) => write(series.peak([name])));
    renderPairs(this.element, [["Peak", peaks.join(" · ")]], ["div", "dt", "dd"]);
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
