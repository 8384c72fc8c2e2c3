/** Further contents of a system chart's drawer: facts, each core and port, and the busiest containers. No DOM. */

import { formatDuration } from "./format.js";
import { say } from "./say.js";
import { diskName } from "./words.js";

/** Number of busiest ones listed. */
const SHOWN = 10;

/** Facts beside the chart *id* of `system/stats`' *data* and of `system/details`' *details*, which may be undefined. */
export function factsOf(id, data, details, format) {
  const fact = (label, text, note) => ({ label: say(label), text, note });
  if (id === "cpu") {
    const watts = details?.cpu_power_watts;
    const speed = details?.cpu_frequency_mhz;
    return [
      fact("Load", data.load_average.map((average) => format.number(average, 2)).join(" · "), say("1, 5, 15 min")),
      fact("Up", formatDuration(data.uptime)),
      ...(isKnown(data.cpu_temperature) ? [fact("Temperature", format.temperature(data.cpu_temperature))] : []),
      ...(watts ? [fact("Power", `${format.number(watts, 1)}\u00a0W`)] : []),
      ...(speed ? [fact("Highest frequency", `${format.number(speed / 1000, 2)}\u00a0GHz`)] : []),
    ];
  }
  if (id === "memory") {
    const cache = details?.zfs_arc_reclaimable_bytes;
    const swap = details?.swap_total_bytes;
    return [
      fact("Used", format.memory(data.memory_used), say("of {total}", { total: format.memory(data.memory_total) })),
      ...(cache ? [fact("ZFS cache", format.memory(cache), say("counted as free; the webGUI counts it as used"))] : []),
      ...(swap ? [fact("Swap", format.memory(details.swap_used_bytes), say("of {total}", { total: format.memory(swap) }))] : []),
      ...(isKnown(details?.log_used_percent) ? [fact("Log", format.percent(details.log_used_percent, 0), "/var/log")] : []),
    ];
  }
  const io = id === "network" ? [data.network_io.bytes_recv, data.network_io.bytes_sent] : [data.disk_io.read_bytes, data.disk_io.write_bytes];
  const labels = id === "network" ? ["Received", "Sent"] : ["Read", "Written"];
  return labels.map((label, index) => fact(label, format.bytes(io[index]), say("since boot")));
}

/** Lists below the chart *id*, in the drawer's form; *context* is a panel's. */
export function listsOf(id, context) {
  const lists = { cpu: cpuLists, memory: memoryLists, network: networkLists, disks: diskLists };
  return lists[id](context);
}

function cpuLists({ format, newest, store }) {
  const busy = workers(newest, { container: "cpu_percent", vm: "host_cpu_percent" }).filter(({ value }) => value >= 0.05);
  const cores = (newest("system/stats")?.cpu_cores ?? []).map((percent, index) => ({
    key: String(index),
    name: say("Core {n}", { n: index }),
    cells: [{ name: "spark", spark: store.recent.of("core", index), bottom: 0, top: 100 }, { text: format.percent(percent, 0) }],
  }));
  return [
    list("busiest", "Busiest", ["Name", "Kind", "CPU"], busy.map((each) => row(each, [each.kind, format.percent(each.value)]))),
    { ...list("cores", "Each core, since this page was opened", ["Name", "History", "CPU"], cores), kind: "threads" },
  ];
}

function memoryLists({ format, newest }) {
  const largest = workers(newest, { container: "memory_used_bytes", vm: "memory_used_bytes" });
  return [list("largest", "Largest", ["Name", "Kind", "Memory"], largest.map((each) => row(each, [each.kind, format.memory(each.value)])))];
}

function diskLists({ format, newest }) {
  const disks = (newest("storage/details")?.disks ?? [])
    .map(({ name, read_bytes_per_sec: read, write_bytes_per_sec: written }) => ({ name: diskName(name), href: hrefOf("disk", name), read, written, value: (read ?? 0) + (written ?? 0) }))
    .filter(({ value }) => value > 0);
  return [list("disks", "Busiest", ["Name", "Read", "Written"], largestOf(disks).map((each) => row(each, [`${say("Read")} ${format.byteRate(each.read)}`, `${say("Written")} ${format.byteRate(each.written)}`])))];
}

function networkLists({ format, newest, store }) {
  const rates = ({ bytes_recv_per_sec: received, bytes_sent_per_sec: sent }) => [`↓ ${format.bitRate(received)}`, `↑ ${format.bitRate(sent)}`];
  const ports = (newest("network/status")?.interfaces ?? []).map((each) => ({
    key: each.name,
    name: each.name,
    href: hrefOf("port", each.name),
    dot: each.state === "up" ? "quiet" : "hollow",
    cells: [{ name: "spark", spark: store.recent.of("port", each.name), bottom: 0 }, ...rates(each).map((text) => ({ text }))],
  }));
  const containers = (newest("docker/containers")?.containers ?? [])
    .filter(({ network }) => network)
    .map(({ name, network }) => ({ name, href: hrefOf("container", name), network, value: (network.bytes_recv_per_sec ?? 0) + (network.bytes_sent_per_sec ?? 0) }))
    .filter(({ value }) => value > 0);
  return [
    list("interfaces", "Interfaces", ["Name", "History", "Received", "Sent"], ports),
    list("containers", "Busiest containers", ["Name", "Received", "Sent"], largestOf(containers).map((each) => row(each, rates(each.network)))),
  ];
}

/** Running containers and machines by the figure that *keys* names for each kind; those without it are left out. */
function workers(newest, keys) {
  const of = (kind, word, list = []) => list.map((each) => ({ name: each.name, kind: say(word), href: hrefOf(kind, each.name), value: each[keys[kind]] ?? null }));
  const all = [...of("container", "Container", newest("docker/containers")?.containers), ...of("vm", "Virtual machine", newest("vms/status")?.vms)];
  return largestOf(all.filter(({ value }) => value !== null));
}

const largestOf = (items) => items.sort((a, b) => b.value - a.value).slice(0, SHOWN);

const hrefOf = (kind, name) => `#${kind}/${encodeURIComponent(name)}`;

const row = ({ name, href }, texts) => ({ key: href, name, href, cells: texts.map((text) => ({ text })) });

const list = (key, title, heads, rows) => ({ key, title: say(title), heads: heads.map((head) => say(head)), groups: [{ key: "all", rows }] });

const isKnown = (value) => value !== null && value !== undefined;
