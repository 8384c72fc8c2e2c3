/** The daemon's health, asked for or pushed, and how far its clock is ahead. No DOM. */

/** Milliseconds after which health is asked for again, where nothing pushes it. */
export const HEALTH_PERIOD = 10_000;

export class Health {
  #read;
  #now;
  #at = -Infinity;
  /** The newest answer, or null. */
  body = null;

  /** *read* asks for a path; *now* is the clock, in Unix ms. */
  constructor(read, now) {
    [this.#read, this.#now] = [read, now];
  }

  /** True if the last answer is an old one. */
  get isDue() {
    return this.#now() - this.#at >= HEALTH_PERIOD;
  }

  /** Ask: `{skew}`, ms that the server's clock is ahead, or `{failure}` where what answers is not UMA, or nothing does. */
  async ask() {
    this.#at = this.#now();
    try {
      const { body, servedAt } = await this.#read("health");
      return body?.service === "uma" ? { body, skew: servedAt - this.#now() } : { failure: { status: 200, detail: "" } };
    } catch (failure) {
      return { failure };
    }
  }

  take(body) {
    this.body = body;
    this.#at = this.#now();
  }

  /** Take what is pushed, which leaves out what does not change: whose it is, and whether it is a demo. */
  takePushed(data) {
    this.take({ ...this.body, ...data });
  }
}
