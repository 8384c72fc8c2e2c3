"""Publishes the server's network interfaces: at once on a link change, by netlink."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

from uma.aio.deadline import within
from uma.aio.ticks import tick_after
from uma.errors import SourceFailed
from uma.feeds.blocking import BlockingReads
from uma.feeds.feed import Context, Publish, Report, registered
from uma.feeds.files import read_kernel_text
from uma.feeds.network.demo import moved
from uma.feeds.network.links import Link, read_links
from uma.feeds.network.model import Interface, NetworkStatus
from uma.feeds.network.netlink import listening
from uma.feeds.network.parse import Counters, parse_counters
from uma.feeds.network.rates import Rates
from uma.feeds.recording import play, read_recording

NAME = "network/status"
HEARTBEAT_SECONDS = 30.0
SAMPLE_SECONDS = 5.0
PRIMING_SECONDS = 1.0
"""Seconds over which the first rates are measured on demand."""
SETTLE_SECONDS = 0.05
"""Seconds within which several messages about one change arrive."""


class NetworkSource:
    """Publishes NetworkStatus at once, on change, every 30 s,
    and every 5 s on demand.
    """

    name = "network"

    def __init__(self, context: Context, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = context.host
        self._demand = context.demand(NAME)
        self._clock = clock
        self._reads = BlockingReads("network links")
        self._rates = Rates()
        self._links: tuple[Link, ...] | None = None
        self._wake = asyncio.Event()
        self._is_changed = True
        self._look_due = 0.0

    async def run(self, publish: Publish, report: Report) -> NoReturn:
        """Observe until cancelled. Raises SourceFailed if no links can be read."""
        if (recording := await asyncio.to_thread(read_recording, self._host, "network", NetworkStatus)) is not None:
            await play(recording, moved, publish, report, time.time)
        # The links below another root are files; this machine's netlink does not apply
        # to them.
        is_own_kernel = self._host.sys == Path("/sys")
        self._is_changed = True
        with registered(self._demand.listeners, self._wake.set):
            async with listening(self._change) if is_own_kernel else nullcontext():
                report("ok", "listening to netlink" if is_own_kernel else f"reading {self._host.sys}/class/net")
                await self._follow(publish)

    def _change(self) -> None:
        self._is_changed = True
        self._wake.set()

    async def _follow(self, publish: Publish) -> NoReturn:
        heartbeat_due = sample_due = 0.0
        while True:
            now = self._clock()
            is_changed = self._is_changed
            if is_changed or now >= self._look_due:
                await self._look()
            is_sampled = self._demand.wanted and now >= sample_due
            counters = read_counters(self._host.proc)
            if is_sampled:
                sample_due = now + (SAMPLE_SECONDS if self._rates.sample(now, counters) else PRIMING_SECONDS)
            elif not self._demand.wanted:
                self._rates.forget()
                sample_due = 0.0
            if is_changed or is_sampled or now >= heartbeat_due:
                publish(status_from(self._links or (), counters, self._rates))
                heartbeat_due = tick_after(now, HEARTBEAT_SECONDS)
            await self._pause(min(heartbeat_due, sample_due or heartbeat_due) - self._clock())

    async def _look(self) -> None:
        self._is_changed = False
        self._look_due = tick_after(self._clock(), HEARTBEAT_SECONDS)
        links = await self._reads.run(lambda: read_links(self._host, self._links or ()))
        if links is not None:
            self._links = links
        elif self._links is None:
            raise SourceFailed(f"{self._host.sys}/class/net can't be read within 5 s")

    async def _pause(self, seconds: float) -> None:
        try:
            async with within(max(0.0, seconds)):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()
        if self._is_changed:
            await asyncio.sleep(SETTLE_SECONDS)


def read_counters(proc: Path) -> Mapping[str, Counters]:
    """Read the counters of every interface in one read, which no card can delay."""
    try:
        return parse_counters(read_kernel_text(proc / "net/dev"))
    except OSError:
        return {}


def status_from(links: tuple[Link, ...], counters: Mapping[str, Counters], rates: Rates) -> NetworkStatus:
    """Build the message."""
    return NetworkStatus(tuple(_interface_from(link, counters.get(link.name), rates) for link in links))


def _interface_from(link: Link, counters: Counters | None, rates: Rates) -> Interface:
    rate = rates.of(link.name)
    drops = None if counters is None else counters.drops_recv
    return Interface(
        name=link.name,
        kind=link.kind,
        description=link.description,
        state=link.state,
        speed_mbps=link.speed_mbps,
        duplex=link.duplex,
        mtu=link.mtu,
        carrier_changes=link.carrier_changes,
        master=link.master,
        lower=link.lower,
        vlan_id=link.vlan_id,
        bytes_sent=None if counters is None else counters.bytes_sent,
        bytes_recv=None if counters is None else counters.bytes_recv,
        bytes_sent_per_sec=None if rate is None else rate.sent,
        bytes_recv_per_sec=None if rate is None else rate.received,
        errors_sent=None if counters is None else counters.errors_sent,
        errors_recv=None if counters is None else counters.errors_recv,
        drops_sent=None if counters is None else counters.drops_sent,
        # /proc/net/dev adds packets that the card missed; the webGUI does not.
        drops_recv=drops if link.drops_recv is None else link.drops_recv,
        bond=link.bond,
    )
