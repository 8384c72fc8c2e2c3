/**
 * GET requests for data that a socket did not bring: earlier events, and messages without a socket or after an old
 * buffer. No DOM.
 */

/** Intervals by which a message may be late. */
export const MAX_INTERVALS = 3;

const PAST = 50;
const MAX_PAST = 1000;
/** Seconds between two requests for a feed without a socket. */
const MAX_PERIOD = 30;

export class CatchUp {
  #options;
  #askedAt = {};
  #renewed = {};

  /**
   * *read* asks for a path; *turn* tells one connection from the next, null when all has ended; *onPast* takes the name of
   * a feed and its events, *onMessage* that and a newer message.
   */
  constructor({ read, turn, onPast, onMessage }) {
    this.#options = { read, turn, onPast, onMessage };
  }

  /** Fetch the last events of *name*: those that a page begins with or, with *isWhole*, all kept ones. */
  async recall(name, isWhole = false) {
    const { read, turn, onPast } = this.#options;
    const answer = await read(`${name}?limit=${isWhole ? MAX_PAST : PAST}`).catch(() => null);
    if (Array.isArray(answer?.body) && turn() !== null) {
      onPast(name, answer.body);
    }
  }

  /** Request the messages of *feeds* that a socket would have brought. */
  poll(feeds, now) {
    for (const { name, retained, interval_seconds: interval } of feeds) {
      const period = Math.min(interval ?? MAX_PERIOD, MAX_PERIOD) * 1000;
      if (!(now - this.#askedAt[name] < period)) {
        this.#askedAt[name] = now;
        retained ? this.#renew(name) : this.recall(name);
      }
    }
  }

  /**
   * Behind nginx a channel may bring old messages or none, while the daemon has newer ones (*sentAt*, by feed, in Unix ms):
   * request those, once per *socket*. Returns whether the channel is dead: newer ones came while it was open since *openedAt*.
   */
  judge(feeds, { now, lastAt, sentAt, socket, openedAt }) {
    for (const { name, interval_seconds: interval, retained } of feeds) {
      const patience = MAX_INTERVALS * 1000 * interval;
      const isLate = retained && interval && !(now - lastAt[name] < patience);
      if (isLate && sentAt(name) > (lastAt[name] ?? 0) + 1000 && this.#renewed[name] !== socket) {
        this.#renewed[name] = socket;
        this.#renew(name);
      } else if (isLate && sentAt(name) > lastAt[name] + patience && now - openedAt > patience) {
        return true;
      }
    }
    return false;
  }

  async #renew(name) {
    const { read, turn, onMessage } = this.#options;
    const before = turn();
    const answer = await read(name).catch(() => null);
    if (before === turn() && answer?.body?.timestamp) {
      onMessage(name, answer.body);
    }
  }
}
