/**
 * Brings every feed's messages to the page by one socket, and says how good that connection is. No DOM.
 *
 * The socket is opened at once, while health and the list of feeds are asked for; where it is refused, health says why.
 * A broken connection is tried again after 1 s, 2 s and so on up to 15 s, or at once upon wake(), and resumes after the
 * last event that came. Where health answers but no socket opens, something on the way drops WebSockets: messages are
 * then asked for one by one. A silent socket is pinged; one without an answer is dead.
 *
 * `world` is the outside: `WebSocket`, `fetch`, `setTimeout`, `clearTimeout`, `now` (Unix ms), `random`, `isOnline`,
 * `isVisible`. `handlers`: `onMessage(name, message)`, `onPast(name, messages)`, `onOpen()`, `onChange()`.
 */

import { feedsFrom, KNOWN } from "./feeds.js";
import { readJson } from "./rest.js";

export const UNAUTHORIZED = 401;
export const UNAVAILABLE = 503;
export const UPGRADE_REQUIRED = 426;
/** How many intervals a message may be late. */
export const MAX_INTERVALS = 3;

const FIRST_DELAY = 1000;
const LAST_DELAY = 15_000;
const BEAT = 5000;
const HEALTH_PERIOD = 10_000;
const MAX_SILENCE = 12_000;
const PATIENCE = 5000;
const REOPEN_PERIOD = 60_000;
const PAST = 50;
const MAX_PAST = 1000;
const OPENING = 0;
const OPEN = 1;

/** Milliseconds before attempt *attempt*, 0 being the first: doubling, give or take a fifth. */
export function delayBefore(attempt, random) {
  return Math.round(Math.min(FIRST_DELAY * 2 ** attempt, LAST_DELAY) * (0.8 + 0.4 * random()));
}

export class Link {
  #carrier;
  #token;
  #world;
  #handlers;
  #link = "connecting";
  #reason = null;
  #health = null;
  #feeds = null;
  #skew = 0;
  #attempt = 0;
  #retryAt = null;
  #retry = null;
  #beat = null;
  #socket = null;
  #turn = 0;
  #heardAt = 0;
  #pingedAt = null;
  #healthAt = -Infinity;
  #openedAt = 0;
  #isPolling = false;
  #isPast = false;
  #positions = {};
  #lastAt = {};
  #askedAt = {};
  #off = {};
  #renewed = {};

  /** *token* may be null. */
  constructor({ carrier, token = null, world, handlers }) {
    this.#carrier = carrier;
    this.#token = token;
    this.#world = world;
    this.#handlers = handlers;
  }

  /**
   * `link`: connecting, open, waiting. `reason`: `{status, detail}` of what failed, status 0 for no answer, null for a
   * closed socket. `retryAt` in Unix ms, or null. `isPolling`: messages come by GET. `lastAt` and `off` by feed: when its
   * newest message was made, by this machine's clock, and why it is switched off. `skew`: ms the server's clock is ahead.
   */
  get state() {
    return {
      link: this.#link,
      reason: this.#reason,
      retryAt: this.#retryAt,
      health: this.#health,
      feeds: this.feeds,
      isPolling: this.#isPolling,
      lastAt: this.#lastAt,
      off: this.#off,
      skew: this.#skew,
      carrier: this.#carrier,
    };
  }

  get feeds() {
    return this.#feeds ?? KNOWN;
  }

