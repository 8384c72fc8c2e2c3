/**
 * Times of the page's pictures: the first is put off until it can be whole, then what counts is shown in the next frame,
 * and figures once a second at most, however many messages bring them. A hidden tab renders when it is shown.
 */

/** For how many ms the first picture may wait to be a whole one: each on the way to it puts it off. */
export const PATIENCE = 250;
/** Milliseconds between two pictures in which only figures differ. */
const LEISURE = 1000;

export class Pace {
  #isUnderWay;
  #render;
  #isPatient = true;
  #isAsked = false;
  #isEnded = false;
  #shownAt = -Infinity;
  #timer = null;
  #waiting;
  #world;

  /** *isUnderWay* says whether a whole first picture can still come; *render* shows one; *world* has timers and frames. */
  constructor({ isUnderWay, render, world }) {
    [this.#isUnderWay, this.#render, this.#world] = [isUnderWay, render, world];
    this.#waiting = world.setTimeout(() => {
      if (this.#isPatient) {
        this.#isPatient = false;
        this.now();
      }
    }, PATIENCE);
  }

  /** Have a picture in the next frame. */
  now() {
    this.#isPatient &&= this.#isUnderWay();
    if (this.#isPatient || this.#isAsked || this.#isEnded) {
      return;
    }
    this.#isAsked = true;
    this.#world.clearTimeout(this.#timer);
    this.#world.requestFrame(() => {
      [this.#isAsked, this.#timer, this.#shownAt] = [false, null, this.#world.monotonic()];
      this.#isEnded || this.#render();
    });
  }

  /** Have a picture within a second, together with what else comes until then. */
  soon() {
    const wait = this.#shownAt + LEISURE - this.#world.monotonic();
    if (wait <= 0) {
      this.now();
    } else if (!this.#isAsked) {
      this.#timer ??= this.#world.setTimeout(() => this.now(), wait);
    }
  }

  end() {
    this.#isEnded = true;
    this.#world.clearTimeout(this.#waiting);
    this.#world.clearTimeout(this.#timer);
  }
}
