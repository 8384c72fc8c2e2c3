/** The page's own state in words: overall, and for each feed. No DOM. */

import { MAX_INTERVALS } from "./catch-up.js";
import { sourceOf, subjectOf } from "./feeds.js";
import { UNAUTHORIZED, UNAVAILABLE } from "./link.js";
import { say } from "./say.js";
import { capitalised } from "./words.js";

/** Without these feeds the page is incomplete. */
const FIRST = ["system/stats", "docker/events", "storage/status"];
const TITLES = { __proto__: null, vms: "Virtual machines", ups: "UPS", gpu: "GPU" };
const REFUSALS = [403, 421];
/** No answer, or a gateway's error for it. */
const SILENCES = [0, 502, 504];
const SLACK = 2000;

/**
 * Meaning of Link's `state`: `{kind, tone, label, spoken, detail, feeds}`, `label` a few words, `detail` sentences or
 * "", `spoken` the label without its countdown, `isStopped` true without a daemon that could answer.
 *
 * `kind`: connecting, live, polling, stale, reconnecting, offline, refused, locked, signed-out. `feeds` by name: `{kind,
 * why, since}`, `kind` connecting, live, stale or off (switched off, or its source is absent for a normal reason), `why`
 * a sentence or "". What is shown of a state is of `since` (Unix ms). *host* names the server, null where the page is its
 * own; *format* writes times.
 */
export function conditionOf(state, { isOnline, now, host, format }) {
  const feeds = Object.fromEntries(state.feeds.map((feed) => [feed.name, feedCondition(feed, state, now)]));
  const page = state.link === "open" ? feedsCondition(feeds, state, format) : linkCondition(state, { isOnline, now, host });
  return { ...page, feeds };
}

function linkCondition({ link, reason, retryAt, carrier }, { isOnline, now, host }) {
  if (link === "connecting") {
    return connecting();
  }
  if (reason?.status === UNAUTHORIZED) {
    return carrier.login
      ? { kind: "signed-out", tone: "warn", label: say("Signed out"), detail: say("Your session has ended. Reload and sign in.") }
      : { kind: "locked", tone: "warn", label: say("Token needed"), detail: "" };
  }
  if (REFUSALS.includes(reason?.status)) {
    return { kind: "refused", tone: "bad", label: say("Refused"), detail: sentence(reason) };
  }
  if (!isOnline) {
    return { kind: "offline", tone: "bad", label: say("Offline"), detail: say("This device has no network. The page reconnects automatically.") };
  }
  const seconds = Math.ceil((retryAt - now) / 1000);
  const label = seconds > 0 ? say("Reconnecting in {n} s", { n: seconds }) : say("Reconnecting…");
  return { kind: "reconnecting", tone: "warn", label, spoken: say("Reconnecting…"), detail: lossOf(reason, host), isStopped: host === null && isNotRunning(reason) };
}

const connecting = () => ({ kind: "connecting", tone: "busy", label: say("Connecting…"), detail: "" });

function lossOf(reason, host) {
  if (reason === null) {
    return say("UMA closed the connection.");
  }
  if (SILENCES.includes(reason.status) || (host === null && reason.status === UNAVAILABLE)) {
    const text = host === null ? say("Can't reach UMA.") : say("Can't reach UMA at {host}. Retrying.", { host });
    return host === null && isNotRunning(reason) ? say("UMA is not running.") : `${text}${reason.detail ? ` ${sentence(reason)}` : ""}`;
  }
  if (reason.status === UNAVAILABLE && reason.detail !== "") {
    return sentence(reason);
  }
  const text = host === null ? say("Something else answered.") : say("Something else answered at {host}.", { host });
  return `${text} ${sentence(reason)}`;
}

/** Only the webGUI's relay knows whether a daemon runs. */
const isNotRunning = (reason) => reason?.status === UNAVAILABLE && /not running/.test(reason.detail);

