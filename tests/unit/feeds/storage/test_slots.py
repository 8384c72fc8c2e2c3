"""Contents of a slot, and its state in a word."""

import pytest

from uma.feeds.storage.operation import Operation
from uma.feeds.storage.slots import Kind, is_empty, kind_of, slots_from

IDLE = Operation("check", "idle", ("P",))
REBUILD = Operation("rebuild", "paused", ("D1",))
SYNC = Operation("sync", "running", ("P",))
WOULD_SYNC = Operation("sync", "idle", ("P",))


def word(status: str, kind: str = "Data", *, is_started: bool = True, operation: Operation = IDLE, **keys: str) -> str:
    section = {"device": "sdb", "idSb": "X", "status": status, "type": kind, "spundown": "0"} | keys
    (slot,) = slots_from({"slot": section}, is_started=is_started, operation=operation)
    return slot.status


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("DISK_OK", "active"),
        ("DISK_DSBL", "disabled"),
        ("DISK_NP_MISSING", "missing"),
        ("DISK_NP_DSBL", "missing"),
        ("DISK_INVALID", "emulated"),
        ("DISK_WRONG", "wrong"),
        ("DISK_NEW", "new"),
        ("DISK_DSBL_NEW", "new"),
        ("DISK_OF_TOMORROW", "of_tomorrow"),
        ("", "active"),
    ],
)
def test_a_data_disks_state_has_its_word(status: str, expected: str) -> None:
    """The contract's table; an unknown status of a later Unraid is reported unchanged."""
    assert word(status) == expected


def test_a_healthy_disk_in_standby_says_so() -> None:
    """Only a healthy one: being disabled matters more than sleeping."""
    assert word("DISK_OK", spundown="1") == "standby"
    assert word("DISK_DSBL", spundown="1") == "disabled"
    # The webGUI goes by the ball.
    assert word("DISK_OK", spundown="0", color="green-blink") == "standby"
    assert word("DISK_OK", spundown="0", color="green-on") == "active"
    assert word("DISK_DSBL", spundown="0", color="red-blink") == "disabled"


def test_invalid_contents_have_a_word_of_their_own_for_each_kind() -> None:
    """A paused rebuild or sync still counts."""
    assert word("DISK_INVALID", operation=REBUILD) == "rebuilding"
    assert word("DISK_INVALID", operation=SYNC) == "emulated"
    assert word("DISK_INVALID", "Parity", operation=SYNC) == "syncing"
    assert word("DISK_INVALID", "Parity", operation=REBUILD) == "invalid"
    assert word("DISK_INVALID", "Parity") == "invalid"
    assert word("DISK_INVALID", "Cache", operation=REBUILD) == "invalid"


def test_a_stopped_arrays_invalid_parity_is_a_fault_only_if_a_start_would_build_it() -> None:
    """Seen on 7.3.1: parity reads DISK_INVALID while the array is stopped, without a fault."""
    assert word("DISK_INVALID", "Parity", is_started=False) == "active"
    assert word("DISK_INVALID", "Parity", is_started=False, spundown="1") == "standby"
    assert word("DISK_INVALID", "Parity", is_started=False, operation=WOULD_SYNC) == "invalid"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"status": "DISK_NP", "idSb": "X"}, True),
        ({"status": "DISK_NP_DSBL", "color": "grey-off", "idSb": "", "sizeSb": "0"}, True),
        ({"status": "DISK_NP_DSBL", "color": "grey-off", "idSb": "X"}, False),
        ({"status": "DISK_NP_DSBL", "color": "grey-off", "sizeSb": "12"}, False),
        ({"status": "DISK_NP_DSBL", "color": "red-off"}, False),
        ({"status": "DISK_NP_MISSING"}, False),
        ({"status": "DISK_OK", "device": "sdb"}, False),
        ({"device": "sdb"}, False),
        ({}, True),
    ],
)
def test_an_empty_slot_is_not_a_missing_disk(keys: dict[str, str], expected: bool) -> None:
    """An unused parity slot reads DISK_NP_DSBL like one whose disk was removed: only the latter is recorded, or red."""
    assert is_empty(keys) is expected


def test_the_kind_is_the_type_or_else_the_name() -> None:
    """A type can be missing or unknown."""
    assert kind_of({"type": "Boot"}, "flash") is Kind.BOOT
    assert [kind_of({}, name) for name in ("parity2", "disk12", "flash", "cache", "diskpool")] == [
        Kind.PARITY,
        Kind.DATA,
        Kind.FLASH,
        Kind.POOL,
        Kind.POOL,
    ]
    assert kind_of({"type": "Tape"}, "disk3") is Kind.DATA


def test_a_replaced_disk_differs_from_a_new_one() -> None:
    """Both read DISK_NEW; the former's slot has a recorded disk."""
    sections = {
        "disk1": {"device": "sdb", "status": "DISK_NEW", "idSb": "OLD"},
        "disk2": {"device": "sdc", "status": "DISK_NEW", "idSb": "", "sizeSb": "0"},
        "disk3": {"device": "sdd", "status": "DISK_DSBL_NEW"},
    }
    slots = slots_from(sections, is_started=False, operation=IDLE)

    assert [slot.is_replaced for slot in slots] == [True, False, True]
