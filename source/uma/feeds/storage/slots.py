"""What emhttpd says about a slot: what kind it is, whether it holds a device, and the contract's word for its state.

Facts: the slot sections of disks.ini, and the webGUI's own judgement of them (nchan/device_list, nchan/update_2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from uma.feeds.ini_values import Section, count, flag
from uma.feeds.storage.operation import Operation

WORDS: Final = {
    "DISK_DSBL": "disabled",
    "DISK_NP_DSBL": "missing",
    "DISK_NP_MISSING": "missing",
    "DISK_WRONG": "wrong",
    "DISK_NEW": "new",
    "DISK_DSBL_NEW": "new",
}


class Kind(StrEnum):
    """The ``type`` of a slot."""

    PARITY = "Parity"
    DATA = "Data"
    POOL = "Cache"
    FLASH = "Flash"
    BOOT = "Boot"


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot there is something to tell about: it holds a device, or misses one.

    ``key`` is its section's name, after which emhttpd names the drive's SMART text; ``status`` the contract's word.
    ``is_replaced``: a new disk stands in the place of one that the superblock knows, not rebuilt yet.
    """

    key: str
    kind: Kind
    section: Section
    status: str
    is_gone: bool
    is_spun_down: bool
    is_replaced: bool

    @property
    def name(self) -> str:
        """The slot's name as the webGUI knows it."""
        return self.section.get("name") or self.key


def slots_from(disks: Mapping[str, Section], *, is_started: bool, operation: Operation) -> tuple[Slot, ...]:
    """The slots of disks.ini that are not empty, in its order."""
    return tuple(
        _slot_from(key, section, is_started=is_started, operation=operation)
        for key, section in disks.items()
        if not is_empty(section)
    )


def kind_of(section: Section, key: str) -> Kind:
    """The slot's kind; by its name where the type is missing, or one of a later Unraid."""
    try:
        return Kind(section.get("type", ""))
    except ValueError:
        by_name = {"parity": Kind.PARITY, "disk": Kind.DATA, "flash": Kind.FLASH}
        return by_name.get(key.rstrip("0123456789"), Kind.POOL)


def is_empty(section: Section) -> bool:
    """Whether there is nothing to tell about the slot: no device, and none that is missed.

    An unused parity slot reads DISK_NP_DSBL just like one whose disk has gone; only the latter knows a disk, or is red.
    """
    status = section.get("status", "")
    if status == "DISK_NP_DSBL":
        return not _is_recorded(section) and not section.get("color", "").startswith("red")
    return status == "DISK_NP" or (not status and not section.get("device"))


def _slot_from(key: str, section: Section, *, is_started: bool, operation: Operation) -> Slot:
    status = section.get("status", "")
    kind = kind_of(section, key)
    is_gone = status.startswith("DISK_NP") or not section.get("device")
    is_spun_down = not is_gone and flag(section, "spundown") is True
    word = _fault_word(status, kind, is_started=is_started, operation=operation)
    return Slot(
        key=key,
        kind=kind,
        section=section,
        status=word or ("standby" if is_spun_down else "active"),
        is_gone=is_gone,
        is_spun_down=is_spun_down,
        is_replaced=status == "DISK_DSBL_NEW" or (status == "DISK_NEW" and _is_recorded(section)),
    )


def _fault_word(status: str, kind: Kind, *, is_started: bool, operation: Operation) -> str | None:
    """The contract's word for whatever is not plainly in order; a status of a later Unraid as it is, in lower case."""
    if status != "DISK_INVALID":
        return None if status in ("DISK_OK", "") else WORDS.get(status, status.removeprefix("DISK_").lower())
    if kind is Kind.DATA:
        return "rebuilding" if operation.is_rebuild else "emulated"
    if kind is not Kind.PARITY:
        return "invalid"
    if operation.is_sync:
        return "syncing"
    # A stopped array's parity reads invalid for no fault; what a start would run tells the two apart.
    return "invalid" if is_started or operation.would_sync else None


def _is_recorded(section: Section) -> bool:
    return bool(section.get("idSb")) or count(section, "sizeSb") > 0
