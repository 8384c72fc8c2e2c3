import assert from "node:assert/strict";
import { test } from "node:test";

import { Feed } from "../../emhttp/webgui/feed.js";

/** Sockets that the test opens and closes, and timers that it runs. */
function makeWorld() {
  const world = {
    sockets: [],
    timers: [],
    WebSocket: class {
      constructor(url) {
        this.url = url;
        world.sockets.push(this);
      }
    },
    setTimeout: (run, delay) => world.timers.push({ run, delay }),
    clearTimeout: () => {},
    random: () => 0.5,
  };
  return world;
}

test("messages of every channel come by one socket", () => {
  const world = makeWorld();
  const got = [];
  new Feed("wss://tower/sub/a,b", world, (message) => got.push(message)).wake();

  world.sockets[0].onmessage({ data: '{"type":"stats"}' });

  assert.deepEqual(world.sockets.map(({ url }) => url), ["wss://tower/sub/a,b"]);
  assert.deepEqual(got, [{ type: "stats" }]);
});

test("a socket that ends is opened again, ever more slowly, up to half a minute", () => {
  const world = makeWorld();
  new Feed("wss://tower/sub/a", world, () => {}).wake();
  const delays = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    world.sockets.at(-1).onclose();
    delays.push(world.timers.at(-1).delay);
    world.timers.at(-1).run();
  }

  assert.deepEqual(delays, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  assert.equal(world.sockets.length, 9);
});

test("after a message the next end is met at once again", () => {
  const world = makeWorld();
  new Feed("wss://tower/sub/a", world, () => {}).wake();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    world.sockets.at(-1).onclose();
    world.timers.at(-1).run();
  }
  world.sockets.at(-1).onmessage({ data: "{}" });
  world.sockets.at(-1).onclose();

  assert.equal(world.timers.at(-1).delay, 1000);
});

test("waking opens what waits, and leaves an open one alone", () => {
  const world = makeWorld();
  const feed = new Feed("wss://tower/sub/a", world, () => {});
  feed.wake();
  feed.wake();
  assert.equal(world.sockets.length, 1);
  world.sockets[0].onclose();
  feed.wake();
  assert.equal(world.sockets.length, 2);
});
