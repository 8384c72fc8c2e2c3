/** Positions of a chart's grid lines: round times and round values. No DOM. */

const MINUTE = 60;
const HOUR = 3600;

/** The times between *from* and *to*, Unix seconds, that are whole multiples of *minutes* on a clock *offset* s ahead of UTC. */
export function timeTicks(from, to, minutes, offset = 0) {
  const step = minutes * MINUTE;
  const first = Math.ceil((from + offset) / step) * step - offset;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, index) => first + index * step);
}

/** Minutes between the labels of an hour in *width* pixels, if each label needs *room*. */
export function minutesApart(width, room) {
  return [10, 15, 20, 30].find((minutes) => ((width * minutes) / HOUR) * MINUTE >= room) ?? HOUR / MINUTE;
}

const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 360, 720, 1440, 2880];

/** Minutes between the labels of *seconds* in *width* pixels, if each label needs *room*. */
export function minutesFor(seconds, width, room) {
  return STEPS.find((minutes) => (width * minutes * MINUTE) / seconds >= room) ?? STEPS.at(-1);
}

/** The full height for values up to *most*, with some space: a round number of at most two digits. */
export function roundTop(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 1.6, 2, 4, 6, 8, 10].map((times) => times * power).find((top) => top >= most * 1.05) ?? 20 * power;
}
