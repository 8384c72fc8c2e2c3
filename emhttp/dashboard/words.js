/**
 * The wire's words in a person's, and their tone: good, busy (at work, in order), quiet, warn, bad. No DOM.
 *
 * A word that only a newer daemon knows is shown as it came, quietly.
 */

import { formatCount, formatDuration } from "./format.js";

const TONES = {
  good: ["started", "protected", "active", "passed", "running", "ok", "start", "restart", "unpause", "healthy"],
  busy: ["starting", "stopping", "formatting", "copying", "clearing", "rebuilding", "syncing", "new", "create"],
  warn: ["maintenance", "unprotected", "unknown", "pause", "warning", "hot"],
  bad: ["degraded", "invalid", "disabled", "emulated", "missing", "wrong", "failed", "critical", "oom", "unhealthy"],
};

const TEXTS = {
  __proto__: null,
  maintenance: "Maintenance mode",
  unprotected: "No parity protection",
  none: "No array",
  wrong: "Wrong disk",
  check: "Parity check",
  correcting_check: "Correcting parity check",
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
  kill: "Signalled",
  oom: "Out of memory",
  destroy: "Removed",
};

const PROTECTION_TEXTS = { invalid: "Parity invalid", syncing: "Building parity", unknown: "Protection unknown" };

/** The tone of *word*. */
export function toneOf(word) {
  return Object.keys(TONES).find((tone) => TONES[tone].includes(word)) ?? "quiet";
}

/** `{text, tone}` of *word*. */
export function wordOf(word, texts = TEXTS) {
  return { text: texts[word] ?? TEXTS[word] ?? capitalised(String(word).replaceAll("_", " ")), tone: toneOf(word) };
}

/** `{text, tone}` of an array_protection. */
export const protectionWord = (protection) => wordOf(protection, PROTECTION_TEXTS);

/** `disk1` as the webGUI calls it: `Disk 1`. */
export const diskName = (name) => capitalised(name.replace(/(\d+)$/, " $1"));

/** The sentence about the last parity operation, and its tone. */
export function lastParity({ action, last }, format) {
  if (!last) {
    return { text: "No parity operation on record.", tone: "quiet" };
  }
  const result = last.result === "ok" ? "completed" : last.result;
  const took = last.duration_seconds > 0 ? ` after ${formatDuration(last.duration_seconds)}` : "";
  const text = `${wordOf(action).text} ${result} on ${format.day(last.at)}${took}, ${formatCount(last.errors, "error")}.`;
  return { text, tone: last.result === "failed" || last.errors > 0 ? "warn" : "quiet" };
}

/** `{text, tone, note}` of a Docker event's data; the note tells exit code or signal. */
export function eventWord({ action, status, attributes: { exitCode = "0", signal = "" } = {} }) {
  const word = { ...wordOf(action === "health_status" ? status : action), note: "" };
  if (action === "die") {
    word.note = `exit code ${exitCode}`;
    // Told to end by a signal, a container ends with 137 or 143: no failure.
    word.tone = exitCode !== "0" && signal === "" ? "bad" : "quiet";
  } else if (action === "kill" && signal !== "") {
    word.note = `signal ${signal}`;
  }
  return word;
}

function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
