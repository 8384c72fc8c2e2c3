"""A stand-in for emhttpd: writes var.ini, disks.ini and, a little behind the kernel, devs.ini.

The disk with serial SAT1 is in slot disk1, the one with serial NVM1 in the pool ``cache``; every other is unassigned.
disks.ini has no temperatures, so that those in the message are SMART's.
"""

import socket
import time
from contextlib import suppress
from pathlib import Path

STATE = Path("/var/local/emhttp")
BEHIND = 0.2
SECONDS = 2.0
"""Between looks without an event: a serial may be readable only after it."""
KOBJECT_UEVENT = 15
"""``NETLINK_KOBJECT_UEVENT`` of netlink(7)."""
SLOTS = {"SAT1": "disk1", "NVM1": "cache"}


def serial_of(device: str) -> str:
    folder = Path("/sys/block", device, "device")
    if device.startswith("nvme"):
        return (folder / "serial").read_text().strip()
    # Vital product data, page 0x80: a header of four bytes, then the serial.
    return (folder / "vpd_pg80").read_bytes()[4:].decode().strip()


def devices() -> dict[str, str]:
    """Kernel name by serial."""
    found = {}
    for entry in sorted(Path("/sys/block").iterdir()):
        try:
            found[serial_of(entry.name)] = entry.name
        except OSError:
            # Not a disk, or one that has just been removed.
            continue
    return found


def section(name: str, serial: str, device: str, **more: str) -> str:
    sectors = Path("/sys/block", device, "size").read_text().strip()
    values = {
        "name": name,
        "device": device,
        "id": f"QEMU_{serial}",
        "transport": "nvme" if device.startswith("nvme") else "ata",
        "sectors": sectors,
        "sector_size": "512",
        "size": str(int(sectors) // 2),
        "rotational": "0",
        "spundown": "0",
        "temp": "*",
        "numErrors": "0",
        **more,
    }
    return f'["{name}"]\n' + "".join(f'{key}="{value}"\n' for key, value in values.items())


def write(name: str, text: str) -> None:
    (STATE / f"{name}.new").write_text(text)
    (STATE / f"{name}.new").rename(STATE / name)


def write_disks(present: dict[str, str]) -> None:
    types = {"disk1": "Data", "cache": "Cache"}
    write(
        "disks.ini",
        "".join(
            section(slot, serial, present[serial], type=types[slot], status="DISK_OK", color="green-on", fsStatus="-")
            for serial, slot in SLOTS.items()
        ),
    )
    write(
        "var.ini",
        'version="7.2.0"\nfsState="Started"\nmdState="STARTED"\nstartMode="Normal"\nmdNumDisks="1"\nmdNumInvalid="0"\n'
        'mdNumDisabled="0"\nmdNumMissing="0"\nmdResyncPos="0"\nmdResyncDt="0"\nmdResyncAction="check"\nsbSynced="0"\n',
    )


def write_devs(present: dict[str, str]) -> None:
    others = {serial: device for serial, device in present.items() if serial not in SLOTS}
    parts = []
    for number, (serial, device) in enumerate(others.items(), start=1):
        try:
            parts.append(section(f"dev{number}", serial, device))
        except OSError:
            continue
    write("devs.ini", "".join(parts))


kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, KOBJECT_UEVENT)
kernel.bind((0, 1))
kernel.settimeout(SECONDS)


def wait_for_change() -> None:
    """Wait until a block device comes or goes; polling would cost an emulated processor half of its time."""
    with suppress(TimeoutError):
        while b"SUBSYSTEM=block" not in kernel.recv(65_536):
            pass


known = devices()
while not SLOTS.keys() <= known.keys():
    wait_for_change()
    known = devices()
write_disks(known)
write_devs(known)
while True:
    wait_for_change()
    if devices() != known:
        time.sleep(BEHIND)
        known = devices()
        write_devs(known)
