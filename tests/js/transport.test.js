import assert from "node:assert/strict";
import { test } from "node:test";

import { conditionOf } from "../../emhttp/dashboard/condition.js";
import { daemonCarrier, webguiCarrier } from "../../emhttp/dashboard/carriers.js";
import { displayFrom } from "../../emhttp/dashboard/display.js";
import { Format } from "../../emhttp/dashboard/format.js";
import { delayBefore, Transport } from "../../emhttp/dashboard/transport.js";
import { World } from "./world.js";

const STATS = "system/stats";
const STORAGE = "storage/status";
const DOCKER = "docker/events";
const FORMAT = new Format(displayFrom(null));

/** A transport in a *world* of its own, with the messages it brought. */
async function connect({
  base = "http://tower.local:34600/api/v1/",
  carrier = daemonCarrier(base),
  host = "tower",
  token = null,
  world = new World(),
} = {}) {
  const messages = [];
  const transport = new Transport({
    carrier,
    token,
    world: world.outside,
    handlers: { onMessage: (key, message) => messages.push([key, message]), onPast: (key) => messages.push([key, "past"]), onChange: () => {} },
  });
  transport.wake();
  await world.settle();
  const condition = () => conditionOf(transport.state, { isOnline: world.isConnected, now: world.now, host, format: FORMAT });
  return { world, transport, messages, condition };
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

const healthAsked = (world) => world.requests.filter(({ path }) => path === "health");

test("health is asked first, then the three streams are opened and what was before is brought", async () => {
  const { world, messages, condition } = await connect();
  assert.deepEqual(world.requests.map(({ path }) => path), ["health", "system/stats/history", "docker/events"]);
  assert.deepEqual(world.openSockets().map(({ url }) => url), [
    "ws://tower.local:34600/api/v1/ws/system/stats",
    "ws://tower.local:34600/api/v1/ws/storage/status",
    "ws://tower.local:34600/api/v1/ws/docker/events",
  ]);
  assert.deepEqual(messages.map(([key]) => key).sort(), ["docker", "stats", "stats", "storage"]);
  assert.equal(condition().label, "Live");
});

test("an hour of samples is asked for with its stream, events once theirs is open: no event may fall in between", async () => {
  const world = new World();
  world.daemon.accept = () => {};
  await connect({ world });
  assert.equal(world.openSockets().length, 0);
  assert.deepEqual(world.requests.map(({ path }) => path), ["health", "system/stats/history"]);
});

test("over https the sockets are encrypted, and a path before the API is kept", async () => {
  const { world } = await connect({ base: "https://tower.local/uma/api/v1/" });
  assert.equal(world.sockets[0].url, "wss://tower.local/uma/api/v1/ws/system/stats");
});

test("attempts come after 1 s, doubling to 15 s, a fifth more or less", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 50].map((attempt) => delayBefore(attempt, () => 0.5)), [1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  assert.equal(delayBefore(0, () => 0), 800);
  assert.equal(delayBefore(5, () => 1), 18_000);
});

test("a daemon that stops is said at once, knocked at by one request an attempt, and met again", async () => {
  const { world, condition } = await connect();
  await beat(world, 60);
  world.daemon.stop();
  assert.equal(condition().kind, "reconnecting");
  assert.equal(condition().label, "Reconnecting in 1 s");
  assert.equal(condition().detail, "The daemon has closed the connection.");
  const [asked, opened] = [healthAsked(world).length, world.sockets.length];
  await world.pass(40);
  assert.equal(condition().detail, "The daemon at tower does not answer.");
  const at = healthAsked(world).slice(asked).map((request) => (request.at - world.now) / 1000 + 40);
  assert.deepEqual(at, [1, 3, 7, 15, 30]);
  assert.equal(world.sockets.length, opened);
  world.daemon.start();
  await world.pass(6);
  assert.equal(condition().kind, "live");
});

test("every stream is stale while the daemon is away, since its last message", async () => {
  const { world, condition } = await connect();
  await beat(world, 10);
  const last = world.now;
  world.daemon.send(DOCKER);
  world.daemon.stop();
  await world.pass(20);
  assert.deepEqual(condition().streams.stats, { kind: "stale", why: "", since: last });
  assert.deepEqual(condition().streams.storage, { kind: "stale", why: "", since: last - 10_000 });
  assert.deepEqual(condition().streams.docker, { kind: "stale", why: "", since: null });
});

