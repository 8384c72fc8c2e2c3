"""Validation of readings, on the test's own clock and without a file."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import pytest

from tests.array_writer import ArrayTexts, Device, Resync, array, disk, pool, ssd
from uma.errors import Unreadable
from uma.feeds.storage.array import Array, array_from
from uma.feeds.storage.emhttp import EmhttpState, EmhttpTexts, is_consistent, parse_state
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.status import joined, status_from
from uma.feeds.storage.torn_reads.snapshot import FileStamps, Snapshot
from uma.feeds.storage.torn_reads.validator import SnapshotValidator

AGREEMENT, DOUBT = 0.1, 0.4

POOLS = (pool("cache", ssd(), ssd()), pool("tank"))


def server(
    *, degraded: bool = False, pools: tuple = POOLS, disks: int = 6, temp: str = "34", **more: object
) -> ArrayTexts:
    """Two parities, six disks, two pools and a flash drive; *degraded*: disk3 is disabled."""
    third = disk(status="DISK_DSBL") if degraded else disk()
    data: list[Device] = [disk(temp=temp), disk(), third, *(disk() for _ in range(disks - 3))]
    return array(parity=2, disks=data, pools=pools, slots=8, **more)  # type: ignore[arg-type]


# The same few files are looked at thousands of times.
@lru_cache
def state_of(texts: EmhttpTexts) -> EmhttpState:
    return parse_state(texts)


@lru_cache
def status_of_texts(texts: EmhttpTexts) -> StorageStatus:
    return status_from(state_of(texts), {})


def status_of(texts: EmhttpTexts | ArrayTexts) -> StorageStatus:
    return status_of_texts(texts if isinstance(texts, EmhttpTexts) else texts.texts())


class Looks:
    """Looks at files as a source does them; only they advance the time."""

    def __init__(self, believed: ArrayTexts | None = None) -> None:
        self.belief = SnapshotValidator(agreement=AGREEMENT, doubt=DOUBT)
        self.now = 1000.0
        self.writes = 0
        self._last: EmhttpTexts | None = None
        self._parsed: tuple[EmhttpTexts, Snapshot] | None = None
        self._shown: tuple[Array, StorageStatus] | None = None
        if believed is not None:
            self.at(believed)
            self.at(believed, after=AGREEMENT)
            assert self.status == status_of(believed)

    @property
    def status(self) -> StorageStatus | None:
        """Return the reading that would be published."""
        if self.belief.believed is None:
            return None
        array_ = self.belief.believed.array
        if self._shown is None or self._shown[0] is not array_:
            self._shown = array_, joined(array_, {})
        return self._shown[1]

    def at(self, texts: ArrayTexts | EmhttpTexts, *, after: float = 0.0, is_rewritten: bool = False) -> str | None:
        """Look at *texts* after *after* seconds; they were written since the last look if they differ."""
        raw = texts if isinstance(texts, EmhttpTexts) else texts.texts()
        self.now += after
        if raw != self._last or is_rewritten:
            self.writes += 1
        self._last = raw
        stamp = (1, self.writes, self.writes)
        if self._parsed is None or self._parsed[0] != raw:
            state = state_of(raw)
            self._parsed = raw, Snapshot(raw, state, array_from(state), FileStamps(stamp, stamp, ()), self.now)
        reading = replace(self._parsed[1], stamps=FileStamps(stamp, stamp, ()), at=self.now)
        return self.belief.weigh(reading)


def test_the_first_state_is_believed_when_it_is_read_twice() -> None:
    """At start a second reading 0.1 s later must agree."""
    looks = Looks()
    assert looks.at(server())
    assert looks.status is None
    assert looks.at(server(), after=AGREEMENT) is None
    assert looks.status == status_of(server())


def test_a_first_state_that_contradicts_itself_is_believed_later() -> None:
    """disks.ini cut after disk5 at the first reading: var.ini counts more devices; agreement takes 0.4 s."""
    looks = Looks()
    cut = cut_behind(server(), "disk5")
    assert looks.at(cut)
    assert looks.at(cut, after=DOUBT - 0.01)
    assert looks.status is None
    assert looks.at(cut, after=0.02) is None


def test_numbers_are_believed_at_once() -> None:
    """Only a temperature changed: believed on the first reading."""
    looks = Looks(server())
    assert looks.at(server(temp="41")) is None
    assert looks.status == status_of(server(temp="41"))
    assert looks.status is not None
    assert looks.status.disks[0].temperature == 41


def test_progress_of_a_check_is_a_number() -> None:
    """Percent, speed and errors of a running check are believed on the first reading."""
    looks = Looks(server(resync=Resync("check P Q", share=0.42)))
    moved = server(resync=Resync("check P Q", share=0.43, speed="140MB", errors=7))
    assert looks.at(moved) is None
    assert looks.status == status_of(moved)


@pytest.mark.parametrize(
    "change",
    [
        server(degraded=True),
        server(resync=Resync("check P Q")),
        server(fs_state="Stopped"),
        server(pools=POOLS[:1]),
        server(disks=5),
        server(disks=7),
        server(pools=(*POOLS, pool("rocket"))),
        server(parity_log="2025 Jun  2 12:00:00|34567|200000000|0|0|check P|17578328012\n"),
    ],
    ids=["fault", "check", "stop", "pool gone", "disk gone", "disk added", "pool added", "log"],
)
def test_a_fact_is_believed_on_its_second_reading(change: ArrayTexts) -> None:
    """A changed fact must last for 0.1 s, and is believed then."""
    looks = Looks(server())
    assert looks.at(change, after=5)
    assert looks.at(change, after=AGREEMENT - 0.01)
    assert looks.status == status_of(server())
    assert looks.at(change, after=0.02) is None
    assert looks.status == status_of(change)


def test_a_state_between_two_others_is_never_believed() -> None:
    """var.ini of one moment beside disks.ini of another, seen once between two states, is never published."""
    states = [
        server(),
        server(degraded=True),
        server(fs_state="Stopped"),
        server(resync=Resync("recon D3"), degraded=True),
        server(disks=5),
    ]
    for old in states:
        for new in states:
            for mixed in (replace(old, disks=new.disks), replace(old, var=new.var)):
                looks = Looks(old)
                for texts, after in ((mixed, 1.0), (new, 0.06), (new, 0.06), (new, 0.06)):
                    looks.at(texts, after=after)
                    assert looks.status in (status_of(old), status_of(new))
                assert looks.status == status_of(new)


def test_a_whole_reading_disproves_a_cut() -> None:
    """Cut and whole in turn, each for 0.2 s: the same cut, however often, is not a second write of a state."""
    looks, expected = Looks(server()), status_of(server())
    for _ in range(20):
        for texts, after in (
            (cut_behind(server(), "cache"), 0.01),
            (cut_behind(server(), "cache"), 0.2),
            (server(), 0.01),
        ):
            looks.at(texts, after=after)
            assert looks.status == expected


def test_states_in_turn_are_each_believed() -> None:
    """Two states written and seen alternately, fifty times a second: both are published."""
    states, published = [server(), server(degraded=True)], []
    looks = Looks()
    for turn in range(40):
        looks.at(states[turn % 2], after=0.06)
        published.append(looks.status)
    assert {status for status in published if status} == {status_of(texts) for texts in states}
    assert published.count(status_of(states[0])) > 5


def test_a_change_seen_long_ago_is_not_evidence() -> None:
    """Seen twice with hours between, and never in a row: not believed."""
    looks = Looks(server())
    for _ in range(5):
        looks.at(server(degraded=True), after=3600)
        looks.at(server(), after=0.06)
        assert looks.status == status_of(server())


def test_many_changes_take_no_memory() -> None:
    """A hundred different states within a tenth of a second: only the last few are remembered."""
    looks = Looks(server())
    for number in range(100):
        looks.at(server(fs_state=f"State{number}"), after=0.001)
    assert len(looks.belief._changes) <= 16


def test_under_constant_rewriting_three_readings_must_agree() -> None:
    """Each reading is of another write: two that agree are too few, at any distance."""
    looks = Looks(server())
    change = server(degraded=True)
    looks.at(change, after=0.06, is_rewritten=True)
    assert looks.at(change, after=1.0, is_rewritten=True)
    assert looks.status == status_of(server())
    assert looks.at(change, after=0.06, is_rewritten=True) is None
    assert looks.status == status_of(change)


def test_under_constant_rewriting_agreement_still_takes_its_time() -> None:
    """Three readings at once are not enough."""
    looks = Looks(server())
    change = server(degraded=True)
    for _ in range(4):
        assert looks.at(change, after=0.02, is_rewritten=True)
    assert looks.status == status_of(server())


def cuts_of(text: str) -> Iterator[str]:
    """*text* truncated at every byte."""
    return (text[:length] for length in range(len(text)))


@pytest.mark.parametrize("file", ["var", "disks"])
def test_a_file_truncated_at_any_byte_changes_nothing(file: str) -> None:
    """Left cut for half a second and read again and again: only the state before the cut is ever published.

    If the array itself is cut, as var.ini's count shows, even a minute changes nothing.
    """
    whole = server(resync=Resync("check P Q"))
    expected = status_of(whole)
    readable = 0
    for cut in cuts_of(getattr(whole, file)):
        texts = replace(whole, **{file: cut})
        try:
            state = state_of(texts.texts())
        except Unreadable:
            continue
        readable += 1
        looks = Looks(whole)
        is_counted = is_consistent(state)
        for after in (1.0, 0.1, 0.1, 0.39) if is_counted else (1.0, 0.1, 0.5, 5.0, 60.0):
            looks.at(texts, after=after)
            assert looks.status == expected, cut[-40:]
    assert readable > 10, "no cut was readable, so that nothing was proved"


def test_a_file_truncated_while_the_state_changes_is_not_believed() -> None:
    """The new state adds a pool and a fault, and is cut at any line: neither the cut nor a part of the fault shows."""
    old, new = server(), server(degraded=True, pools=(*POOLS, pool("rocket")))
    lines = new.disks.splitlines(keepends=True)
    for count in range(1, len(lines)):
        cut = replace(new, disks="".join(lines[:count]))
        try:
            state_of(cut.texts())
        except Unreadable:
            continue
        looks = Looks(old)
        for after in (1.0, 0.1, 0.49):
            looks.at(cut, after=after)
        assert looks.status == status_of(old), lines[count - 1]


def cut_behind(texts: ArrayTexts, slot: str) -> ArrayTexts:
    """Return disks.ini cut after the section of *slot*."""
    start = texts.disks.index(f'["{slot}"]')
    return replace(texts, disks=texts.disks[: texts.disks.index('["', start + 1)])


@pytest.mark.parametrize("slot", ["disk1", "disk6", "parity2", "cache", "cache2", "tank"])
def test_half_written_files_are_not_believed_however_often_they_are_seen(slot: str) -> None:
    """A writer that pauses at the same section's end 50 times a second shows no smaller array."""
    looks, expected, cut = Looks(server()), status_of(server()), cut_behind(server(), slot)
    for _ in range(500):
        looks.at(cut, after=0.02, is_rewritten=True)
        assert looks.status == expected


