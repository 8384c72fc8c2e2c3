import assert from "node:assert/strict";
import { test } from "node:test";

import "./dom.js";
import { displayFrom } from "../../emhttp/dashboard/display.js";
import { setHidden } from "../../emhttp/dashboard/dom.js";
import { entriesOf, isWanted, marksOf } from "../../emhttp/dashboard/entries.js";
import { csvOf, statusText } from "../../emhttp/dashboard/export.js";
import { channelOf, feedsFrom, isOfType } from "../../emhttp/dashboard/feeds.js";
import { Format } from "../../emhttp/dashboard/format.js";
import { headOf, titleOf } from "../../emhttp/dashboard/page-head.js";
import { found, scoreOf } from "../../emhttp/dashboard/command-palette.js";
import { Prefs } from "../../emhttp/dashboard/prefs.js";
import { learn, say } from "../../emhttp/dashboard/say.js";
import { Series } from "../../emhttp/dashboard/series.js";
import { faviconOf, keyOf, serviceOf, VerdictView, verdictOf, wordsOf } from "../../emhttp/dashboard/verdict.js";
import * as made from "../browser/made.js";

const format = new Format(displayFrom('{"locale": "en_GB"}'));
const docker = (...events) => entriesOf({ "docker/events": events.flat().reverse() });
const short = (entries) => entries.map(({ subject, text, note }) => [subject, text, note].filter(Boolean).join(" ").replaceAll("\u00a0", " "));

test("a restart is one entry, with how long it took", () => {
  assert.deepEqual(short(docker(made.restart("influxdb", 300))), ["influxdb Restarted 6 s"]);
});

test("a container that died and was started again is a warning with its exit code", () => {
  const [entry] = docker(made.restart("unifi", 420, "137", ""));
  assert.deepEqual(short([entry]), ["unifi Died, started again Exited 137, killed"]);
  assert.equal(entry.tone, "warn");
});

test("the parts of a stop are one entry, whose tone is calm", () => {
  const stop = [made.dockerEvent("kill", "plex", 9, { signal: "15" }), made.dockerEvent("die", "plex", 8, { exitCode: "143", signal: "15" }), made.dockerEvent("stop", "plex", 8, { exitCode: "143", signal: "15" })];
  const [entry, ...rest] = docker(stop);
  assert.deepEqual([rest.length, entry.text, entry.note, entry.tone], [0, "Stopped", "143, terminated", "quiet"]);
});

test("an update, which recreates the container, is one entry", () => {
  const old = (action, ago, more) => made.dockerEvent(action, "adguard", ago, { id: "old", ...more });
  const update = [old("kill", 30, { signal: "15" }), old("die", 29, { signal: "15" }), old("stop", 29), old("destroy", 28), made.dockerEvent("create", "adguard", 25, { id: "new" }), made.dockerEvent("start", "adguard", 24, { id: "new" })];
  assert.deepEqual(short(docker(update)), ["adguard Updated 6 s"]);
});

test("what only looks like a restart stays apart", () => {
  const life = [made.dockerEvent("create", "x", 40), made.dockerEvent("start", "x", 40), made.dockerEvent("die", "x", 39, { exitCode: "0" }), made.dockerEvent("destroy", "x", 39)];
  assert.deepEqual(short(docker(life)), ["x Removed", "x Exited 0", "x Started", "x Created"]);
  const late = [made.dockerEvent("die", "y", 100, { exitCode: "1" }), made.dockerEvent("start", "y", 20)];
  assert.deepEqual(short(docker(late)), ["y Started", "y Exited 1"]);
  const others = [made.dockerEvent("die", "a", 10, { exitCode: "1" }), made.dockerEvent("start", "b", 9)];
  assert.equal(docker(others).length, 2);
});

test("disks, the array and containers are in one list, newest first", () => {
  const entries = entriesOf({ "docker/events": [...made.DOCKER_EVENTS].reverse(), "storage/events": made.STORAGE_EVENTS });
  assert.deepEqual(short(entries).slice(0, 4), ["duplicati Unhealthy", "influxdb Restarted 6 s", "unifi-controller Died, started again Exited 137, killed", "Disk 10 Spun down"]);
  assert.deepEqual(entries.map(({ at }) => at), entries.map(({ at }) => at).sort((a, b) => b - a));
  assert.equal(entries.find(({ kind }) => kind === "disk").href, "#disk/disk10");
});

