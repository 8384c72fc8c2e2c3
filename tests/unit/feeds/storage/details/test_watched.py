"""SMART values that should be 0."""

import pytest

from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.details.watched import NAMES, changes_of, watched_from, watched_values

READING = SmartReading("passed", 35, 100, {5: 0, 197: 8, 194: 35}, None, None, 0.0, grown_defects=2)


def test_values_have_names():
    """Attributes that Unraid watches and counts of SAS drives are listed by name; a temperature is not."""
    assert watched_values(READING) == {"reallocated sectors": 0, "pending sectors": 8, "grown defects": 2}
    assert watched_values(None) == {}


@pytest.mark.parametrize(
    ("own", "general", "expected"),
    [
        ({}, {}, tuple(NAMES)),
        ({"smEvents": "5|197"}, {"smEvents": "199"}, (5, 197)),
        ({"hotTemp": "50"}, {"smEvents": "5|188|197"}, (5, 188, 197)),
        ({"smEvents": ""}, {"smEvents": ""}, tuple(NAMES)),
        ({"smEvents": "-1"}, {"smEvents": "x||9999|\u0665"}, tuple(NAMES)),
        ({"smSelect": "1", "smEvents": "5"}, {}, ()),
        ({}, {"smSelect": "1"}, ()),
        ({"smSelect": "0"}, {"smSelect": "1"}, tuple(NAMES)),
        ({"smSelect": "-1"}, {"smSelect": "1"}, ()),
        ({"smSelect": ""}, {"smSelect": "0"}, tuple(NAMES)),
    ],
)
def test_attributes_that_the_user_selected(own, general, expected):
    """The drive's own choice counts, else that for all drives, else Unraid's default; raw values may be deselected."""
    assert watched_from({"disk1": {"id": "A_1"}}, {"A_1": own}, general) == {"disk1": expected}


def test_a_deselected_attribute_has_no_value():
    """The counters of SAS drives can't be deselected."""
    assert watched_values(READING, (5,)) == {"reallocated sectors": 0, "grown defects": 2}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"pending sectors": 0}, {"pending sectors": 8}, [("0", "8")]),
        ({"pending sectors": 8}, {"pending sectors": 0}, [("8", "0")]),
        ({}, {"pending sectors": 8}, []),
        ({"pending sectors": 8}, {}, []),
        ({"pending sectors": 8}, {"pending sectors": 8, "CRC errors": 1}, []),
    ],
)
def test_changes(old, new, expected):
    """A known value that differs has changed; a first reading has not."""
    changes = list(changes_of("disk1", old, new))

    assert [(change.before, change.after) for change in changes] == expected
    assert all("disk1: pending sectors went from" in change.detail for change in changes)