@pytest.mark.parametrize("slot", ["disk1", "disk3"])
def test_a_smaller_array_that_var_ini_denies_is_believed_at_the_second_write(slot: str) -> None:
    """The first write may be half of one, left so for good; an equal second write is not."""
    looks, cut = Looks(server()), cut_behind(server(), slot)
    for _ in range(60):
        looks.at(cut, after=1.0)
    assert looks.status == status_of(server())
    assert looks.at(cut, after=1.0, is_rewritten=True)
    assert looks.at(cut, after=0.11) is None
    assert looks.status == status_of(cut)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (server(flash=None), server(flash=None, pools=POOLS[:1])),
        (server(), cut_behind(server(), "tank")),
        (server(), replace(server(), var=server().var[: server().var.rindex("\n", 0, -1) + 1])),
    ],
    ids=["last pool", "flash", "last key of var.ini"],
)
def test_an_earlier_end_is_believed_once_it_has_stood(old: ArrayTexts, new: ArrayTexts) -> None:
    """A reading without contradiction is believed after 0.6 s: no writer pauses so long at a section's end."""
    looks = Looks(old)
    looks.at(new, after=1.0)
    looks.at(new, after=0.3)
    assert looks.at(new, after=0.29)
    assert looks.status == status_of(old)
    assert looks.at(new, after=0.02) is None
    assert looks.status == status_of(new)


