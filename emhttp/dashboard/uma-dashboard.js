/**
 * `<uma-dashboard>`: joins the transport, what it brought, and the views of that.
 *
 * Attributes, read when it comes into a page: `transport` daemon (the default) or nchan; `api`, the URL of `api/v1/` where
 * the daemon is asked; `display`, the webGUI's display settings as JSON (display.js); `embedded`, present where the page
 * around it has a head, a title and colours of its own.
 */

import { daemonCarrier, webguiCarrier } from "./carriers.js";
import { conditionOf } from "./condition.js";
import { displayFrom } from "./display.js";
import { DockerView } from "./docker-view.js";
import { element, setAttribute, setText } from "./dom.js";
import { mergeEvents } from "./events.js";
import { Format } from "./format.js";
import { Series } from "./series.js";
import { StatusView } from "./status-view.js";
import { ArrayView, OthersView, PoolsView } from "./storage-view.js";
import { SystemView } from "./system-view.js";
import { keptToken, TokenForm } from "./token-form.js";
import { Transport } from "./transport.js";
import { protectionWord, wordOf } from "./words.js";

const TICK = 1000;
/** For how many ms the first picture may wait to be a whole one: each on the way to it puts it off. */
const PATIENCE = 250;

class UmaDashboard extends HTMLElement {
  #transport;
  #isEmbedded;
  #isOwnServer;
  #format;
  #token = keptToken();
  #newest = {};
  #events = [];
  #series = new Series();
  #changed = new Set();
  #isPatient;
  #isRendering = false;
  #today;
  #paint;
  #darkness = matchMedia("(prefers-color-scheme: dark)");
  #ending;

  #status;
  #tokenForm;
  #views;
  #sections;

