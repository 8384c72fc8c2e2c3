import assert from "node:assert/strict";
import { test } from "node:test";

import { Series } from "../../emhttp/dashboard/series.js";

const START = 1_750_000_000;
const stats = (second, cpu = 10) => ({
  timestamp: new Date((START + second) * 1000).toISOString(),
  data: {
    cpu_percent: cpu,
    memory_percent: 50,
    disk_io: { read_bytes_per_sec: 1, write_bytes_per_sec: 2 },
    network_io: { bytes_sent_per_sec: 3, bytes_recv_per_sec: 4 },
  },
});
const columns = (seconds, cpu = 10) => ({
  timestamp: seconds.map((second) => START + second),
  cpu_percent: seconds.map(() => cpu),
});
const every = (step, from, to) => Array.from({ length: Math.floor((to - from) / step) }, (_, index) => from + index * step);
const times = (series) => series.times.map((time) => time - START);

test("a message's numbers are found where the history has them", () => {
  const series = new Series();
  series.add(stats(0, 12.5));
  assert.equal(series.newest("cpu_percent"), 12.5);
  assert.equal(series.newest("write_bytes_per_sec"), 2);
  assert.equal(series.newest("bytes_recv_per_sec"), 4);
});

test("history goes below what came while it was asked for", () => {
  const series = new Series();
  series.add(stats(10, 99));
  series.load(columns([0, 5, 10], 1));
  series.add(stats(15, 99));
  series.load(columns([0, 5, 10], 1));
  assert.deepEqual(times(series), [0, 5, 10, 15]);
  assert.equal(series.drawn(["cpu_percent"])[1][2], 1);
});

test("the message sent again on connect is not counted twice", () => {
  const series = new Series();
  [0, 5, 5].forEach((second) => series.add(stats(second)));
  assert.deepEqual(times(series), [0, 5]);
});

test("a clock that is set back does not hide what comes", () => {
  const series = new Series();
  [0, 100, 40, 45].forEach((second) => series.add(stats(second)));
  assert.deepEqual(times(series), [0, 40, 45]);
});

test("an hour is kept", () => {
  const series = new Series();
  series.load(columns(every(5, 0, 3600)));
  series.add(stats(3700));
  assert.ok(times(series)[0] > 100);
  assert.equal(times(series).at(-1), 3700);
});

test("an empty history is not an error", () => {
  const series = new Series();
  series.load(columns([]));
  assert.deepEqual(series.points("cpu_percent"), []);
  assert.equal(series.peak(["cpu_percent"]), 0);
  assert.equal(series.newest("cpu_percent"), null);
});

test("an hour of samples is at most 181 points, the newest at the right", () => {
  const series = new Series();
  series.load(columns(every(5, 0, 3600), 40));
  const points = series.points("cpu_percent");
  assert.ok(points.length >= 180 && points.length <= 181, `${points.length}`);
  assert.equal(points.at(-1).x, 1);
  assert.ok(points[0].x >= 0);
  assert.ok(points.every(({ y }) => y === 40));
});

test("a pause is a gap, an ordinary interval is none, however long it is", () => {
  const paused = new Series();
  paused.load(columns([...every(5, 0, 600), ...every(5, 1200, 1800)]));
  assert.ok(paused.points("cpu_percent").some(({ y }) => y === null));
  const slow = new Series();
  slow.load(columns(every(60, 0, 3600)));
  assert.ok(slow.points("cpu_percent").every(({ y }) => y !== null));
});

test("points keep their place in time: one more sample changes only the last bucket", () => {
  const series = new Series();
  every(5, 0, 600).forEach((second) => series.add(stats(second, second % 37)));
  const before = series.points("cpu_percent").map(({ y }) => y);
  series.add(stats(600, 80));
  const after = series.points("cpu_percent").map(({ y }) => y);
  assert.deepEqual(after.slice(0, before.length - 1), before.slice(0, -1));
});

test("an unknown value is a gap, not a zero", () => {
  const series = new Series();
  series.load({ timestamp: [START], cpu_percent: [null] });
  assert.deepEqual(series.points("cpu_percent"), [{ x: 1, y: null }]);
});

test("a range is cut from the newest hour, and begins where its data do", () => {
  const series = new Series();
  series.load(columns(every(5, 0, 3600)));
  const { times: cut, span } = series.view(["cpu_percent"], "15m");
  assert.deepEqual([span[1] - span[0], cut.length], [900, 182]);
  const young = new Series();
  young.load(columns(every(5, 0, 600)));
  assert.deepEqual(young.view(["cpu_percent"], "1h").span, [START, START + 595]);
});

test("a long range is the daemon's ring with the newest hour behind it", () => {
  const series = new Series();
  series.load(columns(every(5, 82_800, 86_400), 80));
  series.loadRing("24h", columns(every(60, 0, 86_000), 20));
  const { times: all, columns: [cpu], span } = series.view(["cpu_percent"], "24h");
  assert.equal(all.at(-1), START + 86_395);
  assert.deepEqual([cpu[0], cpu.at(-1)], [20, 80]);
  assert.equal(span[0], START);
  assert.equal(new Set(all).size, all.length);
  assert.deepEqual(all, [...all].sort((a, b) => a - b));
});

test("a part that is looked at is cut with one sample on either side", () => {
  const series = new Series();
  series.load(columns(every(5, 0, 3600)));
  const { times: cut, span } = series.view(["cpu_percent"], "1h", [START + 1000, START + 1100]);
  assert.deepEqual([cut[0], cut.at(-1)], [START + 995, START + 1105]);
  assert.deepEqual(span, [START + 1000, START + 1100]);
});

test("a pause is a break in the line", () => {
  const series = new Series();
  series.load(columns([...every(5, 0, 600), ...every(5, 1200, 1800)]));
  assert.ok(series.view(["cpu_percent"], "1h").columns[0].includes(null));
});

test("an older daemon's history lacks columns: gaps, not an error", () => {
  const series = new Series();
  series.loadRing("24h", { timestamp: [START - 60], cpu_percent: [1] });
  series.add(stats(0));
  assert.deepEqual(series.view(["memory_used"], "24h").columns, [[null, null]]);
});
