import assert from "node:assert/strict";
import { test } from "node:test";

import * as format from "../../emhttp/dashboard/format.js";

/** Each row is [value, text]; the unbreakable space is written as a blank here. */
function table(name, write, rows) {
  test(name, () => {
    for (const [value, text] of rows) {
      assert.equal(write(value).replaceAll("\u00a0", " "), text, `of ${value}`);
    }
  });
}

table("sizes have the webGUI's three digits and units of 1000", format.formatBytes, [
  [0, "0 B"],
  [994, "994 B"],
  [995, "1 KB"],
  [1000, "1 KB"],
  [4_200_000_000_000, "4.2 TB"],
  [1_020_000_000_000, "1.02 TB"],
  [256_000_000_000, "256 GB"],
  [12_340_000, "12.3 MB"],
  [99_960_000, "100 MB"],
  [995_000_000, "1 GB"],
  [8e24, "8000000 EB"],
  [null, "–"],
]);

table("networks are told in bits", format.formatBitRate, [
  [0, "0 bps"],
  [125, "1 Kbps"],
  [117_500_000, "940 Mbps"],
  [null, "–"],
]);

table("disks' rates are told in bytes a second", format.formatByteRate, [
  [112_000_000, "112 MB/s"],
  [undefined, "–"],
]);

table("memory has units of 1024", format.formatMemory, [
  [17_179_869_184, "16 GiB"],
  [7_868_518_236, "7.33 GiB"],
]);

table("the daemon's own size texts get their space back", format.spacedSize, [
  ["4.2TB", "4.2 TB"],
  ["64GB", "64 GB"],
  [null, "–"],
]);

table("durations have days, hours and minutes, and seconds only below a minute", format.formatDuration, [
  [0, "0s"],
  [-5, "0s"],
  [59.9, "59s"],
  [60, "1m"],
  [3600, "1h 0m"],
  [86_400, "1d 0h 0m"],
  [273_912, "3d 4h 5m"],
]);

table("temperatures are whole", format.formatTemperature, [
  [35, "35 °C"],
  [45.6, "46 °C"],
  [0, "0 °C"],
  [null, "–"],
]);

table("percentages have one decimal", format.formatPercent, [
  [15.24, "15.2%"],
  [100, "100.0%"],
  [null, "–"],
]);

test("no errors, one error, more errors", () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => format.formatCount(count, "error")),
    ["no errors", "1 error", "2 errors"],
  );
});

test("a moment of today is a time, one of another day has the day", () => {
  const noon = new Date(2026, 7, 3, 12, 0, 5);
  assert.equal(format.formatMoment(noon, noon, "en-GB"), "12:00:05");
  assert.equal(format.formatMoment(noon, new Date(2026, 7, 4), "en-GB"), "3 Aug, 12:00");
  assert.equal(format.formatDay(noon, "en-GB"), "3 Aug 2026");
});