test("events of a feed that the page does not know are shown as they are", () => {
  const [entry] = entriesOf({ "new/events": [{ timestamp: "2026-11-29T17:00:00Z", data: { action: "half_built", subject: "thing", seq: 1 } }] });
  assert.deepEqual([entry.subject, entry.text, entry.tone], ["thing", "Half built", "quiet"]);
});

test("an event is found by name, image, identity, state, word and exit code, in upper or lower case", () => {
  const [entry] = docker([made.dockerEvent("die", "Plex", 5, { exitCode: "137", status: "exited", id: "abc123def456" })]);
  for (const text of ["plex", "EXAMPLE/plex", "abc123", "exited", "Exited", "killed 137", "die", ""]) {
    assert.ok(isWanted(entry, text), text);
  }
  assert.ok(!isWanted(entry, "plex running"));
});

test("marks on a chart are of its span, and calm ones are small", () => {
  const entries = entriesOf({ "storage/events": made.STORAGE_EVENTS, "docker/events": [...made.DOCKER_EVENTS].reverse() });
  const now = made.NOW / 1000;
  const marks = marksOf(entries, [now - 3600, now]);
  assert.ok(marks.every(({ time }) => time >= now - 3600));
  assert.ok(marks.some(({ text }) => text === "Array Started"));
  assert.ok(!marks.some(({ text }) => text.startsWith("Disk 10")));
  assert.ok(marksOf(entries, [now - 3600, now], ["disk"]).some(({ text }) => text === "Disk 10 Spun down"));
});

test("the verdict counts the server's findings, and adds nothing", () => {
  const of = (severities, more = 0) => {
    const findings = severities.map((severity, index) => ({ severity, subject: `s${index}`, text: "t" }));
    const { text, tone, count } = verdictOf(made.summary(findings, { findings_more: more }));
    return [text, tone, count];
  };
  const rows = [
    [[], 0, ["All good", "good", 0]],
    [["critical"], 0, ["1 problem", "bad", 1]],
    [["critical", "critical", "warning", "warning"], 0, ["2 problems, 2 warnings", "bad", 4]],
    [["warning"], 0, ["1 warning", "warn", 1]],
    [["notice"], 0, ["1 notice", "quiet", 0]],
    [["warning", "notice"], 0, ["1 warning, 1 notice", "warn", 1]],
    [["critical"], 3, ["1 problem, 3 more", "bad", 1]],
    [["new_severity"], 0, ["All good", "good", 0]],
  ];
  for (const [severities, more, expected] of rows) {
    assert.deepEqual(of(severities, more), expected);
  }
});

test("without a known array, all is not said to be good", () => {
  const of = (findings) => verdictOf(made.summary(findings, { array_status: "unknown" }));
  assert.deepEqual([of([]).text, of([]).tone], ["Array unknown", "quiet"]);
  const one = of([{ severity: "warning", subject: "ups", text: "t" }]);
  assert.deepEqual([one.text, one.tone], ["1 warning, Array unknown", "warn"]);
});

test("a finding gets its subject's name once the panel that knows it is there", () => {
  let name = "disk3";
  const view = new VerdictView({ hrefOf: () => null, nameOf: () => name, onDismiss: () => {}, onRestore: () => {} });
  const verdict = verdictOf(made.summary([{ severity: "warning", subject: "disk3", text: "disk3: 8 reallocated sectors" }]));
  const chip = () => view.element.all((node) => node.tag === "li")[0].textContent;
  view.render(verdict, "");
  name = "Disk 3";
  view.render(verdict, "");
  assert.match(chip(), /^Disk 3 8 reallocated sectors/);
});

test("a finding's text needs its subject once", () => {
  const name = () => "Disk 2";
  assert.deepEqual(wordsOf({ subject: "disk2", text: "disk2 is 99 % full" }, name), ["Disk 2", "is 99 % full"]);
  assert.deepEqual(wordsOf({ subject: "disk2", text: "disk2: 8 reallocated sectors" }, name), ["Disk 2", "8 reallocated sectors"]);
  assert.deepEqual(wordsOf({ subject: "disk2", text: "SMART failed" }, name), ["Disk 2", "SMART failed"]);
  assert.deepEqual(wordsOf({ subject: "parity", text: "the last parity operation failed" }, name), ["", "The last parity operation failed"]);
});

