"""The source of virtual machines with a fake libvirt that misbehaves on command."""

import socket
import struct
from pathlib import Path

import pytest

from tests.fakes.libvirt import AUTH_LIST, BLOCK, LIST, STATS, FakeDomain, FakeLibvirt
from tests.supervised import supervised, until
from uma.feeds.feed import Context, Demand, Hint
from uma.feeds.vms import source as module
from uma.feeds.vms.model import VmEvent, VmsStatus
from uma.feeds.vms.protocol import ACTIVE_ONLY, NO_WAIT
from uma.feeds.vms.service import sockets_folder
from uma.feeds.vms.source import VmsSource
from uma.host import Host

NEVER = 3600.0
SECOND = 1_000_000_000


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """All intervals are infinite: polling can't have found anything."""
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", NEVER)
    monkeypatch.setattr(module, "FIGURES_SECONDS", NEVER)
    monkeypatch.setattr(module, "FIRST_GAP_SECONDS", 0.01)
    monkeypatch.setattr(module, "DISK_SECONDS", 0.05)


class World:
    """A host with a flash drive, a place for libvirt's socket, and a demand."""

    def __init__(self, root: Path) -> None:
        self.demand, self.hint = Demand(), Hint()
        self.host = Host(root)
        (root / "boot/config").mkdir(parents=True)
        (root / "var/run").mkdir(parents=True)
        self.settings = root / "boot/config/domain.cfg"
        self.settings.write_text('SERVICE="enable"\n')
        self.source = VmsSource(Context(self.host, None, lambda name: self.demand, lambda name: None, hint=self.hint))

    def libvirt(self, *domains: FakeDomain, socket: str = "libvirt-sock-ro") -> FakeLibvirt:
        return FakeLibvirt(sockets_folder(self.host) / socket, *domains)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def newest(observed) -> VmsStatus:
    return next(message for message in reversed(observed.published) if isinstance(message, VmsStatus))


def events(observed) -> list[VmEvent]:
    return [message for message in observed.published if isinstance(message, VmEvent)]


def story(observed) -> list:
    """Return each event's action, and each status's service and states."""
    return [
        message.action if isinstance(message, VmEvent) else (message.service, [vm.state for vm in message.vms])
        for message in observed.published
    ]


async def test_machines_and_their_events(world):
    """All machines come at once; an event is published immediately, with the new state."""
    plex, haos = FakeDomain("plex", 1, active=1, state=1, autostart=True), FakeDomain("haos", 2)
    async with world.libvirt(plex, haos) as libvirt, supervised(world.source) as observed:
        await observed.until_status("ok")
        plex.state = 3
        libvirt.emit(plex, 3)
        await until(lambda: len(observed.published) >= 4)

    assert story(observed)[:3] == [
        ("running", ["shutoff", "running"]),
        "suspended",
        ("running", ["shutoff", "paused"]),
    ]
    assert [(vm.name, vm.autostart, vm.template, vm.vcpus) for vm in newest(observed).vms] == [
        ("haos", False, "Linux", 2),
        ("plex", True, "Linux", 2),
    ]


async def test_without_demand_there_are_no_figures(world):
    """Without demand no statistics are requested or shown."""
    plex = FakeDomain("plex", active=1, state=1)
    async with world.libvirt(plex) as libvirt, supervised(world.source) as observed:
        await observed.until_status("ok")
        libvirt.emit(plex, 3)
        await until(lambda: len(observed.published) >= 4)

    assert not {STATS, BLOCK} & set(libvirt.asked)
    assert newest(observed).vms[0].memory_used_bytes is None


async def test_figures_begin_with_demand(world):
    """The first percentages come after two samples; only running machines' disks are queried."""
    plex, off = FakeDomain("plex", 1, active=1, state=1), FakeDomain("off", 2)
    plex.statistics = {"cpu.time": SECOND, "vcpu.0.time": SECOND, "balloon.current": 4096, "balloon.rss": 1024}
    async with world.libvirt(plex, off) as libvirt, supervised(world.source) as observed:
        await observed.until_status("ok")
        with world.demand.held():
            await until(lambda: newest(observed).vms[1].cpu_percent is not None)
        shown = newest(observed).vms

    assert (shown[1].cpu_percent, shown[1].memory_used_bytes, shown[1].disk_io.write_bytes) == (0.0, 1 << 20, 200)
    assert (shown[0].cpu_percent, shown[0].memory_used_bytes, shown[0].disk_io) == (None, None, None)
    assert set(libvirt.stats_flags) == {ACTIVE_ONLY | NO_WAIT}
    assert set(libvirt.blocks_asked) == {b"vda\0"}


