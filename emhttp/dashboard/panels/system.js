/** CPU, memory, network and disk throughput: a tile each, and a large view with all details. */

import { element } from "../dom.js";
import { say } from "../say.js";
import { lowerBound, RANGES } from "../series.js";
import { factsOf, listsOf } from "../system-detail.js";
import { roundTop } from "../ticks.js";

/** Minimum full height of a rate's line, in bytes a second: an idle server does not look busy. */
const LEAST_TOP = 1_000_000;
/** Steps in which a tile's line moves on, about a pixel each: in between only figures change. */
const LINE_STEPS = 240;
/** Bends the scale of rates: beside a burst of a gigabit, 20 megabits are more than a flat line. */
const POWER = 0.5;

/**
 * @typedef {object} Card
 * @property {string} title
 * @property {string[]} names
 * @property {string[]} more
 * @property {string} write  a method of Format
 * @property {number} [top]
 * @property {number} [bits]  of what is written in a byte
 * @property {string[]} [legend]
 * @property {string[]} [arrows]
 */

/**
 * Tiles: the columns each draws, those that it names beside, and the format of values.
 * @type {Record<string, Card>}
 */
const CARDS = {
  cpu: { title: "CPU", names: ["cpu_percent"], more: ["load_average", "cpu_temperature"], write: "percent", top: 100 },
  memory: { title: "Memory", names: ["memory_percent"], more: ["memory_used"], write: "percent", top: 100 },
  network: { title: "Network", names: ["bytes_recv_per_sec", "bytes_sent_per_sec"], more: [], write: "bitRate", bits: 8, legend: ["Received", "Sent"], arrows: ["↓\u00a0", "↑\u00a0"] },
  disks: { title: "Disk I/O", names: ["read_bytes_per_sec", "write_bytes_per_sec"], more: [], write: "byteRate", bits: 1, legend: ["Read", "Written"] },
};

const NAMES = [...new Set(Object.values(CARDS).flatMap(({ names, more }) => [...names, ...more]))];
const RANGE_TEXTS = { "15m": "the last 15 minutes", "1h": "the last hour", "6h": "the last 6 hours", "24h": "the last 24 hours", "7d": "the last 7 days" };

export default class SystemPanel {
  static title = "System";
  static rank = 0;
  #context;
  #views = {};
  #drawn = { at: -Infinity, key: "" };
  element = element("div");
  /** It has tiles and no box. */
  isEmpty = true;

  constructor(context) {
    this.#context = context;
  }

  render() {}

