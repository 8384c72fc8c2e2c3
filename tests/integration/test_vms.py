"""Virtual machines of a real libvirtd: its test driver's, and real qemus that start, pause, crash and stop."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.supervised import Observed, supervised, until
from uma.feeds.feed import Context, Demand
from uma.feeds.vms import source as module
from uma.feeds.vms.model import VmEvent, VmsStatus
from uma.feeds.vms.source import VmsSource
from uma.host import Host

from .libvirtd import Libvirtd, why_not
from .syscalls import read_calls, strace, why_no_strace

SLOW = 60.0
"""Seconds for a qemu and a libvirtd that are traced."""

pytestmark = pytest.mark.skipif(why_not() is not None, reason=why_not() or "")


@pytest.fixture(scope="module")
def shared_libvirtd() -> Iterator[Libvirtd]:
    libvirtd = Libvirtd()
    try:
        yield libvirtd.start().learn()
    finally:
        libvirtd.end()


@pytest.fixture
def libvirtd(shared_libvirtd: Libvirtd) -> Iterator[Libvirtd]:
    shared_libvirtd.restart_if_dead()
    yield shared_libvirtd
    # It sometimes ends when it continues after a stop of its clock.
    shared_libvirtd.restart_if_dead()
    for name in shared_libvirtd.virsh("list", "--all", "--name").split():
        for command in ("destroy", "undefine"):
            try:
                shared_libvirtd.virsh(command, name)
            except RuntimeError:
                continue


@pytest.fixture
def root(tmp_path: Path, libvirtd: Libvirtd) -> Path:
    """A host whose libvirt is the test's."""
    return host_of(libvirtd, tmp_path)


def host_of(libvirtd: Libvirtd, folder: Path) -> Path:
    root = folder / "tower"
    (root / "var/run").mkdir(parents=True)
    (root / "var/run/libvirt").symlink_to(libvirtd.sockets)
    (root / "boot/config").mkdir(parents=True)
    (root / "boot/config/domain.cfg").write_text('SERVICE="enable"\n')
    return root


def source(root: Path, demand: Demand | None = None, **options) -> VmsSource:
    return VmsSource(Context(Host(root), None, lambda name: demand or Demand(), lambda name: None), **options)


def newest(observed: Observed) -> VmsStatus:
    return next(message for message in reversed(observed.published) if isinstance(message, VmsStatus))


def story(observed: Observed) -> list[tuple[str, str | None]]:
    return [(message.action, message.state) for message in observed.published if isinstance(message, VmEvent)]


async def virsh(libvirtd: Libvirtd, *arguments: str, **options: str) -> str:
    return await asyncio.to_thread(libvirtd.virsh, *arguments, **options)


async def test_the_test_driver(libvirtd: Libvirtd, root: Path) -> None:
    """libvirt's own test driver has one machine, whose life is followed over the read-only socket."""
    async with supervised(source(root, uri="test:///default")) as observed:
        await observed.until_status("ok")
        (vm,) = newest(observed).vms
        for command in ("suspend", "resume", "destroy", "start"):
            await virsh(libvirtd, command, "test", uri="test:///default")
        await until(lambda: len(story(observed)) == 4)

    assert (vm.name, vm.state, vm.vcpus, vm.memory_max_bytes) == ("test", "running", 2, 8 << 30)
    assert vm.uuid == "6695eb01-f6a4-8304-79aa-97f2502e193f"
    assert story(observed) == [
        ("suspended", "paused"),
        ("resumed", "running"),
        ("stopped", "shutoff"),
        ("started", "running"),
    ]


async def test_a_machines_life(libvirtd: Libvirtd, root: Path) -> None:
    """A real qemu is defined, started, paused, killed, started, stopped and undefined; each step is an event."""
    async with supervised(source(root)) as observed:
        await observed.until_status("ok")
        await asyncio.to_thread(libvirtd.define, "haos", template="Home Assistant")
        await virsh(libvirtd, "autostart", "haos")
        await virsh(libvirtd, "start", "haos")
        await virsh(libvirtd, "suspend", "haos")
        await virsh(libvirtd, "resume", "haos")
        await until(lambda: ("resumed", "running") in story(observed))
        libvirtd.qemu_of("haos").send_signal(signal.SIGKILL)
        await until(lambda: ("crashed", "shutoff") in story(observed))
        await virsh(libvirtd, "start", "haos")
        await virsh(libvirtd, "destroy", "haos")
        await until(lambda: newest(observed).vms[0].state == "shutoff")
        (vm,) = newest(observed).vms
        await virsh(libvirtd, "undefine", "haos")
        await until(lambda: newest(observed).vms == ())

    # A qemu that is destroyed may first report a shutdown, or not.
    assert [step for step in story(observed) if step[0] != "shutdown"] == [
        ("defined", "shutoff"),
        ("started", "running"),
        ("suspended", "paused"),
        ("resumed", "running"),
        ("crashed", "shutoff"),
        ("started", "running"),
        ("stopped", "shutoff"),
        ("undefined", None),
    ]
    assert (vm.template, vm.vcpus, vm.memory_current_bytes, vm.memory_used_bytes) == (
        "Home Assistant",
        2,
        64 << 20,
        None,
    )
    assert "geheim" not in repr(observed.published)


