/**
 * Brings the daemon's three streams to the page, and says at each moment how good that connection is. No DOM.
 *
 * By which way they come, a carrier says (carriers.js): the rest is the same for all. Health is asked first, then the streams are opened: while the daemon is away one request knocks, not three sockets, and
 * a refusal comes with its reason. Attempts follow after 1 s, 2 s and so on up to 15 s; at once upon wake(). A heartbeat
 * that is three intervals late is doubted, and health decides: the daemon has sent more than we got (a dead socket), has
 * had nothing to send (its interval is longer than we thought), or has failed to (the stream is silent). A message that
 * is old when it comes, from a buffer on the way, is doubted as well: what it says is not of now, and the newest is asked for.
 *
 * `world` is the outside: `WebSocket`, `fetch`, `setTimeout`, `clearTimeout`, `now` (Unix ms), `random`, `isOnline`,
 * `isVisible`. `handlers`: `onMessage(key, message)`, `onPast(key, body)`, and `onChange()` when `state` is new.
 */

import { readJson } from "./rest.js";

/** The streams: name in addresses, nchan's channel, source in health, heartbeat in ms, and where their past is. */
export const STREAMS = {
  stats: { name: "system/stats", channel: "uma_stats", source: "system", heartbeat: 5000, past: "system/stats/history" },
  storage: { name: "storage/status", channel: "uma_storage", source: "storage", heartbeat: 30_000, past: null },
  docker: { name: "docker/events", channel: "uma_docker", source: "docker", heartbeat: null, past: "docker/events?limit=50" },
};

export const KEYS = Object.keys(STREAMS);
export const UNAUTHORIZED = 401;
export const UNAVAILABLE = 503;

const FIRST_DELAY = 1000;
const LAST_DELAY = 15_000;
const POLL = 10_000;
const SILENT_INTERVALS = 3;
const OPEN = 1;

/** Milliseconds before attempt *attempt*, 0 being the first: doubling, give or take a fifth. */
export function delayBefore(attempt, random) {
  return Math.round(Math.min(FIRST_DELAY * 2 ** attempt, LAST_DELAY) * (0.8 + 0.4 * random()));
}

export class Transport {
  #carrier;
  #token;
  #world;
  #handlers;
  #channels = {};
  #link = "connecting";
  #reason = null;
  #health = null;
  #skew = 0;
  #attempt = 0;
  #retryAt = null;
  #timer = null;
  #turn = 0;

  /** *token* may be null. */
  constructor({ carrier, token = null, world, handlers }) {
    this.#carrier = carrier;
    this.#token = token;
    this.#world = world;
    this.#handlers = handlers;
    for (const key of KEYS) {
      this.#channels[key] = { key, ...STREAMS[key], socket: null, openedAt: null, reason: null, lastAt: null, isSilent: false, isOld: false, renewed: null, timer: null };
    }
  }

  /**
   * `link`: connecting, open (health has answered), waiting (it has not). `reason`: `{status, detail}` of what failed,
   * status 0 for no answer, null for closed streams. `retryAt` in Unix ms, or null. `health`. `carrier`. `streams` by key:
   * `isOpen`, `isSilent`, `isOld` (its newest message came from a buffer), `reason`, and `lastAt`, when the newest message
   * was made, by this machine's clock.
   */
  get state() {
    const streams = {};
    for (const { key, socket, isSilent, isOld, lastAt, reason } of this.#all) {
      streams[key] = { isOpen: socket?.readyState === OPEN, isSilent, isOld, lastAt, reason };
    }
    return { link: this.#link, reason: this.#reason, retryAt: this.#retryAt, health: this.#health, carrier: this.#carrier, streams };
  }

  /** End everything; no handler is called afterwards. */
  stop() {
    this.#turn += 1;
    this.#link = "stopped";
    this.#schedule(null);
    this.#all.forEach((channel) => this.#drop(channel));
  }

  /** Start; or look now, since something may have changed: network back, tab shown, a person who won't wait. */
  wake() {
    this.#attempt = 0;
    this.#ask();
  }

  /** Use *token* from now on. */
  setToken(token) {
    this.#token = token;
    this.wake();
  }

  get #all() {
    return Object.values(this.#channels);
  }

  /** Ask for health, which settles everything else. A later question makes the answer to this one void. */
  async #ask() {
    this.#turn += 1;
    const turn = this.#turn;
    this.#schedule(null);
    this.#handlers.onChange();
    const answer = await this.#read("health").catch((failure) => ({ failure }));
    if (turn !== this.#turn) {
      return;
    }
    if (answer.body?.service === "uma") {
      this.#onHealth(answer);
    } else {
      this.#onUnanswered(answer.failure ?? { status: 200, detail: "" });
    }
    this.#handlers.onChange();
  }

