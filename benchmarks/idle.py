"""Cost of the idle daemon, beside others that watch a machine.

All run at the same time, on the same machine, and without a client, except where marked *asked*: then a page with all
their data is fetched every 5 s, since Glances and node_exporter only look when asked. UMA samples the system every 5 s
and reads the array's files when they change. It has an array of 8 disks, SMART texts and, if this machine has them, an
idle dockerd and the webGUI's nginx without open pages. *Three feeds* are those of the guide: system, Docker's events
and storage; the others have all. Whole minutes are measured, since UMA does most of its work at each half of one.
Netdata's default is every second. Processor time, wake-ups and
threads are the kernel's account of each process and its descendants. RSS counts shared memory in each process, PSS
divides it: several UMAs run here at once from the same files. UMA's steward adds 10 MB of RSS, of which it shares six.
Aims: less processor time than any that samples every 5 s or faster, 4 s an hour and 2 with three feeds; RSS without
the steward at most 38 MB, 34 with three feeds.
"""

import threading
import time
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.integration.dockerd import Dockerd, why_not
from tests.support.feeds import GUIDES

from benchmarks.arrays import array_of
from benchmarks.effort import Effort
from benchmarks.figures import per_hour
from benchmarks.packaged import packaged_command
from benchmarks.peers import GLANCES, NETDATA, NETDATA_SLOW, NODE_EXPORTER, Peer
from benchmarks.process import CHECKOUT, OPTIMISED, Running, running_daemon, wait_for, write_host
from benchmarks.webgui import webgui
from uma.feeds import all_feeds
from uma.feeds.feed import Feed

COLUMNS = ("CPU, s an hour", "wake-ups a second", "RSS, MB", "PSS, MB", "threads")

SETTLING = 25
"""Seconds after the start that are not idle: SMART texts are read once they have rested."""

ASKED = 5


@dataclass(frozen=True, slots=True)
class Contender:
    """Program to measure, and its page if it is asked."""

    name: str
    running: Running
    page: str | None = None


def run(effort: Effort) -> Iterator[tuple[str, ...]]:
    """Yield a row for each contender."""
    seconds = effort.whole_cycles
    with ExitStack() as stack:
        contenders = [*_umas(stack, effort), *_peers(stack)]
        for contender in contenders:
            if contender.page is not None:
                stack.enter_context(asking(f"http://127.0.0.1:{contender.running.port}/{contender.page}"))
        time.sleep(effort.pause(SETTLING))
        before = [contender.running.use for contender in contenders]
        time.sleep(seconds)
        after = [contender.running.use for contender in contenders]
        for contender, then, now in zip(contenders, before, after, strict=True):
            running, memory = contender.running, contender.running.memory
            yield (
                contender.name,
                f"{per_hour(now.seconds_since(then), seconds):.1f}",
                f"{now.wakeups_since(then) / seconds:.1f}",
                f"{memory['Rss']:.1f}",
                f"{memory['Pss']:.1f}",
                str(running.threads),
            )
    for peer in (GLANCES, NETDATA, NODE_EXPORTER):
        if not peer.is_there:
            yield (f"{peer.name}: could not be had on this machine", *("–" for _ in COLUMNS))


def _umas(stack: ExitStack, effort: Effort) -> Iterator[Contender]:
    socket = stack.enter_context(docker_socket())
    packaged = stack.enter_context(packaged_command(effort))
    wanted: list[tuple[str, tuple[str, ...], str | None, str]] = [
        ("UMA from a checkout", CHECKOUT, None, ""),
        ("UMA from a checkout, python -OO", OPTIMISED, None, ""),
    ]
    if packaged is not None:
        wanted = [
            ("UMA, packaged", packaged, None, ""),
            ("UMA, packaged, with three feeds", packaged, None, without_others(GUIDES)),
            ("UMA, packaged, asked for /metrics", packaged, "metrics", ""),
            *wanted,
        ]
    for name, command, page, settings in wanted:
        root = Path(stack.enter_context(TemporaryDirectory(prefix="uma-bench-")))
        write_host(array_of(8), root)
        stack.enter_context(webgui(root))
        running = stack.enter_context(running_daemon(root, socket, command, settings=settings))
        wait_for(running.port, "api/v1/storage/status")
        yield Contender(name, running, page)


def without_others(feeds: Collection[Feed]) -> str:
    """Return settings that disable all feeds but *feeds*."""
    return "".join(f'{feed.switch.key}="no"\n' for feed in all_feeds() if feed not in feeds)


def _peers(stack: ExitStack) -> Iterator[Contender]:
    wanted: list[tuple[str, Peer, bool]] = [
        ("Glances, not asked", GLANCES, False),
        ("Glances, asked", GLANCES, True),
        ("Netdata, every second", NETDATA, False),
        ("Netdata, every 5 seconds", NETDATA_SLOW, False),
        ("node_exporter, asked", NODE_EXPORTER, True),
    ]
    for name, peer, is_asked in wanted:
        if peer.is_there:
            yield Contender(name, stack.enter_context(peer.run()), peer.page if is_asked else None)


@contextmanager
def docker_socket() -> Iterator[Path | None]:
    """Yield the socket of a dockerd without containers; None if there can be none."""
    if why_not() is not None:
        yield None
        return
    dockerd = Dockerd()
    try:
        yield dockerd.start().socket
    finally:
        dockerd.end()


@contextmanager
def asking(url: str) -> Iterator[None]:
    """Fetch *url* every 5 s inside the block."""
    over = threading.Event()

    def ask() -> None:
        while not over.wait(ASKED):
            with urllib.request.urlopen(url, timeout=20) as response:
                response.read()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()
