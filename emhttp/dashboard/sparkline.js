/** The line of an hour: one filled series, and a second over it where there is one. */

import { drawing, setAttribute } from "./dom.js";

const WIDTH = 200;
const HEIGHT = 48;

export class Sparkline {
  #area = drawing("path", { class: "uma-area" });
  #lines = [drawing("path", { class: "uma-line" }), drawing("path", { class: "uma-line uma-second" })];

  constructor() {
    const viewing = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" };
    this.element = drawing("svg", { class: "uma-spark", ...viewing }, this.#area, ...this.#lines);
  }

  /** Draw *series* (lists of `{x, y}`, y null for a gap) from 0 to *top*. */
  draw(series, top) {
    series.forEach((points, index) => {
      const runs = runsOf(points, top);
      setAttribute(this.#lines[index], "d", runs.map(line).join(""));
      if (index === 0) {
        setAttribute(this.#area, "d", runs.map(area).join(""));
      }
    });
  }
}

/** The points between gaps, in the drawing's measure, which leaves room for the line's own width. */
function runsOf(points, top) {
  const runs = [[]];
  for (const { x, y } of points) {
    if (y === null) {
      runs.push([]);
    } else {
      runs.at(-1).push(`${(x * WIDTH).toFixed(1)} ${(HEIGHT - 2 - (Math.min(y, top) / top) * (HEIGHT - 4)).toFixed(1)}`);
    }
  }
  return runs.filter((run) => run.length > 0);
}

/** A lone sample is a dot: the cap of a line without length. */
const line = (run) => `M${run.join("L")}${run.length === 1 ? "h0" : ""}`;

const area = (run) => `M${run.join("L")}V${HEIGHT}H${run[0].split(" ")[0]}Z`;
