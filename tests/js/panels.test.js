import assert from "node:assert/strict";
import { test } from "node:test";

import { plain, rowsOf } from "./dom.js";
import { displayFrom } from "../../emhttp/dashboard/display.js";
import { Format } from "../../emhttp/dashboard/format.js";
import { Prefs } from "../../emhttp/dashboard/prefs.js";
import { Rows } from "../../emhttp/dashboard/rows.js";
import { Store } from "../../emhttp/dashboard/store.js";
import * as made from "../browser/made.js";

const format = new Format(displayFrom('{"locale": "en_GB", "hot": 45, "max": 55, "hotssd": 60, "maxssd": 70}'));

/** A panel of module *name* and its context, with *messages* by feed. */
async function panelOf(name, messages = {}, { smart = [], webgui = "http://tower" } = {}) {
  const store = new Store(async () => smart, () => {});
  Object.entries(messages).forEach(([feed, data]) => store.take(feed, { timestamp: "2026-11-29T17:05:00Z", data }, false));
  await store.readSmart();
  const context = {
    format,
    store,
    prefs: new Prefs({ storage: null }),
    newest: (feed) => store.newest(feed),
    range: () => "1h",
    zoom: () => null,
    hovered: () => null,
    marks: () => [],
    unraid: (path) => (webgui === null ? null : webgui + path),
    entries: () => [],
  };
  const { default: Panel } = await import(`../../emhttp/dashboard/panels/${name}.js`);
  const panel = new Panel(context);
  return { panel, context };
}

const factsOf = (detail) => Object.fromEntries(detail.facts.map(({ label, text, note = "" }) => [label, plain(`${text} ${note}`)]));

test("each panel is empty before its first message, and where its hardware is absent", async () => {
  const absent = {
    containers: { service: "absent", containers: [] },
    vms: { service: "absent", vms: [] },
    ups: { service: "absent", ups: [] },
    gpu: { gpus: [] },
    sensors: { sensors: [] },
    network: { interfaces: [] },
    shares: { shares: [] },
  };
  for (const [name, data] of Object.entries(absent)) {
    const { panel, context } = await panelOf(name);
    assert.equal(panel.isEmpty, true, name);
    panel.render(data, context);
    assert.equal(panel.isEmpty, true, name);
  }
});

test("containers: those in trouble first, then by CPU, eight and the number of others", async () => {
  const { panel } = await panelOf("containers");
  const data = made.containers(16, { duplicati: { health: "unhealthy" }, gitea: { state: "exited", exit_code: 1, cpu_percent: null } });
  panel.render(data);
  const rows = rowsOf(panel.element);
  assert.equal(rows.length, 8);
  assert.equal(rows[0], "duplicati | Unhealthy");
  assert.equal(rows[1], "plex | 31% | 2.4 GiB");
  assert.match(plain(panel.element.textContent), /8 more$/);
  assert.equal(plain(panel.aside.textContent), "15 up1 unhealthy");
});

test("a container in detail: figures, ports, its page only where it is one", async () => {
  const { panel } = await panelOf("containers");
  panel.render(made.containers(4, { frigate: { webui: "javascript:alert(1)", network: null, network_mode: "host", memory_limit_bytes: 4 * 2 ** 30 } }));
  const plex = panel.detail("container", "plex");
  assert.deepEqual(plex.links.map(({ href }) => href), ["http://192.168.1.10:32400/web", "http://tower/Docker"]);
  assert.equal(factsOf(plex).Port, "32400 → 32400/tcp");
  const frigate = panel.detail("container", "frigate");
  assert.deepEqual(frigate.links.map(({ text }) => text), ["Open in Unraid"]);
  assert.equal(factsOf(frigate).Memory, "1.2 GiB of 4 GiB");
  assert.equal(panel.detail("container", "nobody"), null);
  assert.equal(panel.detail("disk", "plex"), null);
});

