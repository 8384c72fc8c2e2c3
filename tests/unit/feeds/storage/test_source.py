"""The storage source on real files: its messages, their times, and its health."""

import asyncio
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.array_writer import ArrayTexts, Resync, array, disk, pool, ssd
from tests.supervised import Observed, until
from tests.timed import IN_SECONDS
from uma.errors import Unreadable
from uma.feeds.smart.model import SmartReading
from uma.feeds.smart.source import SmartSource
from uma.feeds.storage.emhttp import parse_state
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.source import StorageSource, snapshot
from uma.feeds.storage.status import UNKNOWN, status_from
from uma.feeds.storage.torn_reads import Timing
from uma.host import Host
from uma.model.health import SourceState

NEVER = 1000.0
PROMISED = 1.0
"""Seconds within which a change must be published."""

QUICK = Timing(
    settle=0.02,
    spacing=0.04,
    rest=0.002,
    agreement=0.04,
    doubt=0.1,
    short=0.15,
    last_good=0.6,
    retry=0.1,
    look=0.5,
    unwatched_look=0.05,
    rewatch=0.1,
    busy_interval=0.1,
)


def server(*, temp: str = "34", status: str = "DISK_OK", **more: object) -> ArrayTexts:
    data = [disk(temp=temp), disk(status=status), *(disk() for _ in range(6))]
    return array(parity=2, disks=data, pools=[pool("cache", ssd(), ssd()), pool("tank")], **more)  # type: ignore[arg-type]


