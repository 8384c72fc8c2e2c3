import assert from "node:assert/strict";
import { test } from "node:test";

import { daemonCarrier, webguiCarrier } from "../../emhttp/dashboard/carriers.js";
import { conditionOf } from "../../emhttp/dashboard/condition.js";
import { displayFrom } from "../../emhttp/dashboard/display.js";
import { Format } from "../../emhttp/dashboard/format.js";
import { Link } from "../../emhttp/dashboard/link.js";
import { delayBefore } from "../../emhttp/dashboard/retry.js";
import { World } from "./world.js";

const STATS = "system/stats";
const STORAGE = "storage/status";
const DOCKER = "docker/events";
const NAMES = [STATS, STORAGE, DOCKER];
const FORMAT = new Format(displayFrom(null));

/** A link in a *world* of its own, with the messages it brought; the daemon has sent one of each state. */
async function connect({
  base = "http://tower.local:34600/api/v1/",
  carrier = daemonCarrier(base),
  host = "tower",
  token = null,
  world = new World(),
} = {}) {
  const messages = [];
  if (world.daemon.sentAt[STATS] === undefined) {
    world.daemon.send(STATS);
    world.daemon.send(STORAGE);
  }
  const handlers = {
    onMessage: (name) => messages.push(name),
    onPast: (name) => messages.push(`past ${name}`),
    onOpen: () => messages.push("open"),
    onChange: () => {},
  };
  const link = new Link({ carrier, token, world: world.outside, handlers });
  link.wake();
  await world.settle();
  const condition = () => conditionOf(link.state, { isOnline: world.isConnected, now: world.now, host, format: FORMAT });
  return { world, link, messages, condition };
}

/** Let *seconds* pass with a message of stats every 5 s and one of storage every 30 s. */
async function beat(world, seconds) {
  for (let second = 5; second <= seconds; second += 5) {
    await world.pass(5);
    world.daemon.send(STATS);
    if (second % 30 === 0) {
      world.daemon.send(STORAGE);
    }
  }
}

const asked = (world, wanted) => world.requests.filter(({ path }) => path === wanted);
const kinds = (condition) => NAMES.map((name) => condition.feeds[name].kind);

test("one socket carries every feed, opened while health and the list of feeds are asked for", async () => {
  const { world, messages, condition } = await connect();
  assert.deepEqual(world.requests.slice(0, 2).map(({ path }) => path), ["health", "feeds"]);
  assert.deepEqual(world.openSockets().map(({ url }) => url), ["ws://tower.local:34600/api/v1/ws"]);
  assert.deepEqual(world.sockets[0].sent.map(({ action, stream }) => `${action} ${stream}`), NAMES.map((name) => `subscribe ${name}`));
  assert.deepEqual(messages.filter((name) => name !== "open").sort(), ["past docker/events", STORAGE, STATS].sort());
  assert.equal(condition().label, "Live");
});

test("the daemon's own list of feeds is followed, but for those that are off", async () => {
  const world = new World();
  const feed = (name, more = {}) => ({ name, kind: "state", retained: true, interval_seconds: 30, panel: null, enabled: true, ...more });
  world.daemon.feeds = [feed(STATS), feed("ups/status"), feed("gpu/status", { enabled: false, setting: "GPU" })];
  const { condition } = await connect({ world });
  assert.deepEqual(world.sockets[0].sent.map(({ stream }) => stream), [STATS, "ups/status"]);
  assert.equal(condition().feeds["gpu/status"].why, "Gpu/status is switched off by the setting GPU=no.");
});

test("events are asked for once the socket follows them: none may fall in between", async () => {
  const { world, messages } = await connect();
  assert.equal(asked(world, `${DOCKER}?limit=50`).length, 1);
  assert.ok(messages.indexOf("open") < messages.indexOf(`past ${DOCKER}`));
});

