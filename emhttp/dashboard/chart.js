/** Lines over time by uPlot: one cursor for all charts, zoom by drag, marks of events, thresholds. */

import { element, setAttribute } from "./dom.js";
import { annotate, LINE, sketch, TOP } from "./sketch.js";
import { minutesFor, timeTicks } from "./ticks.js";

const FONT_SIZE = 11;
/** Charts of one page share their cursor, so all show the same moment. */
const SYNC = "uma";
/** Milliseconds for which the moment under a finger stays. */
const LINGER = 3000;
const DAY = 86_400;
/** Minimum width of a zoom by drag, in pixels. */
const MIN_DRAG = 8;

/** The constructor of uPlot, or null if it is missing; settled after wantPlots(). */
let settle;
const plotting = new Promise((resolve) => {
  settle = resolve;
});
let isWanted = false;

/** Load uPlot: until then charts are only drawn (sketch.js), and can't be hovered. Loading takes longer than drawing all of them. */
export function wantPlots() {
  if (!isWanted) {
    isWanted = true;
    import("./uplot/uplot.js").then(
      ({ default: UPlot }) => settle(UPlot),
      () => settle(null),
    );
  }
}

export class Chart {
  #options;
  #plot = null;
  #UPlot = null;
  #drawn = null;
  #isEnded = false;
  /** It starts at the first report of its size, which costs no layout of its own. */
  #sizing = new ResizeObserver(([{ contentRect }]) => this.#resize(Math.floor(contentRect.width)));
  #width = 0;
  #lingering = null;
  #canvas = null;
  element;

  /**
   * *title* names it; *lines* is how many it has, in the colours of *ink* (Ink, mixed before anything is drawn), or of
   * `tones`; *format* writes times (Format), *write* values. *hasAxes*: with times below and values on its lines.
   * *onHover* is called with the time under the pointer, or null; *onZoom* with `[from, to]`, or null.
   */
  constructor({ title, lines = 1, height, hasAxes = false, ink, format, write, onHover = () => {}, onZoom = () => {}, isSynced = true }) {
    this.#options = { title, lines, height, hasAxes, ink, format, write, onHover, onZoom, isSynced };
    this.element = element("div", { class: "uma-chart", role: "img", "aria-label": title });
    this.element.style.height = `${height}px`;
    if (hasAxes) {
      setAttribute(this.element, "tabindex", "0");
      this.element.addEventListener("keydown", (event) => this.#onKey(event));
    }
    this.#onTouch();
    this.#sizing.observe(this.element);
    if (hasAxes) {
      wantPlots();
    } else {
      // There before the first layout, which its size does not change.
      this.#canvas = this.element.appendChild(element("canvas", { class: "uma-sketch", "aria-hidden": "true" }));
      this.element.addEventListener("pointerover", wantPlots, { once: true });
    }
    plotting.then((UPlot) => {
      this.#UPlot = UPlot;
      this.#start();
    });
  }

  /**
   * Draw *view*: `times`, `columns`, `span`, from `bottom` (0) to `top`; `label` says it in words, `marks` are `{time,
   * tone, text}`, `thresholds` `{value, tone}`, `power` bends the values' scale.
   */
  draw(view) {
    this.#drawn = view;
    this.describe(view.label);
    if (this.#plot) {
      const scales = scalesOf(view);
      this.#plot.batch(() => {
        this.#plot.setData(dataOf(view), false);
        Object.entries(scales).forEach(([name, scale]) => this.#plot.setScale(name, scale));
      });
    } else {
      this.#start();
      this.#sketch();
    }
  }

  /** Say *label* in place of the picture. */
  describe(label) {
    setAttribute(this.element, "aria-label", label);
  }

  /** Redraw in the current colours. */
  repaint() {
    this.#plot?.redraw(false);
    this.#sketch();
  }

