/** The feeds that a page follows: the daemon's own list of them, or the three that every daemon has. No DOM. */

/**
 * @typedef {object} Feed
 * @property {string} name  as in addresses: `system/stats`
 * @property {string} kind  its messages' `type`
 * @property {boolean} retained  whether its newest message is its state; otherwise each is an event
 * @property {boolean} enabled
 * @property {number | null} interval_seconds  the longest time between two messages, or null
 * @property {string | null} panel  `panels/NAME.js`, or null
 * @property {string} [title]
 * @property {string} [setting]
 */

/** @type {Feed[]} */
export const KNOWN = [
  { name: "system/stats", kind: "stats", retained: true, enabled: true, interval_seconds: 5, panel: "panels/system.js" },
  { name: "storage/status", kind: "storage_status", retained: true, enabled: true, interval_seconds: 30, panel: "panels/storage.js" },
  { name: "docker/events", kind: "docker_event", retained: false, enabled: true, interval_seconds: null, panel: "panels/events.js" },
];

/** Feeds of the first picture: the server's name, its problems, and the most important data. */
export const FIRST = ["system/stats", "storage/status", "server/info", "server/summary"];

/** States whose news is shown in the next frame, because it may be a problem. */
export const URGENT = ["storage/status", "server/summary"];

const CHANNELS = { __proto__: null, "system/stats": "uma_stats", "storage/status": "uma_storage", "docker/events": "uma_docker" };

/** The feeds in *body*, the answer to `GET /api/v1/feeds`: a list, or an object with one; null if it is neither. */
export function feedsFrom(body) {
  const list = Array.isArray(body) ? body : body?.feeds;
  return Array.isArray(list) ? list.filter((feed) => typeof feed?.name === "string") : null;
}

const KINDS = { __proto__: null, "system/stats": "stats" };
const NATURES = ["state", "event", undefined];

/** True if messages of *type* belong to *feed*: `ups_status` to `ups/status`, `vm_event` to `vms/events`. */
export function isOfType({ name, kind }, type) {
  const [subject, what] = name.split("/");
  const singular = what === "events" ? `${subject.replace(/s$/, "")}_event` : null;
  return NATURES.includes(kind) ? [KINDS[name], name.replaceAll("/", "_"), singular].includes(type) : kind === type;
}

/** The channel of the webGUI's nginx that carries *feed*. */
export function channelOf({ name }) {
  return CHANNELS[name] ?? `uma_${name.replaceAll("/", "_")}`;
}

/** The subject of *name*. */
export const subjectOf = (name) => name.split("/")[0];

/** The entry of the feed *name* in health's *sources*: its own (`storage-details`, `containers`), or its subject's. */
export function sourceOf(name, sources) {
  const [subject, what] = name.split("/");
  return sources?.[`${subject}-${what}`] ?? sources?.[what] ?? sources?.[subject];
}
