/**
 * Brings every feed's messages to the page over one socket, and reports that connection's state. No DOM.
 *
 * The socket is opened at once, while health and the list of feeds are asked for; if it is refused, health has the reason.
 * A broken connection is retried after 1 s, 2 s and so on up to 15 s, or at once upon wake(), and resumes after the
 * last received event. If health answers but no socket opens, a proxy drops WebSockets: messages are
 * then requested one by one. A silent socket is pinged; without an answer it is dead.
 *
 * `world` is the outside: `WebSocket`, `fetch`, `setTimeout`, `clearTimeout`, `now` (Unix ms), `random`, `isOnline`,
 * `isVisible`. `handlers`: `onMessage(name, message)`, `onPast(name, messages)`, `onOpen()`, `onChange()`.
 */

import { CatchUp, MAX_INTERVALS } from "./catch-up.js";
import { Connection } from "./connection.js";
import { feedsFrom } from "./feeds.js";
import { Health, HEALTH_PERIOD } from "./health.js";
import { Inbox } from "./inbox.js";
import { readJson } from "./rest.js";
import { Retry } from "./retry.js";
import { Roster } from "./roster.js";

export const UNAUTHORIZED = 401;
export const UNAVAILABLE = 503;

const BEAT = 5000;
const REOPEN_PERIOD = 60_000;

export class Link {
  #carrier;
  #token;
  #world;
  #handlers;
  #link = "connecting";
  #reason = null;
  #health;
  #roster = new Roster((path) => this.#read(path));
  #inbox;
  #retry;
  #beat = null;
  #connection;
  #turn = 0;
  #openedAt = 0;
  #isPolling = false;
  #isPast = false;
  #isGiven = false;
  #catchUp;

