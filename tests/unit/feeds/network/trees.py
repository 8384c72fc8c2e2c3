"""Folders as sysfs has them for network interfaces."""

from pathlib import Path


def add_link(root: Path, name: str, *, device: bool = False, lower: tuple[str, ...] = (), master: str = "", **files):
    """Add an interface; attributes by name, dots as double underscores. None leaves one out."""
    folder = root / "sys/class/net" / name
    folder.mkdir(parents=True)
    attributes = {
        "flags": "0x1003",
        "operstate": "up",
        "carrier": "1",
        "carrier_changes": "1",
        "mtu": "1500",
        "uevent": "",
    }
    for attribute, text in (attributes | files).items():
        if text is not None:
            path = folder / attribute.replace("__", "/")
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{text}\n")
    if device:
        (folder / "device").symlink_to("../../../devices/pci0000:00/0000:00:1f.6")
    if master:
        (folder / "master").symlink_to(f"../{master}")
    for each in lower:
        (folder / f"lower_{each}").symlink_to(f"../{each}")
    return folder
