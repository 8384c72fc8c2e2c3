/**
 * A stand-in for the daemon in a browser: it answers the page's requests and its socket from STATE (made.js), with a fixed clock.
 *
 * Run before the page's own scripts. `stage.send(name, data)` has another message come.
 */

export function stand(state, now) {
  // The same font on every machine (tests/apt-packages.txt): texts are as wide, and pictures alike.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("uma-dashboard { font-family: Roboto !important }");
  document.adoptedStyleSheets.push(sheet);
  const RealDate = Date;
  const began = performance.now();
  // The time of the made messages, going on as fast as the page's own.
  const clock = () => Math.round(now + performance.now() - began);
  window.Date = class extends RealDate {
    constructor(...given) {
      super(...(given.length === 0 ? [clock()] : given));
    }

    static now() {
      return clock();
    }
  };
  const answer = (body, status = 200) => new Response(JSON.stringify(body), { status, headers: { Date: new RealDate(now).toUTCString(), "Content-Type": "application/json" } });
  const { fetch } = window;
  window.fetch = async (url, options) => {
    const path = String(url).split("/api/v1/")[1];
    if (path === undefined) {
      return fetch(url, options);
    }
    const known = { health: state.health, feeds: state.feeds, ...state.past };
    const body = known[path] ?? known[path.replace(/\?limit=\d+$/, "")] ?? state.messages[path];
    return body === undefined ? answer({ detail: "unknown path" }, path === "ws" ? 426 : 404) : answer(body);
  };
  const sockets = [];
  window.WebSocket = class {
    readyState = 0;

    constructor() {
      sockets.push(this);
      if (state.isUpgradeDropped) {
        setTimeout(() => {
          this.readyState = 3;
          this.onclose?.({});
        });
      } else {
        setTimeout(() => {
          this.readyState = 1;
          this.onopen?.({});
        });
      }
    }

    send(text) {
      const { action, stream } = JSON.parse(text);
      const reply = (frame) => this.onmessage?.({ data: JSON.stringify(frame) });
      if (action === "ping") {
        setTimeout(() => reply({ type: "pong", id: null }));
        return;
      }
      setTimeout(() => {
        reply({ type: "subscribed", id: stream, stream, epoch: "e", seq: 0, interval: null });
        if (state.messages[stream]) {
          reply({ type: "message", stream, epoch: "e", seq: 1, message: state.messages[stream] });
        }
      });
    }

    close() {
      this.readyState = 3;
    }
  };
  window.stage = {
    /** Have the newest message of *name* come once more, each number of it a little another. */
    again(name, turn) {
      const changed = (value) => (typeof value === "number" ? value + (turn % 7) * (Number.isInteger(value) ? 1 : 0.1) : value);
      const shaken = (value) =>
        Array.isArray(value) ? value.map(shaken) : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shaken(each)])) : changed(value);
      this.send(name, shaken(state.messages[name].data));
    },
    send(name, data, type = state.messages[name]?.type) {
      const message = { type, timestamp: new RealDate(clock()).toISOString(), data };
      sockets.at(-1).onmessage?.({ data: JSON.stringify({ type: "message", stream: name, epoch: "e", seq: 2, message }) });
    },
    end() {
      state.health = undefined;
      window.WebSocket = class {
        constructor() {
          setTimeout(() => this.onclose?.({}));
        }

        close() {}
      };
      window.fetch = async () => {
        throw new TypeError("Failed to fetch");
      };
      sockets.at(-1).onclose?.({});
    },
  };
}
