/**
 * `<uma-dashboard>`: joins the link to the daemon, what it brought, and the panels that show it.
 *
 * Attributes, read when it comes into a page: `transport` daemon (the default) or nchan; `api`, the URL of `api/v1/` where
 * the daemon is asked; `display`, the webGUI's display settings as JSON (display.js); `words`, its translations as JSON;
 * `page`, what the server keeps of a person's layout; `embedded`, present where the page around it has a head, a title
 * and colours of its own.
 */

import { daemonCarrier, webguiCarrier } from "./carriers.js";
import { conditionOf } from "./condition.js";
import { displayFrom } from "./display.js";
import { setAttribute } from "./dom.js";
import { marksOf } from "./entries.js";
import { Format } from "./format.js";
import { Frame } from "./frame.js";
import { Link } from "./link.js";
import { listen, outside, storageOf } from "./outside.js";
import { post, Prefs } from "./prefs.js";
import { learn } from "./say.js";
import { shortcutOf } from "./shortcuts.js";
import { Store } from "./store.js";
import { TimeRange } from "./time-range.js";
import { keptToken } from "./token-form.js";

const TICK = 1000;
/** For how many ms the first picture may wait to be a whole one: each on the way to it puts it off. */
const PATIENCE = 250;
/** Feeds of the first picture: the server's name, its problems, and the most wanted data. */
const FIRST = ["system/stats", "storage/status", "server/info", "server/summary"];

class UmaDashboard extends HTMLElement {
  #link;
  #store;
  #prefs;
  #post = null;
  #format;
  #isEmbedded;
  #isOwnServer;
  #token = keptToken();
  #changed = new Set();
  #time;
  #isPatient;
  #isRendering = false;
  #today;
  #paint;
  #entries = [];
  #isReady = false;
  #isNameAsked = false;
  #darkness = matchMedia("(prefers-color-scheme: dark)");
  #contrast = matchMedia("(forced-colors: active)");
  #ending;
  #frame;

