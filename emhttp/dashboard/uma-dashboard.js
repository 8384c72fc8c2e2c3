/**
 * `<uma-dashboard>`: joins the link to the daemon, what it brought, and the panels that show it.
 *
 * Attributes, read when it comes into a page: `transport` daemon (the default) or nchan; `api`, the URL of `api/v1/` where
 * the daemon is asked; `display`, the webGUI's display settings as JSON (display.js); `words`, its translations as JSON;
 * `page`, what the server keeps of a person's layout; `embedded`, present where the page around it has a head, a title
 * and colours of its own.
 */

import { daemonCarrier, webguiCarrier } from "./carriers.js";
import { copy } from "./clipboard.js";
import { conditionOf } from "./condition.js";
import { displayFrom } from "./display.js";
import { element, setAttribute } from "./dom.js";
import { Drawer } from "./drawer.js";
import { marksOf } from "./entries.js";
import { csvOf, download, statusText } from "./export.js";
import { Format, formatDuration } from "./format.js";
import { Grid } from "./grid.js";
import { Header } from "./header.js";
import { HelpView } from "./help.js";
import { Ink } from "./ink.js";
import { Link } from "./link.js";
import { isForPage, Palette } from "./palette.js";
import { post, Prefs } from "./prefs.js";
import { learn, say } from "./say.js";
import { NAMES, RANGES } from "./series.js";
import { Store } from "./store.js";
import { Tiles } from "./tiles.js";
import { keptToken, TokenForm } from "./token-form.js";
import { faviconOf, VerdictView, verdictOf } from "./verdict.js";
import { lastParity, protectionWord, wordOf } from "./words.js";

const TICK = 1000;
/** For how many ms the first picture may wait to be a whole one: each on the way to it puts it off. */
const PATIENCE = 250;
/** What the first picture should have. */
const FIRST = ["system/stats", "storage/status"];
const UNRAID_PAGES = { Dashboard: "/Dashboard", Main: "/Main", Shares: "/Shares", Docker: "/Docker", VMs: "/VMs", Plugins: "/Plugins", Settings: "/Settings", "UMA settings": "/Settings/UmaSettings" };
const THEMES = { auto: "Theme: automatic", light: "Theme: light", dark: "Theme: dark" };

