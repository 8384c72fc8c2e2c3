/** The panels of the page, one for each module that the feeds name: created, updated, and queried. */

import { say } from "./say.js";

/** Stages of a first picture with data, a frame each: laying out boxes takes the browser longer than the tiles. */
export const TILES = 0;
export const ARRAY = 1;
export const ALL = 2;

/** Further feeds whose messages change a panel. */
const RELATED = { storage: ["storage/", "server/summary"] };
/** Its entries come from every feed of events. */
const EVENTS = "events";

export class PanelSet {
  #panels = new Map();
  #taken = new Set();
  /** Items by a finding's subject, until a panel changes. */
  #known = null;
  #context;

  /** *context* is what each panel is given. */
  constructor(context) {
    this.#context = context;
  }

  get size() {
    return this.#panels.size;
  }

  /** Entries of the events panel, newest first. */
  get entries() {
    return this.#panels.get(EVENTS)?.view.entries ?? [];
  }

  /** Make the panels that *feeds* name and that are not there. */
  async take(feeds) {
    const wanted = [];
    for (const feed of feeds) {
      if (feed.panel && feed.enabled !== false && !this.#taken.has(feed.panel)) {
        this.#taken.add(feed.panel);
        wanted.push(feed);
      }
    }
    const made = (await Promise.all(wanted.map((feed) => this.#make(feed)))).filter((panel) => panel !== null);
    made.forEach((panel) => this.#panels.set(panel.id, panel));
    this.#known = null;
  }

  async #make({ panel: path, name, title }) {
    const id = path.replace(/^panels\//, "").replace(/\.js$/, "");
    if (!/^[\w-]+$/.test(id)) {
      return null;
    }
    try {
      const { default: Panel } = await import(`./panels/${id}.js`);
      return { id, feed: name, view: new Panel(this.#context), title: say(Panel.title ?? title ?? name), rank: Panel.rank, span: Panel.span };
    } catch (error) {
      // A newer daemon may name a panel that this page lacks.
      console.warn(`UMA: panel ${id}`, error);
      return null;
    }
  }

  /** All panels, `{id, feed, view, title, rank, span}` each. */
  get all() {
    return [...this.#panels.values()];
  }

  /** Update the panels of *stage* that depend on a feed in *changed*, events also on a new day. */
  render(changed, isAnotherDay, stage) {
    const names = [...changed];
    this.#known = names.length > 0 ? null : this.#known;
    for (const { id, feed, view } of this.#panels.values()) {
      const isRelated = names.some((name) => name === feed || RELATED[id]?.some((prefix) => name.startsWith(prefix)));
      const isHistory = id === EVENTS && (isAnotherDay || names.some((name) => name.endsWith("/events")));
      const data = this.#context.newest(feed);
      const isDue = stage === ALL || view.tiles !== undefined;
      if (stage === TILES && view.keep) {
        data && view.keep(data);
      } else if (isDue && (isHistory || (isRelated && data))) {
        view.render(data, this.#context);
      }
    }
  }

  /** The tiles of *time*, null for now; with lines *hasNewLines*, or those of before. */
  tiles(time, hasNewLines = false) {
    const models = [...this.#panels.values()].flatMap(({ view }) => view.tiles?.(time, hasNewLines) ?? []);
    return models.sort((a, b) => a.rank - b.rank);
  }

  /** Everything with a place on the page: `{text, kind, href, subject}` each. */
  items() {
    return [...this.#panels.values()].flatMap(({ view }) => view.items?.() ?? []);
  }

  /** Find the item of a finding's *subject*, or undefined. */
  itemOf(subject) {
    this.#known ??= byName(this.items());
    return this.#known.get(String(subject).toLowerCase());
  }

  /** The detail at *hash* (`#disk/disk1`) from the panel that knows it; null if none does. */
  detailAt(hash) {
    const [kind, id = ""] = hash.slice(1).split("/").map(decoded);
    for (const { view } of kind === "" ? [] : this.#panels.values()) {
      const detail = view.detail?.(kind, id) ?? null;
      if (detail !== null) {
        return detail;
      }
    }
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

/** *items* by subject or, if another item has that subject, by text; the first of each. */
function byName(items) {
  const known = new Map();
  const add = (name, item) => known.has(name.toLowerCase()) || known.set(name.toLowerCase(), item);
  items.forEach((item) => add(item.subject ?? item.text, item));
  items.forEach((item) => add(item.text, item));
  return known;
}