test("wake() looks at once, and counts attempts anew", async () => {
  const { world, transport, condition } = await connect();
  world.daemon.stop();
  await world.pass(60);
  transport.wake();
  await world.settle();
  assert.equal(condition().label, "Reconnecting in 1 s");
  world.daemon.start();
  transport.wake();
  await world.settle();
  assert.equal(condition().kind, "live");
});

test("a connection that has lasted makes the next attempts quick again, one that breaks at once does not", async () => {
  const { world, condition } = await connect();
  const restart = async (seconds) => {
    world.daemon.stop();
    const { label } = condition();
    await world.pass(seconds);
    world.daemon.start();
    await world.pass(40);
    return label;
  };
  await restart(30);
  assert.equal(await restart(1), "Reconnecting in 1 s");
  const { sockets } = world;
  for (let breaks = 0; breaks < 4; breaks += 1) {
    world.daemon.stop();
    world.daemon.start();
    const count = sockets.length;
    while (sockets.length === count) {
      await world.pass(1);
    }
  }
  world.daemon.stop();
  assert.equal(condition().label, "Reconnecting in 15 s");
});

test("a daemon that stands still is found out though its sockets are open", async () => {
  const { world, condition } = await connect();
  await beat(world, 30);
  world.daemon.isFrozen = true;
  await world.pass(14);
  assert.equal(condition().kind, "live");
  await world.pass(7);
  assert.equal(condition().kind, "reconnecting");
  assert.equal(world.openSockets().length, 0);
  world.daemon.isFrozen = false;
  await world.pass(20);
  assert.equal(condition().kind, "live");
});

test("a socket that died unseen is replaced when health tells of newer messages", async () => {
  const { world, messages, condition } = await connect();
  await beat(world, 30);
  const dead = world.openSockets().find(({ name }) => name === STATS);
  dead.isDead = true;
  await beat(world, 30);
  assert.equal(dead.readyState, 3);
  assert.equal(condition().kind, "live");
  const count = messages.length;
  world.daemon.send(STATS);
  assert.equal(messages.length, count + 1);
});

test("after a sleep the numbers are not taken for new", async () => {
  const { world, transport, condition } = await connect();
  await beat(world, 30);
  world.openSockets().forEach((socket) => (socket.isDead = true));
  world.sleep(3600);
  world.daemon.send(STATS);
  world.daemon.send(STORAGE);
  transport.wake();
  await world.settle();
  assert.equal(condition().kind, "live");
  assert.equal(world.openSockets().length, 3);
  assert.ok(world.now - transport.state.streams.stats.lastAt < 1000);
});

test("an interval longer than usual is no silence while health finds nothing wrong", async () => {
  const { world, condition } = await connect();
  for (let message = 0; message < 10; message += 1) {
    for (let second = 0; second < 60; second += 1) {
      await world.pass(1);
      assert.equal(condition().streams.stats.kind, "live");
    }
    world.daemon.send(STATS);
    world.daemon.send(STORAGE);
    // Degraded for a reason that health names is nothing against this stream.
    world.daemon.degraded = message > 4;
    world.daemon.sources.smart = { status: message > 4 ? "failed" : "ok", detail: "no smartctl" };
  }
  assert.equal(world.sockets.length, 3);
});

test("after a long interval the usual one counts again", async () => {
  const { world, condition } = await connect();
  await world.pass(100);
  await beat(world, 30);
  world.daemon.degraded = true;
  await world.pass(26);
  assert.equal(condition().streams.stats.kind, "stale");
});

test("a daemon that fails to send is stale, says since when, and is live with its next message", async () => {
  const { world, condition } = await connect();
  await beat(world, 30);
  const last = world.now;
  world.daemon.degraded = true;
  await world.pass(20);
  assert.equal(condition().kind, "stale");
  assert.match(condition().label, /^Stale: System, since /);
  assert.deepEqual(condition().streams.stats, { kind: "stale", why: "The daemon has sent nothing new.", since: last });
  world.daemon.degraded = false;
  world.daemon.send(STATS);
  assert.equal(condition().kind, "live");
});

test("a failed source makes its stream stale, with the daemon's own words", async () => {
  const { world, condition } = await connect();
  world.daemon.degraded = true;
  world.daemon.sources.storage = { status: "failed", detail: "disks.ini is torn; the last good state stands" };
  await beat(world, 15);
  assert.equal(condition().kind, "stale");
  assert.equal(condition().detail, "Storage: Disks.ini is torn; the last good state stands.");
});