test("over https the socket is encrypted, and a path before the API is kept", async () => {
  const { world } = await connect({ base: "https://proxy.example/uma/api/v1/" });
  assert.equal(world.sockets[0].url, "wss://proxy.example/uma/api/v1/ws");
});

test("attempts come after 1 s, doubling to 15 s, a fifth more or less", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 9].map((attempt) => delayBefore(attempt, () => 0.5)), [1000, 2000, 4000, 8000, 15_000, 15_000]);
  assert.deepEqual([delayBefore(0, () => 0), delayBefore(0, () => 1)], [800, 1200]);
});

test("a broken connection resumes after the last event that came", async () => {
  const { world, condition } = await connect();
  world.daemon.send(DOCKER);
  world.daemon.send(DOCKER);
  world.openSockets()[0].end();
  await world.settle();
  assert.equal(condition().kind, "reconnecting");
  assert.equal(condition().detail, "UMA closed the connection.");
  await world.pass(1.1);
  const command = world.sockets.at(-1).sent.find(({ stream }) => stream === DOCKER);
  assert.deepEqual([command.epoch, command.seq], ["e1", 2]);
  assert.equal(asked(world, `${DOCKER}?limit=50`).length, 1);
  assert.equal(condition().label, "Live");
});

test("events that a new daemon does not have are asked for whole", async () => {
  const { world } = await connect();
  world.daemon.send(DOCKER);
  world.daemon.stop();
  world.daemon.start();
  await world.pass(3);
  assert.equal(asked(world, `${DOCKER}?limit=1000`).length, 1);
});

test("a daemon that stops is said at once, knocked at ever less often, and met again", async () => {
  const { world, condition } = await connect();
  world.daemon.stop();
  await world.settle();
  assert.equal(condition().label, "Reconnecting in 1 s");
  await world.pass(1.1);
  assert.equal(condition().detail, "Can't reach UMA at tower. Retrying.");
  assert.deepEqual(kinds(condition()), ["stale", "stale", "stale"]);
  await world.pass(120);
  assert.ok(asked(world, "health").length < 14);
  world.daemon.start();
  world.daemon.send(STATS);
  world.daemon.send(STORAGE);
  await world.pass(16);
  assert.equal(condition().label, "Live");
});

test("wake() looks at once, and restarts the count of attempts", async () => {
  const { world, link, condition } = await connect();
  world.daemon.stop();
  await world.pass(60);
  world.daemon.start();
  world.daemon.send(STATS);
  world.daemon.send(STORAGE);
  link.wake();
  await world.settle();
  assert.equal(condition().label, "Live");
  world.openSockets()[0].end();
  assert.equal(condition().label, "Reconnecting in 1 s");
});

test("a connection that has lasted makes the next attempts quick again, one that breaks at once does not", async () => {
  const { world, condition } = await connect();
  for (const seconds of [1, 2, 4]) {
    world.openSockets()[0].end();
    assert.equal(condition().label, `Reconnecting in ${seconds} s`);
    await world.pass(seconds + 0.1);
  }
  await beat(world, 10);
  world.openSockets()[0].end();
  assert.equal(condition().label, "Reconnecting in 1 s");
});

test("a silent socket is pinged, and one without an answer is dead", async () => {
  const { world, condition } = await connect();
  await world.pass(18);
  assert.ok(world.sockets[0].sent.some(({ action }) => action === "ping"));
  assert.equal(world.sockets.length, 1);
  world.sockets[0].isDead = true;
  await world.pass(26);
  assert.ok(world.sockets.length > 1);
  world.daemon.send(STATS);
  world.daemon.send(STORAGE);
  assert.equal(condition().label, "Live");
});

test("a hung daemon is noticed though its socket is open", async () => {
  const { world, condition } = await connect();
  world.daemon.isFrozen = true;
  await world.pass(40);
  assert.notEqual(condition().kind, "live");
  assert.deepEqual(kinds(condition()).slice(0, 1), ["stale"]);
});