def status_of(texts: ArrayTexts) -> StorageStatus:
    return status_from(parse_state(texts.texts()), {})


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A healthy server."""
    return Host(server().write_to(tmp_path / "root"))


@dataclass
class Folders:
    """Replacement for inotify: a test nudges by hand, or makes the watch fail *failures* times."""

    failures: int = 0
    nudges: list[Callable[[], None]] = field(default_factory=list)

    async def watch(self, folder: Path, nudge: Callable[[], None]) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError(28, "No space left on device")
        self.nudges.append(nudge)
        await asyncio.Event().wait()


@asynccontextmanager
async def observed(source: StorageSource) -> AsyncIterator[Observed]:
    """Run *source* without a supervisor, so a crash fails the test."""
    seen = Observed(source.name)

    def report(status: SourceState, detail: str) -> None:
        seen.board.report(source.name, status, detail)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(source.run(seen.published.append, report), name=source.name)
        try:
            yield seen
        finally:
            task.cancel()


async def until_newest(seen: Observed, status: StorageStatus, seconds: float = PROMISED) -> None:
    await until(lambda: seen.published[-1:] == [status], seconds)


def write_in_place(texts: ArrayTexts, host: Host) -> None:
    texts.write_to(host.root)


def write_and_rename(texts: ArrayTexts, host: Host) -> None:
    for name in ("var", "disks", "devs"):
        beside = host.state / f"{name}.new"
        beside.write_text(getattr(texts, name))
        beside.rename(host.state / f"{name}.ini")


MANNERS = pytest.mark.parametrize("write", [write_in_place, write_and_rename])


async def test_the_first_message_comes_at_once(host: Host) -> None:
    """Within a second of the start the state is published, once, and the source is ok."""
    async with observed(StorageSource(host=host)) as seen:
        await until_newest(seen, status_of(server()))
        assert seen.published == [status_of(server())]
        assert seen.health.status == "ok"


@MANNERS
@pytest.mark.parametrize(
    "change",
    [
        server(temp="41"),
        server(status="DISK_DSBL"),
        server(fs_state="Stopped"),
        server(resync=Resync("check P Q")),
        server(unassigned=[ssd()]),
    ],
    ids=["temperature", "fault", "stop", "check", "hotplug"],
)
async def test_a_change_is_published_within_a_second(
    host: Host, change: ArrayTexts, write: Callable[[ArrayTexts, Host], None]
) -> None:
    """However the files are written, the new state is published within a second, and so is the way back, without
    another between.
    """
    async with observed(StorageSource(host=host)) as seen:
        await until_newest(seen, status_of(server()))
        write(change, host)
        await until_newest(seen, status_of(change))
        write(server(), host)
        await until_newest(seen, status_of(server()))
        assert seen.published == [status_of(server()), status_of(change), status_of(server())]
        assert seen.board.history == ["ok"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plugins/dynamix/dynamix.cfg", '[display]\nhot="30"\nmax="31"\n'),
        ("parity-checks.log", "2025 Jun  2 12:00:00|34567|200000000|0|0|check P Q|17578328012\n"),
    ],
)
async def test_settings_and_results_are_changes_too(host: Host, name: str, text: str) -> None:
    """The user's thresholds and a finished check's line of history, both on the flash drive, show within a second."""
    async with observed(StorageSource(host=host)) as seen:
        await until_newest(seen, status_of(server()))
        (host.flash_config / name).write_text(text)
        await until(lambda: len(seen.published) == 2, PROMISED)


@IN_SECONDS
async def test_a_heartbeat_repeats_the_last_message(host: Host) -> None:
    """Without a change there is a message every interval; a new interval applies from then on."""
    source = StorageSource(host=host, interval=0.2, timing=QUICK)
    async with observed(source) as seen:
        await seen.until_published(1)
        start = time.monotonic()
        await seen.until_published(6)
        assert 5 * 0.2 - 0.05 < time.monotonic() - start < 5 * 0.2 + 1.0
        assert set(seen.published) == {status_of(server())}
        source.interval = NEVER
        source.nudge()
        count = len(seen.published)
        await asyncio.sleep(0.5)
        assert len(seen.published) <= count + 1


@pytest.mark.parametrize(("is_paused", "is_busy"), [(False, True), (True, False)])
async def test_messages_are_frequent_while_a_check_runs(host: Host, is_paused: bool, is_busy: bool) -> None:
    """A running check has a message every 5 s (here 0.1 s) at any interval; a paused one need not."""
    server(resync=Resync("check P Q", paused=is_paused)).write_to(host.root)
    async with observed(StorageSource(host=host, interval=NEVER, timing=QUICK)) as seen:
        await seen.until_published(1)
        await asyncio.sleep(0.6)
        assert (len(seen.published) > 3) is is_busy


async def test_a_shorter_interval_stays_while_a_check_runs(host: Host) -> None:
    """Five seconds are an upper bound: with a shorter interval messages come as often as without a check."""
    server(resync=Resync("check P Q")).write_to(host.root)
    timing = replace(QUICK, busy_interval=NEVER)
    async with observed(StorageSource(host=host, interval=0.1, timing=timing)) as seen:
        await seen.until_published(4)


async def test_nothing_new_is_not_published(host: Host) -> None:
    """Files rewritten with the same content, or with unpublished counters, cause no message."""
    looks: list[float] = []

    def smart() -> dict[str, SmartReading]:
        looks.append(time.monotonic())
        return {}

    async with observed(StorageSource(host=host, interval=NEVER, smart=smart, timing=QUICK)) as seen:
        await seen.until_published(1)
        for reads in range(10):
            texts = server()
            replace(texts, disks=texts.disks.replace('numReads="5118"', f'numReads="{reads}"')).write_to(host.root)
            count = len(looks)
            await until(lambda count=count: len(looks) > count)  # type: ignore[misc]
        await asyncio.sleep(0.2)
        assert len(seen.published) == 1


opened: list[str] = []
"""Paths opened by this process since it was last cleared."""


def _note_open(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        opened.append(str(arguments[0]))


async def test_a_look_at_unchanged_files_opens_none(host: Host) -> None:
    """Without a nudge no file is opened while all stamps are equal; a change is found even without inotify."""
    folders = Folders()
    source = StorageSource(host=host, interval=0.05, timing=replace(QUICK, look=0.05), watch=folders.watch)
    async with observed(source) as seen:
        await seen.until_published(2)
        sys.addaudithook(_note_open)
        opened.clear()
        await seen.until_published(len(seen.published) + 5)
        assert not [path for path in opened if path.startswith(str(host.root))]
        server(temp="41").write_to(host.root)
        await until_newest(seen, status_of(server(temp="41")))
        assert str(host.state / "var.ini") in opened


async def test_without_inotify_it_looks_more_often(host: Host) -> None:
    """If the kernel has no watch left, changes are found by polling, and the watch is retried."""
    folders, looks = Folders(failures=3), 0

    def smart() -> dict[str, SmartReading]:
        nonlocal looks
        looks += 1
        return {}

    source = StorageSource(
        host=host,
        interval=NEVER,
        smart=smart,
        timing=replace(QUICK, look=NEVER, rewatch=0.5),
        watch=folders.watch,
    )
    async with observed(source) as seen:
        await seen.until_published(1)
        server(temp="41").write_to(host.root)
        await until_newest(seen, status_of(server(temp="41")))
        await until(lambda: len(folders.nudges) == 3)
        for nudge in folders.nudges:
            nudge()
        server(temp="42").write_to(host.root)
        folders.nudges[0]()
        await until_newest(seen, status_of(server(temp="42")))
        await asyncio.sleep(0.1)
        count = looks
        await asyncio.sleep(0.3)
        assert looks == count


async def test_a_rename_is_reported(host: Host) -> None:
    """Each new name is, though storage's own message stays the same; the first name is not."""
    renamed: list[str] = []
    source = StorageSource(host=host, interval=NEVER, timing=QUICK, renamed=lambda: renamed.append("now"))
    async with observed(source) as seen:
        await until_newest(seen, status_of(server()))
        var = host.state / "var.ini"
        var.write_text(var.read_text().replace('NAME="', 'NAME="New'))
        await until(lambda: bool(renamed))
        assert seen.published == [status_of(server())]
        write_in_place(server(), host)
        await until(lambda: len(renamed) == 2)