test("a finding about a service is a sentence, and leads to the service, not to a thing of that name", () => {
  const rows = [
    ["docker", "Docker's image is 97 % full", "Docker's image is 97 % full", "/Docker"],
    ["docker", "Docker is enabled and does not run", "Docker is enabled and does not run", "/Docker"],
    ["vms", "the VM service is enabled and does not run", "The VM service is enabled and does not run", "/VMs"],
    ["ups", "the UPS service is enabled and does not run", "The UPS service is enabled and does not run", "/Settings/UPSsettings"],
    ["log", "/var/log is 95 % full", "/var/log is 95 % full", "#chart/memory"],
    ["notifications", "2 unread alerts of Unraid", "2 unread alerts of Unraid", "#panel-notifications"],
    ["cache", "pool cache is degraded", "Pool cache is degraded", null],
    ["apc", "UPS apc runs on battery", "UPS apc runs on battery", null],
  ];
  for (const [subject, text, sentence, place] of rows) {
    assert.deepEqual([...wordsOf({ subject, text }, () => "Name"), serviceOf({ subject, text })], ["", sentence, place]);
  }
  // A pool and a container may have a service's name.
  for (const [subject, text] of [["docker", "docker is 99 % full"], ["vms", "vms is unhealthy"], ["log", "log keeps restarting"]]) {
    assert.deepEqual([wordsOf({ subject, text }, () => "Name")[0], serviceOf({ subject, text })], ["Name", null]);
  }
});

test("a finding that was hidden is back when it changes", () => {
  const [first] = made.FINDINGS;
  const hidden = verdictOf(made.summary(made.FINDINGS), [keyOf(first)]);
  assert.deepEqual([hidden.text, hidden.hidden], ["1 problem, 2 warnings", 1]);
  const changed = made.summary([{ ...first, text: "SMART failed · 2,200 reallocated" }]);
  assert.equal(verdictOf(changed, [keyOf(first)]).hidden, 0);
});

test("the icon has a dot only where something is wrong", () => {
  assert.ok(!faviconOf("good").includes("circle"));
  assert.ok(faviconOf("bad").includes("circle"));
  assert.notEqual(faviconOf("bad"), faviconOf("warn"));
});

test("the palette finds letters in their order, the beginnings of words first", () => {
  const items = ["Disk 1", "Disk 11", "Docker", "Dashboard", "duplicati", "Copy status as text"].map((text) => ({ text }));
  const texts = (asked) => found(items, asked).map(({ text }) => text);
  assert.equal(texts("d11")[0], "Disk 11");
  assert.equal(texts("dup")[0], "duplicati");
  assert.equal(texts("cst")[0], "Copy status as text");
  assert.deepEqual(texts("zzz"), []);
  assert.equal(texts("").length, 6);
  assert.equal(scoreOf("abc", "ca"), null);
});

test("a layout is kept, and nonsense in its place is none", () => {
  const kept = {};
  const storage = { getItem: (key) => kept[key] ?? null, setItem: (key, value) => (kept[key] = value) };
  const prefs = new Prefs({ storage });
  prefs.set("range", "24h");
  prefs.set("hidden", ["ups"]);
  assert.deepEqual(JSON.parse(kept["uma.page"]), { range: "24h", hidden: ["ups"] });
  assert.equal(new Prefs({ storage }).get("range"), "24h");
  prefs.resetLayout();
  assert.deepEqual([prefs.get("hidden"), prefs.get("range")], [[], "24h"]);
  for (const text of ["", "no json", "null", "[]", '{"hidden":"ups","range":7,"__proto__":{"x":1}}']) {
    assert.deepEqual(new Prefs({ storage: null, given: text }).get("hidden"), []);
    assert.equal(new Prefs({ storage: null, given: text }).get("range"), "1h");
  }
});

test("storage that is forbidden costs the memory of the page, and not the page", () => {
  const storage = { getItem: () => { throw new Error("denied"); }, setItem: () => { throw new Error("denied"); } };
  const prefs = new Prefs({ storage });
  prefs.set("range", "7d");
  assert.equal(prefs.get("range"), "7d");
});

test("words are the reader's where the webGUI knows them", () => {
  learn('{"{n} errors": "{n} Fehler", "Array": "Verbund"}');
  assert.deepEqual([say("{n} errors", { n: 3 }), say("Array"), say("Disk"), say("constructor")], ["3 Fehler", "Verbund", "Disk", "constructor"]);
  learn("no json");
  assert.equal(say("Array"), "Array");
  learn(null);
});

