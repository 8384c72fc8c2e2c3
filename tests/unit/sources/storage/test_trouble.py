"""When trouble with the files is told."""

from collections.abc import Sequence

import pytest

from uma.sources.storage.reading import Marks
from uma.sources.storage.trouble import Trouble, trouble_after


def marks(write: int) -> Marks:
    return Marks((1, 10, write), (2, 20, write), ())


def after(damages: Sequence[Marks | None]) -> Trouble:
    """The trouble that these looks have seen, 0.1 s apart."""
    trouble = None
    for number, damaged in enumerate(damages):
        trouble = trouble_after(trouble, "disks.ini is empty", at=100 + number / 10, damaged=damaged)
    assert trouble is not None
    return trouble


@pytest.mark.parametrize(
    ("damages", "is_reported"),
    [
        ([marks(1)] * 3, False),
        ([marks(1)] * 4, True),
        ([marks(n) for n in range(9)], False),
        ([marks(n) for n in range(10)], True),
        ([marks(1), marks(1), marks(2), marks(2), marks(2)], False),
        ([marks(1), None, marks(1), marks(1), marks(1)], False),
        ([marks(1), None, marks(1), marks(1), marks(1), marks(1)], True),
        ([None] * 1000, False),
        ([*[marks(1)] * 4, None, None], True),
    ],
)
def test_what_is_told(damages: Sequence[Marks | None], is_reported: bool) -> None:
    """Four looks in a row at the same damage, or ten at any; what was told stays so; doubts (None) are not told."""
    assert after(damages).is_reported is is_reported


def test_it_counts_from_its_first_look() -> None:
    """``since`` is when it was seen first, whatever it turns into."""
    assert after([marks(1), None, marks(2)]).since == 100


def test_haste_abates() -> None:
    """Four looks make it more than passing, ten end the haste, a hundred that of nudges."""
    assert [after([None] * looks).is_passing for looks in (3, 4)] == [True, False]
    assert [after([None] * looks).is_urgent for looks in (9, 10)] == [True, False]
    assert [after([None] * looks).is_worth_each_nudge for looks in (99, 100)] == [True, False]


def test_absence_is_told_at_once_and_ends_with_the_first_file() -> None:
    """Files that were never there: no haste; and what comes then is another trouble, from its own first look."""
    absence = trouble_after(None, "var.ini is missing", at=1.0, damaged=marks(0), is_absence=True)
    assert absence.is_reported
    assert not absence.is_urgent
    still = trouble_after(absence, "var.ini is missing", at=2.0, damaged=marks(0), is_absence=True)
    assert (still.since, still.looks) == (1.0, 2)
    other = trouble_after(still, "disks.ini is missing", at=3.0, damaged=marks(0))
    assert (other.since, other.looks, other.is_reported) == (3.0, 1, False)
