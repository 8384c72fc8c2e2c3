/** Reads summaries and presence from a broker, by MQTT over WebSocket; of several brokers one that answers. */

import { openSocket } from "./calm-socket.js";
import { connectPacket, PING, subscribePacket, Unpacker } from "./packets.js";

const KEEPALIVE_SECONDS = 30;
const ANSWER_MS = 5000;
/** For the answer to the subscription: NATS takes 5 s and more while it elects leaders, or never answers. */
const SUBSCRIBED_MS = 15_000;
const MIN_PAUSE_MS = 200;
const MAX_PAUSE_MS = 10_000;
/** CONNACK's codes for which only another setting helps (MQTT 3.1.1, 3.2.2.3). */
const REFUSED = { 1: "it doesn't speak MQTT 3.1.1", 2: "it rejects the client id", 4: "wrong user or password", 5: "not authorized" };

export class MqttReader {
  #settings;
  #handlers;
  #world;
  #socket = null;
  #turn = 0;
  #failures = 0;
  #timers = new Set();
  #hasHeard = false;
  #isSubscribed = false;

  /**
   * *settings*: `{brokers: [URL…], prefix, user, password}`; *handlers*: `onSummary(node, message, isRetained)`,
   * `onPresence(node, word)`, `onState(word, detail)` with connecting, open or failed.
   */
  constructor(settings, handlers, world) {
    [this.#settings, this.#handlers, this.#world] = [settings, handlers, world];
  }

  start() {
    this.#connect();
  }

  stop() {
    this.#timers.forEach((timer) => this.#world.clearTimeout(timer));
    this.#timers.clear();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #connect() {
    const address = this.#settings.brokers[this.#turn % this.#settings.brokers.length];
    this.#handlers.onState("connecting", address);
    let socket;
    try {
      socket = openSocket(this.#world, withPath(address), "mqtt");
    } catch (error) {
      this.#fail(`${address}: ${error.message}`);
      return;
    }
    const unpacker = new Unpacker();
    this.#socket = socket;
    this.#after(ANSWER_MS, () => socket === this.#socket && !this.#hasHeard && this.#end(socket, `${address} doesn't answer`));
    this.#hasHeard = false;
    this.#isSubscribed = false;
    socket.onopen = () => {
      const { user, password } = this.#settings;
      socket.send(connectPacket({ clientId: `umafleet${randomDigits(this.#world.random)}`, user, password, keepaliveSeconds: KEEPALIVE_SECONDS }));
    };
    socket.onmessage = ({ data }) => {
      try {
        unpacker.take(new Uint8Array(data)).forEach((packet) => this.#take(socket, address, packet));
      } catch (error) {
        this.#end(socket, `${address}: ${error.message}`);
      }
    };
    socket.onclose = () => this.#end(socket, this.#hasHeard ? `connection to ${address} lost` : `can't connect to ${address}`);
  }

  #take(socket, address, packet) {
    if (socket !== this.#socket) {
      return;
    }
    if (packet.kind === "connack") {
      this.#hasHeard = true;
      if (packet.code !== 0) {
        this.#end(socket, `${address}: ${REFUSED[packet.code] ?? `refused with code ${packet.code}`}`);
        return;
      }
      const { prefix } = this.#settings;
      // A broker sends its retained messages in this order.
      socket.send(subscribePacket([`${prefix}/+/server/summary`, `${prefix}/+/availability`]));
      this.#after(SUBSCRIBED_MS, () => !this.#isSubscribed && this.#end(socket, `${address} doesn't answer the subscription`));
      this.#ping(socket);
    } else if (packet.kind === "suback") {
      this.#isSubscribed = true;
      this.#failures = 0;
      const refused = `${address}: no permission to read ${this.#settings.prefix}/+/server/summary`;
      this.#handlers.onState(packet.isRefused ? "failed" : "open", packet.isRefused ? refused : address);
    } else if (packet.kind === "publish") {
      this.#hand(packet);
    }
  }

  #hand({ topic, payload, isRetained }) {
    const below = topic.slice(this.#settings.prefix.length + 1);
    const node = below.slice(0, below.indexOf("/"));
    if (below === `${node}/availability`) {
      this.#handlers.onPresence(node, payload);
    } else if (below === `${node}/server/summary`) {
      const message = parsed(payload);
      // An empty payload removes a retained message.
      this.#handlers.onSummary(node, message, isRetained);
    }
  }

  #ping(socket) {
    this.#after(KEEPALIVE_SECONDS * 500, () => {
      if (socket === this.#socket) {
        socket.send(PING);
        this.#ping(socket);
      }
    });
  }

  #end(socket, reason) {
    if (socket !== this.#socket) {
      return;
    }
    this.#socket = null;
    socket.close();
    this.#fail(reason);
  }

  #fail(reason) {
    this.#turn += 1;
    this.#failures += 1;
    this.#handlers.onState("failed", reason);
    const pause = Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** Math.min(this.#failures, 10));
    this.#after(pause * (0.5 + this.#world.random() / 2), () => this.#connect());
  }

  #after(milliseconds, callback) {
    const timer = this.#world.setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, milliseconds);
    this.#timers.add(timer);
  }
}

/** *address* with the path that NATS requires and mosquitto ignores, if it has none. */
function withPath(address) {
  const url = new URL(address);
  url.pathname = url.pathname === "/" ? "/mqtt" : url.pathname;
  return url.href;
}

const randomDigits = (random) => Math.floor(random() * 0xffffffff).toString(16).padStart(8, "0");

function parsed(payload) {
  try {
    const message = JSON.parse(payload);
    const isSummary = message?.type === "server_summary" && typeof message.data === "object" && message.data !== null;
    return isSummary ? message : null;
  } catch {
    return null;
  }
}