async def test_disks_that_are_not_known_have_no_figures(world):
    """A machine whose XML can't be parsed has unknown traffic, not none."""
    plex = FakeDomain("plex", active=1, state=1)
    plex.xml = "<domain><devices>"
    plex.statistics = {"balloon.current": 4096, "balloon.rss": 1024}
    async with world.libvirt(plex) as libvirt, supervised(world.source) as observed:
        await observed.until_status("ok")
        with world.demand.held():
            await until(lambda: newest(observed).vms[0].memory_used_bytes is not None)

    assert newest(observed).vms[0].disk_io is None
    assert BLOCK not in libvirt.asked


async def test_figures_end_with_demand(world, monkeypatch):
    """Old figures are removed."""
    monkeypatch.setattr(module, "FIGURES_SECONDS", 0.01)
    plex = FakeDomain("plex", active=1, state=1)
    plex.statistics = {"balloon.current": 4096, "balloon.rss": 1024}
    async with world.libvirt(plex), supervised(world.source) as observed:
        await observed.until_status("ok")
        with world.demand.held():
            await until(lambda: newest(observed).vms[0].memory_used_bytes is not None)
        await until(lambda: newest(observed).vms[0].memory_used_bytes is None)


async def test_a_hung_machine_costs_itself_only(world, monkeypatch):
    """A qemu that does not answer has no disk figures, and is not queried for a minute."""
    monkeypatch.setattr(module, "FIGURES_SECONDS", 0.01)
    hung, well = FakeDomain("hung", 1, active=1, state=1), FakeDomain("well", 2, active=2, state=1)
    asked = []

    def block(body):
        asked.append(hung.uuid in body)
        return None if hung.uuid in body else struct.pack(">qqqqq", 1, 5, 1, 6, 0)

    async with world.libvirt(hung, well) as libvirt, supervised(world.source) as observed:
        libvirt.answers[BLOCK] = block
        await observed.until_status("ok")
        with world.demand.held():
            await until(lambda: asked.count(False) > 3)
        shown = {vm.name: vm.disk_io for vm in newest(observed).vms}
        assert observed.health.status == "ok"

    assert (shown["hung"], shown["well"].read_bytes) == (None, 5)
    assert asked.count(True) == 1


@pytest.mark.parametrize(("text", "word"), [('SERVICE="disable"', "disabled"), ('SERVICE="enable"', "stopped")])
async def test_a_service_that_does_not_run(world, text, word):
    """The reason is reported; health is not degraded."""
    world.settings.write_text(text)
    async with supervised(world.source) as observed:
        await observed.until_published(1)
        await observed.until_status("unavailable")

    assert story(observed)[0] == (word, [])


async def test_a_service_that_was_never_set_up(world):
    """Without domain.cfg there are no virtual machines on this server."""
    world.settings.unlink()
    async with supervised(world.source) as observed:
        await observed.until_published(1)

    assert story(observed)[0] == ("absent", [])


async def test_a_service_that_starts(world):
    """Its socket is noticed, even if its folder is new."""
    async with supervised(world.source) as observed:
        await observed.until_status("unavailable")
        async with world.libvirt(FakeDomain("plex")):
            await observed.until_status("ok")

    assert ("running", ["shutoff"]) in story(observed)


async def test_a_service_that_stops(world):
    """Its machines are removed, and health is not degraded."""
    async with supervised(world.source) as observed:
        async with world.libvirt(FakeDomain("plex")):
            await observed.until_status("ok")
        await until(lambda: newest(observed).service == "stopped")

    assert newest(observed).vms == ()
    assert "failed" not in observed.board.history


async def test_numbers_go_on_after_a_restart(world):
    """The events' seq rises by one for the daemon's whole life."""
    plex = FakeDomain("plex")
    async with supervised(world.source) as observed:
        for number, event in enumerate((2, 3), 1):
            async with world.libvirt(plex) as libvirt:
                await until(lambda: libvirt.asked.count(LIST) == 2)
                await observed.until_status("ok")
                libvirt.emit(plex, event)
                await until(lambda number=number: len(events(observed)) == number)
            await observed.until_status("unavailable")

    assert [(event.seq, event.action) for event in events(observed)] == [(1, "started"), (2, "suspended")]