  /** The tiles; *time* (Unix seconds) is the moment that is looked at, or null for now; *hasNewLines*: since the last call. */
  tiles(time = null, hasNewLines = true) {
    const data = this.#context.newest("system/stats");
    if (!data) {
      return [];
    }
    if ((time === null && hasNewLines && this.#areOld) || this.#views.cpu === undefined) {
      const past = this.#past();
      this.#views = Object.fromEntries(Object.entries(CARDS).map(([key, card]) => [key, this.#view(card, past)]));
    }
    return Object.entries(CARDS).map(([key, card], rank) => ({ key, rank, title: say(card.title), href: `#chart/${key}`, view: this.#views[key], label: this.#label(card, this.#views[key].most), ...this.#texts(key, card, data, time) }));
  }

  /** True if the lines have moved on by a pixel, or are others: of another range, with more of the past, or with new marks. */
  get #areOld() {
    const { store, range, zoom, entries } = this.#context;
    const at = store.series.times.at(-1) ?? 0;
    const key = [store.series.revision, range(), zoom(), entries().length, entries()[0]?.key].join();
    const isSame = key === this.#drawn.key && at - this.#drawn.at < RANGES[range()].seconds / LINE_STEPS && at >= this.#drawn.at;
    this.#drawn = isSame ? this.#drawn : { at, key };
    return !isSame;
  }

  /** The large chart at `#chart/…`, and the whole machine at `#system`. */
  detail(kind, id) {
    const data = this.#context.newest("system/stats");
    const card = kind === "chart" && Object.hasOwn(CARDS, id) ? CARDS[id] : null;
    if (card === null || !data) {
      return null;
    }
    const { hovered, format, newest } = this.#context;
    const texts = this.#texts(id, card, data, hovered());
    const view = this.#view(card, this.#past());
    this.#views[id] ??= view;
    const chart = {
      key: id,
      title: say(card.title),
      lines: card.names.length,
      legend: (card.legend ?? []).map((text) => say(text)),
      write: card.top ? (value) => format.percent(value, 0) : format[card.write],
      view,
      value: texts.hint && id !== "cpu" ? texts.hint : texts.value,
      at: hovered() === null ? "" : format.moment(hovered() * 1000, Date.now()),
    };
    return {
      title: say(card.title),
      isWide: true,
      facts: factsOf(id, data, newest("system/details"), format),
      charts: [chart],
      bars: id === "cpu" && data.cpu_cores?.length > 0 ? { label: say("Cores"), values: data.cpu_cores } : null,
      lists: listsOf(id, this.#context),
    };
  }

  items() {
    return Object.entries(CARDS).map(([key, { title }]) => ({ text: say(title), kind: say("Chart"), href: `#chart/${key}` }));
  }

  /** The columns of all charts, cut once for all of them, and their marks. */
  #past() {
    const { store, range, zoom, marks } = this.#context;
    const { times, columns, span } = store.series.view(NAMES, range(), zoom());
    return { times, span, marks: marks(span), of: (names) => names.map((name) => columns[NAMES.indexOf(name)]) };
  }

  /**
   * A chart in words, whose greatest value is *most* or the newest one.
   * @param {Pick<Card, "names" | "title" | "write" | "legend">} card
   * @param {number} most
   */
  #label({ names, title, write, legend }, most) {
    const { store, format, range } = this.#context;
    const values = names.map((name) => store.series.newest(name));
    const text = format[write];
    const now = values.map((value, index) => `${legend ? `${say(legend[index])} ` : ""}${text(value)}`).join(", ");
    return say("{title}, {range}: now {now}, at most {most}", { title: say(title), range: say(RANGE_TEXTS[range()]), now, most: text(peak(most, values)) });
  }

  /** @param {Card} card */
  #view({ names, more, top, bits = 1, title, write, legend }, { times, span, marks, of }) {
    const columns = of(names);
    const most = columns.reduce(peak, 0);
    const label = this.#label({ names, title, write, legend }, most);
    const power = top ? undefined : POWER;
    return { times, columns, more: of(more), span, top: top ?? roundTop(Math.max(LEAST_TOP, most) * bits) / bits, power, label, marks, most };
  }

  /**
   * The current figures, or those of *time* from the line; figures without a past are left out then.
   * @param {string} key
   * @param {Card} card
   * @param {any} data
   * @param {number | null} time
   */
  #texts(key, { names, write, arrows }, data, time) {
    const { format, store } = this.#context;
    const view = this.#views[key];
    const row = time === null || !view ? null : nearest(view.times, time);
    const value = (index) => (row === null ? store.series.newest(names[index]) : view.columns[index][row]);
    const past = (index, now) => (row === null ? now : view.more[index]?.[row]);
    const text = names.map((_, index) => `${arrows?.[index] ?? ""}${format[write](value(index))}`).join(arrows || names.length === 1 ? " " : " / ");
    const most = view ? peak(view.most, names.map((name) => store.series.newest(name))) : 0;
    const peaks = view ? say("peak {value}", { value: format[write](most) }) : "";
    if (key === "cpu") {
      const load = past(0, data.load_average[0]);
      const heat = past(1, data.cpu_temperature);
      const averages = data.load_average.map((average) => format.number(average, 2)).join(" · ");
      return {
        value: text,
        note: load === null || load === undefined ? "" : say("load {n}", { n: format.number(load, 2) }),
        hint: say("Load over 1, 5 and 15 minutes: {averages}", { averages }),
        // A machine without a sensor has no temperature.
        corner: heat === null || heat === undefined ? "" : format.temperature(heat),
      };
    }
    if (key === "memory") {
      const used = past(0, data.memory_used);
      return { value: text, note: used === null || used === undefined ? "" : format.memory(used), corner: row === null ? format.memory(data.memory_total) : "" };
    }
    const { texts, unit } = format.rates(names.map((_, index) => value(index)), key === "network");
    const short = texts.map((each, index) => (arrows ? `${arrows[index]}${each}` : each)).join(arrows ? " " : " / ");
    return { value: short, note: unit + (arrows ? "" : ` ${say("r/w")}`), hint: text, corner: row === null ? peaks : "" };
  }
}

/** The maximum of *least*, at least 0, and the values of *column*. */
const peak = (least, column) => column.reduce((most, value) => Math.max(most, value), least);

/** The row of *times* nearest to *time*. */
function nearest(times, time) {
  const row = Math.min(lowerBound(times, time), times.length - 1);
  return row > 0 && time - times[row - 1] < times[row] - time ? row - 1 : Math.max(0, row);
}
