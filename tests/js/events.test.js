import assert from "node:assert/strict";
import { test } from "node:test";

import { mergeEvents } from "../../emhttp/dashboard/events.js";

const START = 1_750_000_000_000_000_000;
const event = (second, { action = "start", seq = second, id = "abc123def456" } = {}) => ({
  type: "docker_event",
  timestamp: new Date(1_750_000_000_000 + second * 1000).toISOString(),
  data: { action, container_id: id, time_nano: START + second * 1e9, seq },
});
const seconds = (events) => events.map(({ data }) => (data.time_nano - START) / 1e9);

test("events are newest first, in any order of arrival and with the numbers of any daemon", () => {
  assert.deepEqual(seconds(mergeEvents([event(5), event(1)], [event(3), event(7, { seq: 1 })])), [7, 5, 3, 1]);
});

test("an event that comes again, from a restarted daemon, is there once", () => {
  assert.equal(mergeEvents([event(5, { seq: 900 })], [event(5, { seq: 1 })]).length, 1);
});

test("two actions of one instant are two events, the later one first", () => {
  const both = mergeEvents([], [event(5, { action: "kill", seq: 1 }), event(5, { action: "die", seq: 2 })]);
  assert.deepEqual(both.map(({ data }) => data.action), ["die", "kill"]);
});

test("a thousand are kept, the newest", () => {
  const many = mergeEvents([], Array.from({ length: 1020 }, (_, second) => event(second)));
  assert.equal(many.length, 1000);
  assert.equal(seconds(many).at(-1), 20);
});

test("events without a time of Docker's are as many as came, though they are alike", () => {
  const spun = (second, subject) => ({ type: "storage_event", timestamp: new Date(1_750_000_000_000 + second * 1000).toISOString(), data: { action: "disk_spun_down", subject, seq: second } });
  const merged = mergeEvents(mergeEvents([spun(1, "disk1")], [spun(3, "disk3")]), [spun(2, "disk2"), spun(3, "disk3")]);
  assert.deepEqual(merged.map(({ data }) => data.subject), ["disk3", "disk2", "disk1"]);
});

test("fewer are kept where fewer are wanted", () => {
  const kept = Array.from({ length: 5 }, (_, second) => event(second)).reduce((all, each) => mergeEvents(all, [each], 3), []);
  assert.deepEqual(seconds(kept), [4, 3, 2]);
});
