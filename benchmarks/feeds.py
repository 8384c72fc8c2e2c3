"""Cost of the daemon with every feed on and with data for each, beside others that also show containers.

The benchmark's own dockerd has sleeping containers. Virtual machines of its own libvirtd are started and paused, so
they cost nothing themselves. apcupsd has a UPS; there are 8 disks, shares, notifications and plugins. *One page* is a
client of each stream, with figures, like the dashboard. Glances is asked for all its data every 5 s; Netdata samples
every 5 s. UMA's two run at the same time, the others each alone. The last column is the usage of Docker and libvirt
without their idle usage: a query costs both sides. Aims: 4 s of processor time an hour without clients, and 38 MB.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from tests.integration import libvirtd as virtual
from tests.integration.dockerd import Dockerd, why_not
from tests.support.ups_programs import Apcupsd, CannotGet, SmartUps

from benchmarks.arrays import array_of
from benchmarks.containers import start_containers
from benchmarks.effort import Effort
from benchmarks.figures import per_hour
from benchmarks.idle import Contender, asking
from benchmarks.kernel import use_of
from benchmarks.packaged import packaged_command
from benchmarks.peers import GLANCES, NETDATA_SLOW, Peer
from benchmarks.process import OPTIMISED, running_daemon, wait_for, write_host
from benchmarks.readers import readers
from benchmarks.webgui import webgui

COLUMNS = ("CPU, s an hour", "wake-ups a second", "RSS, MB", "CPU of Docker and libvirt, s an hour")

CASES = ((10, 1), (40, 1), (200, 20))
"""Containers and virtual machines."""
SMALLEST = (2, 1)
"""The only case of a quick run."""
SETTLING = 25
TOWER = Path(__file__).parents[1] / "demo/tower"


class Watched:
    """A server with containers, virtual machines and a UPS, whose tree is *root*."""

    def __init__(self, stack: ExitStack) -> None:
        self.root = Path(stack.enter_context(TemporaryDirectory(prefix="uma-bench-")))
        shutil.copytree(TOWER, self.root, symlinks=True, dirs_exist_ok=True)
        # With a server's recording, nothing else is looked at.
        shutil.rmtree(self.root / "demo")
        write_host(array_of(8), self.root)
        self.dockerd = Dockerd()
        stack.callback(self.dockerd.end)
        self.dockerd.start()
        self.libvirtd: virtual.Libvirtd | None = None
        if virtual.why_not() is None:
            self.libvirtd = virtual.Libvirtd()
            stack.callback(self.libvirtd.end)
            self.libvirtd.start()
            (self.root / "var/run").mkdir(exist_ok=True)
            (self.root / "var/run/libvirt").symlink_to(self.libvirtd.sockets)
        stack.enter_context(_ups(self.root))
        self._containers = self._machines = 0

    def grow(self, containers: int, machines: int) -> str:
        """Create that many containers and machines; return their number."""
        start_containers(self.dockerd, range(self._containers, containers))
        self._containers = containers
        if self.libvirtd is None:
            return f"{containers} containers"
        for number in range(self._machines, machines):
            _start_machine(self.libvirtd, f"vm{number:02}")
        self._machines = machines
        return f"{containers} containers, {machines} VM{'s' * (machines > 1)}"

    def used(self) -> Callable[[], float]:
        """Return a function for the seconds that Docker and libvirt have used since now."""
        pids = [self.dockerd.pid, *([self.libvirtd.pid] if self.libvirtd else [])]
        before = {pid: use_of(pid) for pid in pids}
        return lambda: sum(use_of(pid).seconds_since(then) for pid, then in before.items())


def run(effort: Effort) -> Iterator[tuple[str, ...]]:
    """A row for each contender of each case."""
    if reason := why_not():
        yield (f"not measured: {reason}", *("–" for _ in COLUMNS))
        return
    with ExitStack() as stack:
        watched = Watched(stack)
        command = stack.enter_context(packaged_command(effort)) or OPTIMISED
        for case in (SMALLEST,) if effort.is_quick else CASES:
            name = watched.grow(*case)
            _, by_themselves = _measured(watched, [], effort, effort.seconds)
            peers = effort.some((GLANCES, NETDATA_SLOW), quick=0)
            for contenders, seconds in (
                (_umas(watched, command), effort.whole_cycles),
                *((_peer(peer, watched), effort.seconds) for peer in peers),
            ):
                with contenders as running:
                    figures, theirs = _measured(watched, running, effort, seconds)
                shown = f"{max(0.0, theirs - by_themselves):.1f}"
                yield from ((f"{name}: {each}", *row, shown) for each, *row in figures)
    for peer in (GLANCES, NETDATA_SLOW):
        if not peer.is_there:
            yield (f"{peer.name}: could not be had on this machine", *("–" for _ in COLUMNS))


def _measured(
    watched: Watched, contenders: Sequence[Contender], effort: Effort, seconds: int
) -> tuple[list[tuple[str, str, str, str]], float]:
    """Return a row for each contender, and the usage of Docker and libvirt in seconds an hour."""
    time.sleep(effort.pause(SETTLING))
    used, before = watched.used(), [each.running.use for each in contenders]
    time.sleep(seconds)
    theirs, after = used(), [each.running.use for each in contenders]
    rows = [
        (
            each.name,
            f"{per_hour(now.seconds_since(then), seconds):.1f}",
            f"{now.wakeups_since(then) / seconds:.1f}",
            f"{each.running.memory['Rss']:.1f}",
        )
        for each, then, now in zip(contenders, before, after, strict=True)
    ]
    return rows, per_hour(theirs, seconds)


@contextmanager
def _umas(watched: Watched, command: Sequence[str]) -> Iterator[list[Contender]]:
    with ExitStack() as stack:
        wanted = []
        for name in ("UMA, nobody looks", "UMA, one page"):
            root = Path(stack.enter_context(TemporaryDirectory(prefix="uma-bench-")))
            shutil.copytree(watched.root, root, symlinks=True, dirs_exist_ok=True)
            # Without it, UMA looks for it each second.
            stack.enter_context(webgui(root))
            running = stack.enter_context(running_daemon(root, watched.dockerd.socket, command))
            wait_for(running.port, "api/v1/storage/status")
            wanted.append(Contender(name, running))
        feeds = json.loads(wait_for(wanted[-1].running.port, "api/v1/feeds"))
        addresses = [f"/api/v1/ws/{feed['name']}" for feed in feeds]
        stack.enter_context(readers(wanted[-1].running.port, len(addresses), *addresses))
        yield wanted


@contextmanager
def _peer(peer: Peer, watched: Watched) -> Iterator[list[Contender]]:
    if not peer.is_there:
        yield []
        return
    with ExitStack() as stack:
        # Both find Docker through it.
        stack.enter_context(patch.dict(os.environ, DOCKER_HOST=f"unix://{watched.dockerd.socket}"))
        running = stack.enter_context(peer.run())
        if peer is GLANCES:
            stack.enter_context(asking(f"http://127.0.0.1:{running.port}/{peer.page}"))
        yield [Contender(f"{peer.name}, every 5 s", running)]


@contextmanager
def _ups(root: Path) -> Iterator[None]:
    try:
        simulated = SmartUps()
        apcupsd = Apcupsd(root, simulated.device, poll_seconds=60)
        apcupsd.start()
    except CannotGet:
        yield
        return
    try:
        yield
    finally:
        apcupsd.stop()
        simulated.close()


def _start_machine(libvirtd: virtual.Libvirtd, name: str) -> None:
    folder = libvirtd.folder / name
    folder.mkdir()
    for image in ("vdisk1.img", "install.iso"):
        with (folder / image).open("wb") as file:
            file.truncate(1 << 20)
    emulator = shutil.which(virtual.QEMU, path=virtual.SYSTEM_PATH) or virtual.QEMU
    (folder / "domain.xml").write_text(
        virtual.DOMAIN.format(name=name, template="Linux", folder=folder, emulator=emulator)
    )
    libvirtd.virsh("create", str(folder / "domain.xml"), "--paused")