test("three intervals without a message make a feed stale, by its own interval", async () => {
  const { world, condition } = await connect();
  await world.pass(17.5);
  assert.deepEqual(kinds(condition()), ["stale", "live", "live"]);
  assert.match(condition().label, /^Stale: System, since /);
  assert.equal(condition().feeds[STATS].why, "UMA has sent nothing new.");
  world.daemon.send(STATS);
  assert.equal(condition().kind, "live");
  await beat(world, 85);
  assert.equal(condition().kind, "live");
});

test("after a sleep old numbers do not count as new", async () => {
  const { world, condition } = await connect();
  world.sleep(3600);
  assert.equal(condition().kind, "stale");
});

test("a failed source makes its feeds stale, with the daemon's own words", async () => {
  const { world, condition } = await connect();
  world.daemon.sources.storage = { status: "failed", detail: "disks.ini is missing in /var/local/emhttp" };
  await beat(world, 15);
  assert.equal(condition().detail, "Storage: disks.ini is missing in /var/local/emhttp.");
  assert.deepEqual(kinds(condition()), ["live", "stale", "live"]);
});

test("a failed source without a feed is shown, and nothing is called stale for it", async () => {
  const { world, condition } = await connect();
  world.daemon.sources.mqtt = { status: "failed", detail: "the broker refuses the password" };
  await beat(world, 15);
  assert.deepEqual([condition().kind, condition().detail], ["live", "mqtt: The broker refuses the password."]);
});

test("Docker that is off is off, not stale, and says where to turn it on", async () => {
  const world = new World();
  world.daemon.sources.docker = { status: "unavailable", detail: "Docker is not running (/var/run/docker.sock)" };
  const { condition } = await connect({ world });
  assert.deepEqual([condition().kind, condition().feeds[DOCKER].kind], ["live", "off"]);
  assert.equal(condition().feeds[DOCKER].why, "Docker is stopped. Settings → Docker.");
});

test("a demo stays one when health is pushed, and its recorded containers need no Docker", async () => {
  const world = new World();
  world.daemon.sources.docker = { status: "unavailable", detail: "Docker is not running" };
  const answer = world.daemon.answer.bind(world.daemon);
  world.daemon.answer = (path, headers) => {
    const { status, body } = answer(path, headers);
    return { status, body: path === "health" ? { ...body, demo: true } : body };
  };
  const { link, condition } = await connect({ world });
  const message = { type: "server_health", timestamp: new Date(world.now).toISOString(), data: { status: "degraded", service: "uma", sources: world.daemon.sources } };
  world.openSockets()[0].onmessage({ data: JSON.stringify({ type: "message", stream: "server/health", epoch: "e1", seq: 1, message }) });
  assert.deepEqual([link.state.health.demo, link.state.health.status], [true, "degraded"]);
  assert.equal(condition().feeds[DOCKER].kind, "live");
});

test("one lost request while messages come in is ignored", async () => {
  const { world, condition } = await connect();
  await beat(world, 5);
  // The socket continues; the request at 10 s is lost.
  world.daemon.isUp = false;
  await world.pass(5);
  world.daemon.isUp = true;
  assert.equal(asked(world, "health").length, 2);
  assert.equal(condition().kind, "live");
});

test("without network the page is offline, at once, and live when that is back", async () => {
  const { world, link, condition } = await connect();
  world.isConnected = false;
  link.wake();
  await world.settle();
  assert.deepEqual([condition().kind, condition().tone], ["offline", "bad"]);
  world.isConnected = true;
  link.wake();
  await world.settle();
  assert.equal(condition().label, "Live");
});

test("a feed that is switched off says by which setting, and is not asked for again", async () => {
  const world = new World();
  world.daemon.off[DOCKER] = "docker/events is switched off by the setting DOCKER_EVENTS=no";
  const { condition } = await connect({ world });
  await beat(world, 30);
  assert.equal(condition().feeds[DOCKER].why, "Docker/events is switched off by the setting DOCKER_EVENTS=no.");
  assert.deepEqual([condition().kind, world.sockets.length], ["live", 1]);
});

