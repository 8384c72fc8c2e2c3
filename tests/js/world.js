/** A world for Link: a clock that stops until it is moved, and a daemon that can be started, stopped and frozen. */

export const START = Date.parse("2026-11-23T12:00:00Z");
export const OPENING = 0;
export const OPEN = 1;
export const CLOSED = 3;

const NAMES = ["system/stats", "docker/events", "storage/status"];
const TYPES = { "system/stats": "stats", "docker/events": "docker_event", "storage/status": "storage_status" };
const CHANNELS = { uma_stats: NAMES[0], uma_docker: NAMES[1], uma_storage: NAMES[2] };

export class World {
  #now = START;
  #timers = new Map();
  #timerCount = 0;
  sockets = [];
  requests = [];
  isConnected = true;
  isShown = true;
  daemon = new Daemon(this);

  /** Options of Link. */
  get outside() {
    const world = this;
    return {
      WebSocket: class extends FakeSocket {
        constructor(url, protocols) {
          super(url, protocols, world.daemon);
          world.sockets.push(this);
          queueMicrotask(() => world.daemon.accept(this));
        }
      },
      fetch: (url, options) => this.#fetch(url, options),
      setTimeout: (callback, delay) => {
        this.#timerCount += 1;
        this.#timers.set(this.#timerCount, { at: this.#now + delay, callback });
        return this.#timerCount;
      },
      clearTimeout: (timer) => this.#timers.delete(timer),
      now: () => this.#now,
      random: () => 0.5,
      isOnline: () => this.isConnected,
      isVisible: () => this.isShown,
    };
  }

  get now() {
    return this.#now;
  }

  get timerCount() {
    return this.#timers.size;
  }

  /** Advance the clock by *seconds*: due timers fire in order, and the work they start settles. */
  async pass(seconds) {
    const end = this.#now + seconds * 1000;
    await this.settle();
    for (;;) {
      const [id, next] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
      if (next === undefined || next.at > end) {
        break;
      }
      this.#now = Math.max(this.#now, next.at);
      this.#timers.delete(id);
      next.callback();
      await this.settle();
    }
    this.#now = end;
  }

  /** Let *seconds* pass while no timer fires, as a laptop with its lid closed. */
  sleep(seconds) {
    this.#now += seconds * 1000;
  }

  /** Let everything that waits for nothing but its turn happen. */
  async settle() {
    for (let turn = 0; turn < 50; turn += 1) {
      await Promise.resolve();
    }
  }

  openSockets() {
    return this.sockets.filter((socket) => socket.readyState === OPEN);
  }

