/**
 * Times of the page's pictures: the first one waits until it can be complete, then important changes are shown in the next frame,
 * others within a second, and mere figures within two, however many messages bring them. A hidden tab renders when it is
 * shown.
 */

/** Milliseconds that the first picture may wait to be complete: each part on its way extends the wait. */
export const PATIENCE = 250;
/** Milliseconds after a picture for which news that is not important waits. */
const NEWS_WAIT = 1000;
/** Milliseconds after a picture for which figures wait: each picture costs 10 ms, whatever differs. */
const FIGURES_WAIT = 2000;

export class Pace {
  #isUnderWay;
  #render;
  #isPatient = true;
  #isAsked = false;
  #isEnded = false;
  #shownAt = -Infinity;
  #timer = null;
  /** Time at which the timer runs out. */
  #dueAt = Infinity;
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
      [this.#isAsked, this.#dueAt, this.#shownAt] = [false, Infinity, this.#world.monotonic()];
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

  /** Render within a second, together with other changes until then; if only figures differ, within two. */
  soon({ isFigure = false } = {}) {
    const at = this.#shownAt + (isFigure ? FIGURES_WAIT : NEWS_WAIT);
    const wait = at - this.#world.monotonic();
    if (wait <= 0) {
      this.now();
    } else if (!this.#isAsked && at < this.#dueAt) {
      this.#world.clearTimeout(this.#timer);
      this.#dueAt = at;
      this.#timer = this.#world.setTimeout(() => this.now(), wait);
    }
  }

  end() {
    this.#isEnded = true;
    this.#world.clearTimeout(this.#waiting);
    this.#world.clearTimeout(this.#timer);
  }
}
