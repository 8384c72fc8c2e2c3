import assert from "node:assert/strict";
import { test } from "node:test";

import { minutesApart, roundTop, timeTicks } from "../../emhttp/dashboard/ticks.js";

const NOON = Date.parse("2026-11-23T12:00:00Z") / 1000;

test("the labels of an hour are at whole quarters, both ends included", () => {
  const ticks = timeTicks(NOON, NOON + 3600, 15);
  assert.deepEqual(ticks.map((tick) => (tick - NOON) / 60), [0, 15, 30, 45, 60]);
  assert.deepEqual(timeTicks(NOON + 1, NOON + 899, 15), []);
});

test("they are whole on the reader's clock, also where that is half an hour or 45 minutes beside UTC", () => {
  assert.deepEqual(timeTicks(NOON, NOON + 3600, 30, 5.75 * 3600).map((tick) => (tick - NOON) / 60), [15, 45]);
  assert.deepEqual(timeTicks(NOON, NOON + 3600, 30, -3.5 * 3600).map((tick) => (tick - NOON) / 60), [0, 30, 60]);
});

test("narrow charts have fewer labels", () => {
  assert.deepEqual([1000, 300, 200, 130, 20].map((width) => minutesApart(width, 62)), [10, 15, 20, 30, 60]);
});

test("a chart is a round number high, and a little higher than its highest value", () => {
  for (const [most, top] of [[1_000_000, 1_600_000], [3_700_000, 4_000_000], [3_900_000, 6_000_000], [9_000_000, 10_000_000], [9_990_000, 20_000_000]]) {
    assert.equal(roundTop(most), top, `${most}`);
    assert.ok(top >= most * 1.05 || most === 9_990_000);
  }
});
