"""The array's state and its protection, in one word each."""

from collections.abc import Sequence
from typing import Final

from uma.feeds.ini_values import Section
from uma.feeds.storage.operation import Operation
from uma.feeds.storage.slots import Slot

NO_ARRAY: Final = frozenset({"NEW_ARRAY", "NO_DEVICES", "NO_DATA_DISKS"})
"""mdState words, without their ``ERROR:``, of a server that has no array to protect."""
FAULTS: Final = frozenset({"disabled", "missing", "wrong", "emulated"})
"""States of a disk whose contents must be computed from the others."""
VALID: Final = frozenset({"active", "standby"})


def array_status_from(var: Section) -> str:
    """Return the wire's word for the array.

    mdState may be STARTED while the array is stopped, so it does not count.
    """
    state = var.get("fsState", "").lower()
    return "maintenance" if state == "started" and var.get("startMode") == "Maintenance" else state


def array_protection_from(var: Section, *, data: Sequence[Slot], parity: Sequence[Slot], operation: Operation) -> str:
    """Return the first word that applies.

    They are none, degraded, rebuilding, syncing, invalid, unprotected, protected.
    """
    if var.get("mdState", "").removeprefix("ERROR:") in NO_ARRAY or not (data or parity):
        return "none"
    not_valid = [slot for slot in parity if slot.status not in VALID]
    not_built = [slot for slot in not_valid if slot.status != "syncing"]
    if any(slot.is_replaced or slot.status in FAULTS for slot in (*data, *parity)) or 0 < len(not_built) < len(parity):
        return "degraded"
    if operation.is_rebuild or any(slot.status == "rebuilding" for slot in data):
        return "rebuilding"
    if operation.is_sync or (not_valid and not not_built):
        return "syncing"
    if not_built:
        return "invalid"
    return "protected" if parity else "unprotected"
