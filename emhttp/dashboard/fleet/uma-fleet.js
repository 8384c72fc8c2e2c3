/**
 * `<uma-fleet>`: every server of a fleet as a row, read from a broker, from Prometheus, or from both.
 *
 * Attributes `brokers`, `prefix`, `prometheus` and `job` are what the person who puts it on a page starts visitors
 * with. What a visitor enters stays in the browser.
 */

import { arrange, element, kept, setAttribute, setText } from "../dom.js";
import { brokersOf, connectionsDialog, problemOf, readConnections, writeConnections } from "./connections.js";
import { MqttReader } from "./mqtt-reader.js";
import { PrometheusReader } from "./prometheus-reader.js";
import { Row } from "./row.js";
import { counted, filtered, grouped, ordered, SORTS, Servers } from "./servers.js";

const TICK_MS = 3000;
/** Milliseconds in which a fleet's retained messages arrive before the first picture. */
const FIRST_MS = 150;
/** Rows that fit on a tall screen. */
const FIRST_ROWS = 40;
const ATTRIBUTES = ["brokers", "prefix", "prometheus", "job"];
const STATE_WORDS = { critical: "critical", offline: "offline", silent: "without news", warning: "with warnings", notice: "with notices", ok: "well" };
const COLUMNS = ["Server", "State", "Array", "Disks", "Hottest", "Fullest", "CPU", "Memory", "Containers", "Age"];
const WORLD = { WebSocket, WebSocketStream: window.WebSocketStream, isVisible: () => document.visibilityState === "visible", fetch: (url, options) => window.fetch(url, options), setTimeout: (callback, delay) => window.setTimeout(callback, delay), clearTimeout: (timer) => window.clearTimeout(timer), now: Date.now, random: Math.random };

class UmaFleet extends HTMLElement {
  #servers = new Servers();
  #settings = {};
  #readers = [];
  #connections = new Map();
  #rows = new Map();
  #rowOf = new WeakMap();
  #groups = new Map();
  #visible = new Set();
  #observer = null;
  #timer = null;
  #firstAt = 0;
  #isDirty = true;
  #isPointed = false;
  #ending = null;

  #title = element("h1", { text: "Fleet" });
  #counts = element("p", { class: "fleet-counts", role: "status" });
  #filter = element("input", { type: "search", placeholder: "Filter: name, site, finding, state", "aria-label": "Filter" });
  #sort = element("select", { "aria-label": "Sort" }, ...Object.entries(SORTS).map(([value, { title }]) => element("option", { value, text: title })));
  #open = element("button", { type: "button", text: "Connections" });
  #states = element("ul", { class: "fleet-connections", "aria-label": "Connections" });
  #alerts = element("p", { class: "fleet-alerts", hidden: "" });
  #empty = element("p", { class: "fleet-empty", hidden: "" });
  #head = element("div", { class: "fleet-columns", "aria-hidden": "true" }, ...COLUMNS.map((text) => element("span", { text })));
  #list = element("div", { class: "fleet-list" });