def test_a_pair_that_contradicts_itself_is_believed_later() -> None:
    """var.ini says stopped, disks.ini shows mounted disks: 0.1 s are too short, 0.4 s are enough."""
    looks = Looks(server())
    odd = replace(server(fs_state="Stopped"), disks=server().disks)
    looks.at(odd)
    assert looks.at(odd, after=AGREEMENT)
    assert looks.status == status_of(server())
    assert looks.at(odd, after=DOUBT) is None
    assert looks.status == status_of(odd)


def test_a_var_ini_cut_before_its_operation_shows_no_end_of_it() -> None:
    """If the array's state came before the operation's in var.ini, a cut between them would end a check."""
    whole = server(resync=Resync("check P Q"))
    lines = whole.var.splitlines(keepends=True)
    state = next(line for line in lines if line.startswith("fsState="))
    lines.remove(state)
    whole = replace(whole, var="".join([state, *lines]))
    strange = 0
    for count in range(1, len(lines)):
        cut = replace(whole, var="".join([state, *lines[:count]]))
        strange += status_of(cut) != status_of(whole)
        looks = Looks(whole)
        for after in (1.0, 0.1, 0.49):
            looks.at(cut, after=after)
            assert looks.status == status_of(whole)
    assert strange > 10


@pytest.mark.parametrize("until", ["temp=", 'temp="3', 'temp="38"\n'])
@pytest.mark.parametrize("is_temp_last", [False, True])
def test_a_cut_devs_ini_does_not_pass_for_numbers(until: str, is_temp_last: bool) -> None:
    """devs.ini cut at its last device's temperature is not a reading without a temperature, at any place."""
    old = server(unassigned=[ssd(temp="38")])
    if is_temp_last:
        old = replace(old, devs=old.devs[: old.devs.index('temp="38"\n') + len('temp="38"\n')])
    cut = replace(old, devs=old.devs[: old.devs.index(until) + len(until)])
    looks = Looks(old)
    assert (looks.at(cut) is None) is (cut == old)
    assert looks.status == status_of(old)