  connectedCallback() {
    learn(this.getAttribute("words"));
    this.#isEmbedded = this.hasAttribute("embedded");
    this.#isOwnServer = this.getAttribute("transport") === "nchan";
    const { csrf_token: csrfToken } = /** @type {any} */ (window);
    this.#post = this.#isEmbedded && csrfToken ? (fields) => post(fields, csrfToken) : null;
    const save = this.#post === null ? null : (page) => this.#post({ action: "save-page", page });
    this.#prefs = new Prefs({ storage: storageOf(), given: this.getAttribute("page"), save });
    this.#time = new TimeRange(this.#prefs, () => this.#onTimeRange());
    const display = displayFrom(this.getAttribute("display"));
    this.#format = new Format(display);
    setAttribute(this, "data-theme", display.theme);
    this.#applyScheme();
    this.#link = new Link({
      carrier: this.#isOwnServer
        ? webguiCarrier(location.origin)
        : daemonCarrier(new URL(this.getAttribute("api") ?? "api/v1/", document.baseURI).href),
      token: this.#token,
      world: outside,
      handlers: {
        onMessage: (name, message) => this.#store.take(name, message, !this.#isState(name)),
        onPast: (name, messages) => this.#store.takePast(name, messages),
        onOpen: () => this.#onOpen(),
        onChange: () => this.#onLinkChange(),
      },
    });
    this.#store = new Store(
      (path) => this.#link.read(path),
      (name) => {
        this.#changed.add(name);
        this.#renderSoon();
      },
    );
    [this.#isPatient, this.#paint, this.#isReady] = [true, null, false];
    // Asked first, so that the answer comes while the page is built.
    this.#link.wake();
    this.#build();
    this.#listen();
    this.#takePanels();
  }

  disconnectedCallback() {
    this.#ending.abort();
    this.#link.stop();
    this.#frame.end();
  }

  #build() {
    this.#frame = new Frame({
      isEmbedded: this.#isEmbedded,
      store: this.#store,
      prefs: this.#prefs,
      format: this.#format,
      time: this.#time,
      context: this.#context(),
      unraid: (path) => this.#unraid(path),
      canStart: this.#post !== null,
      onStart: () => this.#post({ action: "start" }).then(() => this.#link.wake()),
      onRetry: () => this.#link.wake(),
      onToken: (token) => {
        this.#token = token;
        this.#link.setToken(token);
      },
      onHover: (time) => this.#onHover(time),
      onChange: () => this.#renderSoon(),
      onScheme: () => {
        this.#applyScheme();
        this.#renderSoon();
      },
    });
    this.replaceChildren(...this.#frame.elements);
    this.#isReady = true;
  }

  #listen() {
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    listen(signal, {
      onWake: () => this.#link.wake(),
      onHash: () => this.#onHash(),
      onKey: (event) => this.#onKey(event),
      onPrint: () => this.#repaint(true),
      onColours: () => this.#renderSoon(),
      queries: [this.#darkness, this.#contrast],
    });
    // While all is well nothing changes but by a message; a countdown does by itself.
    const ticking = setInterval(() => this.#link.state.link === "waiting" && this.#renderSoon(), TICK);
    const waiting = setTimeout(() => {
      this.#isPatient = false;
      this.#renderSoon();
    }, PATIENCE);
    signal.addEventListener("abort", () => {
      clearInterval(ticking);
      clearTimeout(waiting);
    });
  }

  /** Context of the panels: data, words, colours, addresses, and the user's view. */
  #context() {
    return {
      format: this.#format,
      store: this.#store,
      prefs: this.#prefs,
      newest: (name) => this.#store.newest(name),
      range: () => this.#time.key,
      zoom: () => this.#time.zoom,
      hovered: () => this.#time.hovered,
      marks: (span, kinds, name) => marksOf(name === undefined ? this.#entries : this.#entries.filter(({ kind, href }) => kind !== "disk" || href === `#disk/${name}`), span, kinds),
      unraid: (path) => this.#unraid(path),
      entries: () => this.#entries,
    };
  }

  async #takePanels() {
    const { signal } = this.#ending;
    const boxes = await this.#frame.panels.take(this.#link.feeds);
    if (!signal.aborted && boxes.length > 0) {
      this.#frame.grid.take(boxes);
      this.#link.feeds.forEach(({ name }) => this.#changed.add(name));
      this.#renderSoon();
    }
  }

  #onOpen() {
    this.#takePanels();
    this.#store.readPast();
    this.#time.ring && this.#store.readRing(this.#time.ring);
    setTimeout(() => this.#ending.signal.aborted || this.#store.readRest(), PATIENCE);
  }

  #onLinkChange() {
    this.#isReady && this.#renderSoon();
  }

  #isState(name) {
    return this.#link.feeds.some((feed) => feed.name === name && feed.retained);
  }

  /** Once a frame, however much has come; a hidden tab renders when it is shown. */
  #renderSoon() {
    this.#isPatient &&= this.#isUnderWay;
    if (!this.#isRendering && !this.#isPatient && this.#isReady) {
      this.#isRendering = true;
      requestAnimationFrame(() => {
        this.#isRendering = false;
        this.#ending.signal.aborted || this.#render();
      });
    }
  }

  /** True while a whole picture can still come. */
  get #isUnderWay() {
    const { link } = this.#link.state;
    const wanted = this.#link.feeds.filter(({ name, enabled }) => FIRST.includes(name) && enabled !== false);
    const hasAll = wanted.every(({ name }) => this.#store?.newest(name)) && this.#frame?.panels.size > 0;
    return link === "connecting" || (link === "open" && !hasAll);
  }

  #render() {
    const { state } = this.#link;
    const now = Date.now();
    const host = this.#isOwnServer ? null : location.host;
    const condition = conditionOf(state, { isOnline: navigator.onLine, now, host, format: this.#format });
    // Before anything is drawn, in the colours that come of it.
    setAttribute(this, "data-kind", condition.kind);
    setAttribute(this.#frame.tiles.element, "data-freshness", condition.feeds["system/stats"]?.kind ?? null);
    this.#repaint(false, condition.feeds["system/stats"]?.kind);
    condition.kind === "locked" && this.#learnName();
    const changed = this.#changed;
    this.#changed = new Set();
    const today = new Date(now).toDateString();
    const isAnotherDay = this.#today !== today;
    this.#today = today;
    this.#frame.panels.render(changed, isAnotherDay);
    this.#entries = this.#frame.panels.entries;
    if (changed.size > 0) {
      this.#renderTiles([...changed].some((name) => name === "system/stats" || name.endsWith("/events")));
    }
    this.#frame.grid.render(condition.feeds, this.#format);
    this.#frame.crown.render(condition, state.health, this.#token !== null);
    this.#frame.bar.render(this.#frame.grid.boxes);
    if (changed.size > 0 || this.#frame.drawer.shown === "") {
      this.#frame.drawer.shown === "" ? this.#onHash() : this.#frame.drawer.render();
    }
  }

  /** Read the server's name, which needs no token. */
  async #learnName() {
    if (!this.#isNameAsked) {
      this.#isNameAsked = true;
      const message = await this.#link.read("server/info").catch(() => null);
      message?.data && this.#store.take("server/info", message, false);
    }
  }

  #renderTiles(hasNewLines) {
    this.#frame.tiles.render(this.#frame.panels.tiles(null, hasNewLines), hasNewLines);
    if (this.#time.hovered !== null) {
      this.#frame.tiles.renderTexts(this.#frame.panels.tiles(this.#time.hovered));
    }
  }

  /** Repaint canvases, which do not follow the surrounding colours by themselves. */
  #repaint(isForced, freshness = this.#paint) {
    const paint = `${freshness} ${this.#darkness.matches} ${this.#contrast.matches} ${this.dataset.scheme} ${matchMedia("print").matches}`;
    if (this.#paint !== paint || isForced) {
      this.#paint = paint;
      this.#frame.ink.mix();
      this.#frame.tiles.repaint();
      this.#frame.drawer.repaint();
    }
  }

  #applyScheme() {
    const { scheme } = this.#format.display;
    const own = this.#isEmbedded ? "auto" : this.#prefs.get("theme");
    setAttribute(this, "data-scheme", own === "light" || own === "dark" ? own : scheme);
    setAttribute(this, "data-density", this.#prefs.get("density"));
  }

  #onTimeRange() {
    this.#time.ring && this.#store.readRing(this.#time.ring);
    this.#frame.crown.header.renderRange(this.#time.key, this.#time.zoom !== null);
    this.#changed.add("system/stats");
    this.#renderSoon();
  }

  /** While the pointer is on a chart, all tiles and the drawer show the figures of that moment. */
  #onHover(time) {
    if (time !== this.#time.hovered) {
      this.#time.hovered = time;
      this.#frame.tiles.renderTexts(this.#frame.panels.tiles(time));
      this.#frame.drawer.renderValues();
      setAttribute(this.#frame.tiles.element, "data-moment", time === null ? null : this.#format.moment(time * 1000, Date.now()));
    }
  }

  #onKey(event) {
    const wanted = shortcutOf(event);
    if (wanted?.palette) {
      event.preventDefault();
      this.#frame.palette.open();
    } else if (wanted?.range) {
      this.#time.choose(wanted.range);
    } else if (wanted?.help) {
      this.#frame.help.open();
    } else if (wanted?.reset) {
      this.#time.zoomTo(null);
    }
  }

  #onHash() {
    const { hash } = location;
    if (hash !== this.#frame.drawer.shown) {
      this.#frame.drawer.show(hash);
    }
  }

  /** The URL of a page of the webGUI, or null where nobody knows it. */
  #unraid(path) {
    const base = this.#isEmbedded ? "" : (this.#store.newest("server/info")?.webgui_url ?? this.#store.newest("server/summary")?.webgui_url);
    return base === undefined || base === null ? null : `${base.replace(/\/$/, "")}${path}`;
  }
}

customElements.define("uma-dashboard", UmaDashboard);