  async #fetch(url, { headers, signal }) {
    const { pathname, searchParams } = new URL(url);
    const own = `${pathname.replace(/^.*\/api\/v1\//, "")}${searchParams.has("limit") ? `?limit=${searchParams.get("limit")}` : ""}`;
    const limit = searchParams.has("limit") ? `?limit=${searchParams.get("limit")}` : "";
    const path = pathname.endsWith("/relay.php") ? `${searchParams.get("path")}${limit}` : own;
    this.requests.push({ path, headers, at: this.#now });
    if (!this.daemon.isUp || !this.isConnected) {
      throw new TypeError("Failed to fetch");
    }
    if (this.daemon.isFrozen) {
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    }
    const { status, body, redirectedTo } = this.daemon.answer(path, headers);
    if (redirectedTo) {
      return { ok: true, status: 200, redirected: true, url: redirectedTo, json: async () => { throw new SyntaxError("<!DOCTYPE"); } };
    }
    return new Response(JSON.stringify(body), { status, headers: { Date: new Date(this.#now + this.daemon.ahead).toUTCString() } });
  }
}

/** A daemon: `ahead` is how many ms its clock is before the page's; `refusals` are by path `{status, body}`. */
class Daemon {
  #world;
  isUp = true;
  isFrozen = false;
  ahead = 0;
  token = null;
  degraded = false;
  refusals = {};
  isFull = false;
  isUpgradeDropped = false;
  /** By stream, why it is switched off. */
  off = {};
  feeds = null;
  epoch = "e1";
  seq = 0;
  events = [];
  sources = Object.fromEntries(["system", "docker", "storage"].map((name) => [name, { status: "ok", detail: "" }]));
  sentAt = {};
  /** By stream, what nginx keeps of it: when it was made. */
  posted = {};
  /** By stream, its newest message where that can be asked for. */
  newest = {};

  constructor(world) {
    this.#world = world;
  }

  answer(path, headers) {
    if (this.token !== null && headers["X-UMA-Token"] !== this.token) {
      return { status: 401, body: { detail: "a valid token is needed" } };
    }
    const [name, query] = path.split("?");
    const events = this.events.slice(-Number(/limit=(\d+)/.exec(query ?? "")?.[1] ?? 50));
    const bodies = { health: this.health(), feeds: this.feeds, "system/stats/history": { timestamp: [] }, "docker/events": events };
    if (name === "ws") {
      return this.isFull ? { status: 503, body: { detail: "all 100 places are taken" } } : { status: 426, body: { detail: "ask for an upgrade" } };
    }
    return this.refusals[name] ?? { status: 200, body: bodies[name] ?? this.newest[name] ?? {} };
  }

  health() {
    const stream = (name) => ({
      connections: 1,
      limit: 100,
      last_message_at: this.sentAt[name] === undefined ? null : stamp(this.sentAt[name]),
    });
    return {
      service: "uma",
      version: "1",
      status: this.degraded ? "degraded" : "healthy",
      streams: Object.fromEntries(NAMES.map((name) => [name, stream(name)])),
      sources: this.sources,
    };
  }

  accept(socket) {
    if (socket.isOfNginx) {
      this.#replay(socket);
      return;
    }
    if (socket.readyState !== OPENING || this.isFrozen) {
      return;
    }
    if (!this.isUp || this.isFull || this.isUpgradeDropped || (this.token !== null && !socket.protocols.includes(`uma.token.${this.token}`))) {
      socket.end();
      return;
    }
    socket.readyState = OPEN;
    socket.onopen?.();
  }

  /** Answer a command of the multiplex. */
  obey(socket, { action, stream: name, epoch, seq, id = null }) {
    const reply = (frame) => socket.isDead || socket.onmessage?.({ data: JSON.stringify(frame) });
    if (this.isFrozen) {
      return;
    }
    if (action === "ping") {
      reply({ type: "pong", id });
      return;
    }
    if (this.off[name]) {
      reply({ type: "error", id, code: "stream_off", detail: this.off[name] });
      return;
    }
    socket.followed.add(name);
    reply({ type: "subscribed", id, stream: name, epoch: this.epoch, seq: seq ?? this.seq, interval: null });
    if (epoch !== undefined && epoch !== this.epoch) {
      reply({ type: "gap", stream: name, epoch: this.epoch, seq: this.seq, after: { epoch, seq }, missing: null });
    }
    if (name !== "docker/events" && this.sentAt[name] !== undefined) {
      reply(this.#wrapped(name, this.sentAt[name]));
    }
  }

  #wrapped(name, at, seq = 0) {
    return { type: "message", stream: name, epoch: this.epoch, seq, message: JSON.parse(frame(at, TYPES[name])) };
  }

  /** nginx opens its channels with or without a daemon, and sends the daemon's last messages. */
  #replay(socket) {
    socket.readyState = OPEN;
    socket.onopen?.();
    for (const name of socket.followed) {
      if (this.posted[name] !== undefined) {
        socket.onmessage?.({ data: frame(this.posted[name], TYPES[name]) });
      }
    }
  }

  /** Send a message of stream *name*, made now or *at*, to everyone whose socket is not dead. */
  send(name, { at = this.#world.now + this.ahead } = {}) {
    this.sentAt[name] = at;
    this.posted[name] = at;
    const isEvent = name === "docker/events";
    this.seq += isEvent ? 1 : 0;
    for (const socket of this.#world.openSockets().filter((open) => open.followed.has(name) && !open.isDead)) {
      socket.onmessage({ data: socket.isOfNginx ? frame(at, TYPES[name]) : JSON.stringify(this.#wrapped(name, at, isEvent ? this.seq : 0)) });
    }
  }

  stop() {
    this.isUp = false;
    this.sentAt = {};
    this.#world.openSockets().forEach((socket) => socket.isOfNginx || socket.end());
  }

  /** Start another one. */
  start() {
    this.isUp = true;
    this.epoch = `${this.epoch}+`;
    this.seq = 0;
  }
}

class FakeSocket {
  readyState = OPENING;
  isDead = false;
  onopen = null;
  onmessage = null;
  onclose = null;
  sent = [];
  followed = new Set();

  constructor(url, protocols, daemon) {
    this.url = url;
    this.protocols = protocols;
    this.daemon = daemon;
    const { pathname } = new URL(url);
    this.isOfNginx = pathname.startsWith("/sub/");
    if (this.isOfNginx) {
      this.followed = new Set(pathname.slice(5).split(",").map((channel) => CHANNELS[channel]));
    }
  }

  send(text) {
    this.sent.push(JSON.parse(text));
    queueMicrotask(() => this.isDead || this.daemon.obey(this, JSON.parse(text)));
  }

  close() {
    this.readyState = CLOSED;
  }

  end() {
    this.readyState = CLOSED;
    this.onclose?.({});
  }
}

function frame(at, type) {
  return JSON.stringify({ type, timestamp: stamp(at), data: { action: "start", container_id: "abc", time_nano: at * 1e6 } });
}

function stamp(at) {
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace(".000", "");
}