function feedsCondition(feeds, { health, carrier, isPolling }, format) {
  const names = Object.keys(feeds);
  const stale = names.filter((name) => feeds[name].kind === "stale");
  const known = [...names.map((name) => sourceOf(name, health.sources)), health.sources[carrier.source]];
  const others = Object.entries(health.sources).filter(([, source]) => source.status === "failed" && !known.includes(source));
  const troubles = stale.filter((name) => feeds[name].why !== "").map((name) => `${titleOf(name)}: ${feeds[name].why}`);
  const detail = [...new Set([...troubles, ...others.map(([name, source]) => `${name}: ${sentence(source)}`)])].join(" ");
  if (stale.length > 0) {
    const since = Math.min(...stale.map((name) => feeds[name].since ?? Infinity));
    const titles = [...new Set(stale.map(titleOf))].join(", ");
    const label = since < Infinity ? say("Stale: {titles}, since {time}", { titles, time: format.clock(since) }) : say("Stale: {titles}", { titles });
    return { kind: "stale", tone: "warn", label, detail };
  }
  if (isPolling) {
    const text = say("Something between this browser and UMA drops WebSockets (HTTP 426): allow Upgrade in your proxy. Until then, this page fetches data every few seconds.");
    return { kind: "polling", tone: "warn", label: say("Not live"), detail: `${text} ${detail}`.trim() };
  }
  // The page is live once its first requests are answered.
  const isConnecting = names.some((name) => feeds[name].kind === "connecting" && FIRST.includes(name));
  return isConnecting ? connecting() : { kind: "live", tone: "good", label: say("Live"), detail };
}

const titleOf = (name) => say(TITLES[subjectOf(name)] ?? capitalised(subjectOf(name)));

function feedCondition(feed, { link, health, carrier, lastAt, off, isGiven }, now) {
  const { name, enabled, retained, interval_seconds: interval, setting } = feed;
  const since = retained ? (lastAt[name] ?? null) : null;
  const source = sourceOf(name, health?.sources);
  const way = carrier.source === null ? { status: "ok" } : health?.sources[carrier.source];
  const as = (kind, why = "") => ({ kind, why, since });
  const age = since === null ? null : now - since;
  const isLate = age !== null && interval > 0 && age > MAX_INTERVALS * 1000 * interval + SLACK;
  if (enabled === false) {
    const detail = setting ? say("{name} is switched off by the setting {setting}=no.", { name, setting }) : say("Switched off in the settings.");
    return as("off", sentence({ detail }));
  }
  // Data that have just come with the page are as new as those of a connection.
  if (link !== "open" && !(link === "connecting" && isGiven)) {
    return as(link === "connecting" ? "connecting" : "stale");
  }
  if (off[name] !== undefined) {
    return as("off", sentence({ detail: off[name] }));
  }
  if (source?.status === "failed") {
    return as("stale", sentence(source));
  }
  if (source === undefined && carrier.source !== null && FIRST.includes(name)) {
    // A channel of nginx is open even if the daemon posts nothing.
    return as("off", say("Switched off in the settings."));
  }
  if (way === undefined) {
    return as("stale", say("Live updates in the webGUI are off. Turn them on in Settings → UMA."));
  }
  if (way.status !== "ok" && (isLate || (retained && since === null))) {
    return as("stale", sentence(way));
  }
  if (isLate) {
    return as("stale", say("UMA has sent nothing new."));
  }
  // A demo's containers are recorded, possibly without any Docker.
  if (source?.status === "unavailable" && !health.demo) {
    return as("off", name.startsWith("docker/") ? say("Docker is stopped. Settings → Docker.") : sentence(source));
  }
  return as(retained && since === null ? "connecting" : "live");
}

/**
 * The daemon's *detail* as a sentence: capital first, full stop last.
 * @param {{status?: number | string, detail: string}} reason
 */
function sentence({ status, detail }) {
  const text = detail || `HTTP ${status}`;
  // A file's name keeps its case.
  const first = /^\S*\.\w/.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase();
  return `${first}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