async def test_a_nudge_takes_new_smart_readings_in(host: Host) -> None:
    """SMART's result changes, the files don't: after a nudge the message has it."""
    readings: dict[str, SmartReading] = {}
    source = StorageSource(host=host, interval=NEVER, smart=lambda: readings, timing=QUICK)
    async with observed(source) as seen:
        await seen.until_published(1)
        readings["disk1"] = SmartReading("failed", 34, 100, {}, None, None, 0.0)
        source.nudge()
        await seen.until_published(2)
        newest = seen.published[-1]
        assert isinstance(newest, StorageStatus)
        assert [member.health for member in newest.disks[:2]] == ["failed", "unknown"]


async def test_the_believed_state_is_not_a_torn_one(host: Host) -> None:
    """A disks.ini cut after a slot is not used for drives: the last valid one stays."""
    source = StorageSource(host=host, interval=NEVER, timing=QUICK, watch=Folders().watch)
    assert source.state is None
    async with observed(source) as seen:
        await seen.until_published(1)
        believed = source.state
        assert believed is not None
        text = (host.state / "disks.ini").read_text()
        (host.state / "disks.ini").write_text(text[: text.index('["flash"]')])
        source.nudge()
        await asyncio.sleep(0.05)
        assert source.state is believed


async def test_another_drive_has_nothing_of_the_one_before(host: Host) -> None:
    """From the first message with the new drive on, temperature and health are not the old one's."""
    smart = SmartSource(host=host, mode="cached", changed=lambda: None)
    smart.readings = {name: SmartReading("failed", 44, 100, {}, None, None, 0.0) for name in ("disk1", "disk2", "dev1")}
    first = array(disks=[disk(serial="AAAA1111"), disk()], unassigned=[disk(serial="CCCC3333", used=None)])
    gone = array(disks=[disk(serial="AAAA1111"), disk()])
    second = array(
        disks=[disk(serial="BBBB2222", temp="*", status="DISK_WRONG"), disk()],
        unassigned=[disk(serial="DDDD4444", used=None, temp="*")],
    )
    first.write_to(host.root)
    source = StorageSource(host=host, interval=NEVER, smart=lambda: smart.readings, seated=smart.seat, timing=QUICK)
    async with observed(source) as seen:
        await seen.until_published(1)
        assert [found.health for found in seen.published[-1].disks] == ["failed", "failed"]
        gone.write_to(host.root)
        await seen.until_published(2)
        second.write_to(host.root)
        await seen.until_published(3)

    news = [message for message in seen.published if message.disks[0].status == "wrong"]
    assert news
    for message in news:
        assert [found.health for found in message.disks] == ["unknown", "failed"]
        assert (message.disks[0].temperature, message.disks[0].temperature_state) == (None, None)
        assert all(device.temperature is None for device in message.unassigned)
    assert list(smart.readings) == ["disk2"]


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_text("")


