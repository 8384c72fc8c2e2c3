import assert from "node:assert/strict";
import { test } from "node:test";

import { displayFrom } from "../../emhttp/dashboard/display.js";
import { Format } from "../../emhttp/dashboard/format.js";
import { diskName, eventWord, lastParity, protectionWord, shortened, toneOf, wordOf } from "../../emhttp/dashboard/words.js";

const event = (action, { status = "running", exitCode = "0", signal = "" } = {}) =>
  eventWord({ action, status, attributes: { exitCode, signal } });

const FORMAT = new Format(displayFrom('{"locale": "en_GB"}'));

/** The words on the wire, and the tone each must have. */
const CONTRACT = {
  good: ["started", "protected", "active", "passed"],
  quiet: ["stopped", "none", "standby"],
  busy: ["starting", "stopping", "formatting", "copying", "clearing", "rebuilding", "syncing", "new"],
  warn: ["maintenance", "unprotected", "unknown", "hot", "warning"],
  bad: ["degraded", "invalid", "disabled", "emulated", "missing", "wrong", "failed", "critical"],
};

test("every word of the contract has its tone", () => {
  for (const [tone, words] of Object.entries(CONTRACT)) {
    for (const word of words) {
      assert.equal(toneOf(word), tone, word);
    }
  }
});

test("a word that only a newer daemon knows is shown as it came, quietly", () => {
  assert.deepEqual(wordOf("half_built"), { text: "Half built", tone: "quiet" });
  assert.deepEqual(wordOf("constructor"), { text: "Constructor", tone: "quiet" });
  assert.deepEqual(wordOf(null), { text: "Null", tone: "quiet" });
});

test("invalid is parity's where protection is spoken of", () => {
  assert.equal(protectionWord("invalid").text, "Parity invalid");
  assert.equal(wordOf("invalid").text, "Invalid");
  assert.equal(protectionWord("protected").text, "Protected");
});

test("a long name is cut in its middle, so that its number stays", () => {
  assert.equal(shortened("A_pool_with_a_really_long_name 3"), "A_pool_wi…g_name 3");
  assert.equal(shortened("Disk 12"), "Disk 12");
});

test("disks are called as the webGUI calls them", () => {
  assert.deepEqual(["disk12", "parity", "parity2", "cache", "my_pool"].map(diskName), [
    "Disk 12",
    "Parity",
    "Parity 2",
    "Cache",
    "My_pool",
  ]);
});

test("an exit with a code is a failure, unless a signal was sent before", () => {
  assert.deepEqual(event("die", { exitCode: "1" }), { text: "Exited", tone: "bad", note: "1" });
  assert.equal(event("die", { exitCode: "137" }).note, "137, killed");
  assert.equal(event("die", { exitCode: "143", signal: "15" }).tone, "quiet");
  assert.equal(event("die").tone, "quiet");
});

test("a health event is named by the health it found", () => {
  assert.deepEqual(event("health_status", { status: "unhealthy" }), { text: "Unhealthy", tone: "bad", note: "" });
  assert.equal(event("health_status", { status: "healthy" }).tone, "good");
});

test("a kill names its signal", () => {
  assert.deepEqual(event("kill", { signal: "15" }), { text: "Received SIGTERM", tone: "quiet", note: "" });
  assert.equal(event("kill", { signal: "64" }).text, "Received 64");
  assert.equal(event("kill").text, "Signalled");
});

test("the last parity operation is one sentence, and one to look at where it found errors", () => {
  const last = { at: "2026-08-03T10:00:00Z", duration_seconds: 75_840, result: "ok", errors: 0 };
  const now = Date.parse("2026-08-31T12:00:00Z");
  assert.deepEqual(lastParity({ action: "check", last }, FORMAT, now), {
    text: "Parity check OK · 28 days ago · 21\u00a0h 4\u00a0m · 0 errors",
    tone: "quiet",
  });
  assert.equal(lastParity({ action: "check", last: { ...last, errors: 2 } }, FORMAT, now).tone, "warn");
  assert.match(lastParity({ action: "sync", last: { ...last, result: "cancelled" } }, FORMAT, now).text, /^Parity sync cancelled · 28 days ago/);
  assert.match(lastParity({ action: "check", last: { ...last, at: "2026-08-31T10:00:00Z" } }, FORMAT, now).text, / today /);
  assert.equal(lastParity({ action: null, last: null }, FORMAT).text, "No parity check yet.");
});
