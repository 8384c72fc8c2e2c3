/** Numbers as text, in the units of Unraid's webGUI: decimal sizes, bits for networks, GiB for memory, °C. No DOM. */

export const UNKNOWN = "–";

const SI = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];
const IEC = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const BITS = ["bps", "Kbps", "Mbps", "Gbps", "Tbps"];

/** `4.2 TB`, `256 GB`, `1.02 TB` */
export const formatBytes = (bytes) => scaled(bytes, 1000, SI);

/** `112 MB/s` */
export const formatByteRate = (bytesPerSecond) => (isKnown(bytesPerSecond) ? `${formatBytes(bytesPerSecond)}/s` : UNKNOWN);

/** `940 Mbps` */
export const formatBitRate = (bytesPerSecond) => scaled(isKnown(bytesPerSecond) ? bytesPerSecond * 8 : null, 1000, BITS);

/** `7.33 GiB` */
export const formatMemory = (bytes) => scaled(bytes, 1024, IEC);

/** The daemon's `4.2TB` as `4.2 TB` */
export const spacedSize = (text) => (isKnown(text) ? text.replace(/(\d)([A-Z])/, "$1\u00a0$2") : UNKNOWN);

/** `15.2%` */
export const formatPercent = (percent, digits = 1) => (isKnown(percent) ? `${percent.toFixed(digits)}%` : UNKNOWN);

/** `35 °C` */
export const formatTemperature = (celsius) => (isKnown(celsius) ? `${Math.round(celsius)}\u00a0°C` : UNKNOWN);

/** `no errors`, `1 error` */
export const formatCount = (count, noun) => `${count || "no"} ${noun}${count === 1 ? "" : "s"}`;

/** `3d 4h 5m`; below a minute `42s` */
export function formatDuration(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) {
    return `${Math.max(0, Math.floor(seconds))}s`;
  }
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  return `${days ? `${days}d ` : ""}${days || hours ? `${hours}h ` : ""}${minutes % 60}m`;
}

/** The time of day of *at*, a Date or Unix ms, in the reader's manner. */
export const formatClock = (at, locale) => new Date(at).toLocaleTimeString(locale, { timeStyle: "medium" });

/** The day of *at*. */
export const formatDay = (at, locale) => new Date(at).toLocaleDateString(locale, { dateStyle: "medium" });

/** The time of day if *at* is of the same day as *now*, else day, month and time. */
export function formatMoment(at, now, locale) {
  const moment = new Date(at);
  const isToday = moment.toDateString() === new Date(now).toDateString();
  const style = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return isToday ? formatClock(at, locale) : moment.toLocaleString(locale, style);
}

function isKnown(value) {
  return value !== null && value !== undefined;
}

/** Three digits, and the next unit from 995 on, as the webGUI's my_scale does. */
function scaled(value, kilo, units) {
  if (!isKnown(value)) {
    return UNKNOWN;
  }
  let power = 0;
  while (power < units.length - 1 && value >= kilo * 0.995) {
    value = Math.max(1, value / kilo);
    power += 1;
  }
  const digits = power === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${Number(value.toFixed(digits))}\u00a0${units[power]}`;
}
