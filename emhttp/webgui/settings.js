/** The settings page: its buttons, and the daemon's state as it changes. */

import { copy } from "../dashboard/clipboard.js";
import { drawing, setAttribute, setText } from "../dashboard/dom.js";
import { formatCount } from "../dashboard/format.js";
import { readJson } from "../dashboard/rest.js";
import { order } from "./orders.js";
import { pathOf, qrOf } from "./qr.js";

const POLL = 5000;
const HEALTH = "/plugins/uma/include/relay.php?path=health";

/** The webGUI's own function names. @type {any} */
const page = window;
/** @type {(id: string) => any} */
const byId = (id) => document.getElementById(id);
/** @type {(selector: string) => any[]} */
const all = (selector) => [...document.querySelectorAll(selector)];

const world = {
  fetch: (url, options) => window.fetch(url, options),
  setTimeout: (callback, delay) => window.setTimeout(callback, delay),
  clearTimeout: (timer) => window.clearTimeout(timer),
  now: Date.now,
};
const state = byId("uma-state");
const said = byId("uma-said");
const form = byId("uma-form");
const buttons = all("button[data-action]");
const button = (action) => buttons.find((each) => each.dataset.action === action);

let disabledBefore = [];
form.addEventListener("submit", () => {
  disabledBefore = all(":disabled");
});

// An invalid field can't be seen while its section is folded.
form.addEventListener("invalid", ({ target }) => target.closest("details")?.setAttribute("open", ""), true);

// MQTT's settings are shown once there is a broker.
const broker = byId("uma-MQTT_HOST");
const unfold = () => byId("uma-mqtt").toggleAttribute("hidden", broker.value.trim() === "");
broker?.addEventListener("input", unfold);
broker?.addEventListener("change", unfold);

/** update.php's frame calls this if it has saved nothing, after it disabled the whole page. */
page.umaRefused = (title, text) => {
  for (const each of all("input, button, select")) {
    each.disabled = disabledBefore.includes(each);
  }
  all("a").forEach((each) => each.style.removeProperty("color"));
  const frame = byId("progressFrame");
  frame.style.zIndex = "";
  frame.src = "about:blank";
  swal({ title, text, type: "error" });
  // The frame shows a spinner half a second after its start.
  setTimeout(() => all(".spinner.fixed").forEach((each) => each.style.setProperty("display", "none")), 600);
};

byId("uma-copy")?.addEventListener("click", async () => {
  await copy(byId("uma-address").href);
  setText(said, byId("uma-copy").textContent);
});

byId("uma-qr")?.addEventListener("click", () => {
  const [shown, opener] = [byId("uma-qr-code"), byId("uma-qr")];
  const matrix = qrOf(byId("uma-address").href);
  if (matrix !== null && shown.childElementCount === 0) {
    const size = matrix.length + 8;
    const ground = drawing("rect", { width: size, height: size, fill: "#fff" });
    shown.append(drawing("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": byId("uma-address").href }, ground, drawing("path", { d: pathOf(matrix) })));
  }
  shown.hidden = !shown.hidden;
  setAttribute(opener, "aria-expanded", String(!shown.hidden));
});

byId("uma-copy-token").addEventListener("click", () => copy(byId("uma-token").firstElementChild.value));

byId("uma-test")?.addEventListener("click", async ({ currentTarget: test }) => {
  const tested = byId("uma-tested");
  const fields = [...new FormData(form)].filter(([name]) => name.startsWith("MQTT_") || name.startsWith("#mqtt_"));
  test.disabled = true;
  const show = (text, tone = "") => {
    setText(tested, text);
    tested.className = tone;
  };
  show("…");
  try {
    const { ok, said } = await (await order("test-broker", page.csrf_token, world, Object.fromEntries(fields))).json();
    show(said, ok ? "green-text" : "red-text");
  } catch (error) {
    show(error.message, "red-text");
  }
  test.disabled = false;
});

const orders = {
  start: async () => setText(said, (await (await send("start")).json()).said),
  stop: async () => setText(said, (await (await send("stop")).json()).said),
  restart: async () => setText(said, (await (await send("restart")).json()).said),
  "make-token": async () => {
    const { token } = await (await send("make-token")).json();
    const shown = byId("uma-token");
    shown.hidden = false;
    shown.firstElementChild.value = token;
    shown.firstElementChild.select();
    tellToken(true);
  },
  "remove-token": async () => {
    await send("remove-token");
    byId("uma-token").hidden = true;
    tellToken(false);
  },
  diagnostics: async () => {
    const response = await send("diagnostics");
    const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition"))?.[1];
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = name ?? "uma-diagnostics.zip";
    link.click();
    URL.revokeObjectURL(link.href);
  },
};

function tellToken(isSet) {
  const stored = byId("uma-token-state");
  setText(stored, isSet ? stored.dataset.set : stored.dataset.none);
}

const send = (action) => order(action, page.csrf_token, world);

function setDisabled(isDisabled) {
  for (const each of buttons) {
    each.disabled = isDisabled(each);
  }
}

async function obey({ dataset: { action } }) {
  const before = buttons.filter((each) => each.disabled);
  setDisabled(() => true);
  setText(said, "");
  let isDone = false;
  try {
    await orders[action]();
    isDone = true;
  } catch (error) {
    swal({ title: "UMA", text: error.message, type: "error" });
  }
  setDisabled((each) => before.includes(each));
  if (isDone && action.endsWith("-token")) {
    button("remove-token").disabled = action === "remove-token";
  }
  await look();
}

/** Show the daemon's state. */
async function look() {
  const answer = await readJson(HEALTH, null, world).catch(() => null);
  const health = answer?.body;
  const isRunning = health?.service === "uma";
  const [orb, text] = state.children;
  orb.className = `fa fa-circle orb ${isRunning ? "green-orb" : "red-orb"}`;
  const streams = Object.entries(health?.streams ?? {}).map(([name, stream]) => [name, stream.connections]);
  const clients = [...streams, ["ws", health?.multiplex?.connections ?? 0]].filter(([, count]) => count > 0);
  const connections = clients.reduce((sum, [, count]) => sum + count, 0);
  const degraded = isRunning && health.status !== "healthy" ? ", degraded" : "";
  setText(text, isRunning ? `Running, version ${health.version}, ${formatCount(connections, "connection")}${degraded}` : "Stopped");
  if (byId("uma-clients")) {
    setText(byId("uma-clients"), clients.map(([name, count]) => `${name} ${count}`).join(", ") || "0");
  }
  button("start").disabled = isRunning;
  button("stop").disabled = button("restart").disabled = !isRunning;
}

buttons.forEach((each) => each.addEventListener("click", () => obey(each)));
setInterval(() => document.visibilityState === "visible" && look(), POLL);
look();
