import assert from "node:assert/strict";
import { test } from "node:test";

import { sketch } from "../../emhttp/dashboard/sketch.js";

globalThis.devicePixelRatio = 2;
globalThis.Path2D = class {
  steps = [];

  moveTo(x, y) {
    this.steps.push(`M${x} ${y}`);
  }

  lineTo(x, y) {
    this.steps.push(`L${x} ${y}`);
  }
};

/** Paint *view* on 100 by 52 pixels; return each path with its colour. */
function painted(view, colours = {}) {
  const done = [];
  let straight = [];
  const ctx = {
    clearRect: () => {},
    setLineDash: (dash) => (ctx.dash = dash),
    beginPath: () => (straight = []),
    moveTo: (x, y) => straight.push(`M${x} ${y}`),
    lineTo: (x, y) => straight.push(`L${x} ${y}`),
    fill: (path) => done.push(`${ctx.fillStyle} ${path.steps.join(" ")}`),
    stroke: (path = { steps: straight }) => done.push(`${ctx.strokeStyle} ${path.steps.join(" ")}`),
  };
  const canvas = { width: 300, height: 150, getContext: () => ctx };
  sketch(canvas, view, { width: 100, height: 52, colours: { lines: ["first", "second"], area: "area", muted: "muted", bad: "bad", ...colours } });
  return { done, canvas, ctx };
}

test("a line reaches from edge to edge of its span, in pixels of the screen", () => {
  const { done, canvas } = painted({ times: [0, 50, 100], columns: [[0, 50, 100]], span: [0, 100], top: 100 });
  assert.deepEqual([canvas.width, canvas.height], [200, 104]);
  assert.deepEqual(done, ["area M0 104 L0 104 L100 54 L200 4 L200 104", "first M0 104 L100 54 L200 4"]);
});

test("a pause breaks the line and its area", () => {
  const { done } = painted({ times: [0, 25, 50, 75, 100], columns: [[0, 0, null, 0, 0]], span: [0, 100], top: 100 });
  assert.deepEqual(done, ["area M0 104 L0 104 L50 104 L50 104 M150 104 L150 104 L200 104 L200 104", "first M0 104 L50 104 M150 104 L200 104"]);
});

test("a bent scale lifts small values", () => {
  const { done } = painted({ times: [0, 100], columns: [[25, 25]], span: [0, 100], top: 100, power: 0.5 });
  assert.equal(done[1], "first M0 54 L200 54");
});

test("a second line has no area, and is dashed where colours are the system's", () => {
  const { done, ctx } = painted({ times: [0, 100], columns: [[0, 0], [100, 100]], span: [0, 100], top: 100 }, { isForced: true });
  assert.deepEqual(done.map((each) => each.split(" ")[0]), ["area", "first", "second"]);
  assert.deepEqual(ctx.dash, [8, 6]);
});

test("marks within the span are lines of their tone, calm ones short", () => {
  const marks = [{ time: 50, tone: "bad" }, { time: 75, tone: "quiet" }, { time: 101, tone: "bad" }];
  const { done } = painted({ times: [], columns: [], span: [0, 100], top: 100, marks });
  assert.deepEqual(done, ["bad M100 4 L100 104", "muted M150 86 L150 104"]);
});
