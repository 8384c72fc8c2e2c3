/**
 * Readable texts for the wire's words, and their tone: good, busy (at work, in order), quiet, warn, bad. No DOM.
 *
 * A word of a newer daemon is shown unchanged, in a quiet tone.
 */

import { formatCount, formatDuration } from "./format.js";
import { say } from "./say.js";

const TONES = {
  good: ["started", "protected", "active", "passed", "running", "ok", "start", "restart", "unpause", "healthy", "online"],
  busy: ["starting", "stopping", "formatting", "copying", "clearing", "rebuilding", "syncing", "new", "create"],
  warn: ["maintenance", "unprotected", "unknown", "pause", "warning", "hot", "paused", "overload", "on_battery", "replace_battery", "no_battery", "communication_lost"],
  bad: [
    "degraded", "invalid", "disabled", "emulated", "missing", "wrong", "failed", "critical", "oom", "unhealthy", "faulted",
    "crashed", "low_battery", "shutting_down", "dead",
  ],
};

const TONE_OF = new Map(Object.entries(TONES).flatMap(([tone, words]) => words.map((word) => [word, tone])));

const TEXTS = {
  __proto__: null,
  maintenance: "Maintenance mode",
  unprotected: "No parity protection",
  none: "No array",
  wrong: "Wrong disk",
  check: "Parity check",
  correcting_check: "Correcting parity check",
  read_check: "Read check",
  sync: "Parity sync",
  rebuild: "Data rebuild",
  clear: "Disk clear",
  create: "Created",
  start: "Started",
  restart: "Restarted",
  pause: "Paused",
  unpause: "Resumed",
  stop: "Stopped",
  die: "Exited",
  oom: "Out of memory",
  destroy: "Removed",
  up_to_date: "Up to date",
  available: "Update available",
};

const PROTECTION_TEXTS = { invalid: "Parity invalid", syncing: "Building parity", unknown: "Protection unknown" };

const SIGNALS = { __proto__: null, 1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 6: "SIGABRT", 9: "SIGKILL", 10: "SIGUSR1", 12: "SIGUSR2", 15: "SIGTERM" };
/** Exit codes of a container that a signal ended. */
const ENDS = { __proto__: null, 137: "killed", 139: "segfault", 143: "terminated" };

/** The watched SMART attributes. */
export const ATTRIBUTES = {
  5: "Reallocated sectors",
  187: "Reported uncorrectable errors",
  197: "Pending sectors",
  198: "Offline uncorrectable sectors",
  199: "CRC errors (cable)",
};

/** The tone of *word*. */
export function toneOf(word) {
  return TONE_OF.get(word) ?? "quiet";
}

/**
 * `{text, tone}` of *word*.
 * @param {string | null | undefined} word
 * @param {Record<string, string | null>} texts
 */
export function wordOf(word, texts = TEXTS) {
  const text = texts[word] ?? TEXTS[word] ?? capitalised(String(word).replaceAll("_", " "));
  return { text: say(text), tone: toneOf(word) };
}

/** `{text, tone}` of an array_protection. */
export const protectionWord = (protection) => wordOf(protection, PROTECTION_TEXTS);

/** The webGUI's name for `disk1`: `Disk 1`. */
export const diskName = (name) => capitalised(name.replace(/(\d+)$/, " $1"));

/** A long name, cut in its middle so that its number stays. */
export function shortened(text, length = 18) {
  const head = Math.ceil((length - 1) / 2);
  return text.length <= length ? text : `${text.slice(0, head)}…${text.slice(text.length - (length - 1 - head))}`;
}

/** The days since *at*, RFC 3339, in words; *now* is Unix ms. */
export function agoOf(at, now = Date.now()) {
  const days = Math.max(0, Math.floor((now - Date.parse(at)) / 86_400_000));
  return days === 0 ? say("today") : days === 1 ? say("yesterday") : say("{n} days ago", { n: days });
}

/** The sentence about the last parity operation, and its tone; *now* is Unix ms. */
export function lastParity({ action, last }, format, now = Date.now()) {
  if (!last) {
    return { text: say("No parity check yet."), tone: "quiet" };
  }
  const took = last.duration_seconds > 0 ? [formatDuration(last.duration_seconds)] : [];
  const errors = say(last.errors === 1 ? "{n} error" : "{n} errors", { n: format.number(last.errors) });
  const is = { ok: say("OK"), failed: say("failed"), cancelled: say("cancelled") }[last.result] ?? last.result;
  const text = [`${wordOf(action).text} ${is}`, agoOf(last.at, now), ...took, errors].join(" · ");
  return { text, tone: last.result === "failed" || last.errors > 0 ? "warn" : "quiet" };
}

/** `{text, tone, note}` of a Docker event's data; the note has the exit code or signal. */
export function eventWord({ action, status, attributes: { exitCode = "0", signal = "" } = {} }) {
  const word = { ...wordOf(action === "health_status" ? status : action), note: "" };
  if (action === "die") {
    word.note = exitCode in ENDS ? `${exitCode}, ${say(ENDS[exitCode])}` : exitCode;
    // A container that was stopped on purpose ends with 137 or 143: not a failure.
    word.tone = exitCode !== "0" && signal === "" ? "bad" : "quiet";
  } else if (action === "kill") {
    word.text = signal === "" ? say("Signalled") : say("Received {signal}", { signal: SIGNALS[signal] ?? signal });
  }
  return word;
}

/** `4 errors`, for a noun whose plural ends in s. */
export const counted = formatCount;

export function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