test("Docker that is stopped says where to start it", async () => {
  const { panel } = await panelOf("containers");
  panel.render({ service: "stopped", containers: [] });
  assert.equal(panel.isEmpty, false);
  assert.match(panel.element.textContent, /Docker is stopped. Settings → Docker./);
});

test("virtual machines: their state, CPU and memory", async () => {
  const { panel } = await panelOf("vms");
  panel.render(made.VMS);
  assert.deepEqual(rowsOf(panel.element), ["Windows 11 | 12% | 7.2 GiB", "ubuntu | 1% | 1.1 GiB", "macos | Stopped | 8 GiB"]);
  assert.equal(factsOf(panel.detail("vm", "Windows 11")).CPU, "12.4% 6.2% of the server");
});

test("a virtual machine's state is one word, the webGUI's; libvirt's follows where it says more", async () => {
  const { panel } = await panelOf("vms");
  const vms = [["running", "started"], ["shutoff", "stopped"], ["paused", "paused"], ["pmsuspended", "paused"], ["crashed", "stopped"]];
  panel.render({ service: "running", vms: vms.map(([state, shown]) => ({ ...made.VMS.vms[0], name: state, state, state_shown: shown })) });
  const said = vms.map(([name]) => [panel.detail("vm", name).word.text, factsOf(panel.detail("vm", name)).State]);
  assert.deepEqual(said, [["Started", undefined], ["Stopped", undefined], ["Paused", undefined], ["Paused", "Suspended"], ["Stopped", "Crashed"]]);
});

test("a UPS: its tile, its watts, and since when it is on battery", async () => {
  const { panel } = await panelOf("ups");
  panel.render(made.UPS);
  const [tile] = panel.tiles();
  assert.deepEqual([tile.value, plain(tile.note), tile.tone], ["97%", "41 m", "quiet"]);
  const [ups] = made.UPS.ups;
  panel.render({ ups: [{ ...ups, status: "on_battery", on_battery_since: "2026-11-29T17:00:00Z", power_watts: null }] });
  assert.equal(panel.tiles()[0].tone, "warn");
  assert.match(factsOf(panel.detail("ups", ups.id)).State, /^On battery since /);
});

test("a UPS whose daemon has lost it shows no number, not zero", async () => {
  const { panel } = await panelOf("ups");
  const lost = Object.fromEntries(Object.keys(made.UPS.ups[0]).map((key) => [key, null]));
  panel.render({ ups: [{ ...lost, id: "ups", name: "ups", status: "communication_lost" }] });
  assert.match(plain(panel.element.textContent), /Communication lostBattery–Load–/);
  assert.equal(panel.tiles()[0].value, "–");
});

test("a GPU: busy, warm, and its engines", async () => {
  const { panel } = await panelOf("gpu");
  panel.render(made.GPU);
  assert.deepEqual(rowsOf(panel.element), ["Quadro P2000 | 31% | 62 °C"]);
  const facts = factsOf(panel.detail("gpu", "0000:01:00.0"));
  assert.deepEqual([facts.Encoder, facts.Memory, facts.Power], ["12%", "1.2 GiB of 5 GiB", "41 W limit 75 W"]);
});

test("a GPU that sleeps has no tile, and no figure that was made up", async () => {
  const { panel } = await panelOf("gpu");
  panel.render({ gpus: [{ id: "0000:00:02.0", vendor: "intel", name: "UHD 770", state: "suspended", busy_percent: null, engines: {}, memory_used_bytes: null, memory_total_bytes: null, temperature: null, power_watts: null, fan_percent: null, fan_rpm: null, frequency_mhz: null }] });
  assert.deepEqual(panel.tiles(), []);
  assert.deepEqual(rowsOf(panel.element), ["UHD 770 | Suspended"]);
});

test("sensors: by kind, without the channels that say nonsense", async () => {
  const { panel } = await panelOf("sensors");
  panel.render(made.SENSORS);
  assert.deepEqual(rowsOf(panel.element), ["MB Temp | 38 °C", "CPU fan | 980 rpm", "Array fan | 1240 rpm"]);
});