def cut_within_a_line(path: Path) -> None:
    path.write_text(path.read_text()[: len(path.read_text()) // 2].rpartition('="')[0] + '="')


def fill_with_noise(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(20_000))


def fill_with_10_mb(path: Path) -> None:
    path.write_text(path.read_text() * (10_000_000 // path.stat().st_size))


def fill_with_prose(path: Path) -> None:
    path.write_text("Lorem ipsum dolor sit amet\n" * 100)


def put_a_folder_there(path: Path) -> None:
    path.unlink()
    path.mkdir()


def put_a_fifo_there(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def put_a_loop_there(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def remove_the_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


DAMAGES = [
    remove,
    empty,
    cut_within_a_line,
    fill_with_noise,
    fill_with_10_mb,
    fill_with_prose,
    put_a_folder_there,
    put_a_fifo_there,
    put_a_loop_there,
    remove_the_folder,
]


def repair(path: Path, host: Host) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    server().write_to(host.root)


@IN_SECONDS
@pytest.mark.parametrize(
    ("file", "damage"),
    [("disks.ini", damage) for damage in DAMAGES]
    + [("var.ini", damage) for damage in (remove, empty, fill_with_noise)],
)
async def test_the_last_good_state_stays_for_a_while(host: Host, file: str, damage: Callable[[Path], None]) -> None:
    """With an unusable file health fails at once, and the last good state stays 10 s (here 0.6), then unknown; it
    recovers as soon as the file does.
    """
    good = status_of(server())
    async with observed(StorageSource(host=host, interval=0.1, timing=QUICK)) as seen:
        await until_newest(seen, good)
        start = time.monotonic()
        damage(host.state / file)
        damaged = time.monotonic()
        await seen.until_status("failed")
        assert time.monotonic() - damaged < PROMISED
        assert "; using the last good state" in seen.health.detail
        assert set(seen.published) == {good}
        await until_newest(seen, UNKNOWN)
        assert time.monotonic() - start > QUICK.last_good
        assert file in seen.health.detail or "remove_the_folder" in damage.__name__
        await seen.until_published(len(seen.published) + 2)
        assert seen.published[-1] == UNKNOWN
        repair(host.state / file, host)
        await until_newest(seen, good)
        assert seen.health.status == "ok"
        assert set(seen.published) == {good, UNKNOWN}


@pytest.fixture
def nobodys_host() -> Iterator[Host]:
    """A healthy server, readable by anyone, while this process lacks root's right to read everything."""
    root = Path(tempfile.mkdtemp(prefix="uma-"))
    root.chmod(0o755)
    host = Host(server().write_to(root))
    user = os.geteuid()
    os.seteuid(65534 if user == 0 else user)
    yield host
    os.seteuid(user)
    shutil.rmtree(root)


async def test_a_file_that_may_not_be_read(nobodys_host: Host) -> None:
    """Without permission: failed, and the last good state stays; with it again, the file is read."""
    file = nobodys_host.state / "disks.ini"
    nobody, owner = os.geteuid(), file.stat().st_uid

    def as_owner(act: Callable[[], object]) -> None:
        os.seteuid(owner)
        act()
        os.seteuid(nobody)

    async with observed(StorageSource(host=nobodys_host, interval=NEVER, timing=QUICK)) as seen:
        await until_newest(seen, status_of(server()), 30)
        as_owner(lambda: file.write_text(server(temp="41").disks) and file.chmod(0))
        await seen.until_status("failed")
        assert seen.health.detail == "disks.ini can't be read: Permission denied; using the last good state"
        await until_newest(seen, UNKNOWN)
        as_owner(lambda: file.chmod(0o644))
        await until_newest(seen, status_of(server(temp="41")))
        assert seen.board.history == ["ok", "failed", "ok"]


async def test_a_short_trouble_shows_in_health_only(host: Host) -> None:
    """If it ends in time, only heartbeats were published, all of them good."""
    good = status_of(server())
    async with observed(StorageSource(host=host, interval=0.1, timing=replace(QUICK, last_good=NEVER))) as seen:
        await until_newest(seen, good)
        empty(host.state / "disks.ini")
        await seen.until_status("failed")
        assert seen.health.detail == "disks.ini is empty; using the last good state"
        await seen.until_published(len(seen.published) + 3)
        server().write_to(host.root)
        await seen.until_status("ok")
        assert set(seen.published) == {good}
        assert seen.board.history == ["ok", "failed", "ok"]


async def test_an_ordinary_rewrite_is_not_a_fault(host: Host) -> None:
    """The empty file of a rewrite in place, seen for an instant, is not reported."""
    async with observed(StorageSource(host=host, interval=NEVER)) as seen:
        await seen.until_published(1)
        for _ in range(5):
            empty(host.state / "disks.ini")
            await asyncio.sleep(0.1)
            server().write_to(host.root)
            await asyncio.sleep(0.15)
        assert seen.board.history == ["ok"]
        assert len(seen.published) == 1


async def test_an_array_cut_at_a_sections_end_is_not_a_smaller_one(host: Host) -> None:
    """If disks.ini stays without its last disks: the last good state, then unknown, never the rest."""
    good = status_of(server())
    text = server().disks
    async with observed(StorageSource(host=host, interval=0.1, timing=QUICK)) as seen:
        await until_newest(seen, good)
        (host.state / "disks.ini").write_text(text[: text.index('["disk5"]')])
        await seen.until_status("failed")
        assert seen.health.detail == "disks.ini ends earlier than it did; using the last good state"
        await until_newest(seen, UNKNOWN)
        await seen.until_published(len(seen.published) + 5)
        (host.state / "disks.ini").write_text(text)
        await until_newest(seen, good)
        assert set(seen.published) == {good, UNKNOWN}


async def test_a_lost_flash_drive_is_published_within_a_second(host: Host) -> None:
    """A change that removes the file's last section needs no second write and takes no longer."""
    text = server().disks
    async with observed(StorageSource(host=host, interval=NEVER)) as seen:
        await until_newest(seen, status_of(server()))
        (host.state / "disks.ini").write_text(text[: text.index('["flash"]')])
        await seen.until_published(2)
        assert seen.published[-1].boot is None
        assert seen.board.history == ["ok"]


async def test_the_clock_decides_when_the_last_good_state_is_too_old(host: Host) -> None:
    """Ten seconds by the source's own clock, with the real timing."""
    skew = 0.0
    source = StorageSource(host=host, interval=NEVER, clock=lambda: time.monotonic() + skew)
    async with observed(source) as seen:
        await until_newest(seen, status_of(server()), 30)
        removed_at = time.monotonic()
        remove(host.state / "var.ini")
        await seen.until_status("failed")
        skew = removed_at + 9.0 - time.monotonic()
        source.nudge()
        await asyncio.sleep(0.3)
        assert seen.published[-1] == status_of(server())
        skew += 1.0
        source.nudge()
        await until_newest(seen, UNKNOWN)


async def test_before_emhttpd_has_started_nothing_is_known_and_nothing_is_wrong(tmp_path: Path) -> None:
    """Without the folder: unknown at once, and unavailable, which is not a fault; a second after the files appear the
    state is known.
    """
    host = Host(tmp_path / "root")
    async with observed(StorageSource(host=host)) as seen:
        await until_newest(seen, UNKNOWN, 0.5)
        assert seen.health.status == "unavailable"
        server().write_to(host.root)
        await until_newest(seen, status_of(server()))
        assert seen.board.history == ["unavailable", "ok"]
        assert seen.published == [UNKNOWN, status_of(server())]


async def test_a_folder_without_the_files_is_not_a_fault_either(tmp_path: Path) -> None:
    """The folder is there before emhttpd writes its files: unavailable."""
    host = Host(tmp_path)
    host.state.mkdir(parents=True)
    async with observed(StorageSource(host=host, interval=0.05, timing=QUICK)) as seen:
        await seen.until_published(5)
        assert seen.board.history == ["unavailable"]
        assert set(seen.published) == {UNKNOWN}


@pytest.mark.parametrize("damage", [empty, cut_within_a_line, fill_with_noise, put_a_folder_there, remove])
async def test_unusable_files_at_start_are_a_fault(host: Host, damage: Callable[[Path], None]) -> None:
    """A file that is there and can't be used, or one without the other: unknown, and failed."""
    damage(host.state / "disks.ini")
    async with observed(StorageSource(host=host)) as seen:
        await until_newest(seen, UNKNOWN)
        assert seen.board.history == ["failed"]
        assert "disks.ini" in seen.health.detail


async def test_a_folder_removed_and_recreated(host: Host) -> None:
    """After a gap the array may be a smaller one, so the state counts as a first one again."""
    other = array(disks=[disk()], parity=0, flash=None)
    other = replace(other, var=other.var.replace('fsState="Started"', 'fsState="Stopped"'))
    async with observed(StorageSource(host=host, interval=NEVER, timing=QUICK)) as seen:
        await seen.until_published(1)
        shutil.rmtree(host.state)
        await until_newest(seen, UNKNOWN)
        other.write_to(host.root)
        await until_newest(seen, status_of(other))
        assert seen.published == [status_of(server()), UNKNOWN, status_of(other)]
        assert seen.board.history == ["ok", "failed", "ok"]


async def test_a_recovery_after_long_trouble_is_seen_at_once(host: Host) -> None:
    """Missing files are looked at rarely; once they are back, the second reading follows in a moment."""
    timing = replace(QUICK, retry=60.0)
    async with observed(StorageSource(host=host, interval=NEVER, timing=timing)) as seen:
        await seen.until_published(1)
        text = (host.state / "disks.ini").read_text()
        (host.state / "disks.ini").unlink()
        await until_newest(seen, UNKNOWN)
        (host.state / "disks.ini").write_text(text)
        await until_newest(seen, status_of(server()))


async def test_a_second_run_begins_with_a_message(host: Host) -> None:
    """Restarted on the same object, as after a reload of the settings, it publishes at once."""
    source = StorageSource(host=host, interval=NEVER)
    for _ in range(3):
        async with observed(source) as seen:
            await until_newest(seen, status_of(server()))


async def test_many_nudges_are_one_look(host: Host) -> None:
    """A burst of nudges causes one look; a storm of them one every 40 ms at most (0.25 s in reality)."""
    looks: list[float] = []

    def smart() -> dict[str, SmartReading]:
        looks.append(time.monotonic())
        return {}

    source = StorageSource(host=host, interval=NEVER, smart=smart, timing=QUICK, watch=Folders().watch)
    async with observed(source) as seen:
        await seen.until_published(1)
        await asyncio.sleep(0.1)
        looks.clear()
        for _ in range(1000):
            source.nudge()
        await until(lambda: len(looks) == 1)
        end = time.monotonic() + 0.4
        while time.monotonic() < end:
            source.nudge()
            await asyncio.sleep(0.001)
        assert 2 <= len(looks) <= 12
        # The last look may be late on a busy machine; then there is none without a nudge.
        async with asyncio.timeout(20):
            count = 0
            while len(looks) > count:
                count = len(looks)
                await asyncio.sleep(0.4)


def test_a_snapshot_is_the_state(host: Host) -> None:
    """The blocking way gives the same status."""
    assert snapshot(host, {}) == status_of(server())


def test_a_snapshot_of_a_pair_that_contradicts_itself(host: Host) -> None:
    """Some real files contradict each other; they are believed a moment later."""
    odd = replace(server(fs_state="Stopped"), disks=server().disks)
    odd.write_to(host.root)
    assert snapshot(host, {}) == status_of(odd)


def test_a_snapshot_joins_smart(host: Host) -> None:
    """It includes SMART's readings."""
    status = snapshot(host, {"disk1": SmartReading("passed", 34, 100, {}, None, None, 0.0)})
    assert status.disks[0].health == "passed"


@IN_SECONDS
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_snapshot_of_unusable_files(host: Host, damage: Callable[[Path], None]) -> None:
    """Unreadable, after a third of a second."""
    damage(host.state / "disks.ini")
    start = time.monotonic()
    with pytest.raises(Unreadable):
        snapshot(host, {})
    assert time.monotonic() - start < 1.5
