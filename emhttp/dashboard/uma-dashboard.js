/** `<uma-dashboard>`: joins the transport, what it brought, and the views of that. */

import { conditionOf } from "./condition.js";
import { DockerView } from "./docker-view.js";
import { element, setAttribute, setText } from "./dom.js";
import { mergeEvents } from "./events.js";
import { formatClock } from "./format.js";
import { Series } from "./series.js";
import { StatusView } from "./status-view.js";
import { ArrayView, OthersView, PoolsView } from "./storage-view.js";
import { SystemView } from "./system-view.js";
import { keptToken, TokenForm } from "./token-form.js";
import { Transport } from "./transport.js";
import { protectionWord, wordOf } from "./words.js";

const TICK = 1000;

class UmaDashboard extends HTMLElement {
  #transport;
  #token = keptToken();
  #newest = {};
  #events = [];
  #series = new Series();
  #changed = new Set();
  #isRendering = false;
  #today;
  #ending;

  #status = new StatusView({ host: location.hostname, onRetry: () => this.#transport.wake() });
  #tokenForm = new TokenForm((token) => this.#transport.setToken((this.#token = token)));
  #system = new SystemView();
  #array = new ArrayView();
  #pools = new PoolsView();
  #others = new OthersView();
  #docker = new DockerView();
  #sections = [
    new Section("System", "stats", this.#system),
    new Section("Array", "storage", this.#array),
    new Section("Pools", "storage", this.#pools),
    new Section("Boot and unassigned", "storage", this.#others),
    new Section("Docker", "docker", this.#docker),
  ];

  connectedCallback() {
    const [system, ...others] = this.#sections.map((section) => section.element);
    const docker = others.pop();
    const columns = element("div", { class: "uma-columns" }, element("div", {}, ...others), docker);
    const main = element("main", {}, this.#status.banner, this.#tokenForm.element, system, columns);
    this.replaceChildren(this.#status.element, main);
    this.#transport = new Transport({
      base: new URL(this.getAttribute("api") ?? "api/v1/", document.baseURI).href,
      token: this.#token,
      world: {
        WebSocket,
        fetch: fetch.bind(window),
        setTimeout: setTimeout.bind(window),
        clearTimeout: clearTimeout.bind(window),
        now: Date.now,
        random: Math.random,
        isOnline: () => navigator.onLine,
        isVisible,
      },
      handlers: {
        onMessage: (key, message) => this.#onMessage(key, message),
        onPast: (key, past) => this.#onPast(key, past),
        onChange: () => this.#renderSoon(),
      },
    });
    this.#listen();
    this.#transport.wake();
  }

  disconnectedCallback() {
    this.#ending.abort();
    this.#transport.stop();
  }

  #listen() {
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    const wake = () => isVisible() && this.#transport.wake();
    window.addEventListener("online", wake, { signal });
    window.addEventListener("offline", wake, { signal });
    document.addEventListener("visibilitychange", wake, { signal });
    const ticking = setInterval(() => this.#renderSoon(), TICK);
    signal.addEventListener("abort", () => clearInterval(ticking));
  }

  #onMessage(key, message) {
    this.#newest[key] = message.data;
    if (key === "stats") {
      this.#series.add(message);
    } else if (key === "docker") {
      this.#events = mergeEvents(this.#events, [message]);
    }
    this.#changed.add(key);
  }

  #onPast(key, past) {
    if (key === "stats") {
      this.#series.load(past);
    } else {
      this.#events = mergeEvents(this.#events, past);
    }
    this.#changed.add(key);
    this.#renderSoon();
  }

  /** Once a frame, however much has come; a hidden tab renders when it is shown. */
  #renderSoon() {
    if (!this.#isRendering) {
      this.#isRendering = true;
      requestAnimationFrame(() => {
        this.#isRendering = false;
        this.#render();
      });
    }
  }

  #render() {
    const { state } = this.#transport;
    const { stats, storage } = this.#newest;
    const now = Date.now();
    const condition = conditionOf(state, { isOnline: navigator.onLine, now, host: location.host });
    if (stats && this.#changed.delete("stats")) {
      this.#system.render(stats, this.#series);
    }
    if (storage && this.#changed.delete("storage")) {
      [this.#array, this.#pools, this.#others].forEach((view) => view.render(storage));
    }
    const today = new Date(now).toDateString();
    if (this.#changed.delete("docker") || this.#today !== today) {
      this.#today = today;
      this.#docker.render(this.#events, now);
    }
    this.#docker.renderSource(state.link === "open" ? state.health.sources.docker : undefined);
    this.#sections.forEach((section) => section.render(condition.streams));
    this.#renderStatus(condition, state.health?.version);
  }

  #renderStatus(condition, version) {
    const { kind, label } = condition;
    const { array_status: status, array_protection: protection } = this.#newest.storage ?? {};
    const aloud = status ? `Array: ${wordOf(status).text}, ${protectionWord(protection).text}` : "";
    this.#status.render(condition, version, aloud);
    this.#tokenForm.show(kind === "locked", this.#token !== null);
    setAttribute(this, "data-kind", kind);
    document.title = `${kind === "live" ? "" : `${label.replace(/ in \d+ s$/, "…")} · `}${location.hostname} · UMA`;
  }
}

/** A part of the page under a heading, fed by one stream; it greys out when what it shows is not of now. */
class Section {
  #key;
  #view;
  #mark = element("span", { class: "uma-mark" });

  constructor(title, key, view) {
    this.#key = key;
    this.#view = view;
    const heading = element("h2", { id: `uma-${key}-${title.charAt(0)}`, text: title });
    const head = element("div", { class: "uma-section-head" }, heading, ...(view.aside ? [view.aside] : []), this.#mark);
    this.element = element("section", { "aria-labelledby": heading.id, "data-stream": key }, head, view.element);
  }

  render(streams) {
    const { kind, why, since } = streams[this.#key];
    const dated = kind === "live" || since === null ? "" : `as of ${formatClock(since)}`;
    const text = kind === "off" ? why : dated;
    setAttribute(this.element, "data-freshness", kind);
    setText(this.#mark, text);
    this.#mark.hidden = text === "";
    this.element.hidden = this.#view.isEmpty ?? false;
  }
}

function isVisible() {
  return document.visibilityState === "visible";
}

customElements.define("uma-dashboard", UmaDashboard);