test("network ports: their speed, and those that are down", async () => {
  const { panel } = await panelOf("network");
  panel.render(made.NETWORK);
  assert.deepEqual(rowsOf(panel.element), [
    "eth0 | 10 Gbps | ↓ 16 ↑ 4.0 Mbps",
    "eth1 | Down",
    "bond0 | 10 Gbps | ↓ 16 ↑ 4.0 Mbps",
    "wg0 | ↓ 9.6 ↑ 6.4 Kbps",
  ]);
  assert.equal(factsOf(panel.detail("port", "bond0")).Bond, "active-backup 1 of 2 up");
});

test("shares: unprotected ones, free space, and no invented usage", async () => {
  const { panel } = await panelOf("shares");
  panel.render(made.SHARES);
  assert.equal(rowsOf(panel.element)[0], "appdata | Unprotected | 1.2 TB free");
  assert.equal(rowsOf(panel.element)[2], "media | Size 201 TB | 81 TB free");
  const detail = panel.detail("share", "media");
  assert.equal(factsOf(detail).Mover, "To secondary");
  assert.equal(detail.links[0].href, "http://tower/Shares/Share?name=media");
});

test("notifications: severity first where texts are given out, else counts", async () => {
  const { panel } = await panelOf("notifications");
  panel.render(made.NOTIFICATIONS);
  assert.match(rowsOf(panel.element)[0], /^Alert \[TOWER\] - Disk 3 failed/);
  panel.render({ unread: { alert: 1, warning: 2, normal: 0, total: 3 }, archived_total: 4, items: [] });
  assert.match(panel.element.textContent, /1 alert, 2 warnings/);
});

test("notifications: a link leads to a page of the server, and never to another one", async () => {
  const { panel } = await panelOf("notifications");
  const [first] = made.NOTIFICATIONS.items;
  const links = ["/Main", "//evil.example/", "/\\evil.example/", "https://evil.example/", "javascript:alert(1)", 5, null];
  panel.render({ ...made.NOTIFICATIONS, items: links.map((link, index) => ({ ...first, id: String(index), link })) });
  const hrefs = panel.element.all((node) => node.getAttribute("class") === "uma-name").map((link) => link.getAttribute("href"));
  assert.deepEqual(hrefs, ["http://tower/Main", ...Array(6).fill(null)]);
});

test("updates: those available, and the time of the check", async () => {
  const { panel } = await panelOf("updates");
  panel.render(made.UPDATES);
  assert.deepEqual(rowsOf(panel.element), ["community.applications | 2026.10.01 | → 2026.11.20", "Containers | 2 available"]);
  panel.render({ os: { installed: "7.3.3", status: "unknown", checked_at: null }, plugins: [], containers_available: 0 });
  assert.equal(plain(panel.element.textContent), "NameInstalledAvailableUnraid has not checked yet.");
});

test("a pool's usage is of its file system, never of one device: used is at most its size", async () => {
  const { panel } = await panelOf("storage");
  panel.render(made.storage(4));
  const heads = panel.element.all((node) => node.getAttribute("class") === "uma-group").map((node) => plain(node.textContent));
  assert.ok(heads.includes("Media · zfs · 4 devices · 7 TB of 11.2 TB63%"), heads.join("; "));
  assert.ok(heads.includes("Cache · btrfs · 2 devices · 812 GB of 2 TB41%"));
});

test("of every pool's shape used is at most the size", async () => {
  const TB = 1e12;
  const shapes = [[4, 4 * TB, 7 * TB, 4.2 * TB], [2, 2 * TB, 1 * TB, 1 * TB], [1, 1 * TB, 0.9 * TB, 0.1 * TB], [3, 8 * TB, 10 * TB, 6 * TB]];
  for (const [count, size, used, free] of shapes) {
    const members = Array.from({ length: count }, (_, index) => made.disk(`p${index || ""}`, { pool: "p", size_bytes: size, used_bytes: index ? null : used, free_bytes: index ? null : free, usage_percent: index ? null : (100 * used) / (used + free) }));
    const { panel } = await panelOf("storage");
    panel.render(made.storage(0, { parity_disks: [], cache_disks: members, array_protection: "none" }));
    const [head] = panel.element.all((node) => node.getAttribute("class") === "uma-group").map((node) => plain(node.textContent));
    const percent = Number(/(\d+)%$/.exec(head)[1]);
    assert.ok(percent <= 100, head);
    assert.match(head, new RegExp(`${format.bytes(used).replace("\u00a0", " ")} of ${format.bytes(used + free).replace("\u00a0", " ")}`));
  }
});

