/**
 * Requests the first picture's data while the page's modules are still loading. It is not a module, so it runs
 * before them; outside.js takes the results from `window.umaEarly`. If it fails, the page sends its own requests.
 */

(() => {
  /** Feeds of the first picture (feeds.js), and further requests. */
  const FEEDS = ["system/stats", "storage/status", "server/info", "server/summary"];
  const PATHS = ["health", "feeds", "system/stats/history"];
  /** Milliseconds after which an unclaimed socket is closed. */
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
  /**
   * The body is read as well, so that the page has it without another turn, in which it would paint an empty picture.
   */
  const read = async (url) => {
    const response = await fetch(url, { headers, cache: "no-store" });
    const body = await response.json().catch(() => null);
    return Object.assign(response, { json: async () => body, takenAt: Date.now() });
  };
  const answers = new Map(PATHS.map((path) => [base + path, read(base + path)]));
  // The page reports a failure only when it uses the answer.
  answers.forEach((answer) => answer.catch(() => null));
  const early = { token, feeds: FEEDS, greet, socket, frames, take: (data) => frames.push(data), answers };
  socket.onmessage = ({ data }) => early.take(data);
  /** @type {any} */ (window).umaEarly = early;
  setTimeout(() => early.socket !== null && socket.close(), PATIENCE);
})();
