"""A thousand servers on the fleet page: time until it shows them, and the cost of keeping them current.

Each simulated server signs on at a real mosquitto with a will and publishes a summary every 15 s, 67 a second in total.
Chromium is headless and draws without a GPU. The main thread is the page's: scripts, styles, layout. A quick run has 50
servers. Aims: first rows 1 s, 2 % of a core, a heap that does not grow.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.browser import CHROMIUMS, Browser, find_chromium
from tests.integration.mosquitto import PROGRAM, Mosquitto
from tests.support.simulated_fleet import running

from benchmarks.arrays import array_of
from benchmarks.effort import Effort
from benchmarks.process import daemon, free_port

SERVERS, QUICK_SERVERS = 1000, 50
OPENINGS = 5
SETTLING = 20
"""Seconds in which each server has published once more."""

INIT = """
localStorage.setItem("uma-fleet", JSON.stringify({ brokers: "ws://127.0.0.1:PORT" }));
window.firstRows = null;
(() => {
    const look = () => requestAnimationFrame(() => (document.querySelector(".fleet-news") ? setTimeout(note) : look()));
    const note = () => (window.firstRows = performance.now());
    look();
})();
"""
"""Records when the first rows have been painted."""


def run(effort: Effort) -> Iterator[tuple[str, str]]:
    """Yield the first rows' time, then CPU and heap of the page during the seconds of *effort*."""
    # What users have comes first.
    chromium, node = find_chromium("chromium", *CHROMIUMS), shutil.which("node")
    if chromium is None or node is None or not PROGRAM:
        yield "the fleet page", "not measured: no Chromium, no Node or no mosquitto here"
        return
    count = QUICK_SERVERS if effort.is_quick else SERVERS
    browser = Browser(chromium, node)
    try:
        with _broker() as (broker, port), daemon(array_of(8)) as served:
            began = time.monotonic()
            with running(count, [broker.port]):
                yield f"{count:,} servers sign on at one mosquitto", f"{time.monotonic() - began:.1f} s"
                url, init = f"http://127.0.0.1:{served.port}/fleet", INIT.replace("PORT", str(port))
                yield from _opening(browser, url, init, count, effort)
                yield from _watching(browser, url, init, count, effort)
    finally:
        browser.close()


@contextmanager
def _broker() -> Iterator[tuple[Mosquitto, int]]:
    with tempfile.TemporaryDirectory(prefix="uma-bench-") as folder:
        port = free_port()
        options = f"allow_anonymous true\nmax_queued_messages 0\nlistener {port} 127.0.0.1\nprotocol websockets"
        # A line per message would dominate the measurement.
        broker = Mosquitto(Path(folder) / "mosquitto", options=options, log_types="information").start()
        try:
            yield broker, port
        finally:
            broker.kill()


def _all_rows(count: int) -> str:
    return f"document.querySelectorAll('.fleet-row').length === {count}"


def _opening(browser: Browser, url: str, init: str, count: int, effort: Effort) -> Iterator[tuple[str, str]]:
    first = []
    for _ in range(effort.times(OPENINGS)):
        page = browser.open(url, init=init)
        page.until_evaluates(_all_rows(count), 60)
        first.append(page.until_evaluates("firstRows", 60))
        page.close()
    yield "first rows: best, worst", f"{min(first):.0f} ms, {max(first):.0f} ms"


def _watching(browser: Browser, url: str, init: str, count: int, effort: Effort) -> Iterator[tuple[str, str]]:
    page = browser.open(url, init=init)
    page.until_evaluates(_all_rows(count), 60)
    time.sleep(effort.pause(SETTLING))
    before, began = page.measure(), time.monotonic()
    time.sleep(effort.seconds)
    after, took = page.measure(), time.monotonic() - began
    page.close()
    spent = {name: 100 * (after[name] - before[name]) / took for name in ("tasks", "script", "renderers")}
    yield f"main thread at {count / 15:.0f} messages a second", f"{spent['tasks']:.1f} % of a core"
    yield "scripts alone", f"{spent['script']:.1f} % of a core"
    yield "CPU of the tab's process", f"{spent['renderers']:.1f} % of a core"
    yield "heap, at the start and at the end", f"{before['heap'] / 1e6:.1f} MB, {after['heap'] / 1e6:.1f} MB"