test("a range as CSV has UTC times, and an empty field where nothing was measured", () => {
  const series = new Series();
  series.load({ timestamp: [1_750_000_000, 1_750_000_005], cpu_percent: [1.5, 2], cpu_temperature: [null, 40] });
  assert.equal(csvOf(series, ["cpu_percent", "cpu_temperature"], "1h", null), "time,cpu_percent,cpu_temperature\n2025-06-15T15:06:40Z,1.5,\n2025-06-15T15:06:45Z,2,40\n");
});

test("the status as text has the facts for a forum, and no serial", () => {
  const data = { "system/stats": made.stats(), "storage/status": made.withDisk(made.withDisk(made.storage(2), "disk1", { errors: 3 }), "disk2", { errors: 1 }), "server/summary": made.summary(made.FINDINGS.slice(0, 1)), "docker/containers": made.containers(2, { plex: { health: "unhealthy" } }) };
  const text = statusText((name) => data[name], { name: "Tower", version: "2026.11.23", unraid: "7.3.3", format });
  assert.match(text, /^Tower · Unraid 7\.3\.3 · UMA 2026\.11\.23\n\[critical\] disk3: SMART failed/);
  assert.match(text, /Disk 1 · Active · 29 °C · 13 TB · xfs · 90% used · 3 errors/);
  assert.match(text, /Disk 2 · .* · 1 error$/m);
  assert.match(text, /plex: unhealthy/);
  assert.ok(!text.includes("1A2B"));
});

test("the list of feeds may be a list or an object with one, and nothing else", () => {
  assert.deepEqual(feedsFrom([{ name: "a/b" }, { no: 1 }, null]), [{ name: "a/b" }]);
  assert.deepEqual(feedsFrom({ feeds: [{ name: "a/b" }] }), [{ name: "a/b" }]);
  assert.equal(feedsFrom({ detail: "not found" }), null);
  assert.equal(feedsFrom(null), null);
});

test("channels and types of messages are those of the wire", () => {
  assert.deepEqual(["system/stats", "ups/status", "server/summary"].map((name) => channelOf({ name })), ["uma_stats", "uma_ups_status", "uma_server_summary"]);
  const rows = [["system/stats", "stats"], ["docker/events", "docker_event"], ["storage/status", "storage_status"], ["vms/events", "vm_event"], ["notifications/events", "notification_event"], ["storage/events", "storage_event"], ["docker/containers", "docker_containers"]];
  for (const [name, type] of rows) {
    assert.ok(isOfType({ name, kind: "state" }, type), name);
    assert.ok(isOfType({ name, kind: type }, type), name);
    assert.ok(!isOfType({ name, kind: type }, "other"), name);
  }
});

test("the head has the server's own name, and the title its problems", () => {
  const of = (data, health = {}) => headOf((name) => data[name], { health, dismissed: [], host: "192.168.1.10", format });
  const whole = of({ "server/summary": made.summary(made.FINDINGS), "storage/status": made.storage(1), "system/stats": made.stats() }, { demo: true });
  assert.deepEqual([whole.named.name, whole.facts.replaceAll("\u00a0", " "), whole.isDemo], ["Tower", "Unraid 7.3.3 · up 27 d 22 h", true]);
  assert.equal(whole.aloud, "2 problems, 2 warnings. Array: Started, Protected");
  assert.equal(titleOf({ kind: "live", label: "Live" }, whole), "(4) Tower · UMA");
  assert.equal(titleOf({ kind: "reconnecting", label: "Reconnecting in 3 s", spoken: "Reconnecting…" }, of({})), "Reconnecting… · 192.168.1.10 · UMA");
  assert.match(of({ "server/summary": made.summary(), "storage/status": made.storage(1) }).note, /^Protected · parity checked \d+ days ago · 24 containers up$/);
  assert.equal(of({}).verdict, null);
});

test("what is hidden already is not written again, since the browser would style it again", () => {
  const written = [];
  let state = false;
  const node = {
    get hidden() {
      return state;
    },
    set hidden(isHidden) {
      state = isHidden;
      written.push(isHidden);
    },
  };
  [false, true, true, false, false].forEach((isHidden) => setHidden(node, isHidden));
  assert.deepEqual(written, [true, false]);
});