async def test_a_libvirt_that_never_answers(world, monkeypatch):
    """This is a failure in health; the stream does not repeat old states."""
    monkeypatch.setattr("uma.feeds.vms.rpc.Libvirt.ask.__kwdefaults__", {"seconds": 0.05})
    async with world.libvirt(FakeDomain("plex")) as libvirt, supervised(world.source) as observed:
        await observed.until_status("ok")
        libvirt.answers[AUTH_LIST] = lambda body: None
        libvirt.hang_up()
        await observed.until_status("failed")

    assert observed.health.detail == "libvirt has not answered AUTH_LIST for 0.05 s"


async def test_a_libvirt_that_answers_garbage(world):
    """The states of known machines become unknown; names stay."""
    plex = FakeDomain("plex", active=1, state=1)
    async with world.libvirt(plex) as libvirt, supervised(world.source) as observed:
        await observed.until_status("ok")
        libvirt.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await until(lambda: ("running", [None]) in story(observed))
        libvirt.garbage = b"\xff" * 64
        await observed.until_status("failed")

    assert "does not speak libvirt's RPC" in observed.health.detail


async def test_a_machine_that_goes_while_it_is_asked(world):
    """One that is removed between list and request only loses itself."""
    plex, gone = FakeDomain("plex", 1), FakeDomain("gone", 2)
    async with world.libvirt(plex) as libvirt, supervised(world.source) as observed:
        libvirt.answers[LIST] = lambda body: (
            struct.pack(">I", 2) + plex.packed + gone.packed if body.endswith(bytes(4)) else bytes(4)
        )
        await observed.until_status("ok")

    assert [vm.name for vm in newest(observed).vms] == ["plex"]


async def test_a_machine_that_comes_with_an_event(world):
    """Its details are requested at once."""
    new = FakeDomain("new")
    async with world.libvirt() as libvirt, supervised(world.source) as observed:
        await observed.until_status("ok")
        libvirt.domains.append(new)
        libvirt.emit(new, 0)
        await until(lambda: newest(observed).vms and newest(observed).vms[0].vcpus == 2)

    assert story(observed)[:3] == [("running", []), "defined", ("running", ["shutoff"])]


async def test_a_heartbeat_finds_autostart(world, monkeypatch):
    """There is no event for it."""
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.02)
    plex = FakeDomain("plex")
    async with world.libvirt(plex), supervised(world.source) as observed:
        await observed.until_status("ok")
        plex.autostart = True
        await until(lambda: newest(observed).vms[0].autostart is True)


async def test_a_hint_looks_again(world):
    """SIGUSR1 makes it look at a stopped service again."""
    world.settings.write_text('SERVICE="disable"')
    async with supervised(world.source) as observed:
        await observed.until_status("unavailable")
        world.settings.write_text('SERVICE="enable"')
        world.hint.give()
        await until(lambda: newest(observed).service == "stopped")


async def test_a_hint_is_one_look(world, monkeypatch):
    """Without a change at libvirt's socket, a hint by udev does not poll a socket that a crash has left."""
    path = sockets_folder(world.host) / "libvirt-sock-ro"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    waits = []

    async def wait(path, changed):
        waits.append(path)

    monkeypatch.setattr(module, "wait_until_listening", wait)
    async with supervised(world.source) as observed:
        await observed.until_status("unavailable")
        await until(lambda: len(waits) == 1)
        world.settings.write_text('SERVICE="disable"')
        world.hint.give()
        await until(lambda: newest(observed).service == "disabled")

    assert waits == [path]


async def test_no_watch_is_left(world, monkeypatch):
    """Without a watch, a service that starts is found by polling."""

    async def fail(folder, nudge):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(module, "watch_folder", fail)
    monkeypatch.setattr(module, "UNWATCHED_SECONDS", 0.01)
    async with supervised(world.source) as observed:
        await observed.until_status("unavailable")
        async with world.libvirt(FakeDomain("plex")):
            await observed.until_status("ok")

    assert story(observed)[0] == ("stopped", [])


async def test_a_libvirt_without_a_read_only_socket(world):
    """The other socket is opened read-only; if both exist, the read-only one is used."""
    opened = []
    async with world.libvirt(FakeDomain("plex"), socket="libvirt-sock") as libvirt:
        libvirt.answers[1] = lambda body: opened.append(body[-4:]) or b""
        async with supervised(world.source) as observed:
            await observed.until_status("ok")
    async with (
        world.libvirt(socket="libvirt-sock") as other,
        world.libvirt(FakeDomain("plex")) as read_only,
        supervised(world.source) as observed,
    ):
        await observed.until_status("ok")

    assert opened == [bytes([0, 0, 0, 1])]
    assert (other.asked, bool(read_only.asked)) == ([], True)
