/** Messages that a link has received: their age, positions to resume from, and the feeds that are switched off. No DOM. */

export class Inbox {
  #carrier;
  #roster;
  #handlers;
  /** Times of the newest message of each feed, in Unix ms by this machine's clock. */
  lastAt = {};
  /** Position of the newest event of each feed, to resume after. */
  positions = {};
  /** Positions of the states that came with the page, until the socket's first message of each. */
  #given = {};
  /** Reasons why feeds are switched off, by name. */
  off = {};
  /** Milliseconds that the server's clock is ahead. */
  skew = 0;

  /**
   * *roster* has the feeds that are followed. *handlers*: `onMessage(name, message)`, `onPast(name, messages)`, `onGap(name)` where events are
   * missing, `onOff()` where a feed turns out to be switched off.
   */
  constructor({ carrier, roster, handlers }) {
    [this.#carrier, this.#roster, this.#handlers] = [carrier, roster, handlers];
  }

  /** Take a *frame* of the socket. */
  takeFrame(frame) {
    const said = this.#carrier.parse(frame, this.#roster.all);
    if (said === null || said.name === null || said.name === undefined) {
      return;
    }
    if (said.position && this.#roster.isEvent(said.name)) {
      this.positions[said.name] = said.position;
    }
    if (said.message && this.#isGiven(said)) {
      return;
    }
    if (said.gap) {
      this.#handlers.onGap(said.name);
    } else if (said.off !== undefined) {
      this.off[said.name] = said.off;
      this.#handlers.onOff();
    } else if (said.message) {
      this.take(said.name, said.message);
    }
  }

  /** Process a *message* of the feed *name*, unless a newer one of its state is here: then it comes from a buffer. */
  take(name, message) {
    const madeAt = Date.parse(message.timestamp) - this.skew;
    if (!(madeAt < this.lastAt[name] && this.#roster.isState(name))) {
      this.lastAt[name] = madeAt;
      this.#handlers.onMessage(name, message);
    }
  }

  /** Take *messages* of the feed *name* that came with the page, the newest of which is at *position*. */
  takeGiven(name, messages, position) {
    if (this.#roster.isEvent(name)) {
      this.positions[name] = position;
      this.#handlers.onPast(name, messages);
    } else if (messages.length > 0) {
      this.#given[name] = position;
      this.take(name, messages.at(-1));
    }
  }

  /** True if the first message of *name* is that which came with the page. */
  #isGiven({ name, position }) {
    const given = this.#given[name];
    delete this.#given[name];
    return given !== undefined && given.epoch === position?.epoch && given.seq === position?.seq;
  }

  /** True if a feed with an interval has sent a message within *intervals* of it. */
  isDelivering(now, intervals) {
    return this.#roster.all.some(({ name, interval_seconds: interval }) => interval && now - this.lastAt[name] < intervals * 1000 * interval);
  }
}
