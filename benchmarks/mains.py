"""From a loss of mains to a WebSocket client, through the real apcupsd, with a simulated UPS on a terminal.

*From the UPS* starts when it reports that it is on battery, and includes apcupsd's own time; *from apcupsd* starts when
that has written the event to its file. Mains fail and return in turn; losses are measured. Aim: within a second.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
from tests.support.ups_programs import Apcupsd, CannotGet, SmartUps

from benchmarks.arrays import array_of
from benchmarks.effort import Effort
from benchmarks.figures import quantile
from benchmarks.process import OPTIMISED, running_daemon, wait_for, write_host

COLUMNS = ("p50, ms", "worst, ms")
LOSSES = 20
BETWEEN = 1.5
"""Seconds between two changes: apcupsd looks at its UPS once a second."""


def run(effort: Effort) -> Iterator[tuple[str, ...]]:
    """Yield a row for each start."""
    with ExitStack() as stack:
        root = Path(stack.enter_context(TemporaryDirectory(prefix="uma-bench-")))
        write_host(array_of(8), root)
        simulated = SmartUps()
        stack.callback(simulated.close)
        try:
            apcupsd = Apcupsd(root, simulated.device)
            apcupsd.start()
        except CannotGet as reason:
            yield (f"not measured: {reason}", *("–" for _ in COLUMNS))
            return
        stack.callback(apcupsd.stop)
        running = stack.enter_context(running_daemon(root, None, OPTIMISED))
        wait_for(running.port, "api/v1/ups/status")
        delays = asyncio.run(_delays(running.port, simulated, apcupsd.events, effort.times(LOSSES)))
    for name, each in zip(("from the UPS", "from apcupsd"), zip(*delays, strict=True), strict=True):
        yield (f"{name} to the client, {len(delays)} losses", f"{quantile(each, 50):.0f}", f"{max(each):.0f}")


async def _delays(port: int, simulated: SmartUps, events: Path, losses: int) -> list[tuple[float, float]]:
    """Return milliseconds from the UPS's report, and from apcupsd's, to the client."""
    delays = []
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/api/v1/ws/ups/status") as client,
    ):
        await _until(client, "online")
        for _ in range(losses):
            await asyncio.sleep(BETWEEN)
            began = time.time()
            simulated.turn("battery")
            had = await _until(client, "on_battery")
            delays.append(((had - began) * 1e3, (had - events.stat().st_mtime) * 1e3))
            await asyncio.sleep(BETWEEN)
            simulated.turn("online")
            await _until(client, "online")
    return delays


async def _until(client: aiohttp.ClientWebSocketResponse, status: str) -> float:
    """Read until the UPS has *status*; return the Unix time of that message."""
    while True:
        message = await client.receive_json(timeout=30)
        if [ups["status"] for ups in message["data"]["ups"]] == [status]:
            return time.time()