test("a failed source without a stream is told, and nothing is called stale for it", async () => {
  const { world, condition } = await connect();
  world.daemon.sources.smart = { status: "failed", detail: "smartctl can't be run" };
  await beat(world, 15);
  assert.equal(condition().kind, "live");
  assert.equal(condition().detail, "smart: Smartctl can't be run.");
});

test("Docker that is off is off, not stale", async () => {
  const { world, condition } = await connect();
  world.daemon.sources.docker = { status: "unavailable", detail: "Docker is not running" };
  await beat(world, 15);
  assert.equal(condition().kind, "live");
  assert.deepEqual(condition().streams.docker, { kind: "off", why: "Docker is not running.", since: null });
});

test("one lost request while messages come in is no news", async () => {
  const { world, condition } = await connect();
  await beat(world, 5);
  world.daemon.isUp = false;
  await beat(world, 20);
  assert.equal(condition().kind, "live");
});

test("without network the page is offline, at once, and live when that is back", async () => {
  const { world, transport, condition } = await connect();
  await beat(world, 10);
  world.isConnected = false;
  transport.wake();
  await world.settle();
  assert.equal(condition().kind, "offline");
  world.isConnected = true;
  transport.wake();
  await world.settle();
  assert.equal(condition().kind, "live");
});

test("a stream that is switched off is asked for once, and again when its source is back", async () => {
  const world = new World();
  delete world.daemon.sources.docker;
  world.daemon.refusals[DOCKER] = { status: 503, body: { detail: "docker/events is switched off by the setting DOCKER_EVENTS=no" } };
  const { condition } = await connect({ world });
  await beat(world, 60);
  assert.equal(condition().kind, "live");
  assert.equal(condition().streams.docker.kind, "off");
  assert.equal(condition().streams.docker.why, "Docker/events is switched off by the setting DOCKER_EVENTS=no.");
  assert.equal(world.sockets.length, 3);
  world.daemon.refusals = {};
  world.daemon.sources.docker = { status: "ok", detail: "" };
  await beat(world, 15);
  assert.equal(condition().streams.docker.kind, "live");
});

test("with every stream switched off the page does not knock again and again", async () => {
  const world = new World();
  world.daemon.sources = {};
  for (const name of [STATS, DOCKER, STORAGE]) {
    world.daemon.refusals[name] = { status: 503, body: { detail: "off" } };
  }
  const { condition } = await connect({ world });
  await world.pass(1);
  assert.equal(condition().kind, "live");
  await world.pass(60);
  assert.equal(world.sockets.length, 3);
  assert.equal(condition().kind, "live");
  assert.ok(Object.values(condition().streams).every(({ kind }) => kind === "off"));
});

test("a full stream says so, and is opened when there is a place", async () => {
  const world = new World();
  world.daemon.full.add(STORAGE);
  const { condition } = await connect({ world });
  await beat(world, 30);
  assert.equal(condition().kind, "stale");
  assert.equal(condition().detail, "Storage: All 100 places are taken.");
  assert.equal(world.sockets.length, 3);
  world.daemon.full.clear();
  await beat(world, 15);
  assert.equal(condition().kind, "live");
});

test("sockets that something in between swallows are told, and tried again ever less often", async () => {
  const world = new World();
  world.daemon.accept = (socket) => socket.end();
  const { condition } = await connect({ world });
  await world.pass(0.5);
  assert.equal(condition().kind, "reconnecting");
  await world.pass(120);
  assert.ok(world.sockets.length <= 3 * 13, `${world.sockets.length} sockets`);
});

test("a token that is asked for is offered as header and subprotocol, and a wrong one is not tried again", async () => {
  const world = new World();
  world.daemon.token = "sesame";
  const { transport, condition } = await connect({ world });
  assert.equal(condition().kind, "locked");
  await world.pass(60);
  assert.equal(world.requests.length, 1);
  assert.equal(world.sockets.length, 0);
  transport.setToken("wrong");
  await world.pass(60);
  assert.equal(world.requests.length, 2);
  transport.setToken("sesame");
  await world.settle();
  assert.equal(condition().kind, "live");
  assert.deepEqual(world.sockets[0].protocols, ["uma.token.sesame"]);
  assert.equal(world.requests.at(-1).headers["X-UMA-Token"], "sesame");
});

