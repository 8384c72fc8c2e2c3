/** The last events of a feed, newest first, without repetition. No DOM. */

/** As many as the daemon keeps. */
export const MAX_EVENTS = 1000;

/**
 * *kept*, newest first, and *incoming*, messages in any order, together: newest first, each once, at most *most*.
 *
 * The numbers `seq` restart with each daemon, so a Docker event's identity is Docker's own time, its container and action.
 */
export function mergeEvents(kept, incoming, most = MAX_EVENTS) {
  if (incoming.length === 1 && (kept.length === 0 || timeOf(incoming[0]) > timeOf(kept[0]))) {
    return [incoming[0], ...kept.slice(0, most - 1)];
  }
  const byKey = new Map([...kept, ...incoming].map((message) => [eventKey(message), message]));
  return [...byKey.values()].sort((a, b) => timeOf(b) - timeOf(a) || b.data.seq - a.data.seq).slice(0, most);
}

/** Identity of an event. */
export function eventKey({ timestamp, data }) {
  const { time_nano: time, container_id: id, action, seq } = data;
  return time ? `${time} ${id} ${action}` : `${timestamp} ${seq} ${action}`;
}

/** Nanoseconds: Docker's own, or those of the message. */
const timeOf = ({ timestamp, data }) => data.time_nano ?? Date.parse(timestamp) * 1e6;
