"""Service file by which avahi announces this server.

avahi-daemon watches ``/etc/avahi/services`` by inotify: a file there is announced
within a second, and its removal ends the announcement. No record needs escaping in XML.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from uma.fence.whole_files import write_whole

SERVICE_TYPE: Final = "_uma._tcp"
API_PATH: Final = "/api/v1"
FILE_NAME: Final = "uma.service"

_ID = re.compile(r"[0-9a-f]{32}")
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")


@dataclass(frozen=True, slots=True)
class Announcement:
    """Announced data: the port, and the TXT records that clients need."""

    port: int
    id: str
    version: str
    has_token: bool
    has_tls: bool = False

    def words(self) -> tuple[str, ...]:
        """Return it as words, for the steward."""
        return str(self.port), self.id, self.version, str(self.has_token), str(self.has_tls)


def parse_announcement(words: Sequence[str]) -> Announcement:
    """Return the announcement made of *words*. Raises ValueError for invalid ones."""
    port, server_id, version, has_token, has_tls = words
    flags = {"True": True, "False": False}
    number = int(port) if port.isascii() and port.isdigit() else 0
    known = _ID.fullmatch(server_id) and _VERSION.fullmatch(version) and flags.keys() >= {has_token, has_tls}
    if not known or not 0 < number <= 65535:
        raise ValueError("not an announcement")
    return Announcement(number, server_id, version, flags[has_token], flags[has_tls])


def service_text(announcement: Announcement) -> str:
    """Return the service file; ``%h`` is the server's host name,
    which avahi fills in.
    """
    records = (
        f"id={announcement.id}",
        f"version={announcement.version}",
        f"path={API_PATH}",
        f"auth={'token' if announcement.has_token else 'none'}",
        f"scheme={'https' if announcement.has_tls else 'http'}",
    )
    lines = "".join(f"    <txt-record>{record}</txt-record>\n" for record in records)
    return (
        "<?xml version=\"1.0\" standalone='no'?>\n"
        '<!DOCTYPE service-group SYSTEM "avahi-service.dtd">\n'
        "<service-group>\n"
        '  <name replace-wildcards="yes">%h</name>\n'
        "  <service>\n"
        f"    <type>{SERVICE_TYPE}</type>\n"
        f"    <port>{announcement.port}</port>\n"
        f"{lines}"
        "  </service>\n"
        "</service-group>\n"
    )


def announce(folder: Path, announcement: Announcement) -> None:
    """Write the service file atomically: avahi must not read half of it. Blocks. Raises
    OSError.
    """
    folder.mkdir(exist_ok=True)
    # avahi runs as another user.
    write_whole(folder / FILE_NAME, service_text(announcement), mode=0o644)
