import assert from "node:assert/strict";
import { test } from "node:test";

import { displayFrom, temperatureState, usageState } from "../../emhttp/dashboard/display.js";

const read = (settings) => displayFrom(JSON.stringify(settings));

test("without settings everything is the browser's and Unraid's default", () => {
  for (const text of [null, "", "{}", "[]", "null", "7", "{not JSON"]) {
    const display = displayFrom(text);
    assert.deepEqual(
      { ...display, limits: null },
      { unit: "C", decimal: ".", thousands: ",", scale: -1, date: null, time: null, locale: undefined, theme: null, scheme: null, limits: null },
      text,
    );
    assert.ok(Object.values(display.limits).every((limit) => limit === null));
  }
});

test("a theme is dark or light, and an unknown one is neither", () => {
  const schemes = ["white", "azure", "black", "gray", "pink", "constructor"].map((theme) => read({ theme }).scheme);
  assert.deepEqual(schemes, ["light", "light", "dark", "dark", null, null]);
  assert.equal(read({ theme: "constructor" }).theme, null);
});

test("settings that are not what they should be leave the default", () => {
  const display = read({ unit: "K", number: "", scale: "x", date: "today", time: 7, locale: "not a locale", hot: "-1" });
  assert.deepEqual([display.unit, display.decimal, display.scale, display.date, display.time], ["C", ".", -1, null, null]);
  assert.equal(display.locale, undefined);
  assert.equal(display.limits.hot, null);
});

test("a locale is the webGUI's in the browser's manner", () => {
  assert.equal(read({ locale: "de_DE" }).locale, "de-DE");
});

test("temperatures are strictly above a limit to be hot, by the limits of their kind", () => {
  const { limits } = read({ hot: "45", max: 55, hotssd: 60, maxssd: 0 });
  const rows = [[45, false, "ok"], [46, false, "hot"], [56, false, "critical"], [56, true, "ok"], [61, true, "hot"], [99, true, "hot"], [null, false, null]];
  for (const [celsius, isFlash, state] of rows) {
    assert.equal(temperatureState(celsius, isFlash, limits), state, `${celsius}`);
  }
});

test("usage is at a limit or above by its whole percent, and a limit of 0 is off", () => {
  const { limits } = read({ warning: 70, critical: 90 });
  assert.deepEqual([69.4, 69.5, 89.6, undefined].map((percent) => usageState(percent, limits)), ["ok", "warning", "critical", null]);
  assert.equal(usageState(99, read({ warning: 0 }).limits), "ok");
});
