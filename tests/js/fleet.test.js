import assert from "node:assert/strict";
import { test } from "node:test";

import "./dom.js";
import { brokersOf, problemOf, readConnections, writeConnections } from "../../emhttp/dashboard/fleet/connections.js";
import { openSocket } from "../../emhttp/dashboard/fleet/calm-socket.js";
import { MqttReader } from "../../emhttp/dashboard/fleet/mqtt-reader.js";
import { connectPacket, MAX_PACKET_BYTES, subscribePacket, Unpacker } from "../../emhttp/dashboard/fleet/packets.js";
import { pastFrom, serversFrom } from "../../emhttp/dashboard/fleet/prometheus-reader.js";
import { arrayWords, newsOf, Row, safeAddress } from "../../emhttp/dashboard/fleet/row.js";
import { ageOf, counted, filtered, grouped, ordered, Servers } from "../../emhttp/dashboard/fleet/servers.js";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const bytes = (...parts) => new Uint8Array(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : [part])));
const lengthOf = (size) => (size < 128 ? [size] : [(size % 128) | 0x80, size >> 7]);
const publish = (topic, payload) => bytes(0x31, ...lengthOf(2 + topic.length + payload.length), 0, topic.length, topic, payload);
const message = (data, seconds = 5) => ({ type: "server_summary", timestamp: new Date(NOW - seconds * 1000).toISOString(), data: { id: "a".repeat(32), name: "Tower", site: "", severity: "ok", findings: [], findings_more: 0, cpu_percent: 5, ...data } });

const live = { now: NOW, isRetained: false };
const retained = { now: NOW, isRetained: true };

test("logging in names user and password, and never a password without a user", () => {
  const packet = (settings) => connectPacket({ clientId: "c", keepaliveSeconds: 30, ...settings });
  assert.deepEqual([...packet({ user: "u", password: "p" })], [0x10, 19, 0, 4, 77, 81, 84, 84, 4, 0xc2, 0, 30, 0, 1, 99, 0, 1, 117, 0, 1, 112]);
  assert.equal(packet({ password: "p" })[9], 0x02);
  assert.deepEqual([...subscribePacket(["a/+"])], [0x82, 8, 0, 1, 0, 3, 97, 47, 43, 0]);
});

test("packets are whole however the bytes are cut", () => {
  const stream = [...bytes(0x20, 2, 0, 0, 0x90, 3, 0, 1, 0x80), ...publish("uma/tower/availability", "online"), ...bytes(0xd0, 0)];
  const expected = [{ kind: "connack", code: 0 }, { kind: "suback", isRefused: true }, { kind: "publish", topic: "uma/tower/availability", payload: "online", isRetained: true }, { kind: "other" }];
  for (let size = 1; size <= stream.length; size += 1) {
    const unpacker = new Unpacker();
    const packets = [];
    for (let at = 0; at < stream.length; at += size) {
      packets.push(...unpacker.take(new Uint8Array(stream.slice(at, at + size))));
    }
    assert.deepEqual(packets, expected);
  }
});

test("bytes that are not MQTT, or announce too much, end the connection and allocate nothing", () => {
  for (const wrong of [[0x30, 0xff, 0xff, 0xff, 0xff], [0x30, 0xff, 0xff, 0xff, 0x7f], [0x30, 3, 0, 9, 65]]) {
    assert.throws(() => new Unpacker().take(new Uint8Array(wrong)), RangeError);
  }
  assert.equal(MAX_PACKET_BYTES, 1048576);
});

/** A WebSocket that does nothing by itself: the newest is `Socket.last`, and `opened` has every address. */
function stillSockets() {
  const opened = [];
  class Socket {
    constructor(url) {
      opened.push(url);
      Socket.last = this;
    }
    send() {}
    close() {}
  }
  return { Socket, opened };
}

