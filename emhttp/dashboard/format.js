/**
 * Numbers and times as text, in the units of Unraid's webGUI: decimal sizes, bits for networks, GiB for memory. No DOM.
 *
 * A number's sign, unit and length are the display settings' (display.js).
 */

import { strftime } from "./strftime.js";

export const UNKNOWN = "–";

const SI = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];
const IEC = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const BITS = ["bps", "Kbps", "Mbps", "Gbps", "Tbps"];
const AUTOMATIC = -1;
/** @type {[number, string][]} */
const UNITS = [[86_400, "d"], [3600, "h"], [60, "m"], [1, "s"]];
const MANNERS = {
  clock: { timeStyle: "medium" },
  minute: { timeStyle: "short" },
  day: { dateStyle: "medium" },
  shortDay: { day: "numeric", month: "short" },
  weekday: { weekday: "long", day: "numeric", month: "short" },
};

/** `no errors`, `1 error` */
export const formatCount = (count, noun) => `${count || "no"} ${noun}${count === 1 ? "" : "s"}`;

/** True if two moments are on one day of the browser. */
export const isSameDay = (at, other) => new Date(at).toDateString() === new Date(other).toDateString();

/** `3 d 4 h`, `4 h 5 m`, `42 s`: the two largest units. */
export function formatDuration(seconds) {
  const parts = [];
  let rest = Math.max(0, Math.floor(seconds));
  for (const [length, unit] of UNITS) {
    if (rest >= length || (length === 1 && parts.length === 0)) {
      parts.push(`${Math.floor(rest / length)}\u00a0${unit}`);
    } else if (parts.length > 0) {
      break;
    }
    rest %= length;
  }
  return parts.slice(0, seconds >= 60 ? 2 : 1).join(" ").replace(/ \d+\u00a0s$/, "");
}

export class Format {
  #display;
  #manners = {};

  /** *display* as displayFrom() gives it. */
  constructor(display) {
    this.#display = display;
  }

  get display() {
    return this.#display;
  }

  /** `4.2 TB`, `256 GB`, `1.02 TB` */
  bytes = (bytes) => this.#scaled(bytes, 1000, SI, this.#display.scale);

  /** `112 MB/s` */
  byteRate = (bytesPerSecond) => (isKnown(bytesPerSecond) ? `${this.bytes(bytesPerSecond)}/s` : UNKNOWN);

  /** `940 Mbps` */
  bitRate = (bytesPerSecond) => this.#scaled(isKnown(bytesPerSecond) ? bytesPerSecond * 8 : null, 1000, BITS, AUTOMATIC);

  /** Rates in the unit of the largest of *bytesPerSecond*: `{texts: ["16", "4"], unit: "Mbps"}`; *isBits*, or bytes. */
  rates = (bytesPerSecond, isBits) => {
    const write = isBits ? this.bitRate : this.byteRate;
    const largest = Math.max(0, ...bytesPerSecond.filter(isKnown));
    const [whole, unit] = write(largest).split("\u00a0");
    const size = largest === 0 ? 1 : largest / Number(whole.replaceAll(this.#display.thousands || "\0", "").replace(this.#display.decimal, "."));
    const written = (value) => {
      const share = value / size;
      return this.number(share, share >= 9.95 || share === 0 ? 0 : 1);
    };
    return { texts: bytesPerSecond.map((value) => (isKnown(value) ? written(value) : UNKNOWN)), unit };
  };

  /** `7.33 GiB` */
  memory = (bytes) => this.#scaled(bytes, 1024, IEC, this.#display.scale);

  /** `15.2%` */
  percent = (percent, digits = 1) => (isKnown(percent) ? `${this.number(percent, digits)}%` : UNKNOWN);

  /** `35 °C` */
  temperature = (celsius) => {
    const { unit } = this.#display;
    return isKnown(celsius) ? `${Math.round(unit === "F" ? celsius * 1.8 : celsius) + (unit === "F" ? 32 : 0)}\u00a0°${unit}` : UNKNOWN;
  };

  /** *value* with *digits* decimals: `15.2`, `16,003` */
  number = (value, digits = 0) => {
    const { decimal, thousands } = this.#display;
    const [whole, fraction] = value.toFixed(digits).split(".");
    const grouped = Math.abs(value) > 9999 ? whole.replace(/\B(?=(\d{3})+$)/g, thousands) : whole;
    return fraction === undefined ? grouped : `${grouped}${decimal}${fraction}`;
  };

  /** The time of day of *at*, a Date or Unix ms, to the second. */
  clock = (at) => {
    const { time, locale } = this.#display;
    return time === null ? this.#written(at, "clock") : strftime(withSeconds(time), at, locale);
  };

  /** The time of day of *at*, to the minute. */
  minute = (at) => {
    const { time, locale } = this.#display;
    return time === null ? this.#written(at, "minute") : strftime(time, at, locale);
  };

  /** Day and month of *at*. */
  shortDay = (at) => this.#written(at, "shortDay");

  /** The weekday of *at*, its day and month. */
  weekday = (at) => this.#written(at, "weekday");

  /** The day of *at*. */
  day = (at) => {
    const { date, locale } = this.#display;
    return date === null ? this.#written(at, "day") : strftime(date, at, locale);
  };

  /** The time of day if *at* is on the same day as *now*, else day, month and time. */
  moment = (at, now) => {
    if (isSameDay(at, now)) {
      return this.clock(at);
    }
    return `${this.#written(at, "shortDay")}, ${this.minute(at)}`;
  };

  /** As moment(), to the minute. */
  shortMoment = (at, now) => (isSameDay(at, now) ? this.minute(at) : this.moment(at, now));

  /** In the locale's own format; each formatter is created once, which takes longer than a hundred uses. */
  #written(at, manner) {
    this.#manners[manner] ??= new Intl.DateTimeFormat(this.#display.locale, MANNERS[manner]);
    return this.#manners[manner].format(new Date(at));
  }

  /** Three digits, and the next unit from 995 on, like the webGUI's my_scale; *scale* is the largest unit. */
  #scaled(value, kilo, units, scale) {
    if (!isKnown(value)) {
      return UNKNOWN;
    }
    const last = scale < 0 ? units.length - 1 : Math.min(scale, units.length - 1);
    let power = 0;
    while (power < last && value >= kilo * 0.995) {
      value = Math.max(1, value / kilo);
      power += 1;
    }
    const digits = power === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return `${this.number(Number(value.toFixed(digits)), idleFree(value, digits))}\u00a0${units[power]}`;
  }
}

/** Count the decimals of *value*, at most *digits*, without trailing zeros. */
function idleFree(value, digits) {
  return (value.toFixed(digits).split(".")[1] ?? "").replace(/0+$/, "").length;
}

function withSeconds(time) {
  return time.replace("%R", "%H:%M").replace("%M", "%M:%S");
}

function isKnown(value) {
  return value !== null && value !== undefined;
}
