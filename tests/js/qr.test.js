import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { pathOf, qrOf } from "../../emhttp/webgui/qr.js";

const digest = (matrix) => createHash("sha256").update(matrix.map((row) => row.map(Number).join("")).join("\n")).digest("hex").slice(0, 16);

test("codes are those that a reader has read", () => {
  const rows = [
    ["http://t:1/", 21, "daeecaa4e8232931"],
    ["http://tower.local:34600/", 25, "669014e0f78723ac"],
    ["https://a-very-long-name.of-a.server.example.org:34600/", 33, "b1fa47e352e9cc1b"],
  ];
  for (const [text, size, expected] of rows) {
    const matrix = qrOf(text);
    assert.deepEqual([matrix.length, digest(matrix)], [size, expected], text);
  }
});

test("every module is dark or light, and a text that is too long has no code", () => {
  assert.ok(qrOf("http://192.168.1.10:34600/").flat().every((module) => typeof module === "boolean"));
  assert.equal(qrOf("x".repeat(79)), null);
});

test("the quiet around a code is four modules", () => {
  assert.match(pathOf(qrOf("x")), /^M4 4h1v1h-1z/);
});
