/** Commands of the page's menu and palette. */

import { copy } from "./clipboard.js";
import { csvOf, download, statusText } from "./export.js";
import { say } from "./say.js";
import { NAMES } from "./series.js";

const UNRAID_PAGES = { Dashboard: "/Dashboard", Main: "/Main", Shares: "/Shares", Docker: "/Docker", VMs: "/VMs", Plugins: "/Plugins", Settings: "/Settings", "UMA settings": "/Settings/UmaSettings" };
const THEMES = { auto: "Theme: automatic", light: "Theme: light", dark: "Theme: dark" };
const NEXT_THEME = { auto: "light", light: "dark", dark: "auto" };

export class Commands {
  #page;

  /**
   * *page* is what they act on: `store`, `prefs`, `format`, `named()`, `range()`, `zoom()`, `unraid(path)`, `announce(text)`,
   * `applyScheme()`, `resetLayout()`, `openHelp()`, `isEmbedded`, and `grid`, whose hidden panels can be had back.
   */
  constructor(page) {
    this.#page = page;
  }

  /** The menu of the head: `{text, run}` each. */
  menu() {
    const { isEmbedded, prefs, grid, openHelp } = this.#page;
    const [theme, density] = [prefs.get("theme"), prefs.get("density")];
    const isRoomy = density === "roomy";
    return [
      ...(isEmbedded ? [] : [{ text: say(THEMES[theme] ?? THEMES.auto), run: () => this.#set("theme", NEXT_THEME[theme] ?? "auto") }]),
      { text: say(isRoomy ? "Density: roomy" : "Density: dense"), run: () => this.#set("density", isRoomy ? "auto" : "roomy") },
      ...this.#own(),
      { text: say("Keyboard shortcuts"), run: openHelp },
      ...grid.hidden.map(({ title, show }) => ({ text: say("Show {title}", { title }), run: show })),
    ];
  }

  /** For the palette: pages of Unraid and commands, `{text, kind, href}` or `{text, kind, run}` each. */
  items() {
    const { unraid } = this.#page;
    const pages = Object.entries(UNRAID_PAGES).map(([text, path]) => ({ text: say(text), kind: "Unraid", href: unraid(path) }));
    return [...pages.filter(({ href }) => href !== null), ...this.#own().map((command) => ({ ...command, kind: say("Command") }))];
  }

  #own() {
    return [
      { text: say("Copy status as text"), run: () => this.#copyStatus() },
      { text: say("Export charts as CSV"), run: () => this.#exportCsv() },
      { text: say("Print"), run: () => window.print() },
      { text: say("Reset layout"), run: this.#page.resetLayout },
    ];
  }

  #set(name, value) {
    this.#page.prefs.set(name, value);
    this.#page.applyScheme();
  }

  async #copyStatus() {
    const { store, named, format, announce } = this.#page;
    const isDone = await copy(statusText((name) => store.newest(name), { ...named(), format }));
    announce(isDone ? say("Copied.") : say("Copying is not allowed here."));
  }

  #exportCsv() {
    const { store, range, zoom } = this.#page;
    const stamp = new Date().toISOString().slice(0, 16).replace(/[:T]/g, "-");
    download(csvOf(store.series, NAMES, range(), zoom()), `uma-${range()}-${stamp}.csv`);
  }
}
