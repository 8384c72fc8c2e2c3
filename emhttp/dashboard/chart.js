/** The lines of an hour: uPlot's, or plain ones where uPlot was not brought along. */

import { element, setAttribute } from "./dom.js";
import { plotting } from "./plot.js";
import { Sparkline } from "./sparkline.js";
import { minutesApart, timeTicks } from "./ticks.js";

const HEIGHT = 132;
const FONT_SIZE = 11;
/** Charts of one page share their cursor: a moment is looked at in all of them. */
const SYNC = "uma";
const LABEL_ROOM = 62;

export class Chart {
  #names;
  #format;
  #onHover;
  #plot = null;
  #spark = null;
  #drawn = null;
  #ink;
  #width = 0;
  #hasEnded = false;
  #start = null;
  #sizing = null;
  element;

  /**
   * *title* names it; *names* are the columns of Series it draws, in the colours of *ink* (Ink, mixed before anything is
   * drawn); *format* writes times (Format), *write* values. *onHover* is called with the index of the sample under the
   * pointer and its time, or null.
   */
  constructor({ title, names, ink, format, write, onHover }) {
    const attributes = { class: "uma-chart", role: "img", "aria-label": `${title}, nothing known yet` };
    this.element = element("div", attributes);
    this.#names = names;
    this.#ink = ink;
    this.#format = format;
    this.#onHover = onHover;
    plotting.then((UPlot) => {
      this.#start = () => (UPlot === null ? this.#startPlain() : this.#startPlot(UPlot, write));
      if (this.#drawn && !this.#hasEnded) {
        this.draw(...this.#drawn);
      }
    });
  }

  /** Ask for the room there is, before anything on the page is written: each answer has the browser lay it out anew. */
  measure() {
    if (this.#plot === null) {
      this.#width = this.element.clientWidth;
    }
  }

  /** Draw *series* from 0 to *top*; *label* says it in words. */
  draw(series, top, label) {
    this.#drawn = [series, top, label];
    setAttribute(this.element, "aria-label", label);
    if (this.#plot) {
      this.#plot.batch(() => {
        this.#plot.setData(series.drawn(this.#names), false);
        Object.entries(scalesOf(series, top)).forEach(([name, scale]) => this.#plot.setScale(name, scale));
      });
      return;
    }
    // Not before there is something to draw: it takes a while, in which the data could have been asked for.
    this.#start?.();
    if (this.#spark) {
      this.#spark.draw(this.#names.map((name) => series.points(name)), top);
    }
  }

  /** Draw what is drawn in the colours of now. */
  repaint() {
    this.#plot?.redraw(false);
  }

  /** Let go of the window, whose size uPlot watches. */
  end() {
    this.#hasEnded = true;
    this.#sizing?.disconnect();
    this.#plot?.destroy();
  }

  #startPlain() {
    this.#start = null;
    this.#spark = new Sparkline();
    this.element.append(this.#spark.element);
  }

  #startPlot(UPlot, write) {
    this.#start = null;
    const [series, top] = this.#drawn;
    const { x, y } = scalesOf(series, top);
    const font = `${FONT_SIZE}px ${this.#ink.colours.font}`;
    const grid = { stroke: () => this.#ink.colours.border, width: 1 };
    const muted = () => this.#ink.colours.muted;
    const fixed = { auto: false, range: (_, min, max) => [min, max] };
    const line = (index) => ({
      stroke: () => this.#ink.colours.lines[index],
      width: 1.5,
      points: { show: false },
      fill: index === 0 ? () => this.#ink.colours.area : undefined,
      spanGaps: false,
    });
    const options = {
      width: Math.max(this.#width, 1),
      height: HEIGHT,
      padding: [4, 0, 0, 0],
      legend: { show: false },
      select: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: SYNC }, points: { size: 7, width: 0 } },
      scales: { x: { time: true, ...fixed, ...x }, y: { ...fixed, ...y } },
      axes: [
        {
          size: 22,
          gap: 4,
          font,
          stroke: muted,
          grid: { show: false },
          ticks: { ...grid, size: 4 },
          border: { ...grid, show: true },
          splits: (plot, _, min, max) =>
            timeTicks(min, max, minutesApart(plot.width, LABEL_ROOM), -60 * new Date(max * 1000).getTimezoneOffset()),
          // Half of a label at the edge would be cut off.
          values: (plot, times) =>
            times.map((time) => (isNearEdge(plot, plot.valToPos(time, "x")) ? "" : this.#format.minute(time * 1000))),
        },
        { size: 0, gap: 0, ticks: { show: false }, grid, splits: (_, __, min, max) => [min, max / 2, max], values: () => [] },
      ],
      series: [{}, ...this.#names.map((_, index) => line(index))],
      hooks: {
        draw: [(plot) => writeTop(plot, write, muted(), font)],
        setCursor: [({ cursor: { idx = null }, data }) => this.#onHover(idx, data[0][idx] ?? null)],
      },
    };
    this.#plot = new UPlot(options, series.drawn(this.#names), this.element);
    this.#plot.root.setAttribute("aria-hidden", "true");
    this.#sizing = new ResizeObserver(() => this.#resize());
    this.#sizing.observe(this.element);
  }

  #resize() {
    const { clientWidth: width } = this.element;
    if (width > 0 && width !== this.#plot.width) {
      this.#plot.setSize({ width, height: HEIGHT });
    }
  }
}

/** From where to where the axes go: the hour of *series*, and from 0 to *top*. */
function scalesOf(series, top) {
  const [min, max] = series.span();
  return { x: { min, max }, y: { min: 0, max: top } };
}

/** The value of the highest line, on it: beside the chart it would take a fifth of its width. */
function writeTop(plot, write, colour, font) {
  const { ctx, bbox } = plot;
  const ratio = plot.pxRatio ?? devicePixelRatio;
  ctx.save();
  ctx.fillStyle = colour;
  ctx.font = font.replace(`${FONT_SIZE}px`, `${FONT_SIZE * ratio}px`);
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.fillText(write(plot.scales.y.max), bbox.left + 2 * ratio, bbox.top + 3 * ratio);
  ctx.restore();
}

function isNearEdge(plot, position) {
  const { width } = plot;
  return position < LABEL_ROOM / 3 || position > width - LABEL_ROOM / 3;
}
