"""State of the virtual machine service: whether libvirt listens, else the reason.

Facts: ``SERVICE`` in domain.cfg is the user's switch (VMs.page). libvirtd runs only
while the array is started. After a crash its sockets stay (rc.libvirt).
"""

import asyncio
import os
import socket
from pathlib import Path
from typing import Final

from uma.errors import SourceFailed
from uma.feeds.files import read_head
from uma.feeds.ini import parse
from uma.feeds.vms.model import Service
from uma.host import Host

BRISK_SECONDS: Final = 0.1
BRISK_TRIES: Final = 20
"""Looks after a nudge: a socket exists a moment before it listens."""

MAX_SETTINGS_BYTES: Final = 64 << 10


def sockets_folder(host: Host) -> Path:
    """Return the folder of libvirt's sockets."""
    return host.root / "var/run/libvirt"


def read_socket_path(host: Host) -> Path:
    """Return the path of libvirt's read-only socket, or of the other one if only that
    exists.

    UMA opens either one read-only, which libvirt enforces.
    """
    read_only, other = (sockets_folder(host) / name for name in ("libvirt-sock-ro", "libvirt-sock"))
    return other if other.exists() and not read_only.exists() else read_only


def read_absence(path: Path) -> str | None:
    """Return the reason why *path* has no listener; None if it has one. Raises
    SourceFailed.
    """
    # Checked first: connecting to a path over 107 bytes fails even if it exists.
    if not path.exists():
        return f"libvirt is not running: no socket at {path}"
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            # Connecting to a unix socket never waits, unless its queue is full.
            probe.setblocking(False)
            probe.connect(os.fspath(path))
    except (FileNotFoundError, NotADirectoryError):
        return f"libvirt is not running: no socket at {path}"
    except ConnectionRefusedError:
        return f"libvirt is not running: it has left its socket at {path}"
    except BlockingIOError as error:
        raise SourceFailed(f"libvirt does not accept connections at {path}") from error
    except OSError as error:
        raise SourceFailed(f"{path} can't be used: {error.strerror or error}") from error
    return None


def read_service(host: Host) -> Service:
    """Return the state of the service while no process listens at its socket.
    Blocks.
    """
    settings = read_head(host.flash_config / "domain.cfg", MAX_SETTINGS_BYTES)
    return parse_service(None if settings is None else settings.decode(errors="replace"))


def parse_service(text: str | None) -> Service:
    """Return the state, by domain.cfg's *text*, of a service that does not run."""
    if text is None:
        return "absent"
    return "stopped" if parse(text).get("", {}).get("SERVICE") == "enable" else "disabled"


async def wait_until_listening(path: Path, changed: asyncio.Event) -> bool:
    """Return True once *path* has a listener, False 2 s after the last *changed*.

    Return False at once without a socket, whose creation is another nudge.
    Raises SourceFailed as read_absence does.
    """
    tries = 0
    while tries < BRISK_TRIES and _has_socket(path):
        if read_absence(path) is None:
            return True
        await asyncio.sleep(BRISK_SECONDS)
        tries = 0 if changed.is_set() else tries + 1
        changed.clear()
    return False


def _has_socket(path: Path) -> bool:
    return path.exists()
