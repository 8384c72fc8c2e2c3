/** Retries with growing delays: 1 s, 2 s and so on up to 15 s, give or take a fifth. No DOM. */

const FIRST_DELAY = 1000;
const LAST_DELAY = 15_000;

/** Milliseconds before attempt *attempt*, 0 being the first: doubling, give or take a fifth. */
export function delayBefore(attempt, random) {
  return Math.round(Math.min(FIRST_DELAY * 2 ** attempt, LAST_DELAY) * (0.8 + 0.4 * random()));
}

export class Retry {
  #world;
  #run;
  #attempt = 0;
  #timer = null;
  #at = null;

  /** *run* is called for each attempt. */
  constructor(world, run) {
    this.#world = world;
    this.#run = run;
  }

  /** Time of the next attempt in Unix ms, or null. */
  get at() {
    return this.#at;
  }

  again() {
    const delay = delayBefore(this.#attempt, this.#world.random);
    this.#attempt += 1;
    this.#at = this.#world.now() + delay;
    this.#timer = this.#world.setTimeout(this.#run, delay);
  }

  /** Try in *delay* ms. */
  later(delay) {
    this.#timer = this.#world.setTimeout(this.#run, delay);
  }

  clear() {
    this.#world.clearTimeout(this.#timer);
    this.#at = null;
  }

  /** Start over with short delays. */
  reset() {
    this.#attempt = 0;
  }
}
