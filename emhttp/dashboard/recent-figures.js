/** The last minutes of figures without a history in the daemon, from the messages that this page received. No DOM. */

/** Samples of each: ten minutes at one in 5 s. */
const KEPT = 120;

export class RecentFigures {
  #columns = new Map();

  /** Store the figures of *message* of the feed *name*, if there are any. */
  take(name, { data }) {
    if (name === "system/stats") {
      this.#replace("core", Object.entries(data.cpu_cores ?? []));
    } else if (name === "network/status") {
      this.#replace("port", (data.interfaces ?? []).map((each) => [each.name, sum(each.bytes_recv_per_sec, each.bytes_sent_per_sec)]));
    } else if (name === "docker/containers") {
      this.#replace("container", (data.containers ?? []).map((each) => [each.name, each.cpu_percent ?? null]));
    }
  }

  /** Values of *id* of *kind* (core, port, container), oldest first; null if unknown. */
  of(kind, id) {
    return this.#columns.get(kind)?.get(String(id)) ?? NONE;
  }

  /** Figures that messages no longer contain are dropped. */
  #replace(kind, values) {
    const before = this.#columns.get(kind);
    this.#columns.set(kind, new Map(values.map(([id, value]) => [String(id), [...(before?.get(String(id)) ?? NONE).slice(1 - KEPT), value]])));
  }
}

const NONE = Object.freeze([]);

const sum = (a, b) => (a === null || a === undefined || b === null || b === undefined ? null : a + b);
