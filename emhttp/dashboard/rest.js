/** GET JSON from the daemon, or from its relay; every failure is one kind of error. No DOM. */

const TIMEOUT = 5000;
const UNAUTHORIZED = 401;
/** Page to which the webGUI redirects visitors who are not signed in. */
const LOGIN = "/login";

/** No usable answer. `status` is HTTP's, 0 without an answer; `detail` is a sentence, or empty. */
export class Unanswered extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
    this.detail = detail;
  }
}

/** Read the JSON at *url*: `{body, servedAt}`, *servedAt* by the server's clock in Unix ms. Throws Unanswered. */
export async function readJson(url, token, world) {
  const abort = new AbortController();
  const timer = world.setTimeout(() => abort.abort(), TIMEOUT);
  // UMA's own header: a proxy with a login in front of UMA needs the usual one for itself.
  const headers = token ? { "X-UMA-Token": token } : {};
  try {
    const response = await world.fetch(url, { headers, cache: "no-store", signal: abort.signal });
    if (response.redirected && new URL(response.url).pathname === LOGIN) {
      throw new Unanswered(UNAUTHORIZED, "");
    }
    const body = await response.json().catch(() => null);
    if (!response.ok || typeof body !== "object" || body === null) {
      throw new Unanswered(response.status, typeof body?.detail === "string" ? body.detail : "");
    }
    // An answer that early.js received was served some time ago.
    const age = world.now() - (response.takenAt ?? world.now());
    return { body, servedAt: (Date.parse(response.headers.get("Date")) || world.now() - age) + age };
  } catch (error) {
    throw error instanceof Unanswered ? error : new Unanswered(0, "");
  } finally {
    world.clearTimeout(timer);
  }
}
