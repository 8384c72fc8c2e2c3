/** The last hour of samples, from the daemon's history and later messages, ready for drawing. No DOM. */

const HOUR = 3600;
const BUCKET = 20;
/** Number of intervals that make a pause. */
const PAUSE = 2.5;

/** The seconds of each range, and the daemon's ring that it is drawn from. */
export const RANGES = {
  "15m": { seconds: 900, ring: null },
  "1h": { seconds: HOUR, ring: null },
  "6h": { seconds: 6 * HOUR, ring: "24h" },
  "24h": { seconds: 24 * HOUR, ring: "24h" },
  "7d": { seconds: 168 * HOUR, ring: "7d" },
};

/** Places of the history's columns in a `stats` message. */
const PARTS = {
  cpu_percent: (data) => data.cpu_percent,
  memory_percent: (data) => data.memory_percent,
  memory_used: (data) => data.memory_used,
  load_average: (data) => data.load_average?.[0],
  cpu_temperature: (data) => data.cpu_temperature,
  read_bytes_per_sec: (data) => data.disk_io?.read_bytes_per_sec,
  write_bytes_per_sec: (data) => data.disk_io?.write_bytes_per_sec,
  bytes_recv_per_sec: (data) => data.network_io?.bytes_recv_per_sec,
  bytes_sent_per_sec: (data) => data.network_io?.bytes_sent_per_sec,
};
export const NAMES = Object.keys(PARTS);

/** Columns of one length, oldest first; `times` in Unix seconds. */
export class Series {
  times = [];
  /** A counter of loaded history: with another number, the lines have changed. */
  revision = 0;
  #columns = Object.fromEntries(NAMES.map((name) => [name, []]));
  #rings = {};

  /** Use the history's *columns*, and keep newer samples. */
  load(columns) {
    const last = columns.timestamp.at(-1) ?? -Infinity;
    const older = this.times.filter((time) => time <= last).length;
    const joined = (loaded, own) => [...loaded, ...own.slice(older)];
    NAMES.forEach((name) => {
      this.#columns[name] = joined(columns[name] ?? columns.timestamp.map(() => null), this.#columns[name]);
    });
    this.times = joined(columns.timestamp, this.times);
    this.revision += 1;
  }

  /**
   * Add a `stats` message, and drop those that are not older: it may be repeated on connect, or the clock was set back.
   */
  add({ timestamp, data }) {
    const time = Math.floor(Date.parse(timestamp) / 1000);
    const older = this.times.findIndex((at) => at > time - HOUR);
    const [first, end] = [older < 0 ? this.times.length : older, this.times.findLastIndex((at) => at < time) + 1];
    // In place: a page that is open for days creates no new columns every few seconds.
    const renewed = (column, value) => {
      column.length = Math.max(end, first);
      column.splice(0, first);
      column.push(value);
    };
    renewed(this.times, time);
    NAMES.forEach((name) => renewed(this.#columns[name], PARTS[name](data) ?? null));
  }

  /** Take *columns*, what the daemon keeps of ring *name* (24h, 7d). */
  loadRing(name, columns) {
    this.#rings[name] = columns;
    this.revision += 1;
  }

  /** True if ring *name* exists. */
  hasRing(name) {
    return name in this.#rings;
  }

  /**
   * `{times, columns, span}` of range *key*, or of *zoom* (`[from, to]`, Unix seconds) in it: the columns *names*, pauses
   * as in drawn(). The span begins where the data do.
   */
  view(names, key, zoom = null) {
    const { seconds, ring } = RANGES[key];
    const last = this.times.at(-1) ?? 0;
    const [from, to] = zoom ?? [last - seconds, last];
    const [times, ...columns] = this.#joined(names, ring);
    const first = lowerBound(times, from);
    // One more sample on either side, so that lines reach the edge.
    const [start, end] = [Math.max(0, first - 1), lowerBound(times, to + 1) + 1];
    const [cutTimes, ...cut] = withGaps([times, ...columns].map((column) => column.slice(start, end)));
    const begin = Math.max(from, times[0] ?? from);
    return { times: cutTimes, columns: cut, span: [begin < to ? begin : to - 60, to] };
  }

  /** Times and columns of a ring with the newest hour behind it. */
  #joined(names, ring) {
    const own = [this.times, ...names.map((name) => this.#columns[name])];
    const older = ring === null ? undefined : this.#rings[ring];
    if (!older || older.timestamp.length === 0) {
      return own;
    }
    const last = older.timestamp.at(-1);
    const start = this.times.findIndex((time) => time > last);
    const past = [older.timestamp, ...names.map((name) => older[name] ?? older.timestamp.map(() => null))];
    return past.map((column, index) => (start < 0 ? column : column.concat(own[index].slice(start))));
  }

  /** The row of columns *names* nearest to *time*, by the newest hour: `{time, values}`, or null. */
  at(time, names) {
    const row = Math.min(lowerBound(this.times, time), this.times.length - 1);
    return row < 0 ? null : { time: this.times[row], values: names.map((name) => this.#columns[name][row]) };
  }

  /** The newest value of column *name*, or null. */
  newest(name) {
    return this.#columns[name].at(-1) ?? null;
  }

  /** The greatest value of the columns *names*. */
  peak(names) {
    return Math.max(0, ...names.flatMap((name) => this.#columns[name]));
  }

  /** Start and end of the hour that ends with the newest sample. */
  span() {
    const last = this.times.at(-1) ?? 0;
    return [last - HOUR, last];
  }

  /** Times and the columns *names*, as a chart takes them: a pause has a row of nulls, at which its lines are broken. */
  drawn(names) {
    return withGaps([this.times, ...names.map((name) => this.#columns[name])]);
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

  #interval() {
    return intervalOf(this.times);
  }
}

/** *columns*, times first, with a row of nulls in each pause, at which lines break. */
export function withGaps(columns) {
  const [times] = columns;
  const pauses = [];
  // Each of the daemon's rings has its own interval, so a pause is recognised by the steps around it.
  const usual = intervalOf(times.slice(0, 42));
  const pause = PAUSE * Math.max(usual, intervalOf(times));
  for (let row = 1; row < times.length; row += 1) {
    if (times[row] - times[row - 1] > pause) {
      pauses.push(row);
    }
  }
  if (pauses.length === 0) {
    return columns;
  }
  const starts = [0, ...pauses];
  const broken = (column, gap) =>
    starts.flatMap((start, index) => [...(index === 0 ? [] : [gap(start)]), ...column.slice(start, starts[index + 1])]);
  return columns.map((column, index) => broken(column, index === 0 ? (row) => times[row] - 1 : () => null));
}

/** The index of the first of *times* at *time* or later. */
export function lowerBound(times, time) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    [low, high] = times[middle] < time ? [middle + 1, high] : [low, middle];
  }
  return low;
}

/** The usual seconds between samples: a median of the newest, which a pause does not affect. */
function intervalOf(times) {
  const newest = times.slice(-21);
  const gaps = newest.slice(1).map((time, index) => time - newest[index]);
  return gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 0;
}
