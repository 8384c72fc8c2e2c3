/** Data of the page: the newest message of each feed, its events, and the history of figures. No DOM. */

import { MAX_EVENTS, mergeEvents } from "./events.js";
import { areFiguresOnly } from "./news.js";
import { RecentFigures } from "./recent-figures.js";
import { Series } from "./series.js";

/** Milliseconds for which an answer about the past stays current. */
const RING_PERIOD = 600_000;
/** Events kept per feed until older ones are requested: a page that is open for days stays small. */
const MAX_RECENT = 250;
/** Feeds whose messages may mean new SMART data. */
const SMART_HINTS = ["health_changed", "smart_attribute_changed", "device_added"];

export class Store {
  series = new Series();
  recent = new RecentFigures();
  /** The newest message of each state, by feed. */
  #newest = {};
  /** Events of each feed, newest first. */
  #events = {};
  /** The daemon's history of devices, by ring: `timestamp`, and columns by name in `temperature` and `used_bytes`. */
  #past = {};
  #smart = {};
  /** All findings, from the last request. */
  #findings = [];
  #read;
  #onChange;
  #askedAt = {};
  #isWhole = {};
  #isPastGiven = false;
  #areFindingsGiven = false;

  /**
   * *read* asks the daemon for a path; *onChange* is called with the name of what has changed, and `new`; for another
   * message of a state, `news`, or `figures` if only these differ.
   */
  constructor(read, onChange) {
    this.#read = read;
    this.#onChange = onChange;
  }

  /** Take a message of the feed *name*, *isEvent* or its state. */
  take(name, message, isEvent) {
    const change = !(name in this.#newest) ? "new" : areFiguresOnly(this.newest(name), message.data) ? "figures" : "news";
    if (isEvent) {
      this.#events[name] = this.#merged(name, [message]);
      if (SMART_HINTS.includes(message.data.action)) {
        this.readSmart();
      }
    } else {
      this.#newest[name] = message;
      if (name === "server/summary" && message.data.findings_more > 0 && !this.#areFindingsGiven) {
        this.#bring("findings", "server/findings", (body) => (this.#findings = body), name, 0);
      }
      this.#areFindingsGiven &&= name !== "server/summary";
      this.recent.take(name, message);
    }
    if (name === "system/stats") {
      this.series.add(message);
    }
    this.#onChange(name, change);
  }

  /** Add *messages*, earlier events of *name*. */
  takePast(name, messages) {
    this.#events[name] = this.#merged(name, messages);
    this.#onChange(name, "new");
  }

  /** The data of the newest message of *name*, or undefined. */
  newest(name) {
    return this.#newest[name]?.data;
  }

  /** The findings of the summary, which has room for few; all of them once they have arrived. */
  get findings() {
    const { findings = [], findings_more: more = 0 } = this.newest("server/summary") ?? {};
    const isWhole = this.#findings.length === findings.length + more && findings.every(({ subject, text }, index) => this.#findings[index].subject === subject && this.#findings[index].text === text);
    return isWhole ? this.#findings : findings;
  }

  /** All messages as they came. */
  get messages() {
    return this.#newest;
  }

  /** The events of *name*, newest first. */
  events(name) {
    return this.#events[name] ?? [];
  }

  get eventFeeds() {
    return Object.keys(this.#events);
  }

  /** SMART data of *slot* as last read, or undefined. */
  smart(slot) {
    return this.#smart[slot];
  }

  /** The temperatures (°C, null for gaps) of *slot* over ring *ring*: `{times, values}`, or null. */
  temperatures(slot, ring = "24h") {
    return columnOf(this.#past[ring], "temperature", slot);
  }

  /** The bytes used of *name*, a slot or a pool, over ring *ring*. */
  used(name, ring = "7d") {
    return columnOf(this.#past[ring], "used_bytes", name);
  }

  /**
   * Take data that came with the page, each null or the answer to its request: *history*, the newest hour of the system's
   * figures, which the next readPast() does not request, and *findings*, which
   * its first summary does not request.
   */
  give({ history, findings }) {
    this.#findings = findings ?? [];
    this.#areFindingsGiven = findings !== null;
    if (history !== null) {
      this.#isPastGiven = true;
      this.series.load(history);
    }
  }

  /** Fetch the data beside the messages: the newest hour at once, the rest once the page is shown. */
  async readPast() {
    if (this.#isPastGiven) {
      this.#isPastGiven = false;
      return;
    }
    await this.#bring("hour", "system/stats/history", (body) => this.series.load(body), "system/stats", 0);
  }

  async readRest() {
    await this.readSmart();
    await this.readStorage("24h");
  }

  async readSmart() {
    await this.#bring("smart", "storage/smart", (body) => (this.#smart = Object.fromEntries(body.map((drive) => [drive.name, drive]))), "storage/status", 1000);
  }

  /** Load ring *ring* of devices, which the feed of their details provides. */
  async readStorage(ring) {
    if (this.newest("storage/details") === undefined) {
      return;
    }
    await this.#bring(`storage ${ring}`, `storage/history?range=${ring}`, (body) => (this.#past[ring] = body), "storage/history", RING_PERIOD);
  }

  /** Have ring *ring* of the system's figures. */
  async readRing(ring) {
    await this.#bring(`system ${ring}`, `system/stats/history?range=${ring}`, (body) => this.series.loadRing(ring, body), "system/stats", RING_PERIOD);
  }

  /** Have all events that the daemon keeps, of each feed of them. */
  readAllEvents() {
    for (const name of this.eventFeeds.filter((each) => !this.#isWhole[each])) {
      this.#isWhole[name] = true;
      this.#bring(`all ${name}`, `${name}?limit=${MAX_EVENTS}`, (body) => this.takePast(name, body), name, 0);
    }
  }

  #merged(name, messages) {
    return mergeEvents(this.events(name), messages, this.#isWhole[name] ? MAX_EVENTS : MAX_RECENT);
  }

  /**
   * Request *path* unless that was done within *period* ms, pass the answer to *take*, and report a change of *name*.
   */
  async #bring(key, path, take, name, period) {
    if (Date.now() - (this.#askedAt[key] ?? -Infinity) < period) {
      return;
    }
    this.#askedAt[key] = Date.now();
    try {
      take(await this.#read(path));
      this.#onChange(name, "new");
    } catch {
      // An older daemon has no such history; without an answer it is requested again later.
      this.#askedAt[key] = period > 0 ? Date.now() - period + 60_000 : -Infinity;
    }
  }
}

function columnOf(past, kind, name) {
  const values = past?.[kind]?.[name];
  return Array.isArray(values) && values.some((value) => value !== null) ? { times: past.timestamp, values } : null;
}
