/**
 * Asks the daemon for the first picture's data while the page's modules are still on the way. No module, so that it runs
 * before them; outside.js takes what it leaves in `window.umaEarly`. Where it fails, the page asks again by itself.
 */

(() => {
  /** Feeds of the first picture (feeds.js), and what is asked for beside them. */
  const FEEDS = ["system/stats", "storage/status", "server/info", "server/summary"];
  const PATHS = ["health", "feeds", "system/stats/history"];
  /** Milliseconds after which nobody will come for the socket. */
  const PATIENCE = 20_000;

  let token = null;
  try {
    token = sessionStorage.getItem("uma.token");
  } catch {
    // Storage is forbidden: the page asks for a token.
  }
  const base = new URL("api/v1/", document.baseURI).href;
  const socket = new WebSocket(`${base.replace(/^http/, "ws")}ws`, token ? [`uma.token.${token}`] : []);
  const frames = [];
  const greet = () => FEEDS.forEach((stream) => socket.send(JSON.stringify({ action: "subscribe", stream, id: stream })));
  socket.onopen = greet;
  const headers = token ? { "X-UMA-Token": token } : {};
  /** The body is read as well: the page then has it without a turn in which a picture of nothing would be painted. */
  const read = async (url) => {
    const response = await fetch(url, { headers, cache: "no-store" });
    const body = await response.json().catch(() => null);
    return Object.assign(response, { json: async () => body, takenAt: Date.now() });
  };
  const answers = new Map(PATHS.map((path) => [base + path, read(base + path)]));
  // The page reports a failure only if it takes the answer.
  answers.forEach((answer) => answer.catch(() => null));
  const early = { token, feeds: FEEDS, greet, socket, frames, take: (data) => frames.push(data), answers };
  socket.onmessage = ({ data }) => early.take(data);
  /** @type {any} */ (window).umaEarly = early;
  setTimeout(() => early.socket !== null && socket.close(), PATIENCE);
})();
