/** The last hour of samples, from the daemon's history and the messages since, ready to be drawn. No DOM. */

const HOUR = 3600;
const BUCKET = 20;

/** Where a `stats` message's data has the columns of the history that are drawn. */
const PARTS = {
  cpu_percent: null,
  memory_percent: null,
  read_bytes_per_sec: "disk_io",
  write_bytes_per_sec: "disk_io",
  bytes_recv_per_sec: "network_io",
  bytes_sent_per_sec: "network_io",
};

/** Samples, oldest first: `{time, cpu_percent, …}`, time in Unix seconds. */
export class Series {
  samples = [];

  /** Take the history's *columns*, and keep what is newer than they are. */
  load(columns) {
    const loaded = columns.timestamp.map((time, row) => {
      const sample = { time };
      Object.keys(PARTS).forEach((name) => (sample[name] = columns[name]?.[row] ?? null));
      return sample;
    });
    const last = loaded.at(-1)?.time ?? -Infinity;
    this.samples = [...loaded, ...this.samples.filter(({ time }) => time > last)];
  }

  /** Add a `stats` message, in place of what is not older: the one sent again on connect, or a clock set back. */
  add({ timestamp, data }) {
    const sample = { time: Math.floor(Date.parse(timestamp) / 1000) };
    for (const [name, part] of Object.entries(PARTS)) {
      sample[name] = (part === null ? data : data[part])?.[name] ?? null;
    }
    this.samples = this.samples.filter(({ time }) => time < sample.time && time > sample.time - HOUR);
    this.samples.push(sample);
  }

  /** The newest value of column *name*, or null. */
  newest(name) {
    return this.samples.at(-1)?.[name] ?? null;
  }

  /** The greatest value of the columns *names*. */
  peak(names) {
    return this.samples.reduce((most, sample) => Math.max(most, ...names.map((name) => sample[name] ?? 0)), 0);
  }

  /**
   * Column *name* as `{x, y}`: x from 0, an hour ago, to 1; y the mean of a bucket, null where nothing was sampled.
   * Buckets are fixed in time, so that a line moves without shimmering.
   */
  points(name) {
    if (this.samples.length === 0) {
      return [];
    }
    const width = Math.max(BUCKET, Math.ceil(this.#interval() * 1.5));
    const buckets = new Map();
    for (const sample of this.samples) {
      const bucket = Math.floor(sample.time / width);
      const values = buckets.get(bucket) ?? [];
      buckets.set(bucket, values);
      if (sample[name] !== null) {
        values.push(sample[name]);
      }
    }
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
    const times = this.samples.slice(-21).map(({ time }) => time);
    const gaps = times.slice(1).map((time, index) => time - times[index]);
    return gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 0;
  }
}
