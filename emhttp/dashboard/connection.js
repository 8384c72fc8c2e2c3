/** One socket at a time: opened, greeted, pinged when silent, and closed without a message on the console. No DOM. */

const OPENING = 0;
const OPEN = 1;
/** Milliseconds without a frame after which a socket is pinged, and for the ping's answer. */
const MAX_SILENCE = 12_000;
const PATIENCE = 5000;

export class Connection {
  #carrier;
  #world;
  #onFrame;
  #socket = null;
  #heardAt = 0;
  #pingedAt = null;
  /** Feeds that early.js has requested, and frames that came before greet(). */
  #greeted = [];
  #held = null;

  /** *onFrame* is called with each frame's JSON. */
  constructor({ carrier, world, onFrame }) {
    this.#carrier = carrier;
    this.#world = world;
    this.#onFrame = onFrame;
  }

  /** The socket, which identifies the connection; null without. */
  get current() {
    return this.#socket;
  }

  get isOpen() {
    return this.#socket?.readyState === OPEN;
  }

  /**
   * Open a socket for *feeds*, or take the one that early.js has opened. Returns whether one is opening. Frames are
   * held until greet().
   */
  open(feeds, token) {
    this.#held = [];
    const take = (data) => this.#take(data);
    const early = this.#world.early?.socket(token, take) ?? null;
    const socket = early?.socket ?? new this.#world.WebSocket(this.#carrier.socketUrl(feeds), this.#carrier.protocols(token));
    [this.#socket, this.#greeted] = [socket, early?.feeds ?? []];
    if (early === null) {
      socket.onmessage = ({ data }) => take(data);
    }
    return new Promise((resolve) => {
      socket.onopen = () => {
        early?.greet();
        resolve(true);
      };
      socket.onclose = () => resolve(false);
      socket.readyState !== OPENING && resolve(this.isOpen);
    });
  }

  /** Request *feeds* from *positions* on over the open socket; *onLost* is called when it closes. */
  greet(feeds, positions, onLost) {
    this.#heardAt = this.#world.now();
    this.#socket.onclose = onLost;
    const wanted = feeds.filter(({ name }) => !this.#greeted.includes(name));
    for (const greeting of this.#carrier.greetings(wanted, positions)) {
      this.#socket.send(JSON.stringify(greeting));
    }
    const held = this.#held ?? [];
    this.#held = null;
    held.forEach((frame) => this.#onFrame(frame));
  }

  /** Ping a silent socket. Returns whether it missed a ping, and is dead. */
  check() {
    const now = this.#world.now();
    if (this.#pingedAt !== null && now - this.#pingedAt >= PATIENCE) {
      return true;
    }
    if (this.#carrier.canPing && now - this.#heardAt >= MAX_SILENCE) {
      this.doubt();
    }
    return false;
  }

  doubt() {
    if (this.#carrier.canPing && this.#pingedAt === null && this.isOpen) {
      this.#pingedAt = this.#world.now();
      this.#socket.send('{"action":"ping"}');
    }
  }

  drop() {
    const socket = this.#socket;
    [this.#socket, this.#pingedAt, this.#held] = [null, null, null];
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      if (socket.readyState === OPENING) {
        // Closing it before it is open would print an error without a cause on the console.
        socket.onopen = () => socket.close();
      } else {
        socket.close();
      }
    }
  }

  #take(data) {
    [this.#heardAt, this.#pingedAt] = [this.#world.now(), null];
    const frame = JSON.parse(data);
    this.#held === null ? this.#onFrame(frame) : this.#held.push(frame);
  }
}
