/**
 * A WebSocket whose messages come in bursts, where the browser has `WebSocketStream` (Chromium).
 *
 * A fleet of 1,000 sends 67 messages a second, and each wakes the page. Read once a second, they come together.
 */

const PAUSE_MS = 1000;
/** Nothing for so long means that all that has come is read. */
const QUIET_MS = 5;
/** Milliseconds after opening in which a broker sends its retained messages, without pauses. */
const START_MS = 5000;

/** A socket to *url*: `onopen`, `onmessage`, `onclose`, `send` and `close` are those of a WebSocket. */
export function openSocket(world, url, protocol) {
  if (world.WebSocketStream) {
    return new CalmSocket(world, url, protocol);
  }
  const socket = new world.WebSocket(url, protocol);
  socket.binaryType = "arraybuffer";
  return socket;
}

class CalmSocket {
  #world;
  #stream;
  #writer = null;
  #isOpen = true;
  onopen = () => {};
  onmessage = (_event) => {};
  onclose = () => {};

  constructor(world, url, protocol) {
    this.#world = world;
    this.#stream = new world.WebSocketStream(url, { protocols: [protocol] });
    const end = () => this.#end();
    this.#stream.closed.then(end, end);
    this.#stream.opened.then(({ readable, writable }) => this.#run(readable.getReader(), writable.getWriter())).catch(end);
  }

  send(bytes) {
    // What the closed connection does not take is reported by `closed`.
    this.#writer?.write(bytes).catch(() => {});
  }

  close() {
    this.#isOpen = false;
    try {
      this.#stream.close();
    } catch {
      // It was not open yet, or is closed.
    }
  }

  async #run(reader, writer) {
    if (!this.#isOpen) {
      this.#stream.close();
      return;
    }
    const startsUntil = this.#world.now() + START_MS;
    this.#writer = writer;
    this.onopen();
    while (this.#isOpen) {
      const began = this.#world.now();
      const { value, done } = await reader.read();
      if (done || !this.#isOpen) {
        break;
      }
      this.onmessage({ data: value });
      const now = this.#world.now();
      // A hidden page's timers may be late by a minute: then each message is read as it comes.
      if (now - began >= QUIET_MS && now > startsUntil && this.#world.isVisible()) {
        await new Promise((resolve) => this.#world.setTimeout(resolve, PAUSE_MS));
      }
    }
    this.#end();
  }

  #end() {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.onclose();
    }
  }
}
