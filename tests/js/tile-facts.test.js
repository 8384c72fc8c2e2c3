import assert from "node:assert/strict";
import { test } from "node:test";

import { displayFrom } from "../../emhttp/dashboard/display.js";
import { Format } from "../../emhttp/dashboard/format.js";
import { factsOf } from "../../emhttp/webgui/tile-facts.js";

const AT = Date.parse("2025-06-15T23:00:00Z");
const IDLE = { action: "check", status: "idle", percent: null, eta_seconds: null };

const disk = (name, changes = {}) => ({
  name,
  status: "active",
  temperature: 35,
  temperature_state: "ok",
  health: "passed",
  spun_down: false,
  ...changes,
});

function storage(changes = {}) {
  const data = {
    array_status: "started",
    array_protection: "protected",
    parity_disks: [disk("parity")],
    disks: [disk("disk1"), disk("disk2")],
    cache_disks: [],
    unassigned: [],
    parity_check: IDLE,
    ...changes,
  };
  return { type: "storage_status", timestamp: "2025-06-15T23:00:00Z", data };
}

const STATS = { type: "stats", timestamp: "2025-06-15T23:00:00Z", data: { cpu_percent: 15.2, memory_percent: 45.8 } };

function facts(newest, { now = AT, daemon = "running", display = "{}" } = {}) {
  const format = new Format(displayFrom(display));
  return factsOf(newest, { now, intervals: { stats: 5, storage: 30 }, format, daemon });
}

const said = ({ text, tone }) => [text.replaceAll("\u00a0", " "), tone];

test("the array's state and protection are one line, in the worse tone", () => {
  const rows = [
    [{}, ["Started, protected", "good"]],
    [{ array_protection: "degraded" }, ["Started, degraded", "bad"]],
    [{ array_protection: "unprotected" }, ["Started, no parity protection", "warn"]],
    [{ array_protection: "syncing" }, ["Started, building parity", "busy"]],
    [{ array_status: "stopped" }, ["Stopped", "quiet"]],
    [{ array_status: "maintenance" }, ["Maintenance mode", "warn"]],
  ];
  for (const [changes, expected] of rows) {
    assert.deepEqual(said(facts({ storage: storage(changes) }).array), expected, JSON.stringify(changes));
  }
});

test("disks are counted, and the first in trouble is named", () => {
  const rows = [
    [{}, ["3 disks", "quiet"]],
    [{ disks: [disk("disk1", { spun_down: true, status: "standby" })] }, ["2 disks, 1 asleep", "quiet"]],
    [{ disks: [disk("disk1", { status: "missing" })] }, ["Disk 1: missing", "bad"]],
    [{ disks: [disk("disk1", { health: "failed" }), disk("disk2", { status: "disabled" })] }, ["Disk 1: failed and 1 more", "bad"]],
    [{ parity_disks: [], disks: [] }, ["no disks", "quiet"]],
  ];
  for (const [changes, expected] of rows) {
    assert.deepEqual(said(facts({ storage: storage(changes) }).disks), expected, JSON.stringify(changes));
  }
});

test("the hottest disk is told in the user's scale, by the user's limits", () => {
  const hot = storage({ cache_disks: [disk("cache", { temperature: 61, temperature_state: "hot" })] });
  assert.deepEqual(said(facts({ storage: hot }).hottest), ["61 °C, Cache", "warn"]);
  assert.deepEqual(said(facts({ storage: hot }, { display: '{"unit":"F"}' }).hottest), ["142 °F, Cache", "warn"]);
  const critical = storage({ unassigned: [disk("dev1", { temperature: 80, temperature_state: "critical" })] });
  assert.deepEqual(said(facts({ storage: critical }).hottest), ["80 °C, Dev 1", "bad"]);
  const asleep = storage({ parity_disks: [], disks: [disk("disk1", { temperature: null })] });
  assert.deepEqual(said(facts({ storage: asleep }).hottest), ["–", "quiet"]);
});

test("a parity operation has its bar and the time left, and none when idle", () => {
  assert.equal(facts({ storage: storage() }).operation, null);
  const running = { action: "check", status: "running", percent: 43.2, eta_seconds: 7260 };
  assert.deepEqual(facts({ storage: storage({ parity_check: running }) }).operation, {
    name: "Parity check",
    rest: "2\u00a0h 1\u00a0m left",
    bar: { text: "43%", percent: 43.2 },
  });
  const paused = { ...running, status: "paused", eta_seconds: null };
  assert.equal(facts({ storage: storage({ parity_check: paused }) }).operation.rest, "Paused");
});

test("what is not of now is not live: three intervals and a little", () => {
  const { live } = facts({ stats: STATS, storage: storage() }, { now: AT + 20_000 });
  assert.deepEqual(live, { stats: true, storage: true });
  assert.deepEqual(facts({ stats: STATS, storage: storage() }, { now: AT + 20_001 }).live, { stats: false, storage: true });
  assert.deepEqual(facts({ storage: storage() }, { now: AT + 95_001 }).live, { stats: false, storage: false });
});

test("the state is in words", () => {
  const state = (...given) => facts(...given).state;
  assert.equal(state({ stats: STATS }).text, "Live");
  assert.equal(state({}).text, "Connecting…");
  assert.equal(state({}, { daemon: "stopped" }).text, "Stopped");
  assert.equal(state({}, { daemon: "silent" }).text, "Switched off for the webGUI");
  const old = state({ stats: STATS, storage: storage() }, { now: AT + 3_600_000, display: '{"time":"%R"}' });
  assert.match(old.text, /^Nothing new since \d\d:\d\d:00$/);
  assert.equal(old.tone, "warn");
  assert.equal(state({ stats: STATS, storage: storage() }).text, "Live");
  const half = state({ stats: STATS, storage: storage() }, { now: AT + 30_000, display: '{"time":"%R"}' });
  assert.match(half.text, /^Nothing new since/);
});

test("CPU and memory are whole percents, and unknown before the first message", () => {
  assert.deepEqual(facts({ stats: STATS }).cpu, { text: "15%", percent: 15.2 });
  assert.deepEqual(facts({ stats: STATS }).memory, { text: "46%", percent: 45.8 });
  assert.deepEqual(facts({}).cpu, { text: "–", percent: 0 });
});
