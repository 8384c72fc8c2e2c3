"""Evidence for and against a reading of emhttpd's files.

A reading can be wrong in two ways. *Cut*: emhttpd was rewriting a file in place, and
only its beginning was read. Cut at a section's end, disks.ini parses as a healthy,
smaller array. *Mixed*: var.ini and disks.ini are from two moments. The evidence,
cheapest first:

* Only numbers changed, and both files end with the same key as before: believed at
  once. A cut file can't reach its end, and a mix of numbers invents no fault.
* Anything else must be read again, ``agreement`` seconds later, with the same facts,
  and no file may have been written in between. If writing never stops, three readings
  must agree. Each reading is from a moment without a write (see ``reader.observe``): a
  writer would have to pause at the same place each time.
* If var.ini's counts of devices contradict disks.ini, or the files don't end as they
  did, the readings must agree for ``doubt`` seconds. Some real pairs do contradict each
  other, so they are believed then.
* If a file lacks its previous end, as devs.ini does during each rewrite, it must have
  stayed so for ``short`` seconds: no writer pauses that long. If files are rewritten
  sooner, a second write must agree. The file may have been left half-written for good,
  though: if var.ini counts more array devices than disks.ini shows, a second write must
  agree and stay, too. One whole reading disproves it.
"""

from dataclasses import dataclass
from typing import Final

from uma.feeds.storage.emhttp import is_consistent
from uma.feeds.storage.torn_reads.snapshot import Ends, Facts, FileStamp, FileStamps, Snapshot

READINGS_OF_RESTLESS_FILES: Final = 3
MEMORY: Final = 2.0
"""Seconds after which a reading that was not repeated no longer counts."""
MOST_CHANGES: Final = 16
"""Number of changes that are remembered: more in so short a time are damage."""
WRITES_OF_SHORT_FILE: Final = 2


@dataclass(frozen=True, slots=True)
class Doubt:
    """Reason not to believe a reading; ``is_damage``: it looks like half a file."""

    detail: str
    is_damage: bool = False


CHANGED: Final = Doubt("var.ini and disks.ini have changed and are read again")
RESTLESS: Final = Doubt("var.ini and disks.ini are being rewritten without a pause")
CUT_DISKS: Final = Doubt("disks.ini ends earlier than it did", is_damage=True)


class SnapshotValidator:
    """The newest believed reading, and the evidence for another. Times are in
    seconds.
    """

    def __init__(self, *, agreement: float = 0.1, doubt: float = 0.4, short: float = 0.6) -> None:
        self.believed: Snapshot | None = None
        self._agreement = agreement
        self._doubt = doubt
        self._short = short
        self._changes: dict[tuple[Facts, Ends], _Evidence] = {}

    def weigh(self, reading: Snapshot) -> Doubt | None:
        """Weigh *reading*. Return None if it is believed now, else the reason against
        it.
        """
        if self.believed is not None and reading.moves_only_numbers(self.believed):
            self._accept(reading)
            return None
        change = reading.facts, reading.ends
        evidence = self._changes.pop(change, None)
        self._forget_old(reading.at)
        if evidence is None or reading.at - evidence.seen_at > MEMORY:
            evidence = _Evidence(reading)
            doubt: Doubt | None = CHANGED
        else:
            evidence.add(reading, self._agreement)
            doubt = self._doubt_of(reading, evidence)
        if doubt is None:
            self._accept(reading)
        else:
            self._changes[change] = evidence
        return doubt

    def forget(self) -> None:
        """Forget everything: the files are gone, and the next ones need not resemble
        them.
        """
        self.believed = None
        self._changes.clear()

    def _accept(self, reading: Snapshot) -> None:
        self.believed = reading
        self._forget_old(reading.at)
        for change, evidence in tuple(self._changes.items()):
            if not all(evidence.first.reaches(reading.ends)):
                del self._changes[change]

    def _forget_old(self, now: float) -> None:
        for change, evidence in tuple(self._changes.items()):
            if now - evidence.seen_at > MEMORY or len(self._changes) >= MOST_CHANGES:
                del self._changes[change]

    def _doubt_of(self, reading: Snapshot, evidence: "_Evidence") -> Doubt | None:
        old = self.believed
        reaches = reading.reaches(old.ends if old is not None else reading.ends)
        is_counted = is_consistent(reading.state)
        if not reaches.disks and not is_counted and evidence.disks.writes < WRITES_OF_SHORT_FILE:
            return CUT_DISKS
        agreed_for = reading.at - evidence.first.at
        has_stood = evidence.all.longest >= self._short or evidence.all.writes >= WRITES_OF_SHORT_FILE
        if not all(reaches) and (agreed_for < self._short or not has_stood):
            return CHANGED
        is_usual = is_counted and (old is None or _slots_end_alike(old, reading))
        if agreed_for < (self._agreement if is_usual else self._doubt):
            return CHANGED
        if not evidence.all.writes and evidence.readings < READINGS_OF_RESTLESS_FILES:
            return RESTLESS
        return None


class _Evidence:
    """Readings that agree in their facts and in their files' ends."""

    def __init__(self, first: Snapshot) -> None:
        self.first = first
        self.seen_at = first.at
        self.readings = 1
        self.all = _Standing(first.stamps, first.at)
        self.disks = _Standing(first.stamps.disks, first.at)

    def add(self, reading: Snapshot, agreement: float) -> None:
        self.seen_at = reading.at
        self.readings += 1
        self.all.see(reading.stamps, reading.at, agreement)
        self.disks.see(reading.stamps.disks, reading.at, agreement)


class _Standing:
    """Writes of a file, by stamps, that stayed for a while, and the longest of them."""

    def __init__(self, stamp: FileStamps | FileStamp, at: float) -> None:
        self.writes = 0
        self.longest = 0.0
        self._mark = stamp
        self._since = at
        self._is_counted = False

    def see(self, stamp: FileStamps | FileStamp, at: float, long_enough: float) -> None:
        if stamp != self._mark:
            self._mark = stamp
            self._since = at
            self._is_counted = False
            return
        self.longest = max(self.longest, at - self._since)
        if not self._is_counted and at - self._since >= long_enough:
            self._is_counted = True
            self.writes += 1


def _slots_end_alike(old: Snapshot, new: Snapshot) -> bool:
    return (old.ends.var, old.ends.disks) == (new.ends.var, new.ends.disks)
