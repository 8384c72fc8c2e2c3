/** The user's preferences: stored in this browser and, in the webGUI, on the server for all browsers. No DOM. */

const KEY = "uma.page";
const URL = "/plugins/uma/include/action.php";
const DELAY = 1000;

const EMPTY = { range: "1h", theme: "auto", density: "auto", hour12: "auto", order: [], hidden: [], collapsed: [], spans: {}, sort: {}, dismissed: [] };

export class Prefs {
  #values;
  #storage;
  #save;
  #timer = null;

  /** *storage* is the browser's, or null; *given* is the server's JSON; *save* posts JSON to it, or is null. */
  constructor({ storage, given = null, save = null }) {
    this.#storage = storage;
    this.#save = save;
    this.#values = { ...EMPTY, ...parsed(given ?? read(storage)) };
  }

  get(name) {
    return this.#values[name];
  }

  /** Set *name* and store it. */
  set(name, value) {
    this.#values = { ...this.#values, [name]: value };
    const own = Object.fromEntries(Object.entries(this.#values).filter(([key, each]) => JSON.stringify(each) !== JSON.stringify(EMPTY[key])));
    const text = JSON.stringify(own);
    try {
      this.#storage?.setItem(KEY, text);
    } catch {
      // Storage is full or forbidden: the setting lasts for this page only.
    }
    if (this.#save) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#save(text), DELAY);
    }
  }

  /** Restore the defaults, except for colours and times. */
  resetLayout() {
    for (const name of ["order", "hidden", "collapsed", "spans", "sort"]) {
      this.set(name, EMPTY[name]);
    }
  }
}

/**
 * Post *fields* to the plugin's action.php; *token* is the webGUI's csrf_token. Never throws: the page shows the
 * result.
 */
export async function post(fields, token) {
  const body = new URLSearchParams({ ...fields, csrf_token: token });
  await fetch(URL, { method: "POST", body }).catch(() => null);
}

function read(storage) {
  try {
    return storage?.getItem(KEY) ?? null;
  } catch {
    return null;
  }
}

function parsed(text) {
  try {
    const given = JSON.parse(text ?? "{}");
    const isSame = ([name, value]) => name in EMPTY && typeof value === typeof EMPTY[name] && Array.isArray(value) === Array.isArray(EMPTY[name]);
    return Object.fromEntries(Object.entries(given ?? {}).filter(isSame));
  } catch {
    return {};
  }
}
