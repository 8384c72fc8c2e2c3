import assert from "node:assert/strict";
import { test } from "node:test";

import { areFiguresOnly } from "../../emhttp/dashboard/news.js";
import { Store } from "../../emhttp/dashboard/store.js";

const DISK = { name: "disk1", status: "active", temperature: 35, free: "2.08TB", spun_down: false, errors: 0 };
const storage = (disk = {}, more = {}) => ({ array_status: "started", disks: [{ ...DISK, ...disk }], parity_check: { status: "idle", percent: null }, ...more });

test("other numbers and sizes are figures; words, flags, gaps and other disks are news", () => {
  for (const [isFigure, changed] of [
    [true, storage()],
    [true, storage({ temperature: 36, free: "999GB" })],
    [false, storage({ status: "disabled" })],
    [false, storage({ spun_down: true })],
    [false, storage({ temperature: null })],
    [false, storage({ free: undefined })],
    [false, storage({ health: "failed" })],
    [false, storage({}, { disks: [] })],
    [false, storage({}, { disks: null })],
    [false, storage({}, { parity_check: { status: "running", percent: 1 } })],
  ]) {
    assert.equal(areFiguresOnly(storage(), changed), isFigure, JSON.stringify(changed));
    assert.equal(areFiguresOnly(changed, storage()), isFigure, JSON.stringify(changed));
  }
  assert.equal(areFiguresOnly(undefined, storage()), false);
});

test("a state's first message is new, the next is news or figures, and an event is always new", () => {
  const changes = [];
  const store = new Store(async () => null, (_name, change) => changes.push(change));
  const take = (name, data, isEvent = false) => store.take(name, { timestamp: "2026-08-03T12:00:00Z", data }, isEvent);
  [{}, { temperature: 40 }, { status: "disabled" }].forEach((disk) => take("storage/status", storage(disk)));
  assert.deepEqual(changes.splice(0), ["new", "figures", "news"]);
  [1, 2].forEach((seq) => take("storage/events", { seq, action: "spun_down" }, true));
  assert.deepEqual(changes, ["new", "new"]);
});