test("pending sectors, a failed SMART and errors are marks that say what they are", async () => {
  const { panel } = await panelOf("storage", {}, { smart: made.SMART });
  const data = made.withDisk(made.withDisk(made.storage(4), "disk3", { health: "failed" }), "disk4", { errors: 123_456, temperature: 58, temperature_state: "critical" });
  panel.render(data);
  const rows = rowsOf(panel.element);
  assert.match(rows[2], /! 24 pending sectors$/);
  assert.match(rows[4], /✕ SMART failed, 2104 reallocated sectors$/);
  assert.match(rows[5], /58 °C critical .*✕ 123,456 errors$/);
  assert.match(rows[3], /✓ SMART passed$/);
});

test("SMART values that the user deselected in Unraid are no marks, and stay in the details", async () => {
  for (const [watched, sign, tone] of [[{}, "✓ SMART passed", "quiet"], [{ "pending sectors": 24 }, "! 24 pending sectors", "warn"]]) {
    const details = { ...made.DETAILS, disks: made.DETAILS.disks.map((disk) => ({ ...disk, watched_attributes: watched })) };
    const { panel } = await panelOf("storage", { "storage/details": details }, { smart: made.SMART });
    panel.render(made.storage(4));
    assert.ok(rowsOf(panel.element)[2].endsWith(sign), rowsOf(panel.element)[2]);
    const pending = panel.detail("disk", "disk1").facts.find(({ label }) => label === "Pending sectors");
    assert.deepEqual([pending.text, pending.tone], ["24", tone]);
  }
});

test("a disk that is not well says its state in words", async () => {
  const { panel } = await panelOf("storage");
  panel.render(made.withDisk(made.storage(4), "disk2", { status: "disabled", errors: 112 }));
  assert.match(rowsOf(panel.element)[3], /^Disk 2 \| .* \| Disabled \| .*✕ Disabled, 112 errors$/);
});

test("an array that is only kept has its tiles, and no row", async () => {
  const { panel } = await panelOf("storage");
  panel.keep(made.storage(4));
  assert.deepEqual([panel.tiles().map(({ key }) => key), rowsOf(panel.element)], [["hottest", "array"], []]);
  panel.render(made.storage(4));
  assert.ok(rowsOf(panel.element).length > 4);
});

test("a cell gets a text, a bar and a line when there is one, in this order", async () => {
  const rows = new Rows({ label: "", heads: [], kind: "plain" });
  const show = (cell) => {
    rows.render([{ key: "all", rows: [{ key: "a", name: "a", cells: [cell] }] }]);
    const [, , { children }] = rows.element.all((node) => node.getAttribute("class") === "uma-row")[0].children;
    return children.map(({ tag, hidden }) => (hidden ? `no ${tag}` : tag));
  };
  assert.deepEqual(show({ text: "", bar: null, spark: [] }), []);
  assert.deepEqual(show({ text: "", bar: 40, spark: [1, 2] }), ["i", "svg"]);
  assert.deepEqual(show({ text: "4 TB", bar: null, spark: [1, 2] }), ["span", "no i", "svg"]);
});

test("a stopped array was protected; a missing array is not shown", async () => {
  const { panel } = await panelOf("storage");
  panel.render(made.storage(4, { array_status: "stopped" }));
  assert.match(panel.aside.textContent, /StoppedWas protected/);
  panel.render(made.storage(0, { array_protection: "none", parity_disks: [] }));
  assert.equal(panel.title, "Storage");
  assert.equal(panel.aside.children.filter(({ hidden }) => !hidden).map(({ textContent }) => textContent).join(""), "");
});

