/** The parts of the page, created and connected: all calls between them pass through here. */

import { BottomBar } from "./bottom-bar.js";
import { Commands } from "./commands.js";
import { PageTop } from "./page-top.js";
import { element } from "./dom.js";
import { Drawer } from "./drawer.js";
import { Grid } from "./grid.js";
import { HelpView } from "./help.js";
import { Ink } from "./ink.js";
import { CommandPalette } from "./command-palette.js";
import { PanelSet } from "./panel-set.js";
import { say } from "./say.js";
import { Tiles } from "./tiles.js";

/** Findings hidden by the user; the oldest are dropped. */
const MAX_DISMISSED = 100;

export class Frame {
  ink = new Ink();
  bar = new BottomBar();
  help = new HelpView();
  top;
  tiles;
  grid;
  drawer;
  palette;
  panels;
  commands;

  /**
   * *page*: `isEmbedded`, `store`, `prefs`, `format`, `time` (TimeRange), `context`, which panels are given, `unraid(path)`,
   * `canStart`, and what is asked of it: `onStart`, `onRetry`, `onToken(token)`, `onHover(time)`, `onChange`, `onScheme`.
   */
  constructor(page) {
    const { store, prefs, format, time, unraid, isEmbedded } = page;
    const onRange = (range) => time.choose(range);
    const drawing = {
      ink: this.ink,
      format,
      onHover: page.onHover,
      onZoom: (zoom) => time.zoomTo(zoom),
      onRange,
      isZoomed: () => time.zoom !== null,
      range: () => time.key,
      // Only a chart with values on it writes them.
      write: String,
    };
    this.top = new PageTop({
      ...page,
      itemOf: (subject) => this.panels.itemOf(subject),
      onRange,
      onResetZoom: () => time.zoomTo(null),
      onSearch: () => this.palette.open(),
      onDismiss: (keys) => {
        prefs.set("dismissed", keys.slice(-MAX_DISMISSED));
        page.onChange();
      },
    });
    this.tiles = new Tiles(drawing);
    this.grid = new Grid(prefs);
    this.drawer = new Drawer((hash) => this.panels.detailAt(hash), drawing);
    this.palette = new CommandPalette(() => [...this.panels.items(), ...this.#panelItems(), ...this.commands.items()]);
    this.panels = new PanelSet(page.context);
    this.commands = new Commands({
      store,
      prefs,
      format,
      grid: this.grid,
      isEmbedded,
      named: () => this.top.named,
      range: () => time.key,
      zoom: () => time.zoom,
      unraid,
      announce: (text) => this.top.header.announce(text),
      applyScheme: page.onScheme,
      resetLayout: () => {
        prefs.resetLayout();
        this.grid.arrange();
        page.onChange();
      },
      openHelp: () => this.help.open(),
    });
    this.top.header.renderRange(time.key, false);
    this.#renderMenu();
    const parts = [...this.top.elements, this.tiles.element, this.grid.element, ...this.ink.elements];
    const main = element(isEmbedded ? "div" : "main", { class: "uma-main" }, ...parts);
    this.elements = [this.top.header.element, main, this.bar.element, this.drawer.element, this.palette.element, this.help.element];
  }

  /** Elements for the page's element. */
  elements;

  end() {
    this.tiles.end();
    this.drawer.end();
    this.grid.end();
  }

  /** The menu shows the state at the time of opening. */
  #renderMenu() {
    const { menu } = this.top.header;
    menu.render(this.commands.menu());
    menu.element.ontoggle = ({ target }) => target.open && menu.render(this.commands.menu());
  }

  #panelItems() {
    const shown = this.grid.boxes.filter(({ element: box }) => !box.hidden);
    return shown.map(({ id, title }) => ({ text: title, kind: say("Panel"), run: () => document.getElementById(`panel-${id}`)?.scrollIntoView() }));
  }
}
