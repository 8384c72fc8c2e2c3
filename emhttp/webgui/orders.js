/** Posts an action to the plugin's action.php. No DOM. */

const URL = "/plugins/uma/include/action.php";

/**
 * The answer to *action* with *fields*, a Response with status 200. Throws an Error that says what went wrong.
 *
 * *token* is the webGUI's csrf_token. Up to Unraid 7.3 one that is wrong, since the page is older than the last start of
 * the webGUI, gets an empty answer with status 200.
 */
export async function order(action, token, world, fields = {}) {
  const body = new URLSearchParams({ ...fields, action, csrf_token: token });
  const response = await world.fetch(URL, { method: "POST", body }).catch(() => null);
  if (response === null) {
    throw new Error("The server does not answer.");
  }
  if (response.redirected || response.status === 403) {
    throw new Error("Your session has ended. Reload and sign in.");
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Error(typeof problem.detail === "string" ? problem.detail : `HTTP ${response.status}`);
  }
  if (!response.headers.get("Content-Type")?.startsWith("application/")) {
    throw new Error("Reload this page.");
  }
  return response;
}