test("an array that can't be read says so, not that it lacks disks or parity checks", async () => {
  const { panel } = await panelOf("storage");
  const idle = { ...made.storage(0).parity_check, status: "idle", last: null };
  panel.render(made.storage(0, { array_status: "unknown", array_protection: "unknown", parity_disks: [], cache_disks: [], unassigned: [], boot: null, parity_check: idle }));
  assert.equal(panel.aside.children.filter(({ hidden }) => !hidden).map(({ textContent }) => textContent).join(""), "Unknown");
  const [none] = panel.element.all((node) => node.textContent === "No disks are assigned.");
  assert.equal(none.hidden, true);
});

test("disks are in the order that was asked for", async () => {
  const { panel } = await panelOf("storage");
  const [, sort] = [panel.element, panel.controls.children[0]];
  panel.render(made.storage(4));
  sort.value = "temperature";
  sort.listeners.change();
  const heat = rowsOf(panel.element).slice(0, 6).map((row) => Number(/(\d+) °C/.exec(row)[1]));
  assert.deepEqual(heat, [...heat].sort((a, b) => b - a));
});

test("a disk in detail: attributes with their meaning, hours, and its page in Unraid", async () => {
  const { panel } = await panelOf("storage", { "storage/details": made.DETAILS }, { smart: made.SMART });
  panel.render(made.storage(4));
  const detail = panel.detail("disk", "disk1");
  const facts = factsOf(detail);
  assert.equal(facts["Pending sectors"], "24 attribute 197");
  assert.equal(facts["Power-on time"], "1300 d 4 h 31,204 hours");
  assert.deepEqual(detail.links, [{ text: "Open in Unraid", href: "http://tower/Dashboard/Main/Settings/Device?name=disk1" }]);
  assert.equal(panel.detail("disk", "disk99"), null);
});

test("a disk's figures of today say since when, if the daemon started today", async () => {
  const rowsFor = async (start) => {
    const health = start === null ? {} : { "server/health": { started_at: start.toISOString() } };
    const { panel } = await panelOf("storage", { "storage/details": made.DETAILS, ...health });
    panel.render(made.storage(4));
    const facts = factsOf(panel.detail("disk", "disk1"));
    return [facts["Spin-ups today"], facts["Awake today"]];
  };
  const start = new Date();
  const since = `since ${format.minute(start)}`;
  assert.deepEqual(await rowsFor(start), [`2 ${since}`, `6 h ${since}`].map(plain));
  assert.deepEqual(await rowsFor(new Date(Date.now() - 864e5)), ["2", "6 h"]);
  assert.deepEqual(await rowsFor(null), ["2", "6 h"]);
});

test("the system's tiles are those of the moment that is looked at", async () => {
  const { panel, context } = await panelOf("system", { "system/stats": made.stats() });
  context.store.series.load(made.hour());
  panel.render();
  const [cpu, memory, network, disks] = panel.tiles();
  assert.deepEqual([cpu.corner, cpu.note].map(plain), ["52 °C", "load 1.04"]);
  assert.equal(plain(memory.corner), "64 GiB");
  assert.match(plain(network.value), /^↓ [\d.]+ ↑ [\d.]+$/);
  assert.equal(disks.note, "MB/s r/w");
  const time = made.hour().timestamp[300];
  const past = panel.tiles(time);
  assert.notEqual(past[0].value, cpu.value);
  // What has no past is left out, rather than taken from now.
  assert.equal(past[1].corner, "");
  assert.equal(past[2].corner, "");
});

