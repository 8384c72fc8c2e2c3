/** A small line of recent values, in a row or a tile. */

import { drawing, setAttribute } from "./dom.js";

const WIDTH = 100;
const HEIGHT = 30;

export class Sparkline {
  #area = null;
  #line = drawing("path", { class: "uma-line" });
  element;

  /** *isFilled*: with the area below. */
  constructor({ isFilled = false } = {}) {
    this.#area = isFilled ? drawing("path", { class: "uma-area" }) : null;
    const viewing = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" };
    this.element = drawing("svg", { class: "uma-spark", ...viewing }, ...(this.#area ? [this.#area] : []), this.#line);
  }

  /** Draw *values*, evenly spaced, null for a gap, from *bottom* to *top*, in *tone*; *least* is how high it is at least. */
  draw(values, { bottom = Math.min(...known(values)), top = Math.max(...known(values)), tone = "quiet", least = 0 } = {}) {
    const air = Math.max(0, least - (top - bottom)) / 2;
    const [floor, height] = [bottom - air, top - bottom + 2 * air || 1];
    const runs = [[]];
    values.forEach((value, index) => {
      if (value === null || value === undefined) {
        runs.push([]);
      } else {
        const x = (index / Math.max(1, values.length - 1)) * WIDTH;
        const y = HEIGHT - 2 - ((Math.min(Math.max(value, bottom), top) - floor) / height) * (HEIGHT - 5);
        runs.at(-1).push(`${x.toFixed(1)} ${y.toFixed(1)}`);
      }
    });
    // A single value would be a meaningless dot in place of a line.
    const drawn = runs.flat().length > 1 ? runs.filter((run) => run.length > 0) : [];
    setAttribute(this.#line, "d", drawn.map((run) => `M${run.join("L")}${run.length === 1 ? "h0" : ""}`).join(""));
    setAttribute(this.element, "data-tone", tone);
    if (this.#area) {
      setAttribute(this.#area, "d", drawn.map((run) => `M${run.join("L")}V${HEIGHT}H${run[0].split(" ")[0]}Z`).join(""));
    }
  }
}

/** At most *points* of *values*, each the mean of several; null for a gap. */
export function means(values, points) {
  const step = Math.max(1, Math.ceil(values.length / points));
  return Array.from({ length: Math.ceil(values.length / step) }, (_, index) => {
    const part = values.slice(index * step, (index + 1) * step).filter((value) => value !== null);
    return part.length > 0 ? part.reduce((sum, value) => sum + value, 0) / part.length : null;
  });
}

const known = (values) => {
  const those = values.filter((value) => value !== null && value !== undefined);
  return those.length > 0 ? those : [0];
};
