/**
 * `<uma-dashboard>`: joins the link to the daemon, what it brought, and the panels that show it.
 *
 * Attributes, read when it comes into a page: `transport` daemon (the default) or nchan; `api`, the URL of `api/v1/` where
 * the daemon is asked; `display`, the webGUI's display settings as JSON (display.js); `words`, its translations as JSON;
 * `page`, what the server keeps of a person's layout; `embedded`, present where the page around it has a head, a title
 * and colours of its own.
 */

import { daemonCarrier, webguiCarrier } from "./carriers.js";
import { Colours } from "./colours.js";
import { conditionOf } from "./condition.js";
import { displayFrom } from "./display.js";
import { setAttribute } from "./dom.js";
import { marksOf } from "./entries.js";
import { FIRST, KNOWN, URGENT } from "./feeds.js";
import { Format } from "./format.js";
import { Frame } from "./frame.js";
import { Link } from "./link.js";
import { afterFrame, headStart, isReturn, listen, outside, storageOf } from "./outside.js";
import { PATIENCE, Pace } from "./pace.js";
import { ALL, ARRAY, TILES } from "./panel-set.js";
import { post, Prefs } from "./prefs.js";
import { learn } from "./say.js";
import { shortcutOf } from "./shortcuts.js";
import { Store } from "./store.js";
import { TimeRange } from "./time-range.js";
import { keptToken } from "./token-form.js";

const TICK = 1000;

class UmaDashboard extends HTMLElement {
  #link;
  #store;
  #prefs;
  #post = null;
  #format;
  #isEmbedded;
  #isOwnServer;
  #token = null;
  #changed = new Set();
  #time;
  #pace;
  #colours;
  #today;
  #freshness;
  #entries = [];
  #isOpen = false;
  #stage = ALL;
  #isNameAsked = false;
  #ending;
  #frame;

