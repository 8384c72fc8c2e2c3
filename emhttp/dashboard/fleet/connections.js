/** Addresses from which the fleet is read: stored in this browser, edited in a dialog. */

import { element, setText } from "../dom.js";

const PLACE = "uma-fleet";
const SECRETS = ["password", "prometheusPassword"];

const FIELDS = [
  { name: "brokers", label: "MQTT brokers", hint: "wss://broker.example:8084 – separate several by spaces: if one fails, the next is used" },
  { name: "prefix", label: "Topic prefix", hint: "uma" },
  { name: "user", label: "User", hint: "" },
  { name: "password", label: "Password", hint: "", type: "password" },
  { name: "prometheus", label: "Prometheus or VictoriaMetrics", hint: "https://prometheus.example:9090 – history and alerts" },
  { name: "job", label: "Job", hint: "uma" },
  { name: "prometheusUser", label: "User", hint: "" },
  { name: "prometheusPassword", label: "Password", hint: "", type: "password" },
];

/** The settings in *storages* (`{local, session}`), above the *defaults* that the page's author gave. */
export function readConnections(storages, defaults = {}) {
  const from = (storage) => {
    try {
      return JSON.parse(storage?.getItem(PLACE) ?? "{}") ?? {};
    } catch {
      return {};
    }
  };
  return { prefix: "uma", job: "uma", ...defaults, ...from(storages.local), ...from(storages.session) };
}

/** Keep *settings*; passwords for the tab only, unless *isLasting*. */
export function writeConnections(storages, settings, isLasting) {
  const secrets = Object.fromEntries(SECRETS.filter((name) => settings[name]).map((name) => [name, settings[name]]));
  const open = Object.fromEntries(Object.entries(settings).filter(([name]) => !SECRETS.includes(name)));
  storages.local?.setItem(PLACE, JSON.stringify(isLasting ? { ...open, ...secrets, isLasting } : open));
  storages.session?.setItem(PLACE, JSON.stringify(isLasting ? {} : secrets));
}

/** The brokers' addresses in *settings*. */
export const brokersOf = (settings) => (settings.brokers ?? "").split(/[\s,]+/).filter(Boolean);

/** Reason why a page of *protocol* (`https:`) can't use *settings*; "" if it can. */
export function problemOf(settings, protocol) {
  const isSecure = protocol === "https:";
  for (const [addresses, schemes, secure] of [
    [brokersOf(settings), ["ws:", "wss:"], "wss:"],
    [[settings.prometheus].filter(Boolean), ["http:", "https:"], "https:"],
  ]) {
    for (const address of addresses) {
      const scheme = schemeOf(address);
      if (!schemes.includes(scheme)) {
        return `${address}: an address begins with ${schemes.map((each) => `${each}//`).join(" or ")}`;
      }
      if (isSecure && scheme !== secure) {
        return `${address}: this page came by https, so the browser reaches ${secure}// only. Enable TLS there, or open this page by http.`;
      }
    }
  }
  return "";
}

function schemeOf(address) {
  try {
    return new URL(address).protocol;
  } catch {
    return "";
  }
}

/** The dialog; *onSave* gets settings and whether passwords last. */
export function connectionsDialog(settings, protocol, onSave) {
  const inputs = new Map();
  const rows = FIELDS.map(({ name, label, hint, type }) => {
    const input = element("input", { name, type: type ?? "text", placeholder: hint, autocomplete: type ? "current-password" : "off", spellcheck: "false" });
    input.value = settings[name] ?? "";
    inputs.set(name, input);
    return element("label", {}, element("span", { text: label }), input);
  });
  const lasting = element("input", { type: "checkbox" });
  lasting.checked = Boolean(settings.isLasting);
  const problem = element("p", { class: "fleet-problem", role: "alert" });
  const limits = protocol === "https:" ? "This page came by https: the browser reaches wss:// brokers and https:// databases only." : "This page came by http: it can reach any broker and database.";
  const form = element(
    "form",
    { method: "dialog" },
    element("h2", { text: "Connections" }),
    element("p", { text: `Enter a broker, a Prometheus, or both. ${limits} Addresses and passwords stay in this browser.` }),
    ...rows,
    element("label", { class: "fleet-check" }, lasting, element("span", { text: "Keep passwords in this browser (otherwise until the tab is closed)" })),
    problem,
    element("div", { class: "fleet-buttons" }, element("button", { type: "submit", value: "save", text: "Connect" }), element("button", { type: "button", class: "fleet-cancel", text: "Cancel" })),
  );
  const dialog = element("dialog", { class: "fleet-dialog", "aria-label": "Connections" }, form);
  form.addEventListener("submit", (event) => {
    const entered = Object.fromEntries([...inputs].map(([name, input]) => [name, input.value.trim()]));
    const wrong = problemOf(entered, protocol);
    setText(problem, wrong);
    if (wrong) {
      event.preventDefault();
    } else {
      onSave({ ...entered, prefix: entered.prefix || "uma", job: entered.job || "uma" }, lasting.checked);
    }
  });
  form.querySelector(".fleet-cancel").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  return dialog;
}
