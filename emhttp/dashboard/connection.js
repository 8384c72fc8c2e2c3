/** One socket at a time: opened, greeted, pinged when it is silent, and let go of without a word on the console. No DOM. */

const OPENING = 0;
const OPEN = 1;
/** Milliseconds without a frame after which a socket is pinged, and those within which a ping must be answered. */
const MAX_SILENCE = 12_000;
const PATIENCE = 5000;

export class Connection {
  #carrier;
  #world;
  #onFrame;
  #socket = null;
  #heardAt = 0;
  #pingedAt = null;

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

  /** Open a socket for *feeds*. Whether it opens. */
  open(feeds, token) {
    return new Promise((resolve) => {
      const socket = new this.#world.WebSocket(this.#carrier.socketUrl(feeds), this.#carrier.protocols(token));
      this.#socket = socket;
      socket.onopen = () => resolve(true);
      socket.onclose = () => resolve(false);
      socket.onmessage = ({ data }) => {
        this.#heardAt = this.#world.now();
        this.#pingedAt = null;
        this.#onFrame(JSON.parse(data));
      };
    });
  }

  /** Ask the open socket for *feeds* from *positions* on; *onLost* is called when it closes. */
  greet(feeds, positions, onLost) {
    this.#heardAt = this.#world.now();
    this.#socket.onclose = onLost;
    for (const greeting of this.#carrier.greetings(feeds, positions)) {
      this.#socket.send(JSON.stringify(greeting));
    }
  }

  /** Ping a socket that is silent. Whether it has not answered a ping in time, and is dead. */
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
}
