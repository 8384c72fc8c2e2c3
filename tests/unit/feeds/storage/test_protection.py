"""The array in one word, and its protection in another."""

from dataclasses import replace

import pytest

from uma.feeds.storage.operation import Operation, operation_from
from uma.feeds.storage.protection import array_protection_from, array_status_from
from uma.feeds.storage.slots import Slot, slots_from

STARTED = {"fsState": "Started", "mdState": "STARTED"}


def slot(status: str, *, is_replaced: bool = False) -> Slot:
    (healthy,) = slots_from(
        {"disk1": {"device": "sdb", "status": "DISK_OK", "type": "Data"}},
        is_started=True,
        operation=Operation("check", "idle", ("P",)),
    )
    return replace(healthy, status=status, is_replaced=is_replaced)


def protection(
    data: str, parity: str, *, action: str = "", var: dict[str, str] | None = None, position: str = "0"
) -> str:
    operation: Operation = operation_from({"mdResyncAction": action, "mdResyncPos": position})
    return array_protection_from(
        var or STARTED,
        data=[slot(word) for word in data.split()],
        parity=[slot(word) for word in parity.split()],
        operation=operation,
    )


@pytest.mark.parametrize(
    ("state", "mode", "word"),
    [
        ("Started", "Normal", "started"),
        ("Started", "Maintenance", "maintenance"),
        ("Stopped", "Maintenance", "stopped"),
        ("Starting", "Maintenance", "starting"),
        ("Stopping", "Normal", "stopping"),
        ("Formatting", "Normal", "formatting"),
        ("Clearing", "Normal", "clearing"),
        ("Scrubbing", "Normal", "scrubbing"),
    ],
)
def test_the_arrays_word_is_the_webguis_in_lower_case(state: str, mode: str, word: str) -> None:
    """Except for maintenance, which is started without a mount. mdState may say STARTED all the time."""
    assert array_status_from({"fsState": state, "startMode": mode, "mdState": "STARTED"}) == word


@pytest.mark.parametrize(
    ("data", "parity", "word"),
    [
        ("active standby", "active", "protected"),
        ("active", "standby active", "protected"),
        ("active", "", "unprotected"),
        ("disabled", "", "degraded"),
        ("active missing", "active", "degraded"),
        ("wrong active", "active", "degraded"),
        ("emulated", "active", "degraded"),
        ("active", "disabled", "degraded"),
        ("active", "missing", "degraded"),
        ("active", "active missing", "degraded"),
        ("active", "active invalid", "degraded"),
        ("active", "invalid", "invalid"),
        ("active", "invalid invalid", "invalid"),
        ("active", "new", "invalid"),
        ("active", "syncing", "syncing"),
        ("active", "active syncing", "syncing"),
        ("active", "invalid syncing", "degraded"),
        ("rebuilding", "active", "rebuilding"),
        ("rebuilding disabled", "active active", "degraded"),
        ("rebuilding", "invalid active", "degraded"),
        ("new active", "active", "protected"),
        ("new", "", "unprotected"),
        ("", "", "none"),
        ("", "active", "protected"),
    ],
)
def test_the_worst_state_is_published(data: str, parity: str, word: str) -> None:
    """none, degraded, rebuilding, syncing, invalid, unprotected, protected: the first that applies."""
    assert protection(data, parity) == word


@pytest.mark.parametrize("state", ["NEW_ARRAY", "ERROR:NO_DEVICES", "ERROR:NO_DATA_DISKS", "NO_DEVICES"])
def test_without_an_array_there_is_nothing_to_protect(state: str) -> None:
    """A new configuration, or no assigned devices."""
    assert protection("new missing", "new", var={"fsState": "Stopped", "mdState": state}) == "none"


def test_a_running_operation_speaks_for_itself() -> None:
    """This holds even before disks.ini names the rewritten disk."""
    assert protection("active", "active", action="recon D1", position="1") == "rebuilding"
    assert protection("active", "active", action="recon P", position="1") == "syncing"
    assert protection("active", "active", action="recon P") == "protected"
    assert protection("active", "active", action="check P", position="1") == "protected"


def test_a_replacement_not_rebuilt_yet_is_degraded() -> None:
    """The new disk's contents still exist only in the other disks."""
    replaced = [slot("active"), slot("new", is_replaced=True)]

    assert (
        array_protection_from(STARTED, data=replaced, parity=[slot("active")], operation=operation_from({}))
        == "degraded"
    )
