/**
 * Times of the page's pictures: the first one waits until it can be complete, then important changes are shown in the next frame,
 * and figures once a second at most, however many messages bring them. A hidden tab renders when it is shown.
 */

/** Milliseconds that the first picture may wait to be complete: each part on its way extends the wait. */
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

  /**
   * *isUnderWay* tells whether a complete first picture can still come; *render* shows one; *world* has timers and
   * frames.
   */
  constructor({ isUnderWay, render, world }) {
    [this.#isUnderWay, this.#render, this.#world] = [isUnderWay, render, world];
    this.#waiting = world.setTimeout(() => {
      if (this.#isPatient) {
        this.#isPatient = false;
        this.now();
      }
    }, PATIENCE);
  }

  /** Render in the next frame. */
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

  /** Render at once: a picture that is complete already waits for no frame. */
  atOnce() {
    if (this.#isUnderWay() || this.#isAsked || this.#isEnded) {
      this.now();
      return;
    }
    [this.#isPatient, this.#shownAt] = [false, this.#world.monotonic()];
    this.#render();
  }

  /** Render within a second, together with other changes until then. */
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
