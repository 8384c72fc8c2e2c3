"""Reports of faults with the files."""

from collections.abc import Sequence

import pytest

from uma.feeds.storage.torn_reads.fault import ReadFault, fault_after
from uma.feeds.storage.torn_reads.snapshot import FileStamps


def stamps(write: int) -> FileStamps:
    return FileStamps((1, 10, write), (2, 20, write), ())


def after(damages: Sequence[FileStamps | None]) -> ReadFault:
    """Return the fault after these looks, 0.1 s apart."""
    fault = None
    for number, damaged in enumerate(damages):
        fault = fault_after(fault, "disks.ini is empty", at=100 + number / 10, damaged=damaged)
    assert fault is not None
    return fault


@pytest.mark.parametrize(
    ("damages", "is_reported"),
    [
        ([stamps(1)] * 3, False),
        ([stamps(1)] * 4, True),
        ([stamps(n) for n in range(9)], False),
        ([stamps(n) for n in range(10)], True),
        ([stamps(1), stamps(1), stamps(2), stamps(2), stamps(2)], False),
        ([stamps(1), None, stamps(1), stamps(1), stamps(1)], False),
        ([stamps(1), None, stamps(1), stamps(1), stamps(1), stamps(1)], True),
        ([None] * 1000, False),
        ([*[stamps(1)] * 4, None, None], True),
    ],
)
def test_reported_damage(damages: Sequence[FileStamps | None], is_reported: bool) -> None:
    """Four looks in a row at the same damage, or ten at any, are reported and stay so; doubts (None) are not."""
    assert after(damages).is_reported is is_reported


def test_it_counts_from_its_first_look() -> None:
    """``since`` is its first occurrence, even if its kind changes."""
    assert after([stamps(1), None, stamps(2)]).since == 100


def test_haste_abates() -> None:
    """Four looks make it more than passing, ten end the urgency, a hundred that of nudges."""
    assert [after([None] * looks).is_passing for looks in (3, 4)] == [True, False]
    assert [after([None] * looks).is_urgent for looks in (9, 10)] == [True, False]
    assert [after([None] * looks).is_worth_each_nudge for looks in (99, 100)] == [True, False]


def test_absence_is_reported_at_once_and_ends_with_the_first_file() -> None:
    """Files that never existed are not urgent; a later fault counts from its own first look."""
    absence = fault_after(None, "var.ini is missing", at=1.0, damaged=stamps(0), is_absence=True)
    assert absence.is_reported
    assert not absence.is_urgent
    still = fault_after(absence, "var.ini is missing", at=2.0, damaged=stamps(0), is_absence=True)
    assert (still.since, still.looks) == (1.0, 2)
    other = fault_after(still, "disks.ini is missing", at=3.0, damaged=stamps(0))
    assert (other.since, other.looks, other.is_reported) == (3.0, 1, False)