test("a token given while another question is open counts", async () => {
  const world = new World();
  world.daemon.token = "sesame";
  const { transport, condition } = await connect({ world, token: "old" });
  transport.wake();
  transport.setToken("sesame");
  await world.settle();
  assert.equal(condition().kind, "live");
});

for (const status of [403, 421]) {
  test(`a refusal by ${status} is told in the daemon's words and tried again`, async () => {
    const world = new World();
    world.daemon.refusals.health = { status, body: { detail: "this server is not known as tower.example" } };
    const { condition } = await connect({ world });
    assert.equal(condition().kind, "refused");
    assert.equal(condition().detail, "This server is not known as tower.example.");
    world.daemon.refusals = {};
    await world.pass(2);
    assert.equal(condition().kind, "live");
  });
}

test("what answers without being the daemon is not taken for it", async () => {
  for (const [answer, words] of [
    [{ status: 502, body: "<html>" }, "The daemon at tower does not answer."],
    [{ status: 500, body: "<html>" }, "What answers at tower is not the daemon at work. HTTP 500."],
    [{ status: 200, body: { login: true } }, "What answers at tower is not the daemon at work. HTTP 200."],
    [{ status: 200, body: [] }, "What answers at tower is not the daemon at work. HTTP 200."],
    [{ status: 200, body: null }, "What answers at tower is not the daemon at work. HTTP 200."],
  ]) {
    const world = new World();
    world.daemon.refusals.health = answer;
    const { condition } = await connect({ world });
    assert.equal(condition().detail, words);
    assert.equal(world.sockets.length, 0);
  }
});

test("the server's clock may be wrong: ages are counted by it, times shown by this machine's", async () => {
  const world = new World();
  world.daemon.ahead = -5 * 3_600_000;
  const { transport, condition } = await connect({ world });
  await beat(world, 60);
  assert.equal(condition().kind, "live");
  assert.equal(world.sockets.length, 3);
  assert.ok(Math.abs(transport.state.streams.stats.lastAt - world.now) < 2000);
});

test("a retained message that is old is not taken for new", async () => {
  const world = new World();
  world.daemon.sentAt[STATS] = world.now - 600_000;
  world.daemon.degraded = true;
  const { condition } = await connect({ world });
  await world.pass(2);
  assert.deepEqual(condition().streams.stats, {
    kind: "stale",
    why: "The daemon has sent nothing new.",
    since: world.now - 602_000,
  });
});

test("a hidden tab does not ask for health, a shown one every 10 s", async () => {
  const { world } = await connect();
  await beat(world, 30);
  assert.equal(healthAsked(world).length, 4);
  world.isShown = false;
  await beat(world, 60);
  assert.equal(healthAsked(world).length, 4);
});

/** The same in a page of the webGUI, with the daemon's messages by nginx. */
async function connectInWebgui(arrange = () => {}) {
  const world = new World();
  world.daemon.sources.webgui = { status: "ok", detail: "" };
  arrange(world);
  return connect({ carrier: webguiCarrier("https://tower.local"), host: null, world });
}

test("in the webGUI the same frames come by nginx, and what was before by the relay", async () => {
  const { world, condition } = await connectInWebgui();
  assert.deepEqual(world.openSockets().map(({ url }) => url), [
    "wss://tower.local/sub/uma_stats",
    "wss://tower.local/sub/uma_storage",
    "wss://tower.local/sub/uma_docker",
  ]);
  assert.deepEqual(world.sockets[0].protocols, []);
  assert.equal(condition().kind, "connecting");
  await beat(world, 30);
  assert.equal(condition().kind, "live");
  assert.deepEqual(world.requests.slice(0, 3).map(({ path }) => path), ["health", "system/stats/history", "docker/events"]);
});

test("what nginx kept of an hour ago is not taken for new, and what follows is", async () => {
  const { world, messages, condition } = await connectInWebgui(({ daemon, now }) => {
    daemon.posted = { [STATS]: now - 3_600_000, [STORAGE]: now - 3_600_000 };
    daemon.sentAt = { [STATS]: now - 1000, [STORAGE]: now - 1000 };
  });
  assert.equal(condition().kind, "connecting");
  assert.equal(condition().streams.stats.since, world.now - 3_600_000);
  assert.equal(messages.filter(([key]) => key === "storage").length, 1);
  await beat(world, 5);
  assert.equal(condition().streams.stats.kind, "live");
  assert.equal(condition().streams.storage.kind, "connecting");
  await beat(world, 30);
  assert.equal(condition().kind, "live");
  assert.equal(world.sockets.length, 3);
});

