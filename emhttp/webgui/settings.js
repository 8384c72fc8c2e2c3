/** The settings page: its buttons, and the daemon's state as it changes. */

import { readJson } from "../dashboard/rest.js";
import { setText } from "../dashboard/dom.js";
import { order } from "./orders.js";

const POLL = 5000;
const HEALTH = "/plugins/uma/include/relay.php?path=health";

const world = {
  fetch: fetch.bind(window),
  setTimeout: setTimeout.bind(window),
  clearTimeout: clearTimeout.bind(window),
  now: Date.now,
};
const state = document.getElementById("uma-state");
const said = document.getElementById("uma-said");
const buttons = [...document.querySelectorAll("button[data-action]")];
const button = (action) => buttons.find((each) => each.dataset.action === action);

let disabledBefore = [];
document.getElementById("uma-form").addEventListener("submit", () => {
  disabledBefore = [...document.querySelectorAll(":disabled")];
});

/** The frame that update.php answers in calls this where it has saved nothing, having disabled the whole page. */
window.umaRefused = (title, text) => {
  document.querySelectorAll("input, button, select").forEach((each) => (each.disabled = disabledBefore.includes(each)));
  document.querySelectorAll("a").forEach((each) => each.style.removeProperty("color"));
  const frame = document.getElementById("progressFrame");
  frame.style.zIndex = "";
  frame.src = "about:blank";
  swal({ title, text, type: "error" });
  // The frame has a spinner shown half a second after it has begun.
  setTimeout(() => document.querySelectorAll(".spinner.fixed").forEach((each) => (each.style.display = "none")), 600);
};

const orders = {
  start: async () => setText(said, (await (await send("start")).json()).said),
  stop: async () => setText(said, (await (await send("stop")).json()).said),
  restart: async () => setText(said, (await (await send("restart")).json()).said),
  "make-token": async () => {
    const { token } = await (await send("make-token")).json();
    const shown = document.getElementById("uma-token");
    shown.hidden = false;
    shown.firstElementChild.value = token;
    shown.firstElementChild.select();
    tellToken(true);
  },
  "remove-token": async () => {
    await send("remove-token");
    document.getElementById("uma-token").hidden = true;
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
  const told = document.getElementById("uma-token-state");
  setText(told, isSet ? told.dataset.set : told.dataset.none);
}

const send = (action) => order(action, window.csrf_token, world);

async function obey({ dataset: { action } }) {
  const before = buttons.filter((each) => each.disabled);
  buttons.forEach((each) => (each.disabled = true));
  setText(said, "");
  let isDone = false;
  try {
    await orders[action]();
    isDone = true;
  } catch (error) {
    swal({ title: "UMA", text: error.message, type: "error" });
  }
  buttons.forEach((each) => (each.disabled = before.includes(each)));
  if (isDone && action.endsWith("-token")) {
    button("remove-token").disabled = action === "remove-token";
  }
  await look();
}

/** Show how the daemon is now. */
async function look() {
  const answer = await readJson(HEALTH, null, world).catch(() => null);
  const health = answer?.body;
  const isRunning = health?.service === "uma";
  const [orb, text] = state.children;
  orb.className = `fa fa-circle orb ${isRunning ? "green-orb" : "red-orb"}`;
  const connections = Object.values(health?.streams ?? {}).reduce((sum, stream) => sum + stream.connections, 0);
  const degraded = isRunning && health.status !== "healthy" ? ", degraded" : "";
  setText(text, isRunning ? `Running, version ${health.version}, ${connections} connections${degraded}` : "Stopped");
  button("start").disabled = isRunning;
  button("stop").disabled = button("restart").disabled = !isRunning;
}

buttons.forEach((each) => each.addEventListener("click", () => obey(each)));
setInterval(() => document.visibilityState === "visible" && look(), POLL);
look();