test("where all places are taken that is said, and tried again", async () => {
  const world = new World();
  world.daemon.isFull = true;
  const { condition } = await connect({ world });
  assert.deepEqual([condition().kind, condition().detail], ["reconnecting", "All 100 places are taken."]);
  world.daemon.isFull = false;
  await world.pass(1.1);
  assert.equal(condition().label, "Live");
});

test("where something drops the upgrade the data are asked for, and that is said", async () => {
  const world = new World();
  world.daemon.isUpgradeDropped = true;
  world.daemon.newest[STATS] = { type: "stats", timestamp: "2026-11-23T12:00:00Z", data: {} };
  world.daemon.newest[STORAGE] = { type: "storage_status", timestamp: "2026-11-23T12:00:00Z", data: {} };
  const { condition, messages } = await connect({ world });
  assert.ok(messages.includes(STATS) && messages.includes(STORAGE) && messages.includes(`past ${DOCKER}`));
  assert.deepEqual([condition().kind, condition().label], ["polling", "Not live"]);
  assert.match(condition().detail, /drops WebSockets \(HTTP 426\)/);
  const before = asked(world, STATS).length;
  await world.pass(21);
  assert.equal(asked(world, STATS).length - before, 4);
  assert.ok(asked(world, STORAGE).length <= 2);
  world.daemon.isUpgradeDropped = false;
  await world.pass(60);
  world.daemon.send(STATS);
  assert.equal(condition().label, "Live");
});

test("a token that is asked for is offered as header and subprotocol, and a wrong one is not tried again", async () => {
  const world = new World();
  world.daemon.token = "secret";
  const { link, condition } = await connect({ world });
  assert.equal(condition().kind, "locked");
  await world.pass(60);
  assert.equal(asked(world, "health").length, 1);
  link.setToken("wrong");
  await world.settle();
  assert.equal(condition().kind, "locked");
  world.daemon.send(STATS);
  world.daemon.send(STORAGE);
  link.setToken("secret");
  await world.settle();
  assert.equal(condition().label, "Live");
  assert.equal(world.requests.at(-1).headers["X-UMA-Token"], "secret");
  assert.deepEqual(world.sockets.at(-1).protocols, ["uma.token.secret"]);
});

test("a token given while another question is open counts", async () => {
  const world = new World();
  world.daemon.token = "secret";
  world.daemon.isFrozen = true;
  const { link, condition } = await connect({ world });
  world.daemon.isFrozen = false;
  link.setToken("secret");
  await world.pass(6);
  assert.equal(condition().label, "Live");
});

test("another service's answer does not count as the daemon's", async () => {
  const rows = [
    [{ status: 200, body: { service: "other" } }, "reconnecting", "Something else answered at tower. HTTP 200."],
    [{ status: 404, body: {} }, "reconnecting", "Something else answered at tower. HTTP 404."],
    [{ status: 502, body: {} }, "reconnecting", "Can't reach UMA at tower. Retrying."],
    [{ status: 403, body: { detail: "this Origin may not" } }, "refused", "This Origin may not."],
    [{ status: 421, body: { detail: "this Host may not" } }, "refused", "This Host may not."],
  ];
  for (const [answer, kind, detail] of rows) {
    const world = new World();
    world.daemon.refusals.health = answer;
    const { condition } = await connect({ world });
    assert.deepEqual([condition().kind, condition().detail], [kind, detail]);
  }
});

test("the server's clock may be wrong: ages are counted by it, times shown by this machine's", async () => {
  const world = new World();
  world.daemon.ahead = 3_600_000;
  const { condition } = await connect({ world });
  assert.equal(condition().label, "Live");
  assert.equal(condition().feeds[STATS].since, world.now);
});

test("a hidden tab does not request health, a visible one does every 10 s", async () => {
  const { world } = await connect();
  await beat(world, 30);
  const shown = asked(world, "health").length;
  assert.equal(shown, 4);
  world.isShown = false;
  await beat(world, 60);
  assert.equal(asked(world, "health").length, shown);
});

