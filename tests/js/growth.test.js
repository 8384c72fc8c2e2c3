import assert from "node:assert/strict";
import { test } from "node:test";

import { growthOf, usedOf } from "../../emhttp/dashboard/growth.js";

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
