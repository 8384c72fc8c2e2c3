/** Time shown by the charts: the selected range, its zoomed part, and the moment under the pointer. No DOM. */

import { RANGES } from "./series.js";

export class TimeRange {
  #prefs;
  #onChange;
  /** `[from, to]` in Unix seconds, or null for all of the range. */
  zoom = null;
  /** Unix seconds, or null for now. */
  hovered = null;

  /** *onChange* is called when the charts must change. */
  constructor(prefs, onChange) {
    [this.#prefs, this.#onChange] = [prefs, onChange];
  }

  get key() {
    const range = this.#prefs.get("range");
    return Object.hasOwn(RANGES, range) ? range : "1h";
  }

  /** The daemon's ring for the range, or null. */
  get ring() {
    return RANGES[this.key].ring;
  }

  choose(key) {
    this.#prefs.set("range", key);
    this.zoom = null;
    this.#onChange();
  }

  zoomTo(zoom) {
    if (zoom !== null || this.zoom !== null) {
      this.zoom = zoom;
      this.#onChange();
    }
  }
}