class UmaDashboard extends HTMLElement {
  #link;
  #store;
  #prefs;
  #post = null;
  #format;
  #isEmbedded;
  #isOwnServer;
  #token = keptToken();
  #panels = new Map();
  #feedPanels = new Map();
  #changed = new Set();
  #zoom = null;
  #hovered = null;
  #isPatient;
  #isRendering = false;
  #today;
  #paint;
  #said = "";
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
  #bar;

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
    this.#panels.clear();
    this.#feedPanels.clear();
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
      hrefOf: (subject) => this.#itemOf(subject)?.href ?? null,
      nameOf: (subject) => this.#itemOf(subject)?.text ?? subject,
      onDismiss: (key) => this.#dismiss([...this.#prefs.get("dismissed"), key]),
      onRestore: () => this.#dismiss([]),
    });
    this.#tokenForm = new TokenForm((token) => {
      this.#token = token;
      this.#link.setToken(token);
    });
    this.#tiles = new Tiles(page);
    this.#grid = new Grid(this.#prefs);
    this.#drawer = new Drawer((hash) => this.#detailAt(hash), page);
    this.#palette = new Palette(() => this.#items());
    this.#help = new HelpView();
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
    this.#bar = element("nav", { class: "uma-bar-bottom", "aria-label": say("Sections") });
    this.replaceChildren(this.#header.element, main, this.#bar, this.#drawer.element, this.#palette.element, this.#help.element);
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

  /** A panel for each module that the feeds name. */
  async #takePanels() {
    const { signal } = this.#ending;
    const feeds = this.#link.feeds.filter(({ panel, enabled }) => panel && enabled !== false && !this.#feedPanels.has(panel));
    feeds.forEach(({ panel }) => this.#feedPanels.set(panel, null));
    const made = await Promise.all(feeds.filter(({ panel }, index) => feeds.findIndex((feed) => feed.panel === panel) === index).map((feed) => this.#makePanel(feed)));
    if (signal.aborted) {
      return;
    }
    const boxes = made.filter((panel) => panel !== null);
    boxes.forEach((panel) => this.#panels.set(panel.id, panel));
    this.#grid.take(boxes);
    this.#link.feeds.forEach(({ name }) => this.#changed.add(name));
    this.#renderSoon();
  }

  async #makePanel({ panel: path, name, title }) {
    const id = path.replace(/^panels\//, "").replace(/\.js$/, "");
    if (!/^[\w-]+$/.test(id)) {
      return null;
    }
    try {
      const { default: Panel } = await import(`./panels/${id}.js`);
      const view = new Panel(this.#context());
      return { id, feed: name, view, title: say(Panel.title ?? title ?? name), rank: Panel.rank, span: Panel.span };
    } catch (error) {
      // A panel that a newer daemon names may not be among this page's.
      console.warn(`UMA: panel ${id}`, error);
      return null;
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
    const hasAll = FIRST.every((name) => this.#store?.newest(name)) && this.#panels.size > 0;
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
    this.#renderPanels(changed, isAnotherDay);
    if (changed.size > 0) {
      this.#renderTiles([...changed].some((name) => name === "system/stats" || name.endsWith("/events")));
    }
    this.#grid.render(condition.feeds, this.#format);
    this.#renderHead(condition, state);
    this.#renderBar();
    if (changed.size > 0 || this.#drawer.shown === "") {
      this.#drawer.shown === "" ? this.#onHash() : this.#drawer.render();
    }
  }

  #renderPanels(changed, isAnotherDay) {
    for (const { id, feed, view } of this.#panels.values()) {
      const isOwn = changed.has(feed) || [...changed].some((name) => RELATED[id]?.some((prefix) => name.startsWith(prefix)));
      const isEvents = id === "events";
      const isWanted = isOwn || (isEvents && (isAnotherDay || [...changed].some((name) => name.endsWith("/events"))));
      const data = this.#store.newest(feed);
      if (isWanted && (data || isEvents)) {
        view.render(data, this.#context());
        this.#entries = isEvents ? view.entries : this.#entries;
      }
    }
    this.#grid.boxes.length !== this.#panels.size && this.#grid.arrange();
  }

  /** The tiles of *time*, null for now; with lines *hasNewLines*, or those of before. */
  #tileModels(time, hasNewLines = false) {
    const models = [...this.#panels.values()].flatMap(({ view }) => view.tiles?.(time, hasNewLines) ?? []);
    return models.sort((a, b) => a.rank - b.rank);
  }

  #renderTiles(hasNewLines) {
    this.#tiles.render(this.#tileModels(null, hasNewLines), hasNewLines);
    if (this.#hovered !== null) {
      this.#tiles.renderTexts(this.#tileModels(this.#hovered));
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
    const { kind, label, spoken = label } = condition;
    const [info, summary, storage, stats] = ["server/info", "server/summary", "storage/status", "system/stats"].map((name) => this.#store.newest(name));
    const name = info?.name ?? summary?.name ?? health?.name ?? location.hostname;
    const unraid = info?.unraid_version ?? summary?.unraid_version ?? health?.unraid_version;
    const version = health?.version ?? info?.version;
    const up = stats ? say("up {time}", { time: formatDuration(stats.uptime) }) : "";
    const facts = [unraid ? `Unraid ${unraid}` : "", up].filter(Boolean).join(" · ");
    const verdict = summary ? verdictOf(summary, this.#prefs.get("dismissed")) : null;
    const note = verdict?.tone === "good" ? this.#allWell(storage, summary) : "";
    this.#verdict.render(kind === "locked" || kind === "signed-out" ? null : verdict, note);
    const array = storage?.array_status ? say("Array: {state}, {protection}", { state: wordOf(storage.array_status).text, protection: protectionWord(storage.array_protection).text }) : "";
    const aloud = [verdict && verdict.count > 0 ? verdict.text : "", array].filter(Boolean).join(". ");
    const webgui = this.#unraid("/Dashboard");
    this.#header.render(condition, { name, facts, webgui, isDemo: health?.demo === true, aloud, canStart: this.#post !== null });
    this.#tokenForm.show(kind === "locked", this.#token !== null);
    this.#named = { name, version, unraid };
    if (!this.#isEmbedded) {
      const count = verdict && verdict.count > 0 ? `(${verdict.count}) ` : "";
      const trouble = kind === "live" || kind === "polling" ? "" : `${spoken} · `;
      document.title = `${trouble}${count}${name} · UMA`;
      this.#renderIcon(verdict?.tone ?? "good");
    }
  }

  #named = { name: "", version: undefined, unraid: undefined };

  /** The server's own words for what makes all good. */
  #allWell(storage, summary) {
    const parity = storage?.parity_check?.last ? lastParity(storage.parity_check, this.#format).text : "";
    const guard = storage ? protectionWord(storage.array_protection).text : "";
    const running = summary.containers?.running;
    const up = running > 0 ? say(running === 1 ? "{n} container up" : "{n} containers up", { n: running }) : "";
    return [guard, parity, up].filter(Boolean).join(" · ");
  }

  #renderIcon(tone) {
    if (this.#said !== tone) {
      this.#said = tone;
      document.querySelector('link[rel="icon"]')?.setAttribute("href", faviconOf(tone));
    }
  }

  #renderBar() {
    const boxes = this.#grid.boxes.filter(({ element: box }) => !box.hidden).slice(0, 4);
    const wanted = [{ id: "top", title: say("Top") }, ...boxes];
    if (this.#bar.children.length !== wanted.length || wanted.some(({ title }, index) => this.#bar.children[index].textContent !== title)) {
      this.#bar.replaceChildren(
        ...wanted.map(({ id, title }) => {
          const link = element("button", { type: "button", text: title });
          link.addEventListener("click", () => (id === "top" ? window.scrollTo({ top: 0 }) : document.getElementById(`panel-${id}`)?.scrollIntoView()));
          return link;
        }),
      );
    }
  }

  #renderMenu() {
    const theme = this.#prefs.get("theme");
    const density = this.#prefs.get("density");
    const next = { auto: "light", light: "dark", dark: "auto" }[theme] ?? "auto";
    const items = [
      ...(this.#isEmbedded ? [] : [{ text: say(THEMES[theme] ?? THEMES.auto), run: () => this.#setPref("theme", next, () => this.#applyScheme()) }]),
      { text: say(density === "roomy" ? "Density: roomy" : "Density: dense"), run: () => this.#setPref("density", density === "roomy" ? "auto" : "roomy", () => this.#applyScheme()) },
      { text: say("Copy status as text"), run: () => this.#copyStatus() },
      { text: say("Export charts as CSV"), run: () => this.#exportCsv() },
      { text: say("Print"), run: () => window.print() },
      { text: say("Keyboard shortcuts"), run: () => this.#help.open() },
      { text: say("Reset layout"), run: () => this.#resetLayout() },
      ...this.#grid.hidden.map(({ title, show }) => ({ text: say("Show {title}", { title }), run: show })),
    ];
    this.#header.menu.render(items);
    this.#header.menu.element.ontoggle = ({ target }) => target.open && target.dataset.fresh !== "1" && this.#renderMenu();
  }

  #setPref(name, value, apply) {
    this.#prefs.set(name, value);
    apply();
    this.#renderMenu();
    this.#renderSoon();
  }

  #applyScheme() {
    const { scheme } = this.#format.display;
    const own = this.#isEmbedded ? "auto" : this.#prefs.get("theme");
    setAttribute(this, "data-scheme", own === "light" || own === "dark" ? own : scheme);
    setAttribute(this, "data-density", this.#prefs.get("density"));
  }

  #resetLayout() {
    this.#prefs.resetLayout();
    this.#grid.arrange();
    this.#renderSoon();
  }

  #dismiss(keys) {
    this.#prefs.set("dismissed", keys.slice(-100));
    this.#renderSoon();
  }

  #copyStatus() {
    copy(statusText((name) => this.#store.newest(name), { ...this.#named, format: this.#format })).then((isDone) => this.#header.announce(isDone ? say("Copied.") : say("Copying is not allowed here.")));
  }

  #exportCsv() {
    const stamp = new Date().toISOString().slice(0, 16).replace(/[:T]/g, "-");
    download(csvOf(this.#store.series, NAMES, this.#range, this.#zoom), `uma-${this.#range}-${stamp}.csv`);
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

  /** Under the pointer are the figures of another moment: all tiles tell these. */
  #onHover(time) {
    if (time !== this.#hovered) {
      this.#hovered = time;
      this.#tiles.renderTexts(this.#tileModels(time));
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

  /** What is at *hash*, by the panel that knows it. */
  #detailAt(hash) {
    const [kind, id = ""] = hash.slice(1).split("/").map(decoded);
    for (const { view } of this.#panels.values()) {
      const detail = kind === "" ? null : (view.detail?.(kind, id, this.#context()) ?? null);
      if (detail !== null) {
        return detail;
      }
    }
    return null;
  }

  /** What *subject* of a finding is among all there is, or undefined. */
  #itemOf(subject) {
    const wanted = String(subject).toLowerCase();
    const items = [...this.#panels.values()].flatMap(({ view }) => view.items?.() ?? []);
    return items.find((item) => (item.subject ?? item.text).toLowerCase() === wanted) ?? items.find(({ text }) => text.toLowerCase() === wanted);
  }

  #items() {
    const own = [...this.#panels.values()].flatMap(({ view }) => view.items?.() ?? []);
    const panels = this.#grid.boxes.filter(({ element: box }) => !box.hidden).map(({ id, title }) => ({ text: title, kind: say("Panel"), run: () => document.getElementById(`panel-${id}`)?.scrollIntoView() }));
    const unraid = Object.entries(UNRAID_PAGES).flatMap(([text, path]) => (this.#unraid(path) ? [{ text: say(text), kind: "Unraid", href: this.#unraid(path) }] : []));
    const commands = [
      { text: say("Copy status as text"), run: () => this.#copyStatus() },
      { text: say("Export charts as CSV"), run: () => this.#exportCsv() },
      { text: say("Print"), run: () => window.print() },
      { text: say("Reset layout"), run: () => this.#resetLayout() },
    ].map((command) => ({ ...command, kind: say("Command") }));
    return [...own, ...panels, ...unraid, ...commands];
  }

  /** The URL of a page of the webGUI, or null where nobody knows it. */
  #unraid(path) {
    const base = this.#isEmbedded ? "" : (this.#store.newest("server/info")?.webgui_url ?? this.#store.newest("server/summary")?.webgui_url);
    return base === undefined || base === null ? null : `${base.replace(/\/$/, "")}${path}`;
  }
}

/** Feeds beside a panel's own whose messages change what it shows. */
const RELATED = { storage: ["storage/", "server/summary"], containers: ["docker/containers"], vms: ["vms/status"] };

function storageOf() {
  try {
    return window.localStorage;
  } catch {
    // Storage is forbidden: this page remembers, the next one does not.
    return null;
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isVisible() {
  return document.visibilityState === "visible";
}

customElements.define("uma-dashboard", UmaDashboard);
