import assert from "node:assert/strict";
import { test } from "node:test";

import { order } from "../../emhttp/webgui/orders.js";

/** A world in which the server gives *response*. */
function worldOf(response, asked = []) {
  return {
    fetch: async (url, options) => {
      asked.push({ url, ...options });
      return response;
    },
  };
}

const JSON_TYPE = { "Content-Type": "application/json; charset=utf-8" };

test("an order is a form with the webGUI's token", async () => {
  const asked = [];
  const answer = await order("stop", "T0KEN", worldOf(new Response("{}", { headers: JSON_TYPE }), asked));

  assert.deepEqual(await answer.json(), {});
  assert.equal(asked[0].method, "POST");
  assert.equal(String(asked[0].body), "action=stop&csrf_token=T0KEN");
});

test("an empty answer is a refusal, as the webGUI refuses up to 7.3", async () => {
  await assert.rejects(order("stop", "old", worldOf(new Response(""))), /Reload this page/);
});

test("a refusal by status is one too", async () => {
  await assert.rejects(order("stop", "old", worldOf(new Response("{}", { status: 403, headers: JSON_TYPE }))), /session has ended/);
});

test("a problem is shown in its own words", async () => {
  const problem = new Response(JSON.stringify({ detail: "UMA...  Failed." }), { status: 500, headers: JSON_TYPE });
  await assert.rejects(order("start", "T", worldOf(problem)), /UMA\.\.\. {2}Failed\./);
  await assert.rejects(order("start", "T", worldOf(new Response("<html>", { status: 502 }))), /HTTP 502/);
});

test("a server that is gone is shown", async () => {
  const world = { fetch: () => Promise.reject(new TypeError("failed")) };
  await assert.rejects(order("start", "T", world), /does not answer/);
});
