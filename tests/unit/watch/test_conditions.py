"""Filters on messages."""

import pytest

from uma.watch.conditions import matches, parse_condition

MESSAGE = {
    "type": "docker_event",
    "cpu_percent": 15.0,
    "data": {
        "action": "die",
        "type": "inner",
        "attributes": {"exitCode": "137", "signal": ""},
        "seq": 7,
        "boot": None,
        "spun_down": True,
        "disks": [{"name": "disk1", "status": "active"}, {"name": "disk2", "status": "disabled"}],
        "equation": "a=b",
    },
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("data.action=die", True),
        ("action=die", True),
        ("action = die ", True),
        ("action=start", False),
        ("action!=start", True),
        ("action!=die", False),
        ("type=docker_event", True),
        ("data.type=inner", True),
        ("attributes.signal=", True),
        ("attributes.exitCode!=0", True),
        ("seq=7", True),
        ("cpu_percent=15.0", True),
        ("boot=null", True),
        ("spun_down=true", True),
        ("disks.1.status=disabled", True),
        ("disks.0.status=disabled", False),
        ("disks.2.status=disabled", False),
        ("disks.*.status=disabled", True),
        ("disks.*.status!=disabled", False),
        ("disks.*.status!=missing", True),
        ("equation=a=b", True),
        ("nothing=die", False),
        ("nothing!=die", True),
        ("action.deeper=die", False),
        ("disks.status=disabled", False),
        ("disks.²=x", False),
    ],
)
def test_conditions(text: str, holds: bool):
    """A path leads into objects and lists, from the top or from data; values are compared as text."""
    assert parse_condition(text).holds(MESSAGE) is holds


@pytest.mark.parametrize("text", ["", "action", "=die", "!=die", "a..b=c", ".a=b"])
def test_invalid_filters(text: str):
    """A filter without a path or an operator is refused with a sentence that shows the form."""
    with pytest.raises(ValueError, match=r"key\.path=value"):
        parse_condition(text)


def test_all_have_to_hold():
    """All filters must match; without filters every message does."""
    conditions = [parse_condition(text) for text in ("action=die", "seq=7")]

    assert matches(MESSAGE, conditions)
    assert matches(MESSAGE, [])
    assert not matches(MESSAGE, [*conditions, parse_condition("seq=8")])


@pytest.mark.parametrize("message", [{}, {"data": None}, {"data": [1]}, [], None])
def test_odd_messages_are_not_met(message: object):
    """A message of another shape raises no error."""
    assert not matches(message, [parse_condition("action=die")])
