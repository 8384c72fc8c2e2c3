/** The feeds that a link follows: the daemon's own list or, before it is known, those that every daemon has. No DOM. */

import { feedsFrom, KNOWN } from "./feeds.js";

export class Roster {
  #read;
  all = KNOWN;

  /** *read* asks for a path. */
  constructor(read) {
    this.#read = read;
  }

  get enabled() {
    return this.all.filter(({ enabled }) => enabled !== false);
  }

  /** Feeds of events. */
  get events() {
    return this.enabled.filter(({ retained }) => !retained);
  }

  /** True if the newest message of *name* is its state. */
  isState(name) {
    return this.all.some((feed) => feed.name === name && feed.retained);
  }

  isEvent(name) {
    return this.events.some((feed) => feed.name === name);
  }

  /** Request the list; return it, or null if an older daemon has none. */
  ask() {
    return this.#read("feeds").then(
      ({ body }) => feedsFrom(body),
      () => null,
    );
  }

  /** Follow the feeds in *list*; keep the earlier ones if it is null. */
  take(list) {
    this.all = list ?? this.all;
  }
}
