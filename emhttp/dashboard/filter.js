/** Which Docker events somebody wants to see. No DOM. */

import { eventWord } from "./words.js";

/** Whether every word of *text* is somewhere in what the event shows: name, image, state, exit code. */
export function isWanted({ data }, text) {
  const { container_name: name, container_id: id, image, action, status } = data;
  const { text: word, note } = eventWord(data);
  const shown = [name, id, image, action, status, word, note].join(" ").toLowerCase();
  return text.toLowerCase().split(/\s+/).every((part) => shown.includes(part));
}