  #onHealth({ body, servedAt }) {
    this.#link = "open";
    this.#reason = null;
    this.#health = body;
    this.#skew = servedAt - this.#world.now();
    if (this.#wanted.length === 0) {
      this.#attempt = 0;
    }
    this.#all.forEach((channel) => this.#judge(channel));
    this.#wanted.forEach((channel) => this.#open(channel));
    this.#scheduleNext();
  }

  #onUnanswered({ status, detail }) {
    // One lost request while messages come in is no news. A refusal is, and so is a machine without network.
    const beating = this.#all.filter(({ socket, heartbeat }) => socket !== null && heartbeat !== null);
    const isDelivering = beating.length > 0 && beating.every(({ timer }) => timer !== null);
    if (status === 0 && isDelivering && this.#world.isOnline()) {
      this.#schedule(POLL);
      return;
    }
    this.#all.forEach((channel) => this.#drop(channel));
    this.#link = "waiting";
    this.#reason = { status, detail };
    if (status !== UNAUTHORIZED) {
      this.#scheduleRetry();
    } else if (this.#carrier.login) {
      // Somebody may sign in again in another tab.
      this.#schedule(POLL);
    }
    // Without the right token no attempt will go better than this one.
  }

  /** The closed channels but those that were refused and, by health, would be again. */
  get #wanted() {
    const isRefused = ({ name, source, reason }) =>
      reason?.status === UNAVAILABLE && (isFull(this.#health, name) || !(source in this.#health.sources));
    return this.#all.filter((channel) => channel.socket === null && !isRefused(channel));
  }

  #open(channel) {
    const socket = new this.#world.WebSocket(this.#carrier.socketUrl(channel), this.#carrier.protocols(this.#token));
    const isRetained = channel.heartbeat !== null;
    let hasOpened = false;
    channel.socket = socket;
    if (isRetained) {
      // The newest message comes upon opening, so nothing gets lost in between.
      this.#recall(channel);
    }
    socket.onopen = () => {
      hasOpened = true;
      channel.openedAt = this.#world.now();
      channel.reason = null;
      if (!isRetained) {
        this.#recall(channel);
      }
      this.#handlers.onChange();
    };
    socket.onmessage = ({ data }) => this.#onMessage(channel, JSON.parse(data));
    socket.onclose = async () => {
      this.#drop(channel);
      if (!hasOpened) {
        channel.reason = await this.#whyClosed(channel);
      }
      this.#onLost();
    };
  }

  #onMessage(channel, message) {
    channel.lastAt = Date.parse(message.timestamp) - this.#skew;
    channel.isSilent = false;
    channel.heartbeat = STREAMS[channel.key].heartbeat;
    this.#watch(channel);
    this.#judge(channel);
    this.#handlers.onMessage(channel.key, message);
    this.#handlers.onChange();
  }

  /** Doubt *channel* when its newest message is three intervals old. */
  #watch(channel) {
    this.#world.clearTimeout(channel.timer);
    if (channel.heartbeat !== null) {
      const rest = SILENT_INTERVALS * channel.heartbeat - this.#wait(channel);
      channel.timer = this.#world.setTimeout(() => {
        channel.timer = null;
        this.#ask();
      }, Math.max(rest, FIRST_DELAY));
    }
  }

  /** Decide by health what the silence of *channel* means, or what an old message does. */
  #judge(channel) {
    const patience = SILENT_INTERVALS * channel.heartbeat;
    channel.isOld = false;
    if (channel.socket === null || channel.heartbeat === null || !(this.#age(channel) >= patience)) {
      return;
    }
    const sentAt = Date.parse(this.#health.streams[channel.name]?.last_message_at) - this.#skew;
    const hasFailure = Object.values(this.#health.sources).some(({ status }) => status === "failed");
    if (!(sentAt <= channel.lastAt + channel.heartbeat)) {
      // There is newer; a socket that was opened just now may still bring it, an older one is dead.
      channel.isOld = true;
      if (this.#wait(channel) >= patience) {
        this.#drop(channel);
      } else {
        this.#renew(channel);
      }
    } else if (this.#health.status === "healthy" || hasFailure) {
      // Healthy by the daemon's own measure, or degraded for a reason that is named: the interval must be longer.
      channel.heartbeat *= 2;
      this.#watch(channel);
    } else {
      channel.isSilent = true;
    }
  }

  /** Ask for the newest message, once an opening: until the next one comes by itself nobody needs to wait. */
  async #renew(channel) {
    const { name, socket } = channel;
    if (channel.renewed !== socket) {
      channel.renewed = socket;
      const { body } = await this.#read(name).catch(() => ({}));
      if (channel.socket === socket && Date.parse(body?.timestamp) - this.#skew > channel.lastAt) {
        this.#onMessage(channel, body);
      }
    }
  }

  /** For how many ms nothing has come that is of its own time; not longer than the socket is open. */
  #wait({ lastAt, openedAt }) {
    return Math.max(0, this.#world.now() - Math.max(lastAt, openedAt));
  }

  /** The newest message's age in ms; NaN before the first. */
  #age({ lastAt }) {
    return lastAt === null ? NaN : Math.max(0, this.#world.now() - lastAt);
  }

  /** Bring what was before. */
  async #recall({ key, past, socket }) {
    const answer = past === null ? null : await this.#read(past).catch(() => null);
    if (answer !== null && this.#channels[key].socket === socket) {
      this.#handlers.onPast(key, answer.body);
    }
  }

  /** Why *channel* was not opened: a browser does not tell, the stream's REST twin does. */
  async #whyClosed({ name }) {
    if (isFull(this.#health, name)) {
      return { status: UNAVAILABLE, detail: `all ${this.#health.streams[name].limit} places are taken` };
    }
    const { status, detail } = this.#carrier.hasTwins ? await this.#read(name).catch((failure) => failure) : {};
    return { status: status ?? 0, detail: detail ?? "live connections do not get through" };
  }

  #onLost() {
    if (this.#link === "open") {
      this.#scheduleNext();
      if (this.#all.every(({ socket }) => socket === null)) {
        this.#link = "waiting";
      }
      this.#handlers.onChange();
    }
  }

  #drop(channel) {
    this.#world.clearTimeout(channel.timer);
    channel.timer = null;
    if (channel.socket !== null) {
      channel.socket.onopen = channel.socket.onmessage = channel.socket.onclose = null;
      channel.socket.close();
      channel.socket = null;
    }
  }

  #scheduleNext() {
    if (this.#wanted.length > 0) {
      this.#scheduleRetry();
    } else {
      this.#schedule(POLL);
    }
  }

  #scheduleRetry() {
    if (this.#retryAt === null) {
      const delay = delayBefore(this.#attempt, this.#world.random);
      this.#attempt += 1;
      this.#schedule(delay);
      this.#retryAt = this.#world.now() + delay;
    }
  }

  #schedule(delay) {
    this.#world.clearTimeout(this.#timer);
    this.#retryAt = null;
    this.#timer = delay === null ? null : this.#world.setTimeout(() => this.#onTimer(), delay);
  }

  #onTimer() {
    if (this.#retryAt !== null || this.#world.isVisible()) {
      this.#ask();
    } else {
      this.#schedule(POLL);
    }
  }

  #read(path) {
    return readJson(this.#carrier.readUrl(path), this.#token, this.#world);
  }
}

function isFull(health, name) {
  const stream = health.streams[name];
  return stream !== undefined && stream.connections >= stream.limit;
}
