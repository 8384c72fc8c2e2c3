/**
 * `<uma-dashboard>`: joins the link to the daemon, what it brought, and the panels that show it.
 *
 * Attributes, read when it comes into a page: `transport` daemon (the default) or nchan; `api`, the URL of `api/v1/` where
 * the daemon is asked; `display`, the webGUI's display settings as JSON (display.js); `words`, its translations as JSON;
 * `page`, what the server keeps of a person's layout; `embedded`, present where the page around it has a head, a title
 * and colours of its own.
 */

import { BottomBar } from "./bottom-bar.js";
import { daemonCarrier, webguiCarrier } from "./carriers.js";
import { Commands } from "./commands.js";
import { conditionOf } from "./condition.js";
import { displayFrom } from "./display.js";
import { element, setAttribute } from "./dom.js";
import { Drawer } from "./drawer.js";
import { marksOf } from "./entries.js";
import { Format } from "./format.js";
import { Grid } from "./grid.js";
import { Header } from "./header.js";
import { HelpView } from "./help.js";
import { Ink } from "./ink.js";
import { Link } from "./link.js";
import { headOf, titleOf } from "./page-head.js";
import { isForPage, Palette } from "./palette.js";
import { PanelSet } from "./panel-set.js";
import { post, Prefs } from "./prefs.js";
import { learn, say } from "./say.js";
import { RANGES } from "./series.js";
import { Store } from "./store.js";
import { Tiles } from "./tiles.js";
import { keptToken, TokenForm } from "./token-form.js";
import { faviconOf, VerdictView } from "./verdict.js";

