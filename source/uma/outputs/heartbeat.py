"""Calls an address once a minute while all is well; its absence triggers the alarm.

healthchecks.io, Uptime Kuma and others provide such an address. It may be a secret, so
it is never logged.
"""

from collections.abc import Callable
from typing import Final

import aiohttp

from uma.aio.ticks import sleep_to_tick
from uma.feeds.feed import Publish, Report

INTERVAL_SECONDS: Final = 60.0
TIMEOUT_SECONDS: Final = 20.0
MAX_STATUS: Final = 299


class Heartbeat:
    """Caller of *url* while *is_well* returns True: all is well but perhaps the calls
    themselves, whose failure must not keep them from being made again.

    *interval* is for tests.
    """

    name = "heartbeat"

    def __init__(self, url: str, is_well: Callable[[], bool], *, interval: float = INTERVAL_SECONDS) -> None:
        self._url = url
        self._is_well = is_well
        self._interval = interval

    async def run(self, publish: Publish, report: Report) -> None:  # noqa: ARG002 - a source, which publishes nothing
        """Call until cancelled. A call that failed is made again after a minute."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout, connector=self._connector()) as session:
            while True:
                if not self._is_well():
                    report("unavailable", "not called, since not everything is OK")
                elif fault := await self._call(session):
                    report("failed", fault)
                else:
                    report("ok", "called within the last minute")
                await sleep_to_tick(self._interval)

    async def _call(self, session: aiohttp.ClientSession) -> str:
        """Call once; return why it failed, or an empty text."""
        try:
            async with session.get(self._url) as response:
                return f"the heartbeat's address answered {response.status}" if response.status > MAX_STATUS else ""
        except (aiohttp.ClientError, TimeoutError, OSError, UnicodeError) as error:
            # The last error is for a name such as a..b. Its text may contain the
            # address.
            return f"the heartbeat's address can't be called ({type(error).__name__})"

    def _connector(self) -> aiohttp.TCPConnector:
        if not self._url.startswith("https:"):
            return aiohttp.TCPConnector()
        import ssl  # noqa: PLC0415 - only where it is needed

        return aiohttp.TCPConnector(ssl=ssl.create_default_context())