test("what nginx kept is made up for by the newest, asked for once an opening", async () => {
  const { world, messages, condition } = await connectInWebgui(({ daemon, now }) => {
    daemon.posted = { [STATS]: now - 20_000, [STORAGE]: now - 20_000 };
    daemon.sentAt = { [STATS]: now - 1000, [STORAGE]: now - 20_000 };
    daemon.newest = { [STATS]: { timestamp: new Date(now - 1000).toISOString(), data: { is: "new" } } };
  });
  assert.equal(condition().kind, "live");
  assert.deepEqual(messages.filter(([key]) => key === "stats").at(-1)[1].data, { is: "new" });
  assert.equal(condition().streams.stats.since, world.now - 1000);
  await beat(world, 60);
  assert.equal(world.requests.filter(({ path }) => path === STATS).length, 1);
  assert.equal(world.requests.filter(({ path }) => path === STORAGE).length, 0);
});

test("a channel that brings nothing new is opened again, not over and over", async () => {
  const { world } = await connectInWebgui(({ daemon, now }) => {
    daemon.posted = { [STATS]: now - 3_600_000 };
    daemon.sentAt = { [STATS]: now - 1000 };
  });
  await world.pass(10);
  assert.equal(world.sockets.length, 3);
  await world.pass(50);
  const opened = world.sockets.filter(({ name }) => name === STATS).length;
  assert.ok(opened >= 2 && opened <= 5, `${opened} sockets`);
});

test("a daemon that is gone is told by the relay though nginx keeps its channels open", async () => {
  const { world, condition } = await connectInWebgui();
  await beat(world, 30);
  const { health } = world.daemon;
  world.daemon.refusals.health = { status: 502, body: { detail: "connection refused" } };
  await world.pass(10);
  assert.equal(condition().kind, "reconnecting");
  assert.equal(condition().detail, "The daemon does not answer. Connection refused.");
  assert.equal(condition().streams.stats.kind, "stale");
  assert.equal(world.openSockets().length, 0);
  world.daemon.refusals = {};
  await world.pass(16);
  await beat(world, 5);
  assert.equal(condition().streams.stats.kind, "live");
  assert.ok(health);
});

test("why nginx brings nothing is said by the daemon", async () => {
  const failing = await connectInWebgui(({ daemon }) => {
    daemon.sources.webgui = { status: "unavailable", detail: "nginx has no room for messages" };
  });
  assert.equal(failing.condition().kind, "stale");
  assert.match(failing.condition().detail, /System: Nginx has no room for messages\./);
  const off = await connectInWebgui(({ daemon }) => delete daemon.sources.webgui);
  assert.match(off.condition().detail, /The daemon sends nothing to the webGUI, by its settings\./);
  const without = await connectInWebgui(({ daemon }) => delete daemon.sources.docker);
  assert.deepEqual(without.condition().streams.docker, { kind: "off", why: "Switched off in the settings.", since: null });
});

test("who is signed out is told so, and goes on when signed in again", async () => {
  const { world, condition } = await connectInWebgui(({ daemon }) => {
    daemon.refusals.health = { redirectedTo: "https://tower.local/login" };
  });
  assert.equal(condition().kind, "signed-out");
  world.daemon.refusals = {};
  await beat(world, 35);
  assert.equal(condition().kind, "live");
});

test("after stop() nothing happens any more", async () => {
  const arrangements = [
    () => {},
    (world) => world.daemon.stop(),
    (world) => (world.daemon.isFrozen = true),
    (world) => {
      // Asking why the sockets were not opened takes longer than the page stays.
      world.daemon.isFrozen = true;
      world.sockets.forEach((socket) => socket.end());
    },
  ];
  for (const [number, arrange] of arrangements.entries()) {
    const world = new World();
    if (number === 3) {
      world.daemon.accept = () => {};
    }
    const { transport } = await connect({ world });
    arrange(world);
    if (number < 3) {
      transport.wake();
    }
    transport.stop();
    await world.pass(10);
    const count = world.requests.length;
    await world.pass(60);
    assert.equal(world.requests.length, count);
    assert.equal(world.openSockets().length, 0);
    assert.equal(world.timerCount, 0);
  }
});
