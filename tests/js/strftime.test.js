import assert from "node:assert/strict";
import { test } from "node:test";

import { strftime } from "../../emhttp/dashboard/strftime.js";

const MORNING = new Date(2026, 7, 3, 9, 4, 5);

test("every pattern that the webGUI offers is written", () => {
  for (const [pattern, text] of [
    ["%A, %Y %B %e", "Monday, 2026 August 3"],
    ["%A, %e %B %Y", "Monday, 3 August 2026"],
    ["%A, %m/%d/%Y", "Monday, 08/03/2026"],
    ["%A, %d-%m-%Y", "Monday, 03-08-2026"],
    ["%Y-%m-%d", "2026-08-03"],
    ["%R", "09:04"],
    ["%I:%M %p", "09:04 AM"],
    ["%l:%M:%S", "9:04:05"],
    ["%a %b %y %T %%", "Mon Aug 26 09:04:05 %"],
  ]) {
    assert.equal(strftime(pattern, MORNING, "en-GB"), text);
  }
});

test("midnight and noon are twelve, before and after noon", () => {
  assert.equal(strftime("%I %p", new Date(2026, 7, 3, 0), "en"), "12 AM");
  assert.equal(strftime("%I %p", new Date(2026, 7, 3, 12), "en"), "12 PM");
});

test("a letter that is not known stays as it is", () => {
  assert.equal(strftime("%Q %R", MORNING, "en"), "%Q 09:04");
});
