import assert from "node:assert/strict";
import { test } from "node:test";

import { Pace, PATIENCE } from "../../emhttp/dashboard/pace.js";

/** A pace with a clock that stops until it is moved; `pictures` has the time of each. Frames come every 16 ms. */
function paced({ isUnderWay = () => false } = {}) {
  let now = 0;
  let count = 0;
  const timers = new Map();
  const pictures = [];
  const after = (callback, delay) => {
    count += 1;
    timers.set(count, { at: now + delay, callback });
    return count;
  };
  const world = { setTimeout: after, clearTimeout: (id) => timers.delete(id), requestFrame: (callback) => after(callback, 16), monotonic: () => now };
  const pace = new Pace({ isUnderWay, render: () => pictures.push(now), world });
  const pass = (duration) => {
    const end = now + duration;
    for (;;) {
      const [id, next] = [...timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
      if (next === undefined || next.at > end) {
        break;
      }
      timers.delete(id);
      now = next.at;
      next.callback();
    }
    now = end;
  };
  return { pace, pictures, pass, timers };
}

test("all requests in one frame make one picture, in that frame", () => {
  const { pace, pictures, pass } = paced();
  [1, 2, 3].forEach(() => pace.now());
  pass(100);
  assert.deepEqual(pictures, [16]);
});

test("news is shown once a second at most, and the last of it too", () => {
  const { pace, pictures, pass } = paced();
  for (let turn = 0; turn < 30; turn += 1) {
    pace.soon();
    pass(100);
  }
  pass(2000);
  assert.equal(pictures[0], 16);
  assert.ok(pictures.slice(1).every((at, index) => at - pictures[index] >= 1000), String(pictures));
  assert.ok(pictures.at(-1) > 2900, String(pictures));
});

test("figures alone wait for two seconds, and are shown with news before that", () => {
  const { pace, pictures, pass } = paced();
  pace.now();
  pass(100);
  pace.soon({ isFigure: true });
  pass(1800);
  assert.deepEqual(pictures, [16]);
  pass(200);
  assert.deepEqual(pictures, [16, 2032]);
  pace.soon({ isFigure: true });
  pace.soon();
  pace.soon({ isFigure: true });
  pass(3000);
  assert.deepEqual(pictures, [16, 2032, 3048]);
});

test("what counts does not wait, and takes along what did", () => {
  const { pace, pictures, pass } = paced();
  pace.now();
  pass(300);
  pace.soon();
  pace.now();
  pass(2000);
  assert.deepEqual(pictures, [16, 316]);
});

test("the first picture waits until it can be whole, but not for ever", () => {
  let isUnderWay = true;
  const patient = paced({ isUnderWay: () => isUnderWay });
  patient.pace.now();
  patient.pass(100);
  assert.deepEqual(patient.pictures, []);
  isUnderWay = false;
  patient.pace.now();
  patient.pass(20);
  assert.deepEqual(patient.pictures, [116]);
  const waiting = paced({ isUnderWay: () => true });
  waiting.pass(PATIENCE + 16);
  assert.deepEqual(waiting.pictures, [PATIENCE + 16]);
});

test("nothing is shown after the end, and no timer is left", () => {
  const { pace, pictures, pass, timers } = paced();
  pace.now();
  pace.end();
  pass(5000);
  assert.deepEqual([pictures, timers.size], [[], 0]);
});

test("a picture that is complete already is made at once, and no other in the next frame", () => {
  const { pace, pictures, pass } = paced();
  pace.atOnce();
  assert.deepEqual(pictures, [0]);
  pass(500);
  assert.deepEqual(pictures, [0]);
});

test("a picture that is incomplete waits all the same", () => {
  const { pace, pictures, pass } = paced({ isUnderWay: () => true });
  pace.atOnce();
  assert.deepEqual(pictures, []);
  pass(PATIENCE + 16);
  assert.deepEqual(pictures, [PATIENCE + 16]);
});