const webgui = () => ({ carrier: webguiCarrier("https://tower"), host: null });

function behindNginx() {
  const world = new World();
  world.daemon.sources.webgui = { status: "ok", detail: "" };
  return world;
}

test("in the webGUI the same frames come by nginx, through one socket, and the past by the relay", async () => {
  const world = behindNginx();
  const { messages, condition } = await connect({ ...webgui(), world });
  assert.deepEqual(world.openSockets().map(({ url }) => url), ["wss://tower/sub/uma_stats,uma_storage,uma_docker"]);
  assert.ok([STATS, STORAGE, `past ${DOCKER}`].every((name) => messages.includes(name)));
  assert.equal(condition().label, "Live");
});

test("a frame that nginx kept for an hour is not new, the gap is filled once, and then it is live", async () => {
  const world = behindNginx();
  world.daemon.send(STATS, { at: world.now - 3_600_000 });
  world.daemon.send(STORAGE);
  world.daemon.sentAt[STATS] = world.now;
  world.daemon.newest[STATS] = { type: "stats", timestamp: new Date(world.now).toISOString(), data: {} };
  const { condition } = await connect({ ...webgui(), world });
  assert.equal(condition().feeds[STATS].kind, "stale");
  await world.pass(11);
  assert.equal(asked(world, STATS).length, 1);
  assert.equal(condition().feeds[STATS].kind, "live");
  world.daemon.send(STATS);
  assert.equal(condition().kind, "live");
});

test("the relay reports a daemon that is gone though nginx keeps its channels open", async () => {
  const world = behindNginx();
  const { condition } = await connect({ ...webgui(), world });
  await beat(world, 5);
  world.daemon.refusals.health = { status: 503, body: { detail: "UMA is not running" } };
  await world.pass(11);
  assert.deepEqual([condition().kind, condition().detail], ["reconnecting", "UMA is not running."]);
});

test("why nginx brings nothing is said by the daemon", async () => {
  const world = new World();
  const { condition } = await connect({ ...webgui(), world });
  assert.match(condition().detail, /Live updates in the webGUI are off/);
  const failing = behindNginx();
  failing.daemon.sources.webgui = { status: "failed", detail: "nginx refuses" };
  const other = await connect({ ...webgui(), world: failing });
  await failing.pass(100);
  assert.match(other.condition().detail, /Nginx refuses/);
});

test("a signed-out user sees that, and the page resumes after the next login", async () => {
  const world = behindNginx();
  world.daemon.answer = () => ({ redirectedTo: "https://tower/login" });
  const { condition } = await connect({ ...webgui(), world });
  assert.deepEqual([condition().kind, condition().detail], ["signed-out", "Your session has ended. Reload and sign in."]);
  delete world.daemon.answer;
  await world.pass(11);
  assert.equal(condition().label, "Live");
});

test("after stop() nothing happens any more", async () => {
  const { world, link, messages } = await connect();
  link.stop();
  const count = messages.length;
  world.daemon.send(STATS);
  await world.pass(120);
  assert.equal(messages.length, count);
  assert.equal(world.timerCount, 0);
  assert.deepEqual(world.openSockets(), []);
});

