import assert from "node:assert/strict";
import { test } from "node:test";

import { isWanted } from "../../emhttp/dashboard/filter.js";

const EXIT = {
  data: {
    action: "die",
    status: "exited",
    container_id: "abc123def456",
    container_name: "Plex",
    image: "plexinc/pms-docker:latest",
    attributes: { exitCode: "137", signal: "" },
  },
};

test("an event is found by name, image, identity, state, word and exit code, whatever the case", () => {
  for (const text of ["plex", "PMS-docker", "abc123", "exited", "Exited", "code 137", "die", ""]) {
    assert.ok(isWanted(EXIT, text), text);
  }
});

test("all words have to be there, in any order", () => {
  assert.ok(isWanted(EXIT, "137  plex"));
  assert.ok(!isWanted(EXIT, "plex running"));
});

test("a container without a name is found by what is shown in its place", () => {
  assert.ok(isWanted({ data: { ...EXIT.data, container_name: "" } }, "abc123def456"));
});
