/** The frames of the webGUI's channels, over one socket that reconnects. No DOM. */

const FIRST_DELAY = 1000;
const LAST_DELAY = 30_000;

export class Feed {
  #url;
  #world;
  #onMessage;
  #socket = null;
  #attempt = 0;
  #timer = null;

  /** *url* names the channels, separated by commas; `world` has `WebSocket`, `setTimeout`, `clearTimeout`, `random`. */
  constructor(url, world, onMessage) {
    this.#url = url;
    this.#world = world;
    this.#onMessage = onMessage;
  }

  /** Open it; or, if it waits for a retry, retry now. */
  wake() {
    if (this.#socket === null) {
      this.#attempt = 0;
      this.#open();
    }
  }

  #open() {
    this.#world.clearTimeout(this.#timer);
    const socket = new this.#world.WebSocket(this.#url);
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      this.#attempt = 0;
      this.#onMessage(JSON.parse(data));
    };
    socket.onclose = () => {
      this.#socket = null;
      const delay = Math.min(FIRST_DELAY * 2 ** this.#attempt, LAST_DELAY) * (0.8 + 0.4 * this.#world.random());
      this.#attempt += 1;
      this.#timer = this.#world.setTimeout(() => this.#open(), delay);
    };
  }
}