  connectedCallback() {
    learn(this.getAttribute("words"));
    this.#isEmbedded = this.hasAttribute("embedded");
    const given = this.#isEmbedded ? null : headStart();
    // A page with data needs no token.
    this.#token = given === null ? keptToken() : null;
    this.#isOwnServer = this.getAttribute("transport") === "nchan";
    const { csrf_token: csrfToken } = /** @type {any} */ (window);
    this.#post = this.#isEmbedded && csrfToken ? (fields) => post(fields, csrfToken) : null;
    const save = this.#post === null ? null : (page) => this.#post({ action: "save-page", page });
    this.#prefs = new Prefs({ storage: storageOf(), given: this.getAttribute("page"), save });
    this.#time = new TimeRange(this.#prefs, () => this.#onTimeRange());
    const display = displayFrom(this.getAttribute("display"));
    this.#format = new Format(display);
    this.#colours = new Colours(this, { format: this.#format, prefs: this.#prefs, isEmbedded: this.#isEmbedded });
    this.#pace = new Pace({ isUnderWay: () => this.#isUnderWay, render: () => this.#render(), world: outside });
    this.#link = new Link({
      carrier: this.#isOwnServer
        ? webguiCarrier(location.origin)
        : daemonCarrier(new URL(this.getAttribute("api") ?? "api/v1/", document.baseURI).href),
      token: this.#token,
      world: outside,
      handlers: {
        onMessage: (name, message) => this.#store.take(name, message, !this.#link.isState(name)),
        onPast: (name, messages) => this.#store.takePast(name, messages),
        onOpen: () => this.#onOpen(),
        onChange: () => this.#onLinkChange(),
      },
    });
    this.#store = new Store(
      (path) => this.#link.read(path),
      (name, change) => this.#onData(name, change),
    );
    // Without data they are requested first, so that the answer comes while the page is built.
    given ?? this.#link.wake();
    this.#build();
    this.#listen();
    given === null ? this.#takePanels() : this.#begin(given);
  }

  /**
   * Show *given*, the data that came with the page: first the head and the tiles, then everything. The socket is opened
   * after a complete picture.
   */
  async #begin(given) {
    this.#store.give(given);
    this.#link.give(given);
    const isComplete = FIRST.every((name) => this.#store.newest(name));
    isComplete || this.#link.wake();
    // A place to scroll to has to be there.
    this.#stage = isComplete && !isReturn() ? TILES : ALL;
    await this.#takePanels(() => this.#pace.atOnce());
    isComplete && this.#afterFrame(() => this.#goOn());
  }

  /** Show the array and then the other boxes; all together in the user's own order, where others may be above the array. */
  async #showMore() {
    this.#stage = this.#stage === TILES && this.#prefs.get("order").length === 0 ? ARRAY : ALL;
    await this.#takePanels(() => this.#pace.atOnce());
    this.#afterFrame(() => this.#goOn());
  }

  #goOn() {
    this.#stage === ALL ? this.#link.wake() : this.#showMore();
  }

  #afterFrame(callback) {
    afterFrame(() => this.#ending.signal.aborted || callback());
  }

  disconnectedCallback() {
    this.#ending.abort();
    this.#pace.end();
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
      onChange: () => this.#pace.now(),
      onScheme: () => {
        this.#colours.apply();
        this.#pace.now();
      },
    });
    this.replaceChildren(...this.#frame.elements);
  }

  #listen() {
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    listen(signal, {
      onWake: () => this.#link.wake(),
      onHash: () => this.#onHash(),
      onKey: (event) => this.#onKey(event),
      onPrint: (isPrinted) => {
        this.#colours.apply(isPrinted);
        this.#repaint(true);
      },
      onColours: () => this.#repaint(true),
      queries: this.#colours.queries,
    });
    // While everything is fine only messages cause changes; a countdown changes by itself.
    const ticking = setInterval(() => this.#link.state.link === "waiting" && this.#pace.now(), TICK);
    signal.addEventListener("abort", () => clearInterval(ticking));
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

  /** Make the panels that are missing. Those that every daemon has are there if switched off, too, and say so. */
  async #takePanels(render = () => this.#pace.now()) {
    const { signal } = this.#ending;
    const { grid, panels } = this.#frame;
    const feeds = [...KNOWN, ...this.#link.feeds];
    await panels.take(this.#stage === ALL ? feeds : feeds.filter(({ name }) => this.#store.newest(name)));
    const hasNew = !signal.aborted && (this.#stage === TILES || grid.take(this.#stage === ALL ? panels.all : panels.all.filter(({ feed }) => FIRST.includes(feed))));
    if (hasNew) {
      this.#link.feeds.forEach(({ name }) => this.#changed.add(name));
      render();
    }
  }

  #onOpen() {
    this.#takePanels();
    this.#store.readPast();
    this.#time.ring && this.#store.readRing(this.#time.ring);
    setTimeout(() => this.#ending.signal.aborted || this.#store.readRest(), PATIENCE);
  }

  /** While the link is open, only the age of messages changes, which need not be shown at once. */
  #onLinkChange() {
    const wasOpen = this.#isOpen;
    this.#isOpen = this.#link.state.link === "open";
    wasOpen && this.#isOpen ? this.#pace.soon() : this.#pace.now();
  }

  #onData(name, change) {
    this.#changed.add(name);
    const isImportant = change === "new" || (change === "news" && URGENT.includes(name));
    isImportant ? this.#pace.now() : this.#pace.soon({ isFigure: change === "figures" });
  }

  /** True while a complete picture can still come. */
  get #isUnderWay() {
    const { link } = this.#link.state;
    const wanted = this.#link.feeds.filter(({ name, enabled }) => FIRST.includes(name) && enabled !== false);
    const hasAll = wanted.every(({ name }) => this.#store?.newest(name)) && this.#frame?.panels.size > 0;
    return ["connecting", "open"].includes(link) && !hasAll;
  }

  #render() {
    const { state } = this.#link;
    const now = Date.now();
    const host = this.#isOwnServer ? null : location.host;
    const condition = conditionOf(state, { isOnline: outside.isOnline(), now, host, format: this.#format });
    // Before anything is drawn, because it decides the colours.
    setAttribute(this, "data-kind", condition.kind);
    this.#freshness = condition.feeds["system/stats"]?.kind ?? null;
    setAttribute(this.#frame.tiles.element, "data-freshness", this.#freshness);
    this.#repaint(false);
    condition.kind === "locked" && this.#learnName();
    const changed = this.#changed;
    const today = new Date(now).toDateString();
    const isAnotherDay = this.#today !== today;
    if (this.#stage === ALL) {
      this.#changed = new Set();
      this.#today = today;
    }
    this.#frame.panels.render(changed, isAnotherDay, this.#stage);
    this.#entries = this.#frame.panels.entries;
    if (changed.size > 0) {
      this.#renderTiles([...changed].some((name) => name === "system/stats" || name.endsWith("/events")));
    }
    this.#frame.grid.render(condition.feeds, this.#format);
    this.#frame.top.render(condition, state.health, this.#token !== null);
    this.#stage === ALL && this.#frame.bar.render(this.#frame.grid.boxes);
    this.#frame.grid.fit();
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
    this.#frame.tiles.render(this.#frame.panels.tiles(null, hasNewLines));
    if (this.#time.hovered !== null) {
      this.#frame.tiles.renderTexts(this.#frame.panels.tiles(this.#time.hovered));
    }
  }

  /** Repaint canvases if the colours have changed or *isForced*. */
  #repaint(isForced) {
    if (this.#colours.areOthers(this.#freshness) || isForced) {
      this.#frame.ink.mix();
      this.#frame.tiles.repaint();
      this.#frame.drawer.repaint();
    }
  }

  #onTimeRange() {
    if (this.#time.ring) {
      this.#store.readRing(this.#time.ring);
      // Marks go back as far as the lines.
      this.#store.readAllEvents();
    }
    this.#frame.top.header.renderRange(this.#time.key, this.#time.zoom !== null);
    this.#changed.add("system/stats");
    this.#pace.now();
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

  /** The URL of a page of the webGUI, or null if it is unknown. */
  #unraid(path) {
    const base = this.#isEmbedded ? "" : (this.#store.newest("server/info")?.webgui_url ?? this.#store.newest("server/summary")?.webgui_url);
    return base === undefined || base === null ? null : `${base.replace(/\/$/, "")}${path}`;
  }
}

customElements.define("uma-dashboard", UmaDashboard);
