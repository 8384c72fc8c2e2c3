"""Times and results of looks at the files, on the test's own clock."""

import math
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.array_writer import ArrayTexts, array, disk
from uma.errors import Unreadable
from uma.feeds.storage.status import joined
from uma.feeds.storage.torn_reads import TIMING, ReadFault, Snapshot, StableReader, read_stable
from uma.feeds.storage.torn_reads import reader as reader_module
from uma.feeds.storage.torn_reads.fault import PATIENCE, URGENT_LOOKS
from uma.feeds.storage.torn_reads.reader import observe
from uma.feeds.storage.torn_reads.snapshot import read_stamps
from uma.host import Host

PATIENT_SECONDS = 20.0
"""Time for tries that a busy machine may interrupt."""


class Clock:
    """Time that only the test advances."""

    def __init__(self) -> None:
        self.now = 500.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(server().write_to(tmp_path))


def server(temp: str = "34") -> ArrayTexts:
    return array(disks=[disk(temp=temp), disk()])


def reader_at(host: Host, clock: Clock) -> StableReader:
    return StableReader(host, clock=clock, timing=replace(TIMING, rest=0.0))


async def believing(host: Host, clock: Clock) -> StableReader:
    """A reader with a good state."""
    reader = reader_at(host, clock)
    await look(reader, clock, 0.0)
    await look(reader, clock, 0.1)
    assert reader.fault is None
    return reader


async def look(reader: StableReader, clock: Clock, after: float, *, is_nudged: bool = False) -> None:
    clock.now += after
    read = await reader.read(is_nudged=is_nudged)
    assert isinstance(read, Snapshot) is (reader.fault is None)
    assert (read if isinstance(read, Snapshot) else read.standing) is reader.standing


def seen(host: Host, clock: Clock, known: Snapshot | None = None) -> Snapshot:
    reading = observe(host, known=known, clock=clock, rest=0.0)
    assert reading is not None
    return reading


def temperature_of(snapshot: Snapshot | None) -> int | None:
    assert snapshot is not None
    return joined(snapshot.array, {}).disks[0].temperature


def due_in(reader: StableReader, clock: Clock, *, is_watched: bool = True) -> float:
    return round(reader.next_look(is_watched=is_watched) - clock.now, 6)


async def test_all_is_well(host: Host, clock: Clock) -> None:
    """After two looks 0.1 s apart the state counts; the next look is at the tick nearest to 30 s on, or 0.5 s without
    inotify."""
    reader = reader_at(host, clock)
    await look(reader, clock, 0.0)
    assert reader.standing is None
    assert due_in(reader, clock) == 0.1
    await look(reader, clock, 0.1)
    assert reader.standing is not None
    # The tick is at 530.0 s of this clock.
    assert due_in(reader, clock) == 29.9
    assert due_in(reader, clock, is_watched=False) == 0.5


async def test_stages_of_trouble(host: Host, clock: Clock) -> None:
    """Damaged files are looked at every 0.1 s for a second, reported from the fourth look on, then looked at each
    second; after exactly 10 s the last good state expires.
    """
    reader = await believing(host, clock)
    (host.state / "disks.ini").write_text("")
    await look(reader, clock, 3.0, is_nudged=True)
    began, reported_at, intervals = clock.now, math.inf, set()
    while reader.standing is not None:
        assert reader.fault is not None
        if reader.fault.is_reported:
            reported_at = min(reported_at, clock.now)
        intervals.add(due_in(reader, clock))
        await look(reader, clock, due_in(reader, clock))
    assert round(reported_at - began, 6) == round(0.1 * (PATIENCE - 1), 6)
    assert round(clock.now - began, 6) == 10
    assert intervals == {0.1, 1.0}
    assert due_in(reader, clock) == 1.0
    server().write_to(host.root)
    await look(reader, clock, 1.0)
    assert reader.fault is None
    assert reader.standing is not None


async def test_time_alone_does_not_end_the_last_good_state(host: Host, clock: Clock) -> None:
    """After an hour of sleep, the first look meets a rewrite: it gets a few more looks."""
    reader = await believing(host, clock)
    (host.state / "disks.ini").write_text("")
    await look(reader, clock, 3.0, is_nudged=True)
    await look(reader, clock, 3600.0)
    assert reader.standing is not None
    await look(reader, clock, 0.1)
    await look(reader, clock, 0.1)
    assert reader.standing is None


async def test_an_unconfirmed_change_is_reported_when_the_old_state_expires(host: Host, clock: Clock) -> None:
    """A new state in each look, none read twice: no fault for 10 s, then unknown."""
    reader = await believing(host, clock)
    for number in range(100):
        array(disks=[disk(), disk()], fs_state=f"State{number}").write_to(host.root)
        await look(reader, clock, 0.1, is_nudged=True)
        assert reader.fault is not None
        assert not reader.fault.is_reported
        assert reader.standing is not None
        assert reader.standing.array.protection == "protected"
    array(disks=[disk(), disk()], fs_state="Other").write_to(host.root)
    await look(reader, clock, 0.1, is_nudged=True)
    assert reader.fault is not None
    assert reader.fault.is_reported
    assert reader.standing is None


async def test_absence_is_reported_at_once_and_is_not_urgent(tmp_path: Path, clock: Clock) -> None:
    """Files that never existed: no retries except the ordinary look."""
    reader = reader_at(Host(tmp_path), clock)
    for _ in range(URGENT_LOOKS + 5):
        await look(reader, clock, 10.0)
        assert reader.fault is not None
        assert reader.fault.is_reported
        assert reader.fault.is_absence
        assert due_in(reader, clock) == 30
    server().write_to(tmp_path)
    await look(reader, clock, 1.0, is_nudged=True)
    assert reader.fault is not None
    assert not reader.fault.is_reported
    await look(reader, clock, 0.1)
    assert reader.fault is None