def test_an_empty_devs_ini_must_stand() -> None:
    """devs.ini is empty during each rewrite, and after the last device is pulled: it must last."""
    old = server(unassigned=[ssd()])
    empty = replace(old, devs="")
    looks = Looks(old)
    for _ in range(50):
        assert looks.at(empty, after=0.06, is_rewritten=True)
    # A writer that the kernel delays in the middle of a rewrite.
    for _ in range(5):
        assert looks.at(empty, after=0.1)
    assert looks.status == status_of(old)
    assert looks.at(empty, after=0.11) is None
    assert looks.status == status_of(empty)


def test_an_empty_devs_ini_that_is_rewritten_often_must_stand_twice() -> None:
    """Every 0.3 s, for example: the second write agrees."""
    old = server(unassigned=[ssd()])
    empty = replace(old, devs="")
    looks = Looks(old)
    said = [looks.at(empty, after=0.1, is_rewritten=number % 3 == 0) for number in range(7)]
    assert said[-1] is None
    assert all(said[:-1])
    assert looks.status == status_of(empty)


def test_changed_thresholds_are_read_twice() -> None:
    """The webGUI's settings may be read half-written too: hot must be in a second reading as well."""
    looks = Looks(server(temp="50"))
    hot = server(temp="50", display={"hot": "40"})
    assert looks.at(hot)
    assert looks.at(hot, after=AGREEMENT) is None


def test_a_forgotten_file_is_not_compared() -> None:
    """After ``forget`` a smaller array is a first state like any other."""
    looks = Looks(server())
    looks.belief.forget()
    assert looks.status is None
    small = array(disks=[disk()], flash=None)
    looks.at(small, after=20)
    assert looks.at(small, after=AGREEMENT) is None
