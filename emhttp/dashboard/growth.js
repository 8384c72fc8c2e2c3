/** Growth of used space, of disks and pools together, over the daemon's week. No DOM. */

import { formatDuration } from "./format.js";
import { say } from "./say.js";

const DAY = 86_400;
/** Seconds that a line must span to show a trend. */
const MIN_PACE_DAYS = 2;
const GIB = 2 ** 30;

/** The used bytes of *names* together over the week: `{times, values}`, null if one of them is unknown; or null. */
export function usedOf(store, names) {
  const columns = names.map((name) => store.used(name, "7d"));
  if (columns.length === 0 || columns.some((column) => column === null)) {
    return null;
  }
  const values = columns[0].times.map((_, index) => {
    const parts = columns.map((column) => column.values[index] ?? null);
    return parts.includes(null) ? null : parts.reduce((sum, part) => sum + part, 0);
  });
  return values.filter((value) => value !== null).length > 1 ? { times: columns[0].times, values } : null;
}

/** Growth in *past*: `{bytes, days, fullInDays}`; the last is null if *free* bytes give no answer. */
export function growthOf({ times, values }, free) {
  const known = values.flatMap((value, index) => (value === null ? [] : [index]));
  const [first, last] = [known[0], known.at(-1)];
  const bytes = values[last] - values[first];
  const days = (times[last] - times[first]) / DAY;
  const isPace = days >= MIN_PACE_DAYS && bytes > 0 && free > 0;
  return { bytes, days, fullInDays: isPace ? free / (bytes / days) : null };
}

/** *days* from now in words: below two days with hours, which then matter. */
export function untilFull(days, format) {
  return days < 2 ? hours(days) : say("{n} days", { n: format.number(days) });
}

/** The same in short. */
export function shortUntilFull(days, format) {
  return days < 2 ? hours(days) : `${format.number(days)}\u00a0d`;
}

const hours = (days) => formatDuration(Math.max(1, Math.round(days * 24)) * 3600);

/**
 * The facts and the chart of the growth of *names*; *free* and *size* in bytes, *fullInDays* if the daemon reports it.
 */
export function growthDetail({ format, store, hovered, marks }, { names, free, size, fullInDays = null }) {
  store.readStorage("7d");
  const past = usedOf(store, names);
  const growth = past === null ? null : growthOf(past, free);
  const days = fullInDays ?? growth?.fullInDays ?? null;
  const sign = growth !== null && growth.bytes < 0 ? "−" : "+";
  const fact = (label, text, note = "") => ({ label: say(label), text, note });
  const span = growth === null ? "" : say("in {time}", { time: untilFull(growth.days, format) });
  const facts = [
    ...(growth === null ? [] : [fact("Growth", `${sign}${format.bytes(Math.abs(growth.bytes))}`, span)]),
    ...(days > 0 ? [fact("Full in", untilFull(days, format), say("at last week's pace"))] : []),
  ];
  return { facts, charts: past === null ? [] : [chart(past, size, { format, hovered, marks })] };
}

function chart({ times, values }, size, { format, hovered, marks }) {
  const known = values.filter((value) => value !== null);
  const span = [times[0], Math.max(times.at(-1), times[0] + 60)];
  const [least, most] = [Math.min(...known), Math.max(...known)];
  // If a change is small compared with the whole, its shape matters.
  const air = Math.max((most - least) * 0.2, GIB);
  const title = say("Used, 7 days");
  const time = hovered();
  const row = time === null ? -1 : times.findLastIndex((each) => each <= time);
  const label = say("{title}: from {least} to {most}", { title, least: format.bytes(values.find((value) => value !== null)), most: format.bytes(known.at(-1)) });
  const view = { times, columns: [values], span, bottom: Math.max(0, least - air), top: Math.min(size || Infinity, most + air), marks: marks(span, ["mover"]), label };
  return { key: "used", title, write: format.bytes, view, value: format.bytes(row < 0 ? known.at(-1) : values[row]), at: row < 0 ? "" : format.moment(times[row] * 1000, Date.now()) };
}