  /** Stop listening to the window, whose size uPlot watches. */
  end() {
    this.#isEnded = true;
    clearTimeout(this.#lingering);
    this.#sizing.disconnect();
    this.#plot?.destroy();
  }

  /** Draw the lines, until uPlot does. */
  #sketch() {
    if (this.#canvas !== null && this.#drawn !== null && this.#width > 0 && !this.#isEnded) {
      sketch(this.#canvas, this.#drawn, { width: this.#width, height: this.#options.height, colours: this.#options.ink.colours });
    }
  }

  /** Create the plot once uPlot, data and size are there. */
  #start() {
    if (this.#plot !== null || this.#UPlot === null || this.#drawn === null || this.#width === 0 || this.#isEnded) {
      return;
    }
    const { ink, hasAxes, lines, height, isSynced } = this.#options;
    const view = this.#drawn;
    const { x, y } = scalesOf(view);
    const power = view.power ?? 1;
    const bent = power === 1 ? {} : { distr: 100, fwd: (value) => Math.max(0, value) ** power, bwd: (value) => value ** (1 / power) };
    const fixed = { auto: false, range: (_, min, max) => [min, max] };
    const line = (index) => ({
      stroke: () => ink.colours.lines[index % 2],
      width: LINE,
      dash: index % 2 === 1 && ink.colours.isForced ? [4, 3] : undefined,
      points: { show: false },
      fill: index === 0 ? () => ink.colours.area : undefined,
      spanGaps: false,
    });
    const plot = new this.#UPlot(
      {
        width: this.#width,
        height,
        padding: hasAxes ? [4, 0, 0, 0] : [TOP, 0, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          drag: { x: true, y: false, setScale: false, dist: MIN_DRAG },
          ...(isSynced ? { sync: { key: SYNC, filters: { pub: (type) => type.startsWith("mousemove") || type.startsWith("mouseleave") } } } : {}),
          points: { size: 7, width: 0 },
          bind: { dblclick: () => () => this.#options.onZoom(null) },
        },
        scales: { x: { time: true, ...fixed, ...x }, y: { ...fixed, ...bent, ...y } },
        axes: hasAxes ? this.#axes() : [{ show: false }, { show: false }],
        series: [{}, ...Array.from({ length: lines }, (_, index) => line(index))],
        hooks: {
          draw: [(own) => this.#embellish(own)],
          setCursor: [({ cursor: { idx = null }, data }) => this.#options.onHover(data[0][idx] ?? null)],
          setSelect: [(own) => this.#onSelect(own)],
        },
      },
      dataOf(view),
      this.element,
    );
    this.#plot = plot;
    this.#canvas?.remove();
    this.#canvas = null;
    plot.root.setAttribute("aria-hidden", "true");
  }

  #axes() {
    const { ink, format } = this.#options;
    const font = `${FONT_SIZE}px ${ink.colours.font}`;
    const grid = { stroke: () => ink.colours.border, width: 1 };
    const written = (time) => {
      const [min, max] = this.#drawn.span;
      return max - min > 2 * DAY ? format.shortDay(time * 1000) : format.minute(time * 1000);
    };
    return [
      {
        size: 22,
        gap: 4,
        font,
        stroke: () => ink.colours.muted,
        grid: { show: false },
        ticks: { ...grid, size: 4 },
        border: { ...grid, show: true },
        splits: (plot, _, min, max) => {
          plot.ctx.font = font.replace(`${FONT_SIZE}px`, `${FONT_SIZE * ratioOf(plot)}px`);
          const room = plot.ctx.measureText(written(max)).width / ratioOf(plot) + 18;
          return timeTicks(min, max, minutesFor(max - min, plot.width, room), -60 * new Date(max * 1000).getTimezoneOffset());
        },
        // A label that would be cut at an edge is left out.
        values: (plot, times) =>
          times.map((time) => {
            const text = written(time);
            const half = plot.ctx.measureText(text).width / ratioOf(plot) / 2 + 1;
            const position = plot.valToPos(time, "x");
            return position < half || position > plot.width - half ? "" : text;
          }),
      },
      { size: 0, gap: 0, ticks: { show: false }, grid, splits: (_, __, min, max) => [min, this.#middle(min, max), max], values: () => [] },
    ];
  }

  /** Half-way up, which is less than half of the value on a bent scale. */
  #middle(min, max) {
    const power = this.#drawn.power ?? 1;
    return power === 1 ? (min + max) / 2 : max * 0.5 ** (1 / power);
  }

  /** Values on their lines (beside the chart they would take a fifth of its width), thresholds, and marks of events. */
  #embellish(plot) {
    const { ink, hasAxes, write } = this.#options;
    const { ctx, bbox } = plot;
    const ratio = ratioOf(plot);
    const { min, max } = plot.scales.y;
    ctx.save();
    const [x, y] = ["x", "y"].map((scale) => (value) => Math.round(plot.valToPos(value, scale, true)));
    annotate(ctx, this.#drawn, { box: bbox, ratio, colours: ink.colours, x, y, min, max });
    if (hasAxes) {
      ctx.fillStyle = ink.colours.muted;
      ctx.font = `${FONT_SIZE * ratio}px ${ink.colours.font}`;
      ctx.textAlign = "left";
      ctx.textBaseline = "top";
      for (const value of [max, this.#middle(min, max)]) {
        ctx.fillText(write(value), bbox.left + 2 * ratio, plot.valToPos(value, "y", true) + 3 * ratio);
      }
    }
    ctx.restore();
  }

  #onSelect(plot) {
    const { left, width } = plot.select;
    if (width >= MIN_DRAG) {
      const [from, to] = [left, left + width].map((position) => plot.posToVal(position, "x"));
      plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      this.#options.onZoom([from, to]);
    }
  }

  #onKey(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || this.#plot === null) {
      return;
    }
    event.preventDefault();
    const [times] = this.#plot.data;
    const now = this.#plot.cursor.idx ?? times.length - 1;
    const index = Math.max(0, Math.min(times.length - 1, now + step));
    this.#plot.setCursor({ left: this.#plot.valToPos(times[index], "x"), top: 1 });
  }

  /** A finger moves the cursor, also during a drag; after release the cursor stays for a while. */
  #onTouch() {
    const move = (event) => {
      if (event.pointerType !== "mouse" && this.#plot !== null) {
        clearTimeout(this.#lingering);
        const { left } = this.#plot.over.getBoundingClientRect();
        this.#plot.setCursor({ left: event.clientX - left, top: 1 });
      }
    };
    const leave = () => {
      clearTimeout(this.#lingering);
      this.#lingering = setTimeout(() => this.#plot?.setCursor({ left: -10, top: -10 }), LINGER);
    };
    this.element.addEventListener("pointerdown", move);
    this.element.addEventListener("pointermove", move);
    this.element.addEventListener("pointerup", (event) => event.pointerType !== "mouse" && leave());
    this.element.addEventListener("pointercancel", (event) => event.pointerType !== "mouse" && leave());
  }

  #resize(width) {
    if (width > 0 && width !== this.#width) {
      this.#width = width;
      this.#plot?.setSize({ width, height: this.#options.height });
      this.#start();
      this.#sketch();
    }
  }
}

const ratioOf = (plot) => plot.pxRatio ?? devicePixelRatio;

const dataOf = ({ times, columns }) => [times, ...columns];

function scalesOf({ span: [min, max], bottom = 0, top }) {
  return { x: { min, max }, y: { min: bottom, max: top } };
}