  /** The JSON at *path* below `api/v1/`. Throws Unanswered. */
  async read(path) {
    return (await readJson(this.#carrier.readUrl(path), this.#token, this.#world)).body;
  }

  /** End everything; no handler is called afterwards. */
  stop() {
    this.#turn += 1;
    this.#link = "stopped";
    this.#clear();
    this.#drop();
  }

  /** Start; or look now, since something may have changed: network back, tab shown, a person who won't wait. */
  wake() {
    this.#attempt = 0;
    if (this.#socket === null || this.#link !== "open") {
      this.#connect();
    } else {
      this.#doubt();
      this.#askHealth();
    }
  }

  /** Use *token* from now on. */
  setToken(token) {
    this.#token = token;
    this.#drop();
    this.wake();
  }

  async #connect() {
    this.#turn += 1;
    const turn = this.#turn;
    this.#clear();
    this.#drop();
    this.#handlers.onChange();
    const { canPing } = this.#carrier;
    /** @type {Promise<any>} */
    const health = this.#read("health").then(
      (answer) => (answer.body?.service === "uma" ? answer : { failure: { status: 200, detail: "" } }),
      (failure) => ({ failure }),
    );
    const feeds = this.#readFeeds();
    // nchan opens whether the daemon lives or not, and its URL names the feeds.
    const opening = canPing ? this.#open() : null;
    const [answer, listed] = await Promise.all([health, feeds]);
    if (turn !== this.#turn) {
      return;
    }
    if (answer.failure) {
      this.#fail(answer.failure);
      return;
    }
    this.#feeds = listed ?? this.#feeds;
    this.#onHealth(answer);
    const isOpen = await (opening ?? this.#open());
    if (turn !== this.#turn) {
      return;
    }
    if (isOpen) {
      this.#onOpen();
    } else {
      await this.#onRefused(turn);
    }
  }

  #readFeeds() {
    return this.#read("feeds").then(
      ({ body }) => feedsFrom(body),
      () => null,
    );
  }

  /** Whether the socket opens. */
  #open() {
    return new Promise((resolve) => {
      const socket = new this.#world.WebSocket(this.#carrier.socketUrl(this.#enabled), this.#carrier.protocols(this.#token));
      this.#socket = socket;
      socket.onopen = () => resolve(true);
      socket.onclose = () => resolve(false);
      socket.onmessage = ({ data }) => this.#onFrame(JSON.parse(data));
    });
  }

  #onOpen() {
    const socket = this.#socket;
    if (socket?.readyState !== OPEN) {
      this.#onLost();
      return;
    }
    socket.onclose = () => this.#onLost();
    this.#link = "open";
    [this.#reason, this.#isPolling, this.#off] = [null, false, {}];
    this.#heardAt = this.#openedAt = this.#world.now();
    for (const greeting of this.#carrier.greetings(this.#enabled, this.#positions)) {
      socket.send(JSON.stringify(greeting));
    }
    if (!this.#isPast || !this.#carrier.canPing) {
      this.#isPast = true;
      this.#events.forEach(({ name }) => this.#recall(name, PAST));
    }
    this.#handlers.onOpen();
    this.#schedule();
    this.#handlers.onChange();
  }

  /** The daemon is there, its socket is not: it has no place left, or something on the way drops the upgrade. */
  async #onRefused(turn) {
    this.#socket = null;
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
    this.#poll();
    this.#schedule();
    this.#handlers.onChange();
  }

  #onHealth({ body, servedAt }) {
    this.#health = body;
    this.#healthAt = this.#world.now();
    this.#skew = servedAt - this.#world.now();
  }

  #fail({ status, detail }) {
    this.#clear();
    this.#drop();
    this.#link = "waiting";
    this.#isPolling = false;
    this.#reason = { status, detail };
    if (status !== UNAUTHORIZED) {
      this.#again();
    } else if (this.#carrier.login) {
      // The user may sign in again in another tab.
      this.#retry = this.#world.setTimeout(() => this.#connect(), HEALTH_PERIOD);
    }
    // Without the right token no attempt will go better than this one.
    this.#handlers.onChange();
  }

  #onLost() {
    this.#clear();
    this.#drop();
    this.#link = "waiting";
    this.#reason = null;
    this.#again();
    this.#handlers.onChange();
  }

  #again() {
    const delay = delayBefore(this.#attempt, this.#world.random);
    this.#attempt += 1;
    this.#retryAt = this.#world.now() + delay;
    this.#retry = this.#world.setTimeout(() => this.#connect(), delay);
  }

  #onFrame(frame) {
    this.#heardAt = this.#world.now();
    this.#pingedAt = null;
    const said = this.#carrier.parse(frame, this.feeds);
    if (said === null || said.name === null || said.name === undefined) {
      return;
    }
    if (said.position) {
      const isEvent = this.#events.some(({ name }) => name === said.name);
      this.#positions = isEvent ? { ...this.#positions, [said.name]: said.position } : this.#positions;
    }
    if (said.gap) {
      this.#recall(said.name, MAX_PAST);
    } else if (said.off !== undefined) {
      this.#off = { ...this.#off, [said.name]: said.off };
      this.#handlers.onChange();
    } else if (said.message) {
      this.#onMessage(said.name, said.message);
    }
  }

  #onMessage(name, message) {
    const madeAt = Date.parse(message.timestamp) - this.#skew;
    if (madeAt < this.#lastAt[name] && this.#isState(name)) {
      // From a buffer on the way: there is newer already.
      return;
    }
    this.#lastAt = { ...this.#lastAt, [name]: madeAt };
    if (name === "server/health") {
      // What is pushed leaves out what does not change: whose it is, and whether it is a demo.
      this.#health = { ...this.#health, ...message.data };
      this.#healthAt = this.#world.now();
    }
    this.#handlers.onMessage(name, message);
    this.#handlers.onChange();
  }

  /** Bring the last *limit* events of *name*. */
  async #recall(name, limit) {
    const answer = await this.#read(`${name}?limit=${limit}`).catch(() => null);
    if (Array.isArray(answer?.body) && this.#link !== "stopped") {
      this.#handlers.onPast(name, answer.body);
    }
  }

  get #enabled() {
    return this.feeds.filter(({ enabled }) => enabled !== false);
  }

  get #events() {
    return this.#enabled.filter(({ retained }) => !retained);
  }

  #isState(name) {
    return this.feeds.some((feed) => feed.name === name && feed.retained);
  }

  #schedule() {
    this.#world.clearTimeout(this.#beat);
    this.#beat = this.#world.setTimeout(() => this.#onBeat(), BEAT);
  }

  /** Every few seconds while open: is anybody there, and are messages as new as they should be? */
  #onBeat() {
    const now = this.#world.now();
    // A connection that has lasted so long is none that breaks at once.
    this.#attempt = 0;
    this.#schedule();
    if (this.#isPolling) {
      this.#poll();
      if (now - this.#openedAt >= REOPEN_PERIOD) {
        this.#connect();
        return;
      }
    } else if (this.#pingedAt !== null && now - this.#pingedAt >= PATIENCE) {
      this.#onLost();
      return;
    } else if (this.#carrier.canPing && now - this.#heardAt >= MAX_SILENCE) {
      this.#doubt();
    }
    const isPushed = this.#carrier.canPing && this.#lastAt["server/health"] !== undefined;
    if (this.#world.isVisible() && !isPushed && now - this.#healthAt >= HEALTH_PERIOD) {
      this.#askHealth();
    }
    this.#handlers.onChange();
  }

  #doubt() {
    if (this.#carrier.canPing && this.#pingedAt === null && this.#socket?.readyState === OPEN) {
      this.#pingedAt = this.#world.now();
      this.#socket.send('{"action":"ping"}');
    }
  }

  async #askHealth() {
    const turn = this.#turn;
    this.#healthAt = this.#world.now();
    /** @type {any} */
    const answer = await this.#read("health").catch((failure) => ({ failure }));
    if (turn !== this.#turn) {
      return;
    }
    const { failure } = answer;
    if (answer.body?.service === "uma") {
      this.#onHealth(answer);
      this.#carrier.canPing || this.#judge();
    } else if (failure?.status !== 0 || !this.#isDelivering || !this.#world.isOnline()) {
      // One lost request while messages come in is ignored. A refusal counts, and so does a machine without network.
      this.#fail(failure ?? { status: 200, detail: "" });
      return;
    }
    this.#handlers.onChange();
  }

  get #isDelivering() {
    const now = this.#world.now();
    return this.feeds.some(({ name, interval_seconds: interval }) => interval && now - this.#lastAt[name] < MAX_INTERVALS * 1000 * interval);
  }

  /** Behind nginx: a channel may bring what is old, or nothing, while the daemon has newer. */
  #judge() {
    const now = this.#world.now();
    for (const { name, interval_seconds: interval, retained } of this.#enabled) {
      const sentAt = Date.parse(this.#health.streams?.[name]?.last_message_at) - this.#skew;
      const isLate = retained && interval && !(now - this.#lastAt[name] < MAX_INTERVALS * 1000 * interval);
      if (isLate && sentAt > (this.#lastAt[name] ?? 0) + 1000 && this.#renewed[name] !== this.#socket) {
        this.#renewed[name] = this.#socket;
        this.#renew(name);
      } else if (isLate && sentAt > this.#lastAt[name] + MAX_INTERVALS * 1000 * interval && now - this.#openedAt > MAX_INTERVALS * 1000 * interval) {
        this.#onLost();
        return;
      }
    }
  }

  async #renew(name) {
    const turn = this.#turn;
    const answer = await this.#read(name).catch(() => null);
    if (turn === this.#turn && answer?.body?.timestamp) {
      this.#onMessage(name, answer.body);
    }
  }

  /** Ask for what a socket would have brought. */
  #poll() {
    const now = this.#world.now();
    for (const { name, retained, interval_seconds: interval } of this.#enabled) {
      const period = Math.min(interval ?? 30, 30) * 1000;
      if (!(now - this.#askedAt[name] < period)) {
        this.#askedAt[name] = now;
        retained ? this.#renew(name) : this.#recall(name, PAST);
      }
    }
  }

  #drop() {
    const socket = this.#socket;
    [this.#socket, this.#pingedAt] = [null, null];
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      if (socket.readyState === OPENING) {
        // Closed before it is open it would be an error on the console, and of what, nobody knows.
        socket.onopen = () => socket.close();
      } else {
        socket.close();
      }
    }
  }

  #clear() {
    this.#world.clearTimeout(this.#beat);
    this.#world.clearTimeout(this.#retry);
    this.#retryAt = null;
  }

  #read(path) {
    return readJson(this.#carrier.readUrl(path), this.#token, this.#world);
  }
}
