/** Judgement of disks and pools for their rows: problems, temperature, usage. No DOM. */

import { temperatureState, usageState } from "./display.js";
import { formatDuration, UNKNOWN } from "./format.js";
import { say } from "./say.js";
import { ATTRIBUTES, toneOf, wordOf } from "./words.js";

/** Disk states that are shown without a word. */
export const QUIET = ["active", "standby"];
/** Attributes that count as a warning above 0; 199 is usually an old cable problem. */
const WATCHED = ["5", "187", "197", "198"];
/** Tones of normal states. */
export const QUIET_TONES = ["good", "quiet"];

export class DiskState {
  #context;

  /** *context* is a panel's. */
  constructor(context) {
    this.#context = context;
  }

  /** Problems of *disk*, the worst first: `{sign, tone, text}`. */
  mark(disk) {
    const { format, store } = this.#context;
    const { status, health = "unknown", errors = 0, name } = disk;
    const smart = store.smart(name);
    const attributes = Object.entries(smart?.attributes ?? {}).filter(([id, value]) => this.isRaised(name, id, value));
    const found = attributes.map(([id, value]) => `${format.number(value)} ${say(ATTRIBUTES[id]).toLowerCase()}`);
    const findings = store.findings.filter(({ severity, subject, text }) => subject === name && severity !== "notice" && !/^the /.test(text)).map(({ text }) => text);
    const bad = [
      ...(QUIET.includes(status) || toneOf(status) !== "bad" ? [] : [wordOf(status).text]),
      ...(health === "failed" ? [say("SMART failed")] : []),
      ...(errors > 0 ? [say(errors === 1 ? "{n} error" : "{n} errors", { n: format.number(errors) })] : []),
    ];
    if (bad.length > 0) {
      return { sign: "✕", tone: "bad", text: [...bad, ...found].join(", ") };
    }
    if (found.length > 0) {
      return { sign: "!", tone: "warn", text: found.join(", ") };
    }
    if (findings.length > 0) {
      return { sign: "!", tone: "warn", text: findings.join(", ") };
    }
    return health === "passed" ? { sign: "✓", tone: "quiet", text: say("SMART passed") } : { sign: UNKNOWN, tone: "quiet", text: say("SMART unknown") };
  }

  /**
   * True if SMART attribute *id* of the disk *name* is above 0 and should not be. The daemon knows which ones the user has
   * deselected in Unraid; with an older daemon all count.
   */
  isRaised(name, id, value) {
    const watched = this.details(name)?.watched_attributes;
    return value > 0 && WATCHED.includes(id) && (watched === undefined || ATTRIBUTES[id].toLowerCase() in watched);
  }

  isWell(disk) {
    return QUIET.includes(disk.status) && this.mark(disk).tone === "quiet";
  }

  // The daemon knows each disk's own limits; with an older daemon the page decides.
  heat({ temperature = null, rotational, temperature_state: state }) {
    return state === undefined ? temperatureState(temperature, rotational === false, this.#context.format.display.limits) : state;
  }

  fullness({ usage_percent: percent = null, usage_state: state }) {
    return state === undefined ? usageState(percent, this.#context.format.display.limits) : state;
  }

  limits({ rotational }) {
    const { hot, max, hotssd, maxssd } = this.#context.format.display.limits;
    return rotational === false ? [hotssd, maxssd] : [hot, max];
  }

  /** Details of the disk *name* in `storage/details`, or undefined. */
  details(name) {
    return (this.#context.newest("storage/details")?.disks ?? []).find((disk) => disk.name === name);
  }

  /** Size of the file system, used plus free, which is larger than any of its devices. */
  poolUsage(pool, members) {
    const own = (this.#context.newest("storage/details")?.pools ?? []).find(({ name }) => name === pool);
    const mounted = members.find(({ used_bytes: used }) => used !== null && used !== undefined);
    const used = own?.used_bytes ?? mounted?.used_bytes ?? null;
    const free = own?.free_bytes ?? mounted?.free_bytes ?? null;
    const size = used === null || free === null ? null : used + free;
    const profile = own?.filesystem ?? mounted?.filesystem ?? "";
    return { used, free, size, percent: size ? (100 * used) / size : null, profile, state: own?.state ?? null, own };
  }
}

/** Sums of *disks* in bytes: `{used, free, size}`. */
export function sumOf(disks) {
  const sum = (key) => disks.reduce((total, disk) => total + (disk[key] ?? 0), 0);
  return { used: sum("used_bytes"), free: sum("free_bytes"), size: sum("size_bytes") };
}

/** Progress of a parity operation, in words. */
export function progress({ percent, speed_bytes_per_sec: speed, eta_seconds: left }, format) {
  const parts = [format.percent(percent), speed && format.byteRate(speed), left && say("{time} left", { time: formatDuration(left) })];
  return parts.filter(Boolean).join(" · ");
}
