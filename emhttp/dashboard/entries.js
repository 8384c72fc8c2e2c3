/** Events of every feed as entries of one list: in words, restarts merged, newest first. No DOM. */

import { eventKey } from "./events.js";
import { formatDuration } from "./format.js";
import { say } from "./say.js";
import { capitalised, diskName, eventWord, protectionWord, wordOf } from "./words.js";

/** Seconds within which a container's end and start count as one restart. */
const MAX_RESTART = 15;
/** The same for a recreated container, for example after an update. */
const MAX_UPDATE = 120;

/**
 * @typedef {object} Entry
 * @property {string} key
 * @property {number} at  Unix ms
 * @property {string} subject
 * @property {string} text
 * @property {string} note
 * @property {string} tone
 * @property {string} kind  container, disk, array, parity, pool, mover, vm, notification
 * @property {string | null} href
 * @property {string} [image]
 * @property {object[]} messages  what it was made of
 */

/** The entries of *byFeed* (events of each feed, newest first), newest first. */
export function entriesOf(byFeed) {
  const parts = Object.entries(byFeed).map(([name, events]) => (MAKERS[name] ?? plainEntries)(events, name));
  return parts.flat().sort((a, b) => b.at - a.at || (b.seq ?? 0) - (a.seq ?? 0));
}

/** True if *entry* or its events contain every word of *text*. */
export function isWanted(entry, text) {
  const data = entry.messages.map((message) => message.data);
  const words = data.flatMap(({ container_id: id, image, action, status, attributes }) => [id, image, action, status, attributes?.exitCode]);
  const shown = [entry.subject, entry.text, entry.note, ...words].join(" ").toLowerCase();
  return text.toLowerCase().split(/\s+/).every((part) => shown.includes(part));
}

/** Entries worth a mark on a chart between *from* and *to*, Unix seconds. */
export function marksOf(entries, [from, to], kinds = ["array", "parity", "container", "vm", "mover"]) {
  return entries
    .filter(({ at, kind, tone }) => at >= from * 1000 && at <= to * 1000 && (kinds.includes(kind) || tone === "bad"))
    .slice(0, 60)
    .map(({ at, tone, kind, subject, text }) => ({ time: at / 1000, tone: kind === "container" && tone !== "bad" ? "quiet" : tone === "good" ? "busy" : tone, text: `${subject} ${text}` }));
}

function containerEntries(events) {
  const byName = new Map();
  // Oldest first, so that consequences come after their cause.
  for (const message of [...events].reverse()) {
    const name = message.data.container_name || message.data.container_id;
    byName.set(name, [...(byName.get(name) ?? []), message]);
  }
  return [...byName].flatMap(([name, messages]) => folded(messages).map((group) => containerEntry(name, group)));
}

/** Group *messages* of one container, oldest first; each group is one entry. */
function folded(messages) {
  const groups = [];
  for (const message of messages) {
    const { action } = message.data;
    const at = timeOf(message);
    const group = groups.at(-1);
    const last = group && actionsOf(group);
    const age = group ? (at - timeOf(group[0])) / 1000 : Infinity;
    const hasEnded = last?.includes("die") || last?.includes("kill");
    const isRemade = last?.includes("destroy") && last.includes("die");
    const isEnd = ["die", "stop"].includes(action) && hasEnded && age <= MAX_RESTART && !last.includes("start");
    const isStart = ["start", "restart"].includes(action) && hasEnded && last.includes("die") && age <= (isRemade ? MAX_UPDATE : MAX_RESTART);
    const isRemaking = ["destroy", "create"].includes(action) && last?.includes("kill") && age <= MAX_UPDATE && (action === "destroy" ? last.includes("die") : isRemade);
    if (group && (isEnd || isStart || isRemaking)) {
      group.push(message);
    } else {
      groups.push([message]);
    }
  }
  return groups;
}

const actionsOf = (group) => group.map(({ data }) => data.action);

function containerEntry(name, group) {
  const actions = actionsOf(group);
  const last = group.at(-1);
  const exit = group.find(({ data }) => data.action === "die");
  const seconds = (timeOf(last) - timeOf(group[0])) / 1000;
  let word = eventWord(last.data);
  if (actions.includes("create") && actions.length > 1) {
    word = { text: say(actions.includes("start") ? "Updated" : "Recreated"), tone: "quiet", note: formatDuration(seconds) };
  } else if (exit && (actions.includes("start") || actions.includes("restart"))) {
    const ended = eventWord(exit.data);
    const wasBad = ended.tone === "bad";
    const note = wasBad ? `${say("Exited")} ${ended.note}` : formatDuration(Math.max(1, seconds));
    word = { text: wasBad ? say("Died, started again") : say("Restarted"), tone: wasBad ? "warn" : "quiet", note };
  } else if (last.data.action === "destroy" && exit && actions.length > 1) {
    word = { ...eventWord(last.data), tone: "quiet" };
  } else if (last.data.action === "stop") {
    const ended = exit ? eventWord(exit.data) : word;
    word = { text: say("Stopped"), tone: "quiet", note: exit && exit.data.attributes?.exitCode !== "0" ? ended.note : "" };
  }
  return {
    key: `docker ${eventKey(group[0])}`,
    at: timeOf(last),
    seq: last.data.seq,
    subject: name,
    ...word,
    kind: "container",
    href: `#container/${encodeURIComponent(name)}`,
    image: last.data.image,
    messages: group,
  };
}