test("a tile redraws its line once that has moved by a pixel or has another past; figures and words follow each message", async () => {
  const { panel, context } = await panelOf("system", { "system/stats": made.stats() });
  context.store.series.load(made.hour());
  const view = () => panel.tiles()[0].view;
  const at = (seconds) => context.store.series.add({ timestamp: new Date(made.NOW + seconds * 1000).toISOString(), data: { ...made.stats().data, ...made.stats(), cpu_percent: seconds } });
  at(0);
  const first = view();
  at(5);
  assert.equal(view(), first);
  assert.match(panel.tiles()[0].label, /now 5\.0%/);
  at(20);
  const second = view();
  assert.notEqual(second, first);
  context.store.series.load(made.hour());
  assert.notEqual(view(), second);
});

test("names are text wherever they come from", async () => {
  const evil = "<img src=x onerror=alert(1)>";
  const { panel } = await panelOf("containers");
  const data = made.containers(1);
  panel.render({ ...data, containers: [{ ...data.containers[0], name: evil, image: evil }] });
  assert.equal(panel.element.all(({ tag }) => tag === "img").length, 0);
  assert.match(rowsOf(panel.element)[0], /^<img/);
});

test("a chart of the system names the busiest containers and machines by the same figure", async () => {
  const { panel } = await panelOf("system", { "system/stats": made.stats(), "docker/containers": made.containers(16), "vms/status": made.VMS, "network/status": made.NETWORK, "storage/details": made.DETAILS });
  const rows = (id, key) => panel.detail("chart", id).lists.find((list) => list.key === key).groups[0].rows.map(({ name, cells }) => [name, ...cells.map(({ text = "" }) => plain(text))].join(" | "));
  assert.deepEqual(rows("cpu", "busiest").slice(0, 2), ["plex | Container | 31.0%", "frigate | Container | 27.0%"]);
  assert.ok(rows("cpu", "busiest").includes("Windows 11 | Virtual machine | 6.2%"));
  assert.deepEqual(rows("memory", "largest").slice(0, 2), ["Windows 11 | Virtual machine | 7.2 GiB", "plex | Container | 2.4 GiB"]);
  assert.equal(rows("memory", "largest").length, 10);
  assert.deepEqual(rows("disks", "disks"), ["Disk 1 | Read 35 MB/s | Written 0 B/s"]);
  assert.deepEqual(rows("cpu", "cores").slice(0, 2), ["Core 0 |  | 0%", "Core 1 |  | 37%"]);
});

test("figures without a history in the daemon have ten minutes of it here, for devices that still exist", async () => {
  const { context } = await panelOf("system");
  const { store } = context;
  for (let index = 0; index < 130; index += 1) {
    store.take("system/stats", { timestamp: "2026-11-29T17:05:00Z", data: made.stats({ cpu_cores: [index, 5] }) }, false);
  }
  assert.deepEqual([store.recent.of("core", 0).length, store.recent.of("core", 0).at(-1), store.recent.of("core", 2).length], [120, 129, 0]);
  store.take("docker/containers", { data: made.containers(2) }, false);
  store.take("docker/containers", { data: made.containers(1) }, false);
  assert.deepEqual([store.recent.of("container", "plex").length, store.recent.of("container", "frigate").length], [2, 0]);
  store.take("network/status", { data: { interfaces: [{ name: "eth0", bytes_recv_per_sec: null, bytes_sent_per_sec: 5 }] } }, false);
  assert.deepEqual(store.recent.of("port", "eth0"), [null]);
});

test("findings for which the summary has no room are asked for, and shown only while they go with it", async () => {
  const whole = ["a", "b", "c"].map((subject) => ({ severity: "warning", subject, text: "is hot" }));
  const asked = [];
  const store = new Store(async (path) => asked.push(path) && whole, () => {});
  const take = (findings, more) => store.take("server/summary", { data: made.summary(findings, { findings_more: more }) }, false);
  take(whole.slice(0, 2), 0);
  assert.deepEqual([asked, store.findings.length], [[], 2]);
  take(whole.slice(0, 1), 2);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual([asked, store.findings.length], [["server/findings"], 3]);
  take([{ ...whole[1] }], 0);
  assert.deepEqual(store.findings.map(({ subject }) => subject), ["b"]);
});