async def test_files_that_were_there_are_not_absent(host: Host, clock: Clock) -> None:
    """Once there was a state, missing files are a fault, for as long as it lasts."""
    reader = await believing(host, clock)
    for name in ("var.ini", "disks.ini"):
        (host.state / name).unlink()
    for _ in range(30):
        await look(reader, clock, 1.0)
        assert reader.fault is not None
        assert not reader.fault.is_absence


async def test_equal_marks_are_not_trusted_after_a_nudge(host: Host, clock: Clock) -> None:
    """Two writes of equal size within a tick of the kernel's clock have equal stamps: a nudge compares the texts."""
    reader = await believing(host, clock)
    stamps, times = read_stamps(host), (host.state / "disks.ini").stat().st_mtime_ns
    (host.state / "disks.ini").write_text(server(temp="41").disks)
    os.utime(host.state / "disks.ini", ns=(times, times))
    assert read_stamps(host) == stamps
    await look(reader, clock, 10.0)
    assert temperature_of(reader.standing) == 34
    await look(reader, clock, 1.0, is_nudged=True)
    assert temperature_of(reader.standing) == 41


def test_known_texts_are_not_parsed_again(host: Host, clock: Clock) -> None:
    """Equal texts give the same state, only with another time and other stamps."""
    first = seen(host, clock)
    server().write_to(host.root)
    clock.now += 1
    second = seen(host, clock, first)
    assert second.state is first.state
    assert second.at == first.at + 1
    assert second.stamps == read_stamps(host)
    server(temp="41").write_to(host.root)
    assert temperature_of(seen(host, clock, first)) == 41


@dataclass(frozen=True)
class WrittenHost(Host):
    """Host whose var.ini is written at the first *writes* requests for its path."""

    writes: list[None] = field(default_factory=list)

    @property
    def state(self) -> Path:
        folder = self.root / "var/local/emhttp"
        if self.writes:
            self.writes.pop()
            with (folder / "var.ini").open("a") as file:
                file.write("\n")
        return folder


@pytest.mark.parametrize(("writes", "is_read"), [(0, True), (1, True), (9, True), (100_000, False)])
def test_files_that_change_while_they_are_read_are_read_again(
    host: Host, clock: Clock, monkeypatch: pytest.MonkeyPatch, writes: int, is_read: bool
) -> None:
    """A write during a reading spoils it, and another is tried; if each has one, none is returned."""
    if is_read:
        monkeypatch.setattr(reader_module, "RESTLESS_SECONDS", PATIENT_SECONDS)
    written = WrittenHost(host.root, [None] * writes)
    reading = observe(written, known=None, clock=clock, rest=0.0)
    assert (reading is not None) is is_read


def test_numbers_too_are_of_one_moment(host: Host, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading with only other numbers need not rest, but no file may have been written during it."""
    monkeypatch.setattr(reader_module, "RESTLESS_SECONDS", PATIENT_SECONDS)
    known = seen(host, clock)
    reading = observe(WrittenHost(host.root, [None] * 9), known=known, clock=clock, rest=0.0)
    assert reading is not None
    assert reading.stamps == read_stamps(host)


def test_damage_counts_when_the_files_rest(host: Host, clock: Clock) -> None:
    """An empty file is unreadable; one that is being written is merely not read."""
    (host.state / "disks.ini").write_text("")
    with pytest.raises(Unreadable, match="empty"):
        observe(host, known=None, clock=clock, rest=0.0)
    assert observe(WrittenHost(host.root, [None] * 100_000), known=None, clock=clock, rest=0.0) is None


async def test_files_that_never_rest(host: Host, clock: Clock) -> None:
    """They are not a fault for 10 s; then the state is unknown."""
    reader = reader_at(WrittenHost(host.root, [None] * 1_000_000), clock)
    for _ in range(10):
        await look(reader, clock, 1.0, is_nudged=True)
        assert reader.fault is not None
        assert not reader.fault.is_reported
    await look(reader, clock, 1.0, is_nudged=True)
    assert reader.fault.is_reported


async def test_damage_that_changes_is_reported_later(host: Host, clock: Clock) -> None:
    """If each look meets a rewrite, that is reported after ten in a row."""
    reader = await believing(host, clock)
    for number in range(URGENT_LOOKS):
        assert reader.fault is None or not reader.fault.is_reported
        (host.state / "disks.ini").write_text(server().disks[: 5 + number])
        await look(reader, clock, 0.1, is_nudged=True)
    assert reader.fault is not None
    assert reader.fault.is_reported


async def test_damage_in_between_is_not_reported(host: Host, clock: Clock) -> None:
    """An occasional empty file among unbelieved changes: only damage in a row counts."""
    reader = await believing(host, clock)
    for number in range(12):
        array(disks=[disk(), disk()], fs_state=f"State{number}").write_to(host.root)
        if number % 3:
            (host.state / "disks.ini").write_text("")
        await look(reader, clock, 0.1, is_nudged=True)
        assert reader.fault is not None
        assert not reader.fault.is_reported


def test_one_call_gives_a_snapshot_or_a_fault(host: Host) -> None:
    """Files that are whole are a snapshot; files that can't be used are a fault that says why."""
    read = read_stable(host)
    assert isinstance(read, Snapshot)
    assert temperature_of(read) == 34
    (host.state / "disks.ini").write_text("")
    fault = read_stable(host)
    assert isinstance(fault, ReadFault)
    assert (fault.detail, fault.standing) == ("disks.ini is empty", None)
