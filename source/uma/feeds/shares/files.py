"""Readers of Unraid's files about shares. All are in RAM; no file under /mnt is
opened.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from uma.errors import Unreadable
from uma.feeds.files import read_head, read_optional, shown_name
from uma.feeds.ini import is_cut
from uma.feeds.shares.parse import Computed, ShareTexts
from uma.host import Host

SHARES: Final = "shares.ini"
OURS: Final = frozenset({SHARES, "sec.ini", "sec_nfs.ini"})
"""Files that affect the message. disks.ini and var.ini change with them."""
COMPUTED_SUFFIX: Final = ".ssz1"
MAX_COMPUTED_FILES: Final = 1000
MAX_COMPUTED_BYTES: Final = 64 << 10

Stamps = Mapping[str, tuple[int, int, int]]
"""Inode, size and time of each file, by name."""


def is_ours(name: str) -> bool:
    """Return whether a change of the state file *name* may affect shares."""
    return name in OURS or name.endswith(COMPUTED_SUFFIX)


def read_stamps(host: Host) -> Stamps:
    """Return the stamps of the relevant files. Blocks."""
    stamps = {}
    for entry in _entries(host.state):
        try:
            status = entry.stat()
        except OSError:
            continue
        stamps[entry.name] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return stamps


def read_texts(host: Host) -> ShareTexts:
    """Return the files' texts. Blocks.

    Raises Unreadable if one is incomplete, or if there are shares but no disks.ini: it
    decides which of them are valid.
    """
    computed: dict[str, Computed] = {}
    for entry in _entries(host.state):
        if entry.name.endswith(COMPUTED_SUFFIX) and len(computed) < MAX_COMPUTED_FILES:
            share = shown_name(entry.name.removesuffix(COMPUTED_SUFFIX))
            computed[share] = Computed(_time_of(entry), _read_head(Path(entry.path)))
    shares, disks = _read_whole(host.state / SHARES), _read_whole(host.state / "disks.ini")
    if shares and not disks:
        raise Unreadable("disks.ini is missing or empty")
    return ShareTexts(
        shares=shares,
        disks=disks,
        var=_read_whole(host.state / "var.ini"),
        smb=_read_whole(host.state / "sec.ini"),
        nfs=_read_whole(host.state / "sec_nfs.ini"),
        computed=computed,
    )


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from (entry for entry in entries if is_ours(entry.name))
    except OSError:
        return


def _time_of(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat().st_mtime
    except OSError:
        return float("nan")


def _read_whole(path: Path) -> str:
    text = read_optional(path)
    if is_cut(text):
        raise Unreadable(f"{path.name} is not whole: it ends early")
    return text


def _read_head(path: Path) -> str:
    return (read_head(path, MAX_COMPUTED_BYTES) or b"").decode(errors="replace")
