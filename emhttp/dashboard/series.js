/** The last hour of samples, from the daemon's history and the messages since, ready to be drawn. No DOM. */

const HOUR = 3600;
const BUCKET = 20;
/** From how many intervals on a pause is one. */
const PAUSE = 2.5;

/** Where a `stats` message's data has the columns of the history that are drawn. */
const PARTS = {
  cpu_percent: null,
  memory_percent: null,
  read_bytes_per_sec: "disk_io",
  write_bytes_per_sec: "disk_io",
  bytes_recv_per_sec: "network_io",
  bytes_sent_per_sec: "network_io",
};
const NAMES = Object.keys(PARTS);

/** Columns of one length, oldest first; `times` in Unix seconds. */
export class Series {
  times = [];
  #columns = Object.fromEntries(NAMES.map((name) => [name, []]));

  /** Take the history's *columns*, and keep what is newer than they are. */
  load(columns) {
    const last = columns.timestamp.at(-1) ?? -Infinity;
    const older = this.times.filter((time) => time <= last).length;
    const joined = (loaded, own) => [...loaded, ...own.slice(older)];
    NAMES.forEach((name) => {
      this.#columns[name] = joined(columns[name] ?? columns.timestamp.map(() => null), this.#columns[name]);
    });
    this.times = joined(columns.timestamp, this.times);
  }

  /** Add a `stats` message, in place of what is not older: the one sent again on connect, or a clock set back. */
  add({ timestamp, data }) {
    const time = Math.floor(Date.parse(timestamp) / 1000);
    const [first, end] = [this.times.findIndex((at) => at > time - HOUR), this.times.findLastIndex((at) => at < time) + 1];
    const kept = (column) => (first < 0 ? [] : column.slice(first, end));
    this.times = [...kept(this.times), time];
    NAMES.forEach((name) => {
      const value = (PARTS[name] === null ? data : data[PARTS[name]])?.[name] ?? null;
      this.#columns[name] = [...kept(this.#columns[name]), value];
    });
  }

  /** The newest value of column *name*, or null. */
  newest(name) {
    return this.#columns[name].at(-1) ?? null;
  }

  /** The greatest value of the columns *names*. */
  peak(names) {
    return Math.max(0, ...names.flatMap((name) => this.#columns[name]));
  }

  /** From when to when the hour goes that ends with the newest sample. */
  span() {
    const last = this.times.at(-1) ?? 0;
    return [last - HOUR, last];
  }

  /** Times and the columns *names*, as a chart takes them: a pause has a row of nulls, at which its lines are broken. */
  drawn(names) {
    const pause = PAUSE * this.#interval();
    const own = [this.times, ...names.map((name) => this.#columns[name])];
    const pauses = this.times.flatMap((time, row) => (row > 0 && time - this.times[row - 1] > pause ? [row] : []));
    if (pauses.length === 0) {
      return own;
    }
    const starts = [0, ...pauses];
    const broken = (column, gap) =>
      starts.flatMap((start, index) => [...(index === 0 ? [] : [gap(start)]), ...column.slice(start, starts[index + 1])]);
    return own.map((column, index) => broken(column, index === 0 ? (row) => this.times[row] - 1 : () => null));
  }

  /**
   * Column *name* as `{x, y}`: x from 0, an hour ago, to 1; y the mean of a bucket, null where nothing was sampled.
   * Buckets are fixed in time, so that a line moves without shimmering.
   */
  points(name) {
    if (this.times.length === 0) {
      return [];
    }
    const width = Math.max(BUCKET, Math.ceil(this.#interval() * 1.5));
    const buckets = new Map();
    this.times.forEach((time, row) => {
      const bucket = Math.floor(time / width);
      const values = buckets.get(bucket) ?? [];
      buckets.set(bucket, values);
      const value = this.#columns[name][row];
      if (value !== null) {
        values.push(value);
      }
    });
    const last = Math.max(...buckets.keys());
    const first = Math.max(Math.min(...buckets.keys()), last - Math.floor(HOUR / width));
    return Array.from({ length: last - first + 1 }, (_, index) => {
      const values = buckets.get(first + index) ?? [];
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return { x: 1 - ((last - first - index) * width) / HOUR, y: values.length > 0 ? mean : null };
    });
  }

  /** The usual seconds between samples: a median, which a pause does not move. */
  #interval() {
    const times = this.times.slice(-21);
    const gaps = times.slice(1).map((time, index) => time - times[index]);
    return gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 0;
  }
}