test("a socket opened before the page is taken over with its messages, and not asked twice", async () => {
  const world = new World();
  world.daemon.send(STATS);
  world.daemon.send(STORAGE);
  const { outside } = world;
  const begun = { frames: [], take: (data) => begun.frames.push(data) };
  const socket = new outside.WebSocket("ws://tower.local:34600/api/v1/ws", []);
  socket.onmessage = ({ data }) => begun.take(data);
  socket.onopen = () => socket.send(JSON.stringify({ action: "subscribe", stream: STATS, id: STATS }));
  await world.settle();
  assert.ok(begun.frames.length > 1);
  let isTaken = false;
  const early = {
    socket: (token, take) => {
      if (isTaken || token !== null) {
        return null;
      }
      isTaken = true;
      begun.take = take;
      begun.frames.forEach(take);
      return { socket, feeds: [STATS], greet: () => {} };
    },
  };
  const messages = [];
  const handlers = { onMessage: (name) => messages.push(name), onPast: () => {}, onOpen: () => messages.push("open"), onChange: () => {} };
  const link = new Link({ carrier: daemonCarrier("http://tower.local:34600/api/v1/"), world: { ...outside, early }, handlers });
  link.wake();
  await world.settle();
  assert.equal(world.sockets.length, 1);
  assert.deepEqual(socket.sent.map(({ stream }) => stream).sort(), [...NAMES].sort());
  assert.deepEqual(messages.filter((name) => name === STATS), [STATS]);
  // Another one is the page's own.
  socket.end();
  await world.pass(3);
  assert.equal(world.sockets.length, 2);
  assert.equal(link.state.link, "open");
});

/** A link whose page came with data: storage's state at number 0, and an event at number 3. */
function givenLink(world) {
  const handled = [];
  const handlers = {
    onMessage: (name) => handled.push(name),
    onPast: (name, messages) => handled.push(`past ${name} ${messages.length}`),
    onOpen: () => handled.push("open"),
    onChange: () => {},
  };
  const link = new Link({ carrier: daemonCarrier("http://tower.local:34600/api/v1/"), world: world.outside, handlers });
  const stamp = new Date(world.now).toISOString();
  const feed = (name, retained) => ({ name, kind: "state", retained, interval_seconds: retained ? 30 : null, panel: null, enabled: true });
  const feeds = [feed(STORAGE, true), feed(DOCKER, false)];
  world.daemon.feeds = feeds;
  link.give({
    feeds,
    health: world.daemon.health(),
    epoch: "e1",
    streams: { [STORAGE]: { seq: 0, messages: [{ type: "storage_status", timestamp: stamp, data: {} }] }, [DOCKER]: { seq: 3, messages: [{ type: "docker_event", timestamp: stamp, data: {} }] } },
    served_at: world.now + 60_000,
    takenAt: world.now,
  });
  const condition = () => conditionOf(link.state, { isOnline: true, now: world.now, host: "tower", format: FORMAT });
  return { link, handled, condition };
}

test("data that came with the page are current while its socket opens, and the page does not call that live", () => {
  const world = new World();
  const { link, handled, condition } = givenLink(world);
  assert.deepEqual(handled, [STORAGE, `past ${DOCKER} 1`]);
  assert.equal(condition().kind, "connecting");
  assert.deepEqual([condition().feeds[STORAGE].kind, condition().feeds[DOCKER].kind], ["live", "live"]);
  assert.equal(link.state.skew, 60_000);
  assert.deepEqual(world.requests, []);
});

test("data that came with the page grow stale if no connection follows", async () => {
  const world = new World();
  const { link, condition } = givenLink(world);
  world.daemon.stop();
  link.wake();
  await world.settle();
  assert.equal(condition().feeds[STORAGE].kind, "stale");
});

test("the socket continues after the data that came with the page, which are not shown twice", async () => {
  const world = new World();
  world.daemon.ahead = 60_000;
  const { link, handled } = givenLink(world);
  world.daemon.seq = 3;
  world.daemon.sentAt[STORAGE] = world.now;
  link.wake();
  await world.settle();
  const sent = Object.fromEntries(world.sockets[0].sent.map(({ stream, epoch, seq }) => [stream, [epoch, seq]]));
  assert.deepEqual(sent, { [STORAGE]: [undefined, undefined], [DOCKER]: ["e1", 3] });
  assert.deepEqual(handled, [STORAGE, `past ${DOCKER} 1`, "open"]);
  assert.equal(asked(world, `${DOCKER}?limit=50`).length, 0);
  world.daemon.send(STORAGE);
  assert.deepEqual(handled.slice(3), [STORAGE]);
});