  connectedCallback() {
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    const main = element("main", {}, this.#states, this.#alerts, this.#empty, this.#head, this.#list);
    arrange(this, [element("header", { class: "fleet-header" }, this.#title, this.#counts, this.#filter, this.#sort, this.#open), main]);
    this.#observer = new IntersectionObserver((entries) => this.#onSeen(entries), { rootMargin: "300px" });
    this.#filter.addEventListener("input", () => this.#render(), { signal });
    this.#sort.addEventListener("change", () => this.#render(), { signal });
    this.#open.addEventListener("click", () => this.#edit(), { signal });
    // Rows don't move while the pointer is over them.
    this.#list.addEventListener("pointerenter", ({ pointerType }) => (this.#isPointed = pointerType === "mouse"), { signal });
    this.#list.addEventListener("pointerleave", () => (this.#isPointed = false), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#render(), { signal });
    this.#settings = readConnections(storages(), this.#defaults());
    this.#connect();
  }

  disconnectedCallback() {
    this.#ending.abort();
    this.#observer.disconnect();
    this.#readers.forEach((reader) => reader.stop());
    window.clearTimeout(this.#timer);
  }

  #defaults() {
    return Object.fromEntries(ATTRIBUTES.filter((name) => this.hasAttribute(name)).map((name) => [name, this.getAttribute(name)]));
  }

  #connect() {
    this.#readers.forEach((reader) => reader.stop());
    this.#readers = [];
    this.#connections.clear();
    this.#servers.forgetBroker();
    this.#servers.forgetPrometheus();
    const settings = this.#settings;
    const brokers = brokersOf(settings);
    const problem = problemOf(settings, location.protocol);
    if (problem) {
      this.#connections.set("Settings", ["failed", problem]);
    } else {
      if (brokers.length > 0) {
        const { prefix, user, password } = settings;
        this.#readers.push(new MqttReader({ brokers, prefix, user, password }, this.#brokerHandlers(), WORLD));
      }
      if (settings.prometheus) {
        const { prometheus: address, prometheusUser: user, prometheusPassword: password, job } = settings;
        this.#readers.push(new PrometheusReader({ address, user, password, job }, this.#prometheusHandlers(), WORLD));
      }
    }
    this.#readers.forEach((reader) => reader.start());
    this.#render();
    this.#firstAt = performance.now() + FIRST_MS;
    this.#tickIn(FIRST_MS);
  }

  #brokerHandlers() {
    return {
      onSummary: (node, message, isRetained) => this.#note(() => this.#servers.takeSummary(node, message, { now: Date.now(), isRetained })),
      onPresence: (node, word) => this.#note(() => this.#servers.takePresence(node, word)),
      onState: (word, detail) => this.#note(() => this.#connections.set("MQTT", [word, detail])),
    };
  }

  #prometheusHandlers() {
    return {
      onServers: (list) => this.#note(() => this.#servers.takeServers(list)),
      onAlerts: (list) => this.#note(() => this.#servers.takeAlerts(list)),
      onPast: (lines) => this.#note(() => this.#servers.takePast(lines)),
      onState: (word, detail) => this.#note(() => this.#connections.set("Prometheus", [word, detail])),
    };
  }

  #note(change) {
    change();
    this.#isDirty = true;
    // A timer runs after all queued messages.
    if (this.#rows.size === 0 && performance.now() >= this.#firstAt && document.visibilityState === "visible") {
      this.#firstAt = performance.now() + FIRST_MS;
      this.#render();
    }
  }

