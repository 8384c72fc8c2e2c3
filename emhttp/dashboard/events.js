/** The last Docker events, newest first, each once. No DOM. */

const KEPT = 200;

/**
 * *kept* and *incoming*, messages in any order, together: newest first, each once, at most 200.
 *
 * The numbers `seq` begin anew with each daemon, so an event is known by Docker's own time, its container and action.
 */
export function mergeEvents(kept, incoming) {
  const byKey = new Map([...kept, ...incoming].map((message) => [eventKey(message), message]));
  return [...byKey.values()].sort((a, b) => b.data.time_nano - a.data.time_nano || b.data.seq - a.data.seq).slice(0, KEPT);
}

/** What tells one event from another. */
export function eventKey({ data }) {
  return `${data.time_nano} ${data.container_id} ${data.action}`;
}
