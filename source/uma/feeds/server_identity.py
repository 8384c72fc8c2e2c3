"""The server's name: from emhttpd, else from its settings files, else from the
kernel.
"""

import socket
from collections.abc import Callable
from pathlib import Path

from uma.feeds import ini
from uma.feeds.files import read_optional
from uma.host import Host
from uma.model.server_identity import ServerIdentity


def read_server_identity(host: Host, server_id: Callable[[], str]) -> ServerIdentity:
    """Read the name of *host*, its Unraid's version, and the id from *server_id*.
    Blocks.

    Before emhttpd has started, the values are read from the flash drive.
    """
    var = _keys(host.state / "var.ini")
    return ServerIdentity(
        name=var.get("NAME") or _keys(host.flash_config / "ident.cfg").get("NAME") or socket.gethostname(),
        unraid_version=var.get("version") or _keys(host.root / "etc/unraid-version").get("version") or None,
        id=server_id(),
    )


def read_flash_guid(host: Host) -> str | None:
    """Read the flash drive's GUID from emhttpd's file; None before emhttpd has started.
    Blocks.
    """
    return _keys(host.state / "var.ini").get("flashGUID") or None


def _keys(path: Path) -> dict[str, str]:
    return ini.parse(read_optional(path)).get("", {})
