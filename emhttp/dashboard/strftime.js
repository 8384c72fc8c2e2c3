/** The few of strftime's patterns that the webGUI's settings offer, in the reader's own time zone. No DOM. */

const two = (number) => String(number).padStart(2, "0");
const named = (part, style) => (at, locale) => at.toLocaleDateString(locale, { [part]: style });
const twelve = (at) => at.getHours() % 12 || 12;

const WRITERS = {
  a: named("weekday", "short"),
  A: named("weekday", "long"),
  b: named("month", "short"),
  B: named("month", "long"),
  d: (at) => two(at.getDate()),
  e: (at) => String(at.getDate()),
  H: (at) => two(at.getHours()),
  I: (at) => two(twelve(at)),
  l: (at) => String(twelve(at)),
  m: (at) => two(at.getMonth() + 1),
  M: (at) => two(at.getMinutes()),
  p: (at) => (at.getHours() < 12 ? "AM" : "PM"),
  R: (at) => `${two(at.getHours())}:${two(at.getMinutes())}`,
  S: (at) => two(at.getSeconds()),
  T: (at) => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`,
  y: (at) => two(at.getFullYear() % 100),
  Y: (at) => String(at.getFullYear()),
  "%": () => "%",
};

/** *at*, a Date, a timestamp or Unix ms, by *pattern*; an unknown letter stays unchanged. */
export function strftime(pattern, at, locale) {
  const moment = new Date(at);
  return pattern.replace(/%(.)/g, (text, letter) => WRITERS[letter]?.(moment, locale) ?? text);
}
