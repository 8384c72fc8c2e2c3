"""Drives that smartctl may query: those spun up by disks.ini and devs.ini.

The user may have set a drive's controller type (webGUI, ``sbin/smartctl_type``): smType
is ``-d TYPE``; smPort1 to 3 follow it after a comma, joined by smGlue. smart-one.cfg
has them by drive id, smart-all.cfg for all other drives. A blank there means automatic.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from uma.feeds.files import read_optional
from uma.feeds.ini import parse
from uma.feeds.ini_values import Section, flag
from uma.feeds.storage.emhttp import EmhttpState, Sections
from uma.host import Host

_DEVICE = re.compile(r"[A-Za-z0-9]{1,32}")
_TYPE = re.compile(r"-d +([A-Za-z0-9][A-Za-z0-9+,/_-]{0,30})")
_CONTROLLER = re.compile(r"[A-Za-z0-9][A-Za-z0-9+,/_-]{0,60}")


@dataclass(frozen=True, slots=True)
class DriveToQuery:
    """A drive in slot *name*: *device* is the kernel's name (``sdb``), *transport*
    Unraid's word (ata, nvme, usb, …).

    *id* distinguishes a drive from its replacement. It holds the full serial, and is
    never published.
    """

    name: str
    device: str
    is_spun_up: bool
    transport: str
    id: str = field(repr=False)
    controller: str = ""
    """smartctl's ``-d`` type from the user's settings; empty for an automatic
    choice.
    """


def drives_of(state: EmhttpState, host: Host) -> tuple[DriveToQuery, ...]:
    """Return the drives of *state*, with the settings for all drives. Blocks."""
    general = parse(read_optional(host.flash_config / "smart-all.cfg")).get("", {})
    return drives_from(state.disks, state.devs, own=state.smart_one, general=general)


def drives_from(
    disks: Sections, devs: Sections, *, own: Sections | None = None, general: Section | None = None
) -> tuple[DriveToQuery, ...]:
    """Return the drives of disks.ini, then of devs.ini,
    without empty slots and the flash drive.

    *own* are SMART settings by drive id, *general* those of all drives.
    """
    return tuple(drive for sections in (disks, devs) for drive in _drives_of(sections, own or {}, general or {}))


def _drives_of(sections: Sections, own: Sections, general: Section) -> Iterator[DriveToQuery]:
    for name, section in sections.items():
        drive_id = section.get("id", "")
        settings = own.get(drive_id, {})
        # The drives of a RAID controller have other device names than their volume.
        device = _device_of(settings.get("smDevice", "")) or section.get("device", "")
        # It becomes part of a path, so only kernel names are allowed.
        if not (section.get("device") and _DEVICE.fullmatch(device)) or section.get("type") == "Flash":
            continue
        yield DriveToQuery(
            name=name,
            device=device,
            is_spun_up=_is_spun_up(section),
            transport=section.get("transport", ""),
            id=drive_id,
            controller=controller_from(settings, general),
        )


def controller_from(own: Section, general: Section) -> str:
    """Return smartctl's ``-d`` type from a drive's *own* settings, else from the
    *general* ones; ``""`` for automatic.
    """
    settings = own if own.get("smType", "-1") not in ("", "-1") else general
    option = _TYPE.fullmatch(settings.get("smType", "").strip())
    if option is None:
        return ""
    ports = [port for number in (1, 2, 3) if (port := settings.get(f"smPort{number}", "").strip())]
    glue = settings.get("smGlue", ",")
    controller = option[1] + (f",{glue.join(ports)}" if ports else "")
    # A value that the webGUI's page does not offer goes into no command.
    return controller if _CONTROLLER.fullmatch(controller) else ""


def _device_of(name: str) -> str:
    device = name.strip().removeprefix("/dev/")
    return device if _DEVICE.fullmatch(device) else ""


def _is_spun_up(section: Section) -> bool:
    """Return whether all signs agree: the webGUI shows standby by a blinking ball."""
    return flag(section, "spundown") is False and not section.get("color", "").endswith("-blink")
