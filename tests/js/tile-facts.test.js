import assert from "node:assert/strict";
import { test } from "node:test";

import "./dom.js";
import { displayFrom } from "../../emhttp/dashboard/display.js";
import { Format } from "../../emhttp/dashboard/format.js";
import { factsOf } from "../../emhttp/webgui/tile-facts.js";
import { FINDINGS, summary } from "../browser/made.js";

const AT = Date.parse("2025-06-15T23:00:00Z");
const STAMP = "2025-06-15T23:00:00Z";
const of = (findings = [], changes = {}) => ({ summary: { type: "server_summary", timestamp: STAMP, data: summary(findings, changes) } });

function facts(newest, { now = AT, madeAt = AT - 5000, daemon = "running", display = '{"time":"%R"}' } = {}) {
  const format = new Format(displayFrom(display));
  return factsOf(newest, { now, madeAt, intervals: { summary: 60, stats: 5 }, format, daemon });
}

const said = ({ text, tone }) => [text.replaceAll("\u00a0", " "), tone];

test("the state is the server's verdict, as a traffic light", () => {
  assert.deepEqual(said(facts(of()).state), ["All good", "good"]);
  assert.deepEqual(said(facts(of(FINDINGS)).state), ["2 problems, 2 warnings", "bad"]);
  assert.deepEqual(said(facts(of(FINDINGS.slice(2))).state), ["2 warnings", "warn"]);
});

test("three findings are shown, the worst first, each with the way to it", () => {
  const { findings } = facts(of(FINDINGS));
  assert.deepEqual(findings.map(({ subject, text }) => `${subject}: ${text}`), ["Disk 3: SMART failed · 2,104 reallocated", "Disk 11: 58 °C, limit 55", "Disk 1: 24 pending sectors"]);
  assert.deepEqual(findings.map(({ href }) => href), ["/Uma#disk/disk3", "/Uma#disk/disk11", "/Uma#disk/disk1"]);
  const [sentence] = facts(of([{ severity: "notice", subject: "parity", text: "the last parity operation was 545 days ago" }])).findings;
  assert.deepEqual([sentence.subject, sentence.text], ["", "The last parity operation was 545 days ago"]);
});

test("the array's state and protection are one line, and calm ones have no colour", () => {
  const rows = [
    [{}, ["Started, protected", "quiet"]],
    [{ array_protection: "degraded" }, ["Started, degraded", "bad"]],
    [{ array_protection: "unprotected" }, ["Started, no parity protection", "warn"]],
    [{ array_protection: "syncing" }, ["Started, building parity", "busy"]],
    [{ array_status: "stopped" }, ["Stopped", "quiet"]],
    [{ array_status: "maintenance" }, ["Maintenance mode", "warn"]],
  ];
  for (const [changes, expected] of rows) {
    assert.deepEqual(said(facts(of([], changes)).array), expected, JSON.stringify(changes));
  }
});

test("the hottest disk is in the user's scale", () => {
  const hottest = { hottest: { name: "disk11", temperature: 58 } };
  assert.deepEqual(said(facts(of(FINDINGS, hottest)).hottest), ["58 °C, Disk 11", "warn"]);
  assert.deepEqual(said(facts(of([], hottest), { display: '{"unit":"F"}' }).hottest), ["136 °F, Disk 11", "quiet"]);
  assert.deepEqual(said(facts(of([], { hottest: null })).hottest), ["–", "quiet"]);
});

test("a parity operation has its bar, and none when idle", () => {
  assert.equal(facts(of()).operation, null);
  assert.deepEqual(facts(of([], { parity_percent: 43.2 })).operation, { name: "Parity", rest: "Running", bar: { text: "43%", percent: 43.2 } });
  assert.equal(facts(of([], { parity_percent: 43.2, parity_action: "read_check" })).operation.rest, "Read check");
});

test("containers are counted, those in trouble named, and without Docker the line is absent", () => {
  assert.deepEqual(said(facts(of()).containers), ["24 up", "quiet"]);
  assert.deepEqual(said(facts(of([], { containers: { running: 3, unhealthy: 1, stopped_by_error: 0 } })).containers), ["3 up, 1 unhealthy", "bad"]);
  assert.equal(facts(of([], { containers: null })).containers, null);
});

test("a daemon that was stopped before the page was made is stopped, despite its last messages", () => {
  const recent = facts(of(FINDINGS), { daemon: "stopped", madeAt: AT + 1000, now: AT + 2000 });
  assert.deepEqual([said(recent.state), recent.isLive, recent.isStopped], [["Stopped", "quiet"], false, true]);
  const later = facts(of(FINDINGS), { daemon: "stopped", madeAt: AT + 1000, now: AT + 3_600_000 });
  assert.equal(later.state.text, "Stopped");
  const started = facts(of(), { daemon: "stopped", madeAt: AT - 1000, now: AT + 1000 });
  assert.deepEqual([started.state.text, started.isLive], ["All good", true]);
});

test("stale data is not live, and has no colour; a beat of samples shows that the daemon lives", () => {
  const stats = (ago) => ({ stats: { type: "stats", timestamp: new Date(AT - ago * 1000).toISOString(), data: {} } });
  assert.equal(facts(of(), { now: AT + 185_000 }).isLive, true);
  const old = facts(of(FINDINGS), { now: AT + 185_001 });
  assert.deepEqual([old.isLive, old.state.tone], [false, "quiet"]);
  assert.match(old.state.text, /^Nothing new since \d\d:\d\d:00$/);
  assert.equal(facts({ ...of(), ...stats(-299) }, { now: AT + 300_000 }).isLive, true);
  assert.equal(facts(stats(0)).state.text, "Live");
  // Once there is a beat its end shows within seconds; of an earlier day it is none.
  assert.equal(facts({ ...of(), ...stats(0) }, { now: AT + 21_000 }).isLive, false);
  assert.equal(facts({ ...of(), ...stats(86_400) }, { now: AT + 100_000 }).isLive, true);
});

test("before any message the tile names what it waits for", () => {
  assert.equal(facts({}).state.text, "Connecting…");
  assert.equal(facts({}, { daemon: "stopped" }).state.text, "Stopped");
  assert.equal(facts({}, { daemon: "silent" }).state.text, "Live updates are off");
});
