/** What the page says of itself, as a whole and of each stream. No DOM. */

import { KEYS, STREAMS, UNAUTHORIZED, UNAVAILABLE } from "./transport.js";

const TITLES = { stats: "System", docker: "Docker", storage: "Storage" };
const CONNECTING = { kind: "connecting", tone: "busy", label: "Connecting…", detail: "" };
const SIGNED_OUT = {
  kind: "signed-out",
  tone: "warn",
  label: "Signed out",
  detail: "The webGUI's session has ended. Reload the page to sign in again.",
};
const REFUSALS = [403, 421];
/** No answer, by itself or as a gateway tells it. */
const SILENCES = [0, 502, 504];

/**
 * What Transport's `state` means: `{kind, tone, label, detail, streams}`, `label` a few words, `detail` sentences or "".
 *
 * `kind`: connecting, live, stale, reconnecting, offline, refused, locked, signed-out. `streams` by key: `{kind, why,
 * since}`, `kind` connecting, live, stale or off (switched off, or its source is absent for a normal reason), `why` a
 * sentence or "". What is shown of a state is of `since` (Unix ms). *host* names the server, null where the page is its
 * own; *format* writes times.
 */
export function conditionOf(state, { isOnline, now, host, format }) {
  const streams = Object.fromEntries(KEYS.map((key) => [key, streamCondition(key, state)]));
  const page =
    state.link === "open" ? streamsCondition(streams, state, format) : linkCondition(state, { isOnline, now, host });
  return { ...page, streams };
}

function linkCondition({ link, reason, retryAt, carrier }, { isOnline, now, host }) {
  if (link === "connecting") {
    return CONNECTING;
  }
  if (reason?.status === UNAUTHORIZED) {
    return carrier.login ? SIGNED_OUT : { kind: "locked", tone: "warn", label: "Token needed", detail: "" };
  }
  if (REFUSALS.includes(reason?.status)) {
    return { kind: "refused", tone: "bad", label: "Refused", detail: sentence(reason) };
  }
  if (!isOnline) {
    const detail = "This device has no network. The page goes on by itself when it is back.";
    return { kind: "offline", tone: "bad", label: "Offline", detail };
  }
  const seconds = Math.ceil((retryAt - now) / 1000);
  const label = seconds > 0 ? `Reconnecting in ${seconds} s` : "Reconnecting…";
  return { kind: "reconnecting", tone: "warn", label, detail: lossOf(reason, host === null ? "" : ` at ${host}`) };
}

function lossOf(reason, at) {
  if (reason === null) {
    return "The daemon has closed the connection.";
  }
  if (SILENCES.includes(reason.status) || (at === "" && reason.status === UNAVAILABLE)) {
    return `The daemon${at} does not answer.${reason.detail ? ` ${sentence(reason)}` : ""}`;
  }
  return `What answers${at} is not the daemon at work. ${sentence(reason)}`;
}

function streamsCondition(streams, { health, carrier }, format) {
  const stale = KEYS.filter((key) => streams[key].kind === "stale");
  const known = [...KEYS.map((key) => STREAMS[key].source), carrier.source];
  const others = Object.entries(health.sources).filter(([name, { status }]) => status === "failed" && !known.includes(name));
  const troubles = stale.map((key) => `${TITLES[key]}: ${streams[key].why}`);
  const detail = [...troubles, ...others.map(([name, source]) => `${name}: ${sentence(source)}`)].join(" ");
  if (stale.length > 0) {
    const since = Math.min(...stale.map((key) => streams[key].since ?? Infinity));
    const dated = since < Infinity ? `, since ${format.clock(since)}` : "";
    return { kind: "stale", tone: "warn", label: `Stale: ${stale.map((key) => TITLES[key]).join(", ")}${dated}`, detail };
  }
  const isConnecting = KEYS.some((key) => streams[key].kind === "connecting");
  return isConnecting ? CONNECTING : { kind: "live", tone: "good", label: "Live", detail };
}

function streamCondition(key, { link, health, carrier, streams }) {
  const { isOpen, isSilent, isOld, reason, lastAt } = streams[key];
  // Events don't age: an old one is history, not a stale number.
  const isState = STREAMS[key].heartbeat !== null;
  const source = health?.sources[STREAMS[key].source];
  const way = carrier.source === null ? { status: "ok" } : health?.sources[carrier.source];
  const as = (kind, why = "") => ({ kind, why, since: isState ? lastAt : null });
  if (link !== "open") {
    return as(link === "connecting" ? "connecting" : "stale");
  }
  if (!isOpen && reason !== null) {
    // Without a source the stream is switched off; with one it is full, or something between us is in the way.
    return as(reason.status === UNAVAILABLE && source === undefined ? "off" : "stale", sentence(reason));
  }
  if (!isOpen) {
    return as("connecting");
  }
  if (source?.status === "failed") {
    return as("stale", sentence(source));
  }
  if (source === undefined && carrier.source !== null) {
    // A channel of nginx is open whether the daemon has anything to put there or not.
    return as("off", "Switched off in the settings.");
  }
  if (way === undefined) {
    return as("stale", "The daemon sends nothing to the webGUI, by its settings.");
  }
  if (way.status !== "ok" && (isOld || isSilent || lastAt === null)) {
    return as("stale", sentence(way));
  }
  if (isSilent) {
    return as("stale", "The daemon has sent nothing new.");
  }
  if (source?.status === "unavailable") {
    return as("off", sentence(source));
  }
  return as(isOld || (isState && lastAt === null) ? "connecting" : "live");
}

/** The daemon's *detail* as a sentence: capital first, full stop last. */
function sentence({ status, detail }) {
  const text = detail || `HTTP ${status}`;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
