/** The last events of a feed, newest first, each once. No DOM. */

/** As many as the daemon keeps. */
const MAX_EVENTS = 1000;

/**
 * *kept* and *incoming*, messages in any order, together: newest first, each once, at most 1,000.
 *
 * The numbers `seq` restart with each daemon, so an event's identity is Docker's own time, its container and action.
 */
export function mergeEvents(kept, incoming) {
  const byKey = new Map([...kept, ...incoming].map((message) => [eventKey(message), message]));
  return [...byKey.values()].sort((a, b) => b.data.time_nano - a.data.time_nano || b.data.seq - a.data.seq).slice(0, MAX_EVENTS);
}

/** Identity of an event. */
export function eventKey({ data }) {
  return `${data.time_nano} ${data.container_id} ${data.action}`;
}
