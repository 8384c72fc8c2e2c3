import assert from "node:assert/strict";
import { test } from "node:test";

import { displayFrom } from "../../emhttp/dashboard/display.js";
import { Format, formatCount, formatDuration } from "../../emhttp/dashboard/format.js";

const format = new Format(displayFrom(null));
const formatBy = (settings) => new Format(displayFrom(JSON.stringify(settings)));

/** Each row is [value, text]; the unbreakable space is written as a blank here. */
function table(name, write, rows) {
  test(name, () => {
    for (const [value, text] of rows) {
      assert.equal(write(value).replaceAll("\u00a0", " "), text, `of ${value}`);
    }
  });
}

table("sizes have the webGUI's three digits and units of 1000", format.bytes, [
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
  [8e24, "8,000,000 EB"],
  [null, "–"],
]);

table("network rates are in bits", format.bitRate, [
  [0, "0 bps"],
  [125, "1 Kbps"],
  [117_500_000, "940 Mbps"],
  [null, "–"],
]);

table("disk rates are in bytes a second", format.byteRate, [
  [112_000_000, "112 MB/s"],
  [undefined, "–"],
]);

table("memory has units of 1024", format.memory, [
  [17_179_869_184, "16 GiB"],
  [7_868_518_236, "7.33 GiB"],
]);

table("durations have their two largest units, and seconds only below a minute", formatDuration, [
  [0, "0 s"],
  [-5, "0 s"],
  [59.9, "59 s"],
  [60, "1 m"],
  [3600, "1 h"],
  [86_400, "1 d"],
  [71_520, "19 h 52 m"],
  [273_912, "3 d 4 h"],
  [2_412_000, "27 d 22 h"],
]);

test("rates beside each other are in the unit of the largest", () => {
  const rates = (values, isBits, settings = {}) => formatBy(settings).rates(values, isBits);
  assert.deepEqual(rates([2e6, 5e5], true), { texts: ["16", "4.0"], unit: "Mbps" });
  assert.deepEqual(rates([35e6, 6.2e6], false), { texts: ["35", "6.2"], unit: "MB/s" });
  assert.deepEqual(rates([112_345_678, 0], false, { number: ",." }), { texts: ["112", "0"], unit: "MB/s" });
  assert.deepEqual(rates([0, null], true), { texts: ["0", "–"], unit: "bps" });
  assert.deepEqual(rates([1.234e6, 1e3], false, { number: ",." }), { texts: ["1,2", "0,0"], unit: "MB/s" });
});

table("temperatures are whole", format.temperature, [
  [35, "35 °C"],
  [45.6, "46 °C"],
  [0, "0 °C"],
  [null, "–"],
]);

table("percentages have one decimal", format.percent, [
  [15.24, "15.2%"],
  [100, "100.0%"],
  [null, "–"],
]);

test("no errors, one error, more errors", () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => formatCount(count, "error")),
    ["no errors", "1 error", "2 errors"],
  );
});

test("a moment of today is a time, one of another day has the day", () => {
  const british = formatBy({ locale: "en_GB" });
  const noon = new Date(2026, 7, 3, 12, 0, 5);
  assert.equal(british.moment(noon, noon), "12:00:05");
  assert.equal(british.moment(noon, new Date(2026, 7, 4)), "3 Aug, 12:00");
  assert.equal(british.day(noon), "3 Aug 2026");
});

test("numbers have the signs of the settings", () => {
  const german = formatBy({ number: ",." });
  assert.equal(german.bytes(1_020_000_000_000), "1,02\u00a0TB");
  assert.equal(german.percent(15.24), "15,2%");
  assert.equal(formatBy({ number: ". " }).number(1_234_567.5, 1), "1 234 567.5");
  assert.equal(formatBy({ number: "," }).number(12_345.6, 1), "12345,6");
  assert.equal(format.number(9999), "9999");
  assert.equal(format.number(10_000), "10,000");
});

test("sizes are scaled as far as the settings allow", () => {
  assert.equal(formatBy({ scale: "0" }).bytes(16_003_115_606_016), "16,003,115,606,016\u00a0B");
  assert.equal(formatBy({ scale: 3 }).bytes(16_003_115_606_016), "16,003\u00a0GB");
  assert.equal(formatBy({ scale: "-1" }).bytes(16_003_115_606_016), "16\u00a0TB");
  assert.equal(formatBy({ scale: "much" }).bytes(16_003_115_606_016), "16\u00a0TB");
});

test("temperatures are in Fahrenheit if the user chose it", () => {
  const american = formatBy({ unit: "F" });
  assert.deepEqual([0, 35, 40.5, -40].map(american.temperature), ["32\u00a0°F", "95\u00a0°F", "105\u00a0°F", "-40\u00a0°F"]);
  assert.equal(american.temperature(null), "–");
});

test("date and time have the webGUI's patterns", () => {
  const evening = new Date(2026, 7, 3, 18, 4, 5);
  const chosen = formatBy({ date: "%A, %d.%m.%Y", time: "%I:%M %p", locale: "de_DE" });
  assert.equal(chosen.day(evening), "Montag, 03.08.2026");
  assert.equal(chosen.minute(evening), "06:04 PM");
  assert.equal(chosen.clock(evening), "06:04:05 PM");
  assert.equal(formatBy({ time: "%R" }).clock(evening), "18:04:05");
  // The system's own manner is the browser's here.
  assert.equal(formatBy({ date: "%c", time: "%c", locale: "en_GB" }).day(evening), "3 Aug 2026");
  assert.equal(formatBy({ date: "%c", time: "%c", locale: "en_GB" }).clock(evening), "18:04:05");
});