test("the next broker is tried when one fails, and a wrong password is explained", () => {
  const [states, timers] = [[], []];
  const { Socket, opened } = stillSockets();
  const world = { WebSocket: Socket, setTimeout: (callback) => timers.push(callback), clearTimeout: () => {}, random: () => 0, now: () => NOW };
  const reader = new MqttReader({ brokers: ["ws://one:1", "ws://two:2/ws"], prefix: "uma" }, { onState: (word, detail) => states.push([word, detail]) }, world);
  reader.start();
  Socket.last.onclose();
  timers.at(-1)();
  Socket.last.onmessage({ data: bytes(0x20, 2, 0, 5).buffer });
  assert.deepEqual(opened, ["ws://one:1/mqtt", "ws://two:2/ws"]);
  assert.deepEqual(states.at(-1), ["failed", "ws://two:2/ws: not authorized"]);
  reader.stop();
});

test("a broker that takes the login and never answers the subscription is left", () => {
  const [states, timers] = [[], []];
  const { Socket, opened } = stillSockets();
  const world = { WebSocket: Socket, setTimeout: (callback, delay) => timers.push({ callback, delay }), clearTimeout: () => {}, random: () => 0, now: () => NOW };
  const due = (delay) => timers.splice(0).filter((timer) => timer.delay === delay).forEach(({ callback }) => callback());
  const reader = new MqttReader({ brokers: ["ws://one:1/a", "ws://two:2/b"], prefix: "uma" }, { onState: (word, detail) => states.push([word, detail]) }, world);
  reader.start();
  Socket.last.onmessage({ data: bytes(0x20, 2, 0, 0).buffer });
  due(15_000);
  assert.deepEqual(states.at(-1), ["failed", "ws://one:1/a doesn't answer the subscription"]);
  due(200);
  Socket.last.onmessage({ data: bytes(0x20, 2, 0, 0, 0x90, 4, 0, 1, 0, 0).buffer });
  due(15_000);
  assert.deepEqual([opened, states.at(-1)], [["ws://one:1/a", "ws://two:2/b"], ["open", "ws://two:2/b"]]);
  reader.stop();
});

