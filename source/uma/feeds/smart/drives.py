"""Which drives may be asked by smartctl: those that disks.ini and devs.ini say are spun up."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from uma.feeds.ini_values import Section, flag
from uma.feeds.storage.emhttp import Sections, parse_state, read_texts
from uma.host import Host


@dataclass(frozen=True, slots=True)
class DriveToQuery:
    """A drive in slot *name*: *device* is the kernel's name (``sdb``), *transport* Unraid's word (ata, nvme, usb, …).

    *id* tells one drive from another that takes its place; it holds the full serial and goes nowhere.
    """

    name: str
    device: str
    is_spun_up: bool
    transport: str
    id: str = field(repr=False)


def read_drives(host: Host) -> tuple[DriveToQuery, ...]:
    """The drives as the state files have them now. Blocks. Raises Unreadable."""
    state = parse_state(read_texts(host))
    return drives_from(state.disks, state.devs)


def drives_from(disks: Sections, devs: Sections) -> tuple[DriveToQuery, ...]:
    """The drives of disks.ini, then of devs.ini; without empty slots and the flash drive, which has no SMART."""
    return tuple(drive for sections in (disks, devs) for drive in _drives_of(sections))


def _drives_of(sections: Sections) -> Iterator[DriveToQuery]:
    for name, section in sections.items():
        device = section.get("device", "")
        # It becomes part of a path: nothing but a kernel name will do.
        if not (device.isascii() and device.isalnum()) or section.get("type") == "Flash":
            continue
        yield DriveToQuery(
            name=name,
            device=device,
            is_spun_up=_is_spun_up(section),
            transport=section.get("transport", ""),
            id=section.get("id", ""),
        )


def _is_spun_up(section: Section) -> bool:
    """Only if it says so, and nothing says otherwise: a blinking ball is the webGUI's sign of standby."""
    return flag(section, "spundown") is False and not section.get("color", "").endswith("-blink")