  /** *token* may be null. */
  constructor({ carrier, token = null, world, handlers }) {
    [this.#carrier, this.#token, this.#world, this.#handlers] = [carrier, token, world, handlers];
    this.#retry = new Retry(world, () => this.#connect());
    this.#health = new Health((path) => this.#read(path), () => world.now());
    this.#catchUp = new CatchUp({
      read: (path) => this.#read(path),
      turn: () => (this.#link === "stopped" ? null : this.#turn),
      onPast: (name, messages) => this.#handlers.onPast(name, messages),
      onMessage: (name, message) => this.#inbox.take(name, message),
    });
    this.#inbox = new Inbox({
      carrier,
      roster: this.#roster,
      handlers: {
        onMessage: (name, message) => this.#onMessage(name, message),
        onPast: (name, messages) => this.#handlers.onPast(name, messages),
        onGap: (name) => this.#catchUp.recall(name, true),
        onOff: () => this.#handlers.onChange(),
      },
    });
    this.#connection = new Connection({ carrier, world, onFrame: (frame) => this.#inbox.takeFrame(frame) });
  }

  /**
   * `link`: connecting, open, waiting. `reason`: `{status, detail}` of what failed, status 0 for no answer, null for a
   * closed socket. `retryAt` in Unix ms, or null. `isPolling`: messages come by GET. `lastAt` and `off` by feed: when its
   * newest message was made, by this machine's clock, and why it is switched off. `skew`: ms the server's clock is ahead.
   * `isGiven`: the page came with data.
   */
  get state() {
    return {
      link: this.#link,
      reason: this.#reason,
      retryAt: this.#retry.at,
      health: this.#health.body,
      feeds: this.feeds,
      isPolling: this.#isPolling,
      lastAt: this.#inbox.lastAt,
      off: this.#inbox.off,
      skew: this.#inbox.skew,
      isGiven: this.#isGiven,
      carrier: this.#carrier,
    };
  }

  /** True if the newest message of *name* is its state. */
  isState(name) {
    return this.#roster.isState(name);
  }

  get feeds() {
    return this.#roster.all;
  }

  /** The JSON at *path* below `api/v1/`. Throws Unanswered. */
  async read(path) {
    return (await readJson(this.#carrier.readUrl(path), this.#token, this.#world)).body;
  }

  /**
   * Take the data that came with the page: answers to `health` and `feeds`, and messages of each stream. The socket
   * continues after them.
   */
  give({ feeds, health, epoch, streams, served_at: servedAt, takenAt }) {
    this.#isGiven = true;
    this.#isPast = true;
    this.#roster.take(feedsFrom(feeds));
    this.#onHealth({ body: health, skew: servedAt - takenAt });
    for (const [name, { seq, messages }] of Object.entries(streams)) {
      this.#inbox.takeGiven(name, messages, { epoch, seq });
    }
  }

  /** End everything; no handler is called afterwards. */
  stop() {
    this.#turn += 1;
    this.#link = "stopped";
    this.#clear();
    this.#connection.drop();
  }

  /**
   * Start; or look now, since something may have changed: the network is back, the tab is shown, or the user can't
   * wait.
   */
  wake() {
    this.#retry.reset();
    if (this.#connection.current === null || this.#link !== "open") {
      this.#connect();
    } else {
      this.#connection.doubt();
      this.#askHealth();
    }
  }

  /** Use *token* from now on. */
  setToken(token) {
    this.#token = token;
    this.#connection.drop();
    this.wake();
  }

  async #connect() {
    this.#turn += 1;
    const turn = this.#turn;
    this.#clear();
    this.#connection.drop();
    this.#handlers.onChange();
    const { canPing } = this.#carrier;
    const health = this.#health.ask();
    const feeds = this.#roster.ask();
    // nchan opens even without a daemon, and its URL names the feeds.
    const opening = canPing ? this.#connection.open(this.#roster.enabled, this.#token) : null;
    const [answer, listed] = await Promise.all([health, feeds]);
    if (turn !== this.#turn) {
      return;
    }
    if (answer.failure) {
      this.#fail(answer.failure);
      return;
    }
    this.#roster.take(listed);
    this.#onHealth(answer);
    const isOpen = await (opening ?? this.#connection.open(this.#roster.enabled, this.#token));
    if (turn !== this.#turn) {
      return;
    }
    if (isOpen) {
      this.#onOpen();
    } else {
      await this.#onRefused(turn);
    }
  }

  #onOpen() {
    if (!this.#connection.isOpen) {
      this.#onLost();
      return;
    }
    this.#link = "open";
    [this.#reason, this.#isPolling, this.#inbox.off] = [null, false, {}];
    this.#openedAt = this.#world.now();
    this.#connection.greet(this.#roster.enabled, this.#inbox.positions, () => this.#onLost());
    if (!this.#isPast || !this.#carrier.canPing) {
      this.#isPast = true;
      this.#roster.events.forEach(({ name }) => this.#catchUp.recall(name));
    }
    this.#handlers.onOpen();
    this.#schedule();
    this.#handlers.onChange();
  }

  /** The daemon answers but its socket does not open: no place is free, or a proxy drops the upgrade. */
  async #onRefused(turn) {
    this.#connection.drop();
    const failure = await this.#read("ws").catch((error) => error);
    if (turn !== this.#turn) {
      return;
    }
    if (failure?.status === UNAVAILABLE || !this.#carrier.canPing) {
      this.#fail({ status: UNAVAILABLE, detail: failure?.detail ?? "" });
      return;
    }
    this.#link = "open";
    this.#isPolling = true;
    this.#openedAt = this.#world.now();
    this.#handlers.onOpen();
    this.#catchUp.poll(this.#roster.enabled, this.#world.now());
    this.#schedule();
    this.#handlers.onChange();
  }

  #onHealth({ body, skew }) {
    this.#health.take(body);
    this.#inbox.skew = skew;
  }

  #fail({ status, detail }) {
    this.#clear();
    this.#connection.drop();
    this.#link = "waiting";
    this.#isPolling = false;
    this.#reason = { status, detail };
    if (status !== UNAUTHORIZED) {
      this.#retry.again();
    } else if (this.#carrier.login) {
      // The user may sign in again in another tab.
      this.#retry.later(HEALTH_PERIOD);
    }
    // Without a valid token no retry will succeed.
    this.#handlers.onChange();
  }

  #onLost() {
    this.#clear();
    this.#connection.drop();
    this.#link = "waiting";
    this.#reason = null;
    this.#retry.again();
    this.#handlers.onChange();
  }

  #onMessage(name, message) {
    name === "server/health" && this.#health.takePushed(message.data);
    this.#handlers.onMessage(name, message);
  }

  #schedule() {
    this.#world.clearTimeout(this.#beat);
    this.#beat = this.#world.setTimeout(() => this.#onBeat(), BEAT);
  }

  /** Every few seconds while open: check that the other end answers, and that messages are current. */
  #onBeat() {
    const now = this.#world.now();
    // A connection that lasted so long did not break at once.
    this.#retry.reset();
    this.#schedule();
    if (this.#isPolling) {
      this.#catchUp.poll(this.#roster.enabled, now);
      if (now - this.#openedAt >= REOPEN_PERIOD) {
        this.#connect();
        return;
      }
    } else if (this.#connection.check()) {
      this.#onLost();
      return;
    }
    const isPushed = this.#carrier.canPing && this.#inbox.lastAt["server/health"] !== undefined;
    if (this.#world.isVisible() && !isPushed && this.#health.isDue) {
      this.#askHealth();
    }
    this.#handlers.onChange();
  }

  async #askHealth() {
    const turn = this.#turn;
    const answer = await this.#health.ask();
    if (turn !== this.#turn) {
      return;
    }
    const { failure } = answer;
    if (!failure) {
      this.#onHealth(answer);
      this.#carrier.canPing || this.#judge();
    } else if (failure.status !== 0 || !this.#inbox.isDelivering(this.#world.now(), MAX_INTERVALS) || !this.#world.isOnline()) {
      // One lost request is ignored while messages arrive. A refusal counts, and so does a missing network.
      this.#fail(failure);
      return;
    }
    this.#handlers.onChange();
  }

  #judge() {
    const { lastAt, skew } = this.#inbox;
    const sentAt = (name) => Date.parse(this.#health.body.streams?.[name]?.last_message_at) - skew;
    const isDead = this.#catchUp.judge(this.#roster.enabled, { now: this.#world.now(), lastAt, sentAt, socket: this.#connection.current, openedAt: this.#openedAt });
    isDead && this.#onLost();
  }

  #clear() {
    this.#world.clearTimeout(this.#beat);
    this.#retry.clear();
  }

  #read(path) {
    return readJson(this.#carrier.readUrl(path), this.#token, this.#world);
  }
}