  connectedCallback() {
    const display = displayFrom(this.getAttribute("display"));
    this.#isEmbedded = this.hasAttribute("embedded");
    this.#isOwnServer = this.getAttribute("transport") === "nchan";
    this.#format = new Format(display);
    setAttribute(this, "data-theme", display.theme);
    setAttribute(this, "data-scheme", display.scheme);
    this.#transport = new Transport({
      carrier: this.#isOwnServer
        ? webguiCarrier(location.origin)
        : daemonCarrier(new URL(this.getAttribute("api") ?? "api/v1/", document.baseURI).href),
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
    this.#changed = new Set(["stats", "storage", "docker"]);
    [this.#isPatient, this.#paint] = [true, null];
    // Asked first, so that the answer comes while the page is built.
    this.#transport.wake();
    this.#build();
    this.#listen();
  }

  disconnectedCallback() {
    this.#ending.abort();
    this.#transport.stop();
    this.#views.system.end();
  }

  #build() {
    const format = this.#format;
    const system = new SystemView(format);
    const [array, pools, others] = [new ArrayView(format), new PoolsView(format), new OthersView(format)];
    const docker = new DockerView(format);
    this.#views = { system, storage: [array, pools, others], docker };
    this.#sections = [
      new Section("System", "stats", system, format),
      new Section("Array", "storage", array, format),
      new Section("Pools", "storage", pools, format),
      new Section("Boot and unassigned", "storage", others, format),
      new Section("Docker", "docker", docker, format),
    ];
    this.#status = new StatusView({
      host: this.#isEmbedded ? null : location.hostname,
      onRetry: () => this.#transport.wake(),
    });
    this.#tokenForm = new TokenForm((token) => this.#transport.setToken((this.#token = token)));
    const elements = this.#sections.map((section) => section.element);
    const columns = element("div", { class: "uma-columns" }, element("div", {}, ...elements.slice(1, -1)), elements.at(-1));
    const main = element(
      this.#isEmbedded ? "div" : "main",
      { class: "uma-main" },
      this.#status.banner,
      this.#tokenForm.element,
      elements[0],
      columns,
    );
    this.replaceChildren(this.#status.element, main);
  }

  #listen() {
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    const wake = () => isVisible() && this.#transport.wake();
    window.addEventListener("online", wake, { signal });
    window.addEventListener("offline", wake, { signal });
    document.addEventListener("visibilitychange", wake, { signal });
    this.#darkness.addEventListener("change", () => this.#renderSoon(), { signal });
    // While all is well nothing changes but by a message; a countdown does by itself.
    const ticking = setInterval(() => this.#transport.state.link === "waiting" && this.#renderSoon(), TICK);
    const waiting = setTimeout(() => {
      this.#isPatient = false;
      this.#renderSoon();
    }, PATIENCE);
    signal.addEventListener("abort", () => {
      clearInterval(ticking);
      clearTimeout(waiting);
    });
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
    this.#isPatient &&= this.#isUnderWay;
    if (!this.#isRendering && !this.#isPatient) {
      this.#isRendering = true;
      requestAnimationFrame(() => {
        this.#isRendering = false;
        this.#render();
      });
    }
  }

  /** Whether a whole picture can still come. */
  get #isUnderWay() {
    const { link, streams } = this.#transport.state;
    const { stats, storage } = this.#newest;
    return link === "connecting" || (link === "open" && !(stats && storage && !streams.stats.isOld && !streams.storage.isOld));
  }

  #render() {
    const { state } = this.#transport;
    const { stats, storage } = this.#newest;
    const { system, storage: storageViews, docker } = this.#views;
    const now = Date.now();
    const host = this.#isOwnServer ? null : location.host;
    const condition = conditionOf(state, { isOnline: navigator.onLine, now, host, format: this.#format });
    // Before anything is drawn, in the colours that come of it.
    this.#sections.forEach((section) => section.render(condition.streams));
    this.#repaint(condition.streams.stats.kind);
    if (stats && this.#changed.delete("stats")) {
      system.render(stats, this.#series);
    }
    if (storage && this.#changed.delete("storage")) {
      storageViews.forEach((view) => view.render(storage));
    }
    const today = new Date(now).toDateString();
    if (this.#changed.delete("docker") || this.#today !== today) {
      this.#today = today;
      docker.render(this.#events, now);
    }
    docker.renderSource(state.link === "open" ? state.health.sources.docker : undefined);
    this.#sections.forEach((section) => section.arrange());
    this.#renderStatus(condition, state.health?.version);
  }

  /** What is painted does not follow the colours around it by itself. */
  #repaint(freshness) {
    const paint = `${freshness} ${this.#darkness.matches}`;
    if (this.#paint !== paint) {
      this.#paint = paint;
      this.#views.system.repaint();
    }
  }

  #renderStatus(condition, version) {
    const { kind, label } = condition;
    const { array_status: status, array_protection: protection } = this.#newest.storage ?? {};
    const aloud = status ? `Array: ${wordOf(status).text}, ${protectionWord(protection).text}` : "";
    this.#status.render(condition, version, aloud);
    this.#tokenForm.show(kind === "locked", this.#token !== null);
    setAttribute(this, "data-kind", kind);
    if (!this.#isEmbedded) {
      document.title = `${kind === "live" ? "" : `${label.replace(/ in \d+ s$/, "…")} · `}${location.hostname} · UMA`;
    }
  }
}

/** A part of the page under a heading, fed by one stream; it greys out when what it shows is not of now. */
class Section {
  #key;
  #view;
  #format;
  #isKnown = false;
  #mark = element("span", { class: "uma-mark" });

  constructor(title, key, view, format) {
    this.#key = key;
    this.#view = view;
    this.#format = format;
    const heading = element("h2", { id: `uma-${key}-${title.charAt(0)}`, text: title });
    const head = element("div", { class: "uma-section-head" }, heading, ...(view.aside ? [view.aside] : []), this.#mark);
    this.element = element("section", { "aria-labelledby": heading.id, "data-stream": key, hidden: "" }, head, view.element);
  }

  render(streams) {
    const { kind, why, since } = streams[this.#key];
    const dated = kind === "live" || since === null ? "" : `as of ${this.#format.clock(since)}`;
    const text = kind === "off" ? why : dated;
    // Before anything is known there is nothing to show, and nothing to lay out.
    this.#isKnown ||= kind === "live" || kind === "off" || since !== null;
    this.arrange();
    setAttribute(this.element, "data-freshness", kind);
    setText(this.#mark, text);
    this.#mark.hidden = text === "";
  }

  /** Be there if there is anything to show. */
  arrange() {
    this.element.hidden = !this.#isKnown || (this.#view.isEmpty ?? false);
  }
}

function isVisible() {
  return document.visibilityState === "visible";
}

customElements.define("uma-dashboard", UmaDashboard);