/** A WebSocketStream with the test's input, and a clock that the test moves. */
function calmWorld() {
  const [frames, waiting, timers, sent] = [[], [], [], []];
  const world = { now: () => world.at, at: 0, isShown: true, isVisible: () => world.isShown, setTimeout: (callback, delay) => timers.push({ callback, delay }), timers, sent };
  world.give = (data) => (waiting.length > 0 ? waiting.shift()({ value: data, done: false }) : frames.push(data));
  world.WebSocketStream = class {
    constructor(url, options) {
      [world.url, world.options, world.stream] = [url, options, this];
      this.closed = new Promise((resolve) => (world.lose = resolve));
      this.opened = new Promise((resolve, reject) => {
        world.refuse = reject;
        world.open = () => resolve({
          readable: { getReader: () => ({ read: () => (frames.length > 0 ? Promise.resolve({ value: frames.shift(), done: false }) : new Promise((answer) => waiting.push(answer))) }) },
          writable: { getWriter: () => ({ write: (bytes) => Promise.resolve(sent.push(bytes)) }) },
        });
      });
      this.opened.catch(() => {});
    }
    close() {
      world.isClosed = true;
    }
  };
  return world;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A reader that has subscribed: `hand` is a packet's way to it, and *onSummary* gets summaries. */
function connected(onSummary) {
  const states = [];
  const { Socket } = stillSockets();
  const world = { WebSocket: Socket, setTimeout: () => 0, clearTimeout: () => {}, random: () => 0, now: () => NOW };
  new MqttReader({ brokers: ["ws://one:1"], prefix: "uma" }, { onSummary, onPresence: () => {}, onState: (...state) => states.push(state) }, world).start();
  const hand = (packet) => Socket.last.onmessage({ data: packet.buffer });
  hand(bytes(0x20, 2, 0, 0));
  hand(bytes(0x90, 3, 0, 1, 0));
  return { hand, states };
}

test("a calm socket reads without pauses at first, then once a second all that has come", async () => {
  const [world, heard] = [calmWorld(), []];
  const socket = openSocket(world, "ws://one/mqtt", "mqtt");
  socket.onmessage = ({ data }) => heard.push(data);
  socket.onopen = () => socket.send("hello");
  world.open();
  await settled();
  assert.deepEqual([world.url, world.options, world.sent], ["ws://one/mqtt", { protocols: ["mqtt"] }, ["hello"]]);
  for (const number of [1, 2]) {
    world.at += 1000;
    world.give(number);
    await settled();
  }
  assert.deepEqual([heard, world.timers.length], [[1, 2], 0]);
  world.at += 10_000;
  world.give(3);
  await settled();
  assert.deepEqual(world.timers.map(({ delay }) => delay), [1000]);
  [4, 5, 6].forEach(world.give);
  await settled();
  assert.deepEqual(heard, [1, 2, 3]);
  world.timers[0].callback();
  await settled();
  assert.deepEqual(heard, [1, 2, 3, 4, 5, 6]);
});

test("a calm socket of a hidden page has no pauses, whose timers may be late", async () => {
  const [world, heard] = [calmWorld(), []];
  openSocket(world, "ws://one/mqtt", "mqtt").onmessage = ({ data }) => heard.push(data);
  world.isShown = false;
  world.open();
  await settled();
  for (const number of [1, 2, 3]) {
    world.at += 20_000;
    world.give(number);
    await settled();
  }
  assert.deepEqual([heard, world.timers.length], [[1, 2, 3], 0]);
});

test("a calm socket says once that it has closed, and nothing after it was closed by the page", async () => {
  for (const end of ["lose", "refuse"]) {
    const [world, ends] = [calmWorld(), []];
    openSocket(world, "ws://one/mqtt", "mqtt").onclose = () => ends.push(end);
    world[end](new Error("no"));
    await settled();
    assert.deepEqual(ends, [end]);
  }
  const [world, ends] = [calmWorld(), []];
  const socket = openSocket(world, "ws://one/mqtt", "mqtt");
  socket.onclose = () => ends.push("closed");
  socket.close();
  world.open();
  world.lose();
  await settled();
  assert.deepEqual([ends, world.isClosed], [[], true]);
});

test("rows are the worst first: critical, offline, silent, warning, well", () => {
  const servers = new Servers();
  servers.takeSummary("well", message({ id: "1", name: "well" }), retained);
  servers.takeSummary("hot", message({ id: "2", name: "hot", severity: "warning" }), retained);
  servers.takeSummary("dying", message({ id: "3", name: "dying", severity: "critical", site: "Cabin" }), retained);
  servers.takeSummary("old", message({ id: "4", name: "old" }, 400), retained);
  servers.takeSummary("gone", message({ id: "5", name: "gone" }), retained);
  servers.takePresence("gone", "offline");
  const rows = ordered(servers.rows(NOW), "state");
  assert.deepEqual(rows.map(({ name, state }) => [name, state]), [["dying", "critical"], ["gone", "offline"], ["old", "silent"], ["hot", "warning"], ["well", "ok"]]);
  assert.deepEqual(grouped(rows).map(([site, members]) => [site, members.length]), [["Cabin", 1], ["", 4]]);
  assert.deepEqual(counted(rows)[0], ["critical", 1]);
  assert.deepEqual(filtered(rows, "cabin DYING").map(({ name }) => name), ["dying"]);
  assert.deepEqual(filtered(rows, "offline").map(({ name }) => name), ["gone"]);
});

test("a server that both readers know is one row, with the broker's figures and Prometheus' alerts and line", () => {
  const servers = new Servers();
  servers.takeSummary("tower", message({}), retained);
  servers.takeServers([{ instance: "t:1", isOnline: true, at: NOW, summary: { id: "a".repeat(32), name: "Tower", site: "Berlin", severity: "ok", findings: [] } }]);
  servers.takeAlerts([{ alertname: "DiskHot", severity: "warning", instance: "t:1" }, { alertname: "Watchdog" }]);
  servers.takePast(new Map([["t:1", [1, 2]]]));
  const [row, ...rest] = servers.rows(NOW);
  assert.deepEqual([rest.length, row.state, row.summary.site, row.summary.cpu_percent, row.past, newsOf(row)], [0, "warning", "Berlin", 5, [1, 2], "DiskHot"]);
  assert.deepEqual(servers.loose.map(({ alertname }) => alertname), ["Watchdog"]);
});

test("an unchanged row is the same object, and a changed one another", () => {
  const servers = new Servers();
  servers.takeSummary("tower", message({}), retained);
  servers.takeSummary("attic", message({ id: "2" }), retained);
  const first = servers.rows(NOW);
  servers.takeSummary("attic", message({ id: "2", cpu_percent: 6 }, -1), { now: NOW + 1000, isRetained: false });
  const second = servers.rows(NOW + 1000);
  assert.deepEqual([second[0] === first[0], second[1] === first[1], second[1].summary.cpu_percent], [true, false, 6]);
  assert.equal(servers.rows(NOW + 999_000)[0].state, "silent");
});

test("a server whose clock is wrong has news when its messages come, not by its clock", () => {
  const servers = new Servers();
  const state = (now) => servers.rows(now).map(({ at, state: word }) => [now - at, word])[0];
  servers.takeSummary("slow", message({}, 600), live);
  assert.deepEqual(state(NOW), [0, "ok"]);
  // The same message again, after the connection to the broker was lost.
  servers.takeSummary("slow", message({}, 600), { now: NOW + 60_000, isRetained: true });
  assert.deepEqual(state(NOW + 60_000), [60_000, "ok"]);
  servers.takeSummary("slow", message({}, -86_400), retained);
  assert.deepEqual(state(NOW), [0, "ok"]);
  assert.equal(state(NOW + 999_000)[1], "silent");
});

test("a summary of any shape leaves the page at work, and the other servers on it", () => {
  const odd = [5, [], "x", { type: "server_summary", data: 5 }, { type: "server_summary", data: null }].map((each) => JSON.stringify(each));
  const shapes = [{ name: 5 }, { name: null, site: {} }, { findings: {} }, { findings: [null, 5, { text: "x" }, { subject: "a", text: "b" }] }, { severity: [] }, { hottest: 5, fullest: [], cpu_percent: "x" }, { hottest: { temperature: "hot" }, fullest: { usage_percent: {} }, findings_more: "x" }];
  const servers = new Servers();
  servers.takeSummary("well", message({ id: "1" }), live);
  const reader = connected((node, parsed, isRetained) => servers.takeSummary(node, parsed, { now: NOW, isRetained }));
  odd.forEach((payload, index) => reader.hand(publish(`uma/odd${index}/server/summary`, payload)));
  shapes.forEach((shape, index) => reader.hand(publish(`uma/shape${index}/server/summary`, JSON.stringify(message({ id: `s${index}`, ...shape }, 0)))));
  const rows = ordered(filtered(servers.rows(NOW), ""), "state");
  filtered(rows, "no such word");
  assert.deepEqual(reader.states.at(-1)[0], "open");
  assert.deepEqual([rows.length, grouped(rows).length], [shapes.length + 1, 1]);
  assert.deepEqual(rows.map((row) => newsOf(row)).filter((news) => news !== "All good"), ["a: b"]);
});

test("a withdrawn summary takes its row away", () => {
  const servers = new Servers();
  servers.takeSummary("tower", message({}), retained);
  servers.takeSummary("tower", null, live);
  assert.deepEqual(servers.rows(NOW), []);
});

test("Prometheus' answers become servers: missing values are unknown, and a target's own site counts", () => {
  const metric = (name, value, labels = {}) => ({ metric: { __name__: name, instance: "a:1", ...labels }, value: [0, String(value)] });
  const [up, down] = serversFrom({
    infos: new Map([["a:1", { id: "1f", name: "Tower", exported_site: "old", site: "x" }]]),
    values: [metric("uma_findings", 2, { severity: "warning" }), metric("uma_findings", 0, { severity: "critical" }), metric("uma_disk_usage_max_ratio", 0.5), metric("uma_memory_used_bytes", 1), metric("uma_memory_size_bytes", 4)],
    words: [metric("uma_array_protection", 1, { protection: "degraded" })],
    up: [metric("up", 1, { site: "Berlin" }), { metric: { instance: "b:1" }, value: [0, "0"] }],
    at: [metric("", 1000)],
  });
  assert.deepEqual([up.isOnline, up.at, up.summary.site, up.summary.severity, up.summary.findings_more, up.summary.array_protection], [true, 1_000_000, "Berlin", "warning", 2, "degraded"]);
  assert.deepEqual([up.summary.fullest.usage_percent, up.summary.memory_percent, up.summary.cpu_percent, up.summary.disks], [50, 25, null, null]);
  assert.deepEqual([down.isOnline, down.at, down.summary.name], [false, null, "b:1"]);
  const line = pastFrom([{ metric: { instance: "a:1" }, values: [[120, "0.5"], [360, "1"]] }], { start: 0, end: 360, step: 120 });
  assert.deepEqual(line.get("a:1"), [null, 50, null, 100]);
});

test("from https only wss and https can be reached, and the message explains it", () => {
  const problem = (brokers, prometheus, protocol) => problemOf({ brokers, prometheus }, protocol);
  assert.equal(problem("ws://b:1 wss://c", "http://p", "http:"), "");
  assert.equal(problem("wss://c", "https://p", "https:"), "");
  assert.match(problem("ws://b:1", "", "https:"), /came by https, so the browser reaches wss:\/\/ only/);
  assert.match(problem("", "http://p", "https:"), /https:\/\/ only/);
  assert.match(problem("mqtt://b", "", "http:"), /begins with ws:\/\/ or wss:\/\//);
  assert.deepEqual(brokersOf({ brokers: " ws://a  ws://b " }), ["ws://a", "ws://b"]);
});

test("passwords are the tab's, unless they are to be kept", () => {
  const storage = () => ({ kept: null, setItem(_, text) { this.kept = text; }, getItem() { return this.kept; } });
  const storages = { local: storage(), session: storage() };
  writeConnections(storages, { brokers: "ws://b", password: "secret" }, false);
  assert.doesNotMatch(storages.local.kept, /secret/);
  assert.equal(readConnections(storages).password, "secret");
  writeConnections(storages, { brokers: "ws://b", password: "secret" }, true);
  assert.match(storages.local.kept, /secret/);
  storages.local.kept = "{damaged";
  assert.deepEqual(readConnections(storages, { brokers: "wss://author" }).brokers, "wss://author");
});

test("a click leads to web addresses only", () => {
  assert.equal(safeAddress("http://tower.lan"), "http://tower.lan");
  for (const wrong of ["javascript:alert(1)", "data:text/html,x", "", null, "tower"]) {
    assert.equal(safeAddress(wrong), null);
  }
});

test("a row has its whole name to point at, which may be cut", () => {
  const row = new Row();
  row.outline({ name: "unraid-backup-of-the-whole-family", state: "ok" });
  const [name] = row.element.all((node) => node.getAttribute("class") === "fleet-name");
  assert.equal(name.getAttribute("title"), "unraid-backup-of-the-whole-family");
});

test("a parity operation is named, unless the array's state names it or the daemon is older", () => {
  const arrayOf = (summary) => arrayWords({ array_status: "started", parity_percent: 42.7, ...summary });
  assert.equal(arrayOf({ array_protection: "protected", parity_action: "check" }), "protected, parity check 43 %");
  assert.equal(arrayOf({ array_protection: "rebuilding", parity_action: "rebuild" }), "rebuilding, 43 %");
  assert.equal(arrayOf({ array_protection: "degraded" }), "degraded, 43 %");
});

test("ages have one figure", () => {
  assert.deepEqual([0, 59, 60, 3600, 172_800].map((seconds) => ageOf(NOW - seconds * 1000, NOW)), ["0 s", "59 s", "1 min", "1 h", "2 d"]);
  assert.deepEqual([ageOf(null, NOW), ageOf(NOW + 5000, NOW)], ["–", "0 s"]);
});