  #tickIn(milliseconds) {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      const before = this.#rows.size;
      if (document.visibilityState === "visible") {
        this.#render();
      }
      // While servers keep coming, the next picture follows soon.
      const isComing = this.#rows.size === 0 || this.#rows.size > before;
      this.#tickIn(isComing ? FIRST_MS : TICK_MS);
    }, milliseconds);
  }

  #render() {
    const now = Date.now();
    const all = this.#servers.rows(now);
    const shown = ordered(filtered(all, this.#filter.value), this.#sort.value);
    if (this.#isDirty) {
      this.#renderHead(all);
    }
    this.#isDirty = false;
    const byKey = new Map(shown.map((row) => [row.key, row]));
    if (!this.#isPointed || byKey.size !== this.#rows.size || [...byKey.keys()].some((key) => !this.#rows.has(key))) {
      this.#place(shown);
    }
    if (this.#visible.size === 0) {
      // The observer reports a frame later, which can be long with a thousand messages.
      shown.slice(0, FIRST_ROWS).forEach((data) => this.#rows.get(data.key).show(data, now));
    }
    byKey.forEach((data, key) => {
      const row = this.#rows.get(key);
      if (this.#visible.has(row.element)) {
        row.show(data, now);
      } else {
        row.outline(data);
      }
    });
    this.#renderEmpty(all, shown);
  }

  #place(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    this.#rows.forEach((row, key) => {
      if (!keys.has(key)) {
        this.#observer.unobserve(row.element);
        this.#visible.delete(row.element);
        this.#rows.delete(key);
      }
    });
    const sites = grouped(rows);
    const sections = sites.map(([site, members]) => {
      const group = kept(this.#groups, site, makeGroup);
      const bad = members.filter(({ state }) => state !== "ok" && state !== "notice").length;
      setText(group.title, `${site || "No site"} `);
      setText(group.count, bad > 0 ? `${members.length}, ${bad} in trouble` : `${members.length}`);
      group.title.parentNode.hidden = sites.length === 1 && site === "";
      arrange(group.list, members.map(({ key }) => kept(this.#rows, key, () => this.#makeRow()).element));
      return group.section;
    });
    arrange(this.#list, sections);
    const names = new Set(sites.map(([site]) => site));
    this.#groups.forEach((_, site) => names.has(site) || this.#groups.delete(site));
  }

  #makeRow() {
    const row = new Row();
    this.#rowOf.set(row.element, row);
    this.#observer.observe(row.element);
    return row;
  }

  #onSeen(entries) {
    const now = Date.now();
    entries.forEach(({ target, isIntersecting }) => {
      if (!isIntersecting) {
        this.#visible.delete(target);
        return;
      }
      this.#visible.add(target);
      this.#rowOf.get(target)?.reveal(now);
    });
  }

  #renderHead(all) {
    const counts = counted(all);
    setText(this.#counts, all.length === 0 ? "" : `${all.length} ${all.length === 1 ? "server" : "servers"}: ${counts.map(([state, count]) => `${count} ${STATE_WORDS[state]}`).join(", ")}`);
    const trouble = counts.filter(([state]) => ["critical", "offline", "silent"].includes(state)).reduce((sum, [, count]) => sum + count, 0);
    document.title = trouble > 0 ? `(${trouble}) Fleet` : "Fleet";
    arrange(
      this.#states,
      [...this.#connections].map(([name, [word, detail]]) => element("li", { "data-tone": word, text: `${name}: ${word === "open" ? "connected" : word === "connecting" ? `connecting to ${detail}` : detail}`, title: detail })),
    );
    const loose = this.#servers.loose;
    this.#alerts.hidden = loose.length === 0;
    setText(this.#alerts, `Also firing: ${loose.map(({ alertname, severity, site }) => [alertname, severity, site].filter(Boolean).join(" ")).join(" · ")}`);
  }

  #renderEmpty(all, shown) {
    this.#head.hidden = shown.length === 0;
    this.#empty.hidden = shown.length > 0;
    const hasReaders = this.#readers.length > 0;
    const words = all.length > 0 ? "No matching servers." : hasReaders ? "No servers yet." : "Enter a broker or a Prometheus under Connections. Servers need MQTT_HOST set, or a scrape of /metrics.";
    setText(this.#empty, words);
    setAttribute(this, "data-ready", shown.length > 0 ? "" : null);
  }

  #edit() {
    const dialog = connectionsDialog(this.#settings, location.protocol, (settings, isLasting) => {
      this.#settings = { ...settings, isLasting };
      writeConnections(storages(), settings, isLasting);
      this.#connect();
    });
    this.append(dialog);
    dialog.showModal();
  }
}

function makeGroup() {
  const [title, count, list] = [element("span"), element("small"), element("ul")];
  return { title, count, list, section: element("section", {}, element("h2", {}, title, count), list) };
}

/** The browser's storages; null if they are forbidden. */
function storages() {
  const of = (read) => {
    try {
      return read();
    } catch {
      return null;
    }
  };
  return { local: of(() => localStorage), session: of(() => sessionStorage) };
}

customElements.define("uma-fleet", UmaFleet);