const TICK = 1000;
/** For how many ms the first picture may wait to be a whole one: each on the way to it puts it off. */
const PATIENCE = 250;
/** What the first picture should have: who this is, what is wrong, and what most people look for. */
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
  #panels;
  #commands;
  #changed = new Set();
  #zoom = null;
  #hovered = null;
  #isPatient;
  #isRendering = false;
  #today;
  #paint;
  #said = "";
  #named = { name: "", version: undefined, unraid: undefined };
  #entries = [];
  #isReady = false;
  #darkness = matchMedia("(prefers-color-scheme: dark)");
  #contrast = matchMedia("(forced-colors: active)");
  #ending;

  #ink = new Ink();
  #header;
  #verdict;
  #tiles;
  #grid;
  #drawer;
  #palette;
  #help;
  #tokenForm;
  #bar = new BottomBar();

  connectedCallback() {
    learn(this.getAttribute("words"));
    this.#isEmbedded = this.hasAttribute("embedded");
    this.#isOwnServer = this.getAttribute("transport") === "nchan";
    const { csrf_token: csrfToken } = /** @type {any} */ (window);
    this.#post = this.#isEmbedded && csrfToken ? (fields) => post(fields, csrfToken) : null;
    const save = this.#post === null ? null : (page) => this.#post({ action: "save-page", page });
    this.#prefs = new Prefs({ storage: storageOf(), given: this.getAttribute("page"), save });
    const display = displayFrom(this.getAttribute("display"));
    this.#format = new Format(display);
    setAttribute(this, "data-theme", display.theme);
    this.#applyScheme();
    this.#link = new Link({
      carrier: this.#isOwnServer
        ? webguiCarrier(location.origin)
        : daemonCarrier(new URL(this.getAttribute("api") ?? "api/v1/", document.baseURI).href),
      token: this.#token,
      world: {
        WebSocket,
        fetch: (url, options) => window.fetch(url, options),
        setTimeout: (callback, delay) => window.setTimeout(callback, delay),
        clearTimeout: (timer) => window.clearTimeout(timer),
        now: Date.now,
        random: Math.random,
        isOnline: () => navigator.onLine,
        isVisible,
      },
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
    this.#tiles.end();
    this.#drawer.end();
    this.#grid.end();
  }

  #build() {
    const page = {
      ink: this.#ink,
      format: this.#format,
      onHover: (time) => this.#onHover(time),
      onZoom: (zoom) => this.#setZoom(zoom),
      isZoomed: () => this.#zoom !== null,
      // Only a chart with its values on it needs to write them.
      write: String,
    };
    this.#header = new Header({
      isOwnPage: !this.#isEmbedded,
      onStart: () => this.#post({ action: "start" }).then(() => this.#link.wake()),
      onRetry: () => this.#link.wake(),
      onRange: (range) => this.#setRange(range),
      onResetZoom: () => this.#setZoom(null),
      onSearch: () => this.#palette.open(),
    });
    this.#verdict = new VerdictView({
      hrefOf: (subject) => this.#panels.itemOf(subject)?.href ?? null,
      nameOf: (subject) => this.#panels.itemOf(subject)?.text ?? subject,
      onDismiss: (key) => this.#dismiss([...this.#prefs.get("dismissed"), key]),
      onRestore: () => this.#dismiss([]),
    });
    this.#tokenForm = new TokenForm((token) => {
      this.#token = token;
      this.#link.setToken(token);
    });
    this.#tiles = new Tiles(page);
    this.#grid = new Grid(this.#prefs);
    this.#drawer = new Drawer((hash) => this.#panels.detailAt(hash), page);
    this.#palette = new Palette(() => [...this.#panels.items(), ...this.#panelItems(), ...this.#commands.items()]);
    this.#help = new HelpView();
    this.#panels = new PanelSet(this.#context());
    this.#commands = new Commands({
      store: this.#store,
      prefs: this.#prefs,
      format: this.#format,
      grid: this.#grid,
      isEmbedded: this.#isEmbedded,
      named: () => this.#named,
      range: () => this.#range,
      zoom: () => this.#zoom,
      unraid: (path) => this.#unraid(path),
      announce: (text) => this.#header.announce(text),
      applyScheme: () => {
        this.#applyScheme();
        this.#renderSoon();
      },
      resetLayout: () => {
        this.#prefs.resetLayout();
        this.#grid.arrange();
        this.#renderSoon();
      },
      openHelp: () => this.#help.open(),
    });
    const main = element(
      this.#isEmbedded ? "div" : "main",
      { class: "uma-main" },
      this.#header.banner,
      this.#tokenForm.element,
      this.#verdict.element,
      this.#tiles.element,
      this.#grid.element,
      ...this.#ink.elements,
    );
    this.replaceChildren(this.#header.element, main, this.#bar.element, this.#drawer.element, this.#palette.element, this.#help.element);
    this.#header.renderRange(this.#range, false);
    this.#renderMenu();
    this.#isReady = true;
  }

  #listen() {
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    const wake = () => isVisible() && this.#link.wake();
    window.addEventListener("online", wake, { signal });
    window.addEventListener("offline", wake, { signal });
    document.addEventListener("visibilitychange", wake, { signal });
    window.addEventListener("hashchange", () => this.#onHash(), { signal });
    window.addEventListener("popstate", () => this.#onHash(), { signal });
    window.addEventListener("beforeprint", () => this.#repaint(true), { signal });
    window.addEventListener("afterprint", () => this.#repaint(true), { signal });
    document.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    for (const query of [this.#darkness, this.#contrast]) {
      query.addEventListener("change", () => this.#renderSoon(), { signal });
    }
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

  /** What panels are given: data, words and colours; where things are; and what a person looks at. */
  #context() {
    return {
      format: this.#format,
      store: this.#store,
      prefs: this.#prefs,
      newest: (name) => this.#store.newest(name),
      range: () => this.#range,
      zoom: () => this.#zoom,
      hovered: () => this.#hovered,
      marks: (span, kinds, name) => marksOf(name === undefined ? this.#entries : this.#entries.filter(({ kind, href }) => kind !== "disk" || href === `#disk/${name}`), span, kinds),
      unraid: (path) => this.#unraid(path),
      entries: () => this.#entries,
    };
  }

  async #takePanels() {
    const { signal } = this.#ending;
    const boxes = await this.#panels.take(this.#link.feeds);
    if (!signal.aborted && boxes.length > 0) {
      this.#grid.take(boxes);
      this.#link.feeds.forEach(({ name }) => this.#changed.add(name));
      this.#renderSoon();
    }
  }

  #onOpen() {
    this.#takePanels();
    this.#store.readPast();
    const ring = RANGES[this.#range].ring;
    ring && this.#store.readRing(ring);
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

  /** Whether a whole picture can still come. */
  get #isUnderWay() {
    const { link } = this.#link.state;
    const wanted = this.#link.feeds.filter(({ name, enabled }) => FIRST.includes(name) && enabled !== false);
    const hasAll = wanted.every(({ name }) => this.#store?.newest(name)) && this.#panels?.size > 0;
    return link === "connecting" || (link === "open" && !hasAll);
  }

  get #range() {
    const range = this.#prefs.get("range");
    return Object.hasOwn(RANGES, range) ? range : "1h";
  }

  #render() {
    const { state } = this.#link;
    const now = Date.now();
    const host = this.#isOwnServer ? null : location.host;
    const condition = conditionOf(state, { isOnline: navigator.onLine, now, host, format: this.#format });
    // Before anything is drawn, in the colours that come of it.
    setAttribute(this, "data-kind", condition.kind);
    setAttribute(this.#tiles.element, "data-freshness", condition.feeds["system/stats"]?.kind ?? null);
    this.#repaint(false, condition.feeds["system/stats"]?.kind);
    const changed = this.#changed;
    this.#changed = new Set();
    const today = new Date(now).toDateString();
    const isAnotherDay = this.#today !== today;
    this.#today = today;
    this.#panels.render(changed, isAnotherDay);
    this.#entries = this.#panels.entries;
    if (changed.size > 0) {
      this.#renderTiles([...changed].some((name) => name === "system/stats" || name.endsWith("/events")));
    }
    this.#grid.render(condition.feeds, this.#format);
    this.#renderHead(condition, state);
    this.#bar.render(this.#grid.boxes);
    if (changed.size > 0 || this.#drawer.shown === "") {
      this.#drawer.shown === "" ? this.#onHash() : this.#drawer.render();
    }
  }

  #renderTiles(hasNewLines) {
    this.#tiles.render(this.#panels.tiles(null, hasNewLines), hasNewLines);
    if (this.#hovered !== null) {
      this.#tiles.renderTexts(this.#panels.tiles(this.#hovered));
    }
  }

  /** What is painted does not follow the colours around it by itself. */
  #repaint(isForced, freshness = this.#paint) {
    const paint = `${freshness} ${this.#darkness.matches} ${this.#contrast.matches} ${this.dataset.scheme} ${matchMedia("print").matches}`;
    if (this.#paint !== paint || isForced) {
      this.#paint = paint;
      this.#ink.mix();
      this.#tiles.repaint();
      this.#drawer.repaint();
    }
  }

  #renderHead(condition, { health }) {
    const { kind } = condition;
    const head = headOf((name) => this.#store.newest(name), { health, findings: this.#store.findings, dismissed: this.#prefs.get("dismissed"), host: location.hostname, format: this.#format });
    this.#named = head.named;
    this.#verdict.render(kind === "locked" || kind === "signed-out" ? null : head.verdict, head.note);
    this.#header.render(condition, { ...head, name: head.named.name, webgui: this.#unraid("/Dashboard"), canStart: this.#post !== null });
    this.#tokenForm.show(kind === "locked", this.#token !== null);
    if (!this.#isEmbedded) {
      document.title = titleOf(condition, head);
      this.#renderIcon(head.verdict?.tone ?? "good");
    }
  }

  #renderIcon(tone) {
    if (this.#said !== tone) {
      this.#said = tone;
      document.querySelector('link[rel="icon"]')?.setAttribute("href", faviconOf(tone));
    }
  }

  /** The menu shows the state at the time it is opened. */
  #renderMenu() {
    this.#header.menu.render(this.#commands.menu());
    this.#header.menu.element.ontoggle = ({ target }) => target.open && this.#header.menu.render(this.#commands.menu());
  }

  #applyScheme() {
    const { scheme } = this.#format.display;
    const own = this.#isEmbedded ? "auto" : this.#prefs.get("theme");
    setAttribute(this, "data-scheme", own === "light" || own === "dark" ? own : scheme);
    setAttribute(this, "data-density", this.#prefs.get("density"));
  }

  #dismiss(keys) {
    this.#prefs.set("dismissed", keys.slice(-100));
    this.#renderSoon();
  }

  #setRange(range) {
    this.#prefs.set("range", range);
    this.#zoom = null;
    const { ring } = RANGES[range];
    ring && this.#store.readRing(ring);
    this.#redraw();
  }

  #setZoom(zoom) {
    if (zoom !== null || this.#zoom !== null) {
      this.#zoom = zoom;
      this.#redraw();
    }
  }

  #redraw() {
    this.#header.renderRange(this.#range, this.#zoom !== null);
    this.#changed.add("system/stats");
    this.#renderSoon();
  }

  /** While the pointer is on a chart, all tiles show the figures of that moment. */
  #onHover(time) {
    if (time !== this.#hovered) {
      this.#hovered = time;
      this.#tiles.renderTexts(this.#panels.tiles(time));
      setAttribute(this.#tiles.element, "data-moment", time === null ? null : this.#format.moment(time * 1000, Date.now()));
    }
  }

  #onKey(event) {
    const isPalette = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && isForPage(event));
    if (isPalette) {
      event.preventDefault();
      this.#palette.open();
    } else if (isForPage(event)) {
      const range = Object.keys(RANGES)[Number(event.key) - 1];
      if (range) {
        this.#setRange(range);
      } else if (event.key === "?") {
        this.#help.open();
      } else if (event.key === "Escape") {
        this.#setZoom(null);
      }
    }
  }

  #onHash() {
    const { hash } = location;
    if (hash !== this.#drawer.shown) {
      this.#drawer.show(hash);
    }
  }

  #panelItems() {
    const shown = this.#grid.boxes.filter(({ element: box }) => !box.hidden);
    return shown.map(({ id, title }) => ({ text: title, kind: say("Panel"), run: () => document.getElementById(`panel-${id}`)?.scrollIntoView() }));
  }

  /** The URL of a page of the webGUI, or null where nobody knows it. */
  #unraid(path) {
    const base = this.#isEmbedded ? "" : (this.#store.newest("server/info")?.webgui_url ?? this.#store.newest("server/summary")?.webgui_url);
    return base === undefined || base === null ? null : `${base.replace(/\/$/, "")}${path}`;
  }
}

function storageOf() {
  try {
    return window.localStorage;
  } catch {
    // Storage is forbidden: this page remembers, the next one does not.
    return null;
  }
}

function isVisible() {
  return document.visibilityState === "visible";
}

customElements.define("uma-dashboard", UmaDashboard);