async def test_autostart(libvirtd: Libvirtd, root: Path) -> None:
    """Return the machines that start with the array."""
    for name in ("by-hand", "with-array"):
        libvirtd.define(name)
    libvirtd.virsh("autostart", "with-array")
    async with supervised(source(root)) as observed:
        await observed.until_status("ok")

    assert [(vm.name, vm.autostart) for vm in newest(observed).vms] == [("by-hand", False), ("with-array", True)]


async def test_figures_open_no_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared_libvirtd: Libvirtd
) -> None:
    """A running machine's figures come, while no process opens its disk or its ISO, or a stopped machine's."""
    if (reason := why_no_strace(tmp_path)) is not None:
        pytest.skip(reason)
    monkeypatch.setattr(module, "FIGURES_SECONDS", 0.2)
    monkeypatch.setattr(module, "FIRST_GAP_SECONDS", 0.2)
    trace, demand, libvirtd = tmp_path / "trace", Demand(), Libvirtd(strace(tmp_path / "trace"))
    libvirtd.learn_from(shared_libvirtd)

    def images() -> list[str]:
        # libvirt's own arguments name them too; what counts is who opens or stats them.
        named = (call for call in read_calls(trace) if call.name != "execve")
        return [str(call) for call in named if any(path.endswith((".img", ".iso")) for path in call.paths)]

    try:
        await asyncio.to_thread(libvirtd.start)
        libvirtd.define("running")
        libvirtd.define("stopped")
        await virsh(libvirtd, "start", "running")
        root = host_of(libvirtd, tmp_path)
        async with supervised(source(root, demand)) as observed:
            await observed.until_status("ok", SLOW)
            before = images()
            with demand.held():
                # Traced, libvirtd may miss an answer's time: then there are no machines for a while.
                await until(lambda: any(vm.cpu_percent is not None for vm in newest(observed).vms), SLOW)
                await observed.until_published(len(observed.published) + 3, SLOW)
                await until(lambda: any(vm.memory_used_bytes for vm in newest(observed).vms), SLOW)
                running = next(vm for vm in newest(observed).vms if vm.memory_used_bytes)
            during = images()[len(before) :]
            # The same statistics with block devices would open them: the reason for all this.
            # It waits for a machine that answers another; UMA's own question has --nowait, which leaves such a one out.
            await virsh(libvirtd, "domstats", "--block", "--list-active")
            await until(lambda: any("install.iso" in call for call in images()[len(before) :]), SLOW)
    finally:
        libvirtd.end()

    assert before != []
    assert during == []
    assert running.disk_io is not None
    assert running.memory_used_bytes is not None
    assert 0 < running.memory_used_bytes <= 64 << 20


async def test_a_crash_of_libvirtd(root: Path, libvirtd: Libvirtd) -> None:
    """Its socket stays and refuses; its machines continue, and are found again when it is back."""
    libvirtd.define("haos")
    libvirtd.virsh("start", "haos")
    async with supervised(source(root)) as observed:
        await observed.until_status("ok")
        libvirtd.kill()
        await until(lambda: newest(observed).service == "stopped")
        await until(lambda: "it has left its socket" in observed.health.detail)
        await asyncio.to_thread(libvirtd.start)
        await until(lambda: [vm.state for vm in newest(observed).vms] == ["running"])

    assert "failed" not in observed.board.history
    assert story(observed) == []


async def test_a_stop_of_libvirtd(root: Path, libvirtd: Libvirtd) -> None:
    """UMA's connection does not delay it, and it is back at once."""
    async with supervised(source(root)) as observed:
        await observed.until_status("ok")
        await asyncio.to_thread(libvirtd.stop)
        await until(lambda: newest(observed).service == "stopped")
        await asyncio.to_thread(libvirtd.start)
        await until(lambda: newest(observed).service == "running")

    assert "failed" not in observed.board.history


async def test_a_frozen_libvirtd(root: Path, libvirtd: Libvirtd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown states are no longer reported, and health gives the reason."""
    monkeypatch.setattr("uma.feeds.vms.rpc.Libvirt.ask.__kwdefaults__", {"seconds": 0.5})
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.2)
    libvirtd.define("haos")
    async with supervised(source(root)) as observed:
        await observed.until_status("ok")
        libvirtd.freeze()
        try:
            await observed.until_status("failed")
            states = [vm.state for vm in newest(observed).vms]
            detail = observed.health.detail
        finally:
            libvirtd.thaw()
        await observed.until_status("ok")

    assert states == [None]
    assert "has not answered" in detail
