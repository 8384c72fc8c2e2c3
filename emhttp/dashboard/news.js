/** News among the messages: anything but another figure. No DOM. */

/** True if *after*, a message's data, differs from *before* in numbers and texts of numbers only. */
export function areFiguresOnly(before, after) {
  if (before === after || (isFigure(before) && isFigure(after))) {
    return true;
  }
  if (!isObject(before) || !isObject(after)) {
    return false;
  }
  const names = Object.keys(after);
  return names.length === Object.keys(before).length && names.every((name) => areFiguresOnly(before[name], after[name]));
}

/** A number, or a size such as `2.04TB`. */
const isFigure = (value) => typeof value === "number" || (typeof value === "string" && value >= "0" && value < ":");

const isObject = (value) => typeof value === "object" && value !== null;
