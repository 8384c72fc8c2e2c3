import assert from "node:assert/strict";
import { test } from "node:test";

import { displayFrom } from "../../emhttp/dashboard/display.js";
import { Format } from "../../emhttp/dashboard/format.js";
import { growthOf, shortUntilFull, untilFull, usedOf } from "../../emhttp/dashboard/growth.js";

const DAY = 86_400;
const storeOf = (columns) => ({ used: (name) => (columns[name] ? { times: [0, DAY, 4 * DAY], values: columns[name] } : null) });

test("what several disks hold is one line, with a gap where one of them is not known", () => {
  const past = usedOf(storeOf({ disk1: [1, 2, 3], disk2: [10, null, 30] }), ["disk1", "disk2"]);
  assert.deepEqual(past, { times: [0, DAY, 4 * DAY], values: [11, null, 33] });
  assert.equal(usedOf(storeOf({ disk1: [1, 2, 3] }), ["disk1", "disk2"]), null);
  assert.equal(usedOf(storeOf({}), []), null);
});

test("when it is full follows from a pace of at least two days, and from growth only", () => {
  const times = [0, DAY, 4 * DAY];
  assert.deepEqual(growthOf({ times, values: [100, 120, 180] }, 200), { bytes: 80, days: 4, fullInDays: 10 });
  assert.equal(growthOf({ times, values: [100, 120, null] }, 200).fullInDays, null);
  assert.equal(growthOf({ times, values: [100, 120, 90] }, 200).fullInDays, null);
  assert.equal(growthOf({ times, values: [100, 120, 180] }, 0).fullInDays, null);
});

test("a disk that is full soon has hours, and none has 0 days or 1 days", () => {
  const format = new Format(displayFrom({}));
  const plain = (text) => text.replaceAll("\u00a0", " ");
  const words = [0.01, 0.4, 1, 1.6, 2, 41.3].map((days) => [untilFull(days, format), shortUntilFull(days, format)].map(plain));
  assert.deepEqual(words, [["1 h", "1 h"], ["10 h", "10 h"], ["1 d", "1 d"], ["1 d 14 h", "1 d 14 h"], ["2 days", "2 d"], ["41 days", "41 d"]]);
  assert.equal(growthOf({ times: [0, 4 * DAY], values: [100, 180] }, 10).fullInDays, 0.5);
});