const STORAGE_TEXTS = {
  __proto__: null,
  array_started: ["array", "Started", "quiet"],
  array_stopped: ["array", "Stopped", "quiet"],
  disk_spun_up: ["disk", "Spun up", "quiet"],
  disk_spun_down: ["disk", "Spun down", "quiet"],
  parity_started: ["parity", "Started", "busy"],
  parity_paused: ["parity", "Paused", "quiet"],
  parity_resumed: ["parity", "Resumed", "busy"],
  parity_finished: ["parity", "Finished", "quiet"],
  mover_started: ["mover", "Started", "busy"],
  mover_finished: ["mover", "Finished", "quiet"],
  device_added: ["disk", "Added", "quiet"],
  device_removed: ["disk", "Removed", "warn"],
  errors_increased: ["disk", "Errors", "bad"],
  smart_attribute_changed: ["disk", "SMART attribute", "warn"],
};
/** Actions whose sentence adds nothing to subject and word. */
const PLAIN = ["array_started", "array_stopped", "disk_spun_up", "disk_spun_down", "parity_started", "parity_paused", "parity_resumed", "mover_started", "mover_finished", "protection_changed", "disk_state_changed"];
const KINDS = { __proto__: null, protection_changed: "array", pool_state_changed: "pool" };
const SUBJECTS = { __proto__: null, array: "Array", parity: "Parity", mover: "Mover" };

function storageEntries(events) {
  return events.map((message) => {
    const { action, subject, from, to, detail, seq } = message.data;
    const [kind, known, tone] = STORAGE_TEXTS[action] ?? [KINDS[action] ?? "disk", null, null];
    const change = to === null || to === undefined ? null : action === "protection_changed" ? protectionWord(to) : wordOf(to);
    const isCount = action === "errors_increased" || action === "smart_attribute_changed";
    const counted = isCount ? `${from ?? "–"} → ${to ?? "–"}` : "";
    const name = typeof subject === "string" && subject !== "" && subject !== "array" ? diskName(subject) : say(SUBJECTS[kind] ?? "Array");
    return {
      key: `storage ${message.timestamp} ${seq}`,
      at: timeOf(message),
      seq,
      subject: name,
      text: known ? say(known) : (change?.text ?? capitalised(String(action).replaceAll("_", " "))),
      tone: tone ?? (change?.tone === "good" ? "quiet" : (change?.tone ?? "quiet")),
      note: [counted, action === "parity_started" ? change?.text : "", PLAIN.includes(action) ? "" : detail].filter(Boolean).join(" · "),
      kind,
      href: kind === "disk" ? `#disk/${encodeURIComponent(subject)}` : kind === "pool" ? `#pool/${encodeURIComponent(subject)}` : null,
      messages: [message],
    };
  });
}

function vmEntries(events) {
  return events.map((message) => {
    const { action, vm_name: name, seq } = message.data;
    return {
      key: `vm ${message.timestamp} ${seq}`,
      at: timeOf(message),
      seq,
      subject: name,
      text: wordOf(action).text,
      tone: action === "crashed" ? "bad" : "quiet",
      note: "",
      kind: "vm",
      href: `#vm/${encodeURIComponent(name)}`,
      messages: [message],
    };
  });
}

function notificationEntries(events) {
  return events
    .filter(({ data }) => data.action === "added" && data.item)
    .map((message) => {
      const { item, seq } = message.data;
      return {
        key: `notification ${message.timestamp} ${seq}`,
        at: timeOf(message),
        seq,
        subject: item.event || item.subject || say("Notification"),
        text: item.subject ?? "",
        tone: { alert: "bad", warning: "warn" }[item.importance] ?? "quiet",
        note: "",
        kind: "notification",
        href: null,
        messages: [message],
      };
    });
}

/** Events of a feed that this page does not know. */
function plainEntries(events, name) {
  return events.map((message) => ({
    key: `${name} ${message.timestamp} ${message.data.seq}`,
    at: timeOf(message),
    seq: message.data.seq,
    subject: String(message.data.subject ?? message.data.name ?? name),
    text: wordOf(message.data.action ?? "").text,
    tone: "quiet",
    note: "",
    kind: name,
    href: null,
    messages: [message],
  }));
}

const MAKERS = {
  __proto__: null,
  "docker/events": containerEntries,
  "storage/events": storageEntries,
  "vms/events": vmEntries,
  "notifications/events": notificationEntries,
};

const timeOf = ({ timestamp, data }) => (data.time_nano ? data.time_nano / 1e6 : Date.parse(timestamp));
