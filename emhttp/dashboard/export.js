/** Exports: a range as CSV, and the server's state as text for a forum. Uses the DOM only for the download. */

import { element } from "./dom.js";
import { formatCount, formatDuration } from "./format.js";
import { diskName, protectionWord, wordOf } from "./words.js";

/** *names* of *series* over a range as CSV: times in UTC, an empty field without a measurement. */
export function csvOf(series, names, range, zoom) {
  const { times, columns } = series.view(names, range, zoom);
  const line = (time, row) => [new Date(time * 1000).toISOString().replace(".000", ""), ...columns.map((column) => column[row] ?? "")].join(",");
  // A row of nulls is a gap in a chart, not a measurement.
  const rows = times.flatMap((time, row) => (columns.some((column) => column[row] !== null) ? [line(time, row)] : []));
  return `${["time", ...names].join(",")}\n${rows.join("\n")}\n`;
}

/** The state of a server as text, without serial numbers: *newest* returns a feed's data. */
export function statusText(newest, { name, version, unraid, format }) {
  const [stats, storage, summary] = ["system/stats", "storage/status", "server/summary"].map(newest);
  const lines = [`${name}${unraid ? ` · Unraid ${unraid}` : ""}${version ? ` · UMA ${version}` : ""}`];
  (summary?.findings ?? []).forEach(({ severity, subject, text }) => lines.push(`[${severity}] ${subject}: ${text}`));
  if (stats) {
    const { percent, memory, number } = format;
    const load = stats.load_average.map((average) => number(average, 2)).join(" ");
    lines.push(`Up ${formatDuration(stats.uptime)} · CPU ${percent(stats.cpu_percent)} · load ${load} · memory ${memory(stats.memory_used)} of ${memory(stats.memory_total)}`);
  }
  if (storage) {
    lines.push(`Array ${wordOf(storage.array_status).text}, ${protectionWord(storage.array_protection).text}`);
    [...storage.parity_disks, ...storage.disks, ...storage.cache_disks].forEach((disk) => lines.push(`  ${diskLine(disk, format)}`));
  }
  const containers = newest("docker/containers")?.containers ?? [];
  if (containers.length > 0) {
    const troubled = containers.filter(({ state, health }) => state !== "running" || health === "unhealthy");
    lines.push(`Containers: ${containers.length}, ${containers.filter(({ state }) => state === "running").length} running`);
    troubled.forEach((each) => lines.push(`  ${each.name}: ${each.health ?? each.state}`));
  }
  return `${lines.join("\n").replaceAll("\u00a0", " ")}\n`;
}

function diskLine(disk, format) {
  const { name, status, temperature, usage_percent: usage, size_bytes: size, errors, health, filesystem } = disk;
  const parts = [wordOf(status).text, format.temperature(temperature), format.bytes(size), filesystem];
  const used = usage === null || usage === undefined ? null : `${format.percent(usage, 0)} used`;
  return [diskName(name), ...[...parts, used, errors > 0 ? formatCount(errors, "error") : null, health === "failed" ? "SMART failed" : null].filter(Boolean)].join(" · ");
}

/** Download *text* as a file called *name*. */
export function download(text, name, type = "text/csv") {
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}
