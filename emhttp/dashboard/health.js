/** The daemon's health, requested or pushed, and the offset of its clock. No DOM. */

/** Milliseconds after which health is requested again if it is not pushed. */
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

  /** True if the last answer is too old. */
  get isDue() {
    return this.#now() - this.#at >= HEALTH_PERIOD;
  }

  /**
   * Request it: `{skew}`, ms by which the server's clock is ahead, or `{failure}` if the answer is not UMA's, or there
   * is none.
   */
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

  /** Process pushed health, which lacks constant parts: the server's identity, and whether it is a demo. */
  takePushed(data) {
    this.take({ ...this.body, ...data });
  }
}
