"""emhttpd's state files and the settings that go with them, as texts and as one state.

emhttpd (closed source) may rewrite a file while it is read, and writes var.ini and
disks.ini one after the other. ``parse_state`` rejects incomplete files;
``is_consistent`` checks if a pair describes one moment.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from uma.errors import Unreadable
from uma.feeds import ini
from uma.feeds.display import display_from, dynamix_files
from uma.feeds.files import read_optional, read_required
from uma.feeds.ini_values import Section, whole
from uma.feeds.storage.operation import operation_from
from uma.feeds.storage.slots import Kind, is_empty, kind_of
from uma.host import Host

LOG_TAIL: Final = 64 * 1024
"""Bytes of parity-checks.log that are read:
it grows for years and only its last lines matter.
"""
PARITY_SLOTS: Final = frozenset({"parity", "parity2"})

Sections = Mapping[str, Section]


@dataclass(frozen=True, slots=True)
class EmhttpTexts:
    """Raw texts, read together; ``""`` where an optional file is
    absent or can't be read.
    """

    var: str
    disks: str
    devs: str
    parity_log: str
    dynamix_default: str
    dynamix: str
    smart_one: str


@dataclass(frozen=True, slots=True)
class EmhttpState:
    """Parsed texts; every value is still Unraid's own text.

    ``display`` is the webGUI's [display] settings with the user's over the defaults,
    ``smart_one`` the settings of one drive by its full id, ``parity_history`` the lines
    of parity-checks.log, oldest first.
    """

    var: Section
    disks: Sections
    devs: Sections
    display: Section
    smart_one: Sections
    parity_history: tuple[str, ...]


def read_texts(host: Host) -> EmhttpTexts:
    """Read every file once. Blocks.

    Raises Unreadable if var.ini or disks.ini can't be read or is empty.
    """
    defaults, own = dynamix_files(host)
    return EmhttpTexts(
        var=read_required(host.state / "var.ini"),
        disks=read_required(host.state / "disks.ini"),
        devs=read_optional(host.state / "devs.ini"),
        parity_log=read_optional(host.flash_config / "parity-checks.log", LOG_TAIL),
        dynamix_default=read_optional(defaults),
        dynamix=read_optional(own),
        smart_one=read_optional(host.flash_config / "smart-one.cfg"),
    )


def parse_state(texts: EmhttpTexts) -> EmhttpState:
    """Parse *texts*. Raises Unreadable if var.ini or disks.ini is incomplete."""
    var = ini.parse(texts.var).get("", {})
    if ini.is_cut(texts.var) or not var.get("fsState"):
        raise Unreadable("var.ini is not whole: it ends early or has no array state")
    disks = ini.parse(texts.disks)
    disks.pop("", None)
    if ini.is_cut(texts.disks) or not disks or not _is_whole(disks):
        raise Unreadable("disks.ini is not whole: it ends early or has no slot")
    return EmhttpState(
        var=var,
        disks=disks,
        devs={name: device for name, device in ini.parse(texts.devs).items() if name},
        display=display_from(texts.dynamix_default, texts.dynamix),
        smart_one=ini.parse(texts.smart_one),
        parity_history=tuple(texts.parity_log.splitlines()),
    )


def is_consistent(state: EmhttpState) -> bool:
    """Return whether var.ini and disks.ini describe one moment, as far as the texts
    show.

    False is normal: emhttpd may have written only one of them, or the texts mean
    something unknown to UMA.
    """
    var, disks = state.var, state.disks
    kinds = {name: kind_of(section, name) for name, section in disks.items()}
    if var.get("fsState") == "Stopped" and any(
        kinds[name] in (Kind.DATA, Kind.POOL) and section.get("fsStatus") == "Mounted"
        for name, section in disks.items()
    ):
        return False
    array = [section for name, section in disks.items() if kinds[name] in (Kind.DATA, Kind.PARITY)]
    statuses = Counter(section.get("status", "") for section in array if not is_empty(section))
    if statuses["DISK_INVALID"] and var.get("fsState") == "Started" and not operation_from(var).is_active:
        return False
    gone = statuses["DISK_NP_MISSING"] + statuses["DISK_NP_DSBL"]
    present = statuses.total() - gone
    empty = sum(section.get("status") == "DISK_NP_DSBL" and is_empty(section) for section in array)
    disabled = statuses["DISK_DSBL"] + statuses["DISK_DSBL_NEW"] + statuses["DISK_NP_DSBL"] + empty
    unlisted = _unlisted_slots(disks)
    return all(
        number is None or least <= number <= most + unlisted
        for number, least, most in (
            (whole(var, "mdNumDisks"), present, present + gone),
            (whole(var, "mdNumMissing"), statuses["DISK_NP_MISSING"], gone),
            (whole(var, "mdNumDisabled"), disabled, disabled + len(PARITY_SLOTS - disks.keys())),
        )
    )


def _unlisted_slots(disks: Sections) -> int:
    """Return the number of slots below the highest that are missing, as in an
    excerpt.
    """
    numbers = {int(name[4:]) for name in disks if name.startswith("disk") and name[4:].isdecimal() and len(name) < 8}
    return max(numbers, default=0) - len(numbers)


def _is_whole(disks: Sections) -> bool:
    """Return whether the last section has the keys of the others: a truncated one lacks
    some.
    """
    *others, last = disks.values()
    if "type" not in last and any("type" in other for other in others):
        return False
    return last.get("fsStatus") != "Mounted" or {"fsSize", "fsFree", "fsUsed"} <= last.keys()
