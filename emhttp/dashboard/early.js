/**
 * Requests the first picture's data while the page's modules are still loading. It is not a module, so it runs
 * before them; outside.js takes the results from `window.umaEarly`. If it fails, the page sends its own requests.
 */

(() => {
  /** Feeds of the first picture (feeds.js). */
  const FEEDS = ["system/stats", "storage/status", "server/info", "server/summary"];
  /** Milliseconds after which unclaimed answers and an unclaimed socket are dropped. */
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
  const answers = new Map();
  const ask = (path) => {
    const answer = read(base + path);
    answers.set(base + path, answer);
    // The page reports a failure only when it uses the answer.
    answer.catch(() => null);
    return answer;
  };
  ask("feeds");
  // Without a valid token the history would be one more refusal.
  ask("health").then(
    ({ ok }) => ok && ask("system/stats/history"),
    () => null,
  );
  const early = { token, feeds: FEEDS, greet, socket, frames, take: (data) => frames.push(data), answers };
  socket.onmessage = ({ data }) => early.take(data);
  /** @type {any} */ (window).umaEarly = early;
  setTimeout(() => {
    answers.clear();
    early.socket !== null && socket.close();
  }, PATIENCE);
})();
