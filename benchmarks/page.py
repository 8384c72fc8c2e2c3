"""The dashboard in real Chromium, from a separate daemon: time until it shows data, its size, and its cost.

Chromium is headless and draws without a GPU (its headless shell, where only that is installed); it shares the machine's
cores with the daemon and everything else. *First paint with data* is when numbers and charts are shown, by the page's
own clock; *with all disks* is when each also has a row, which is the next frame. For comparison the same browser shows
plain text of the same daemon. The page contains its first data. Scripting is the main thread's own time, including the
page's work between messages; CPU is the kernel's account of the tab's process. Aims: 180 ms, 120 KB, 4 ms, 1 %.
"""

import shutil
import statistics
import time
from collections.abc import Iterator

from tests.integration.browser import CHROMIUMS, Browser, find_chromium

from benchmarks.arrays import array_of
from benchmarks.effort import Effort
from benchmarks.process import daemon

OPENINGS = 9
DISKS = 30
LEAST_WATCHED = 12
"""Seconds; the system is sampled every 5."""

SETTLING = 5
"""Seconds after the first paint without measurement."""

NOTES = """
Object.assign(window, { firstData: null, allData: null, updates: 0 });
(() => {
    const has = (selector) => document.querySelector(selector);
    const note = (isThere, name) => {
        const look = () => requestAnimationFrame(() => (isThere() ? setTimeout(tell) : look()));
        const tell = () => (window[name] = performance.now());
        look();
    };
    const isFirst = () => /\\d/.test(has(".uma-tile .uma-value")?.textContent) && has(".uma-chart canvas");
    note(isFirst, "firstData");
    note(() => isFirst() && has(".uma-row"), "allData");
    const { WebSocket } = window;
    window.WebSocket = class extends WebSocket {
        constructor(...address) {
            super(...address);
            this.addEventListener("message", () => (window.updates += 1));
        }
    };
})();
"""
"""Records the first paint of numbers and a chart, that of disks, and each message."""

FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"

LOADED = """
[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter(({ name }) => !name.includes("/api/")).reduce((sum, { transferSize }) => sum + transferSize, 0)
"""


def run(effort: Effort) -> Iterator[tuple[str, str]]:
    """First paint, transferred bytes, and then for a while: scripting an update, CPU, and heap."""
    # What users have comes first.
    chromium, node = find_chromium("chromium", *CHROMIUMS), shutil.which("node")
    if chromium is None or node is None:
        yield "the page", "not measured: no Chromium or no Node here"
        return
    browser = Browser(chromium, node)
    try:
        with daemon(array_of(DISKS)) as served:
            url = f"http://127.0.0.1:{served.port}/"
            yield from _opening(browser, url, effort.times(OPENINGS))
            yield from _watching(browser, url, effort)
    finally:
        browser.close()


def _opening(browser: Browser, url: str, openings: int) -> Iterator[tuple[str, str]]:
    first, whole, plain, size = [], [], [], 0
    for _ in range(openings):
        # Each has a fresh profile, and so an empty cache.
        page = browser.open(url, init=NOTES)
        whole.append(page.until_evaluates("allData"))
        first.append(page.evaluate("firstData"))
        size = page.evaluate(LOADED)
        page.close()
        plain.append(_first_paint(browser, f"{url}api/v1/health"))
    yield "first paint with data, empty cache: median, worst", _milliseconds(first)
    yield f"with all {DISKS} disks: median, worst", _milliseconds(whole)
    yield "first paint of plain text from the same daemon: median, worst", _milliseconds(plain)
    yield "transferred for the page", f"{size / 1000:.1f} KB"


def _first_paint(browser: Browser, url: str) -> float:
    """Return milliseconds until the first paint of *url*."""
    page = browser.open(url)
    painted = page.until_evaluates(FIRST_PAINT)
    page.close()
    return painted


def _watching(browser: Browser, url: str, effort: Effort) -> Iterator[tuple[str, str]]:
    page = browser.open(url, init=NOTES)
    page.until_evaluates("allData")
    time.sleep(effort.pause(SETTLING))
    started, before, updates = time.monotonic(), page.measure(), page.evaluate("updates")
    time.sleep(max(effort.seconds, LEAST_WATCHED))
    elapsed, after, updates = time.monotonic() - started, page.measure(), page.evaluate("updates") - updates
    page.close()
    spent = {name: after[name] - before[name] for name in after}
    yield "scripting an update", f"{1000 * spent['script'] / updates:.2f} ms, of {updates} in {elapsed:.0f} s"
    yield "CPU of the tab's process", f"{100 * spent['renderers'] / elapsed:.2f} % of a core"
    yield "heap", f"{after['heap'] / 1e6:.1f} MB"


def _milliseconds(times: list[float]) -> str:
    return f"{statistics.median(times):.0f} ms, {max(times):.0f} ms"
