"""The dashboard for a long time, under 200 Docker events a minute: right at the end, and no larger than at the start.

``make test`` has a short form of it, ``make soak-page`` ten minutes.
"""

import asyncio
import os
import time
from collections.abc import Callable

import pytest

from .browser import Page
from .daemon import Daemon
from .dockerd import IMAGE, Dockerd
from .test_dashboard import KIND, open_page  # noqa: F401 - a fixture

MINUTES = float(os.environ.get("UMA_SOAK_MINUTES", "0.15"))
EVENTS_A_MINUTE = 200
SHOWN = 200
GROWTH = 5_000_000
"""Bytes of heap that the page may have gained."""


@pytest.mark.timeout(60 * MINUTES + 120)
def test_the_page_stays_right_and_small(
    make_daemon: Callable[..., Daemon],
    dockerd: Dockerd,
    open_page: Callable[..., Page],  # noqa: F811 - the fixture
) -> None:
    """Every event is shown, the newest first and 200 at most, and the heap has not grown by more than 5 MB."""
    daemon = make_daemon(docker_socket=dockerd.socket).start()
    daemon.until_source("docker", "ok")
    page = open_page(daemon)
    asyncio.run(rename(dockerd, "warm", 30, delay=0.02))
    newest = "document.querySelector('.uma-events li b')?.textContent"
    page.until_evaluates(f"{newest} === 'warm29'")
    start = page.measure()

    count = max(30, round(EVENTS_A_MINUTE * MINUTES))
    asyncio.run(rename(dockerd, "soak", count, delay=60 / EVENTS_A_MINUTE))

    page.until_evaluates(f"{newest} === 'soak{count - 1}'")
    assert page.evaluate("document.querySelectorAll('.uma-events .uma-word').length") == min(SHOWN, count + 32)
    assert page.evaluate(KIND) == "live"
    end = page.measure()
    before, after = (f"{heap['heap'] / 1e6:.2f} MB" for heap in (start, end))
    print(f"heap {before}, {MINUTES} minutes later {after}")  # noqa: T201 - what a soak is for
    assert end["heap"] < start["heap"] + GROWTH


async def rename(dockerd: Dockerd, word: str, count: int, *, delay: float) -> None:
    """One container, renamed *count* times *delay* seconds apart: an event each, and nothing else for dockerd to do."""
    async with dockerd.client() as docker:
        container = await docker.containers.create({"Image": IMAGE, "Cmd": ["true"]})
        started = time.monotonic()
        for number in range(count):
            await asyncio.sleep(max(0.0, started + number * delay - time.monotonic()))
            await container.rename(f"{word}{number}")
