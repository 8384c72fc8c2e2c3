"""Announces the server by mDNS through Unraid's own avahi,
with a service file and no responder of our own.

avahi-daemon watches ``/etc/avahi/services`` by inotify: a file there is announced
within a second, and its removal says goodbye. The file lies in RAM, as all of ``/etc``
does. Nothing is announced where only this machine can connect. No record needs escaping
in XML.
"""

import asyncio
import ipaddress
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from uma.errors import SourceUnavailable
from uma.feeds.feed import Publish, Report
from uma.host import Host

SERVICE_TYPE: Final = "_uma._tcp"
API_PATH: Final = "/api/v1"
FILE_NAME: Final = "uma.service"


@dataclass(frozen=True, slots=True)
class Announcement:
    """Announced data: the port, and the TXT records by which a client decides."""

    port: int
    id: str
    version: str
    has_token: bool
    has_tls: bool = False


class Announcer:
    """Keeps the service file while it runs; *announcement* gives what to
    announce, None for nothing.
    """

    name = "announce"

    def __init__(self, host: Host, announcement: Callable[[], Announcement | None]) -> None:
        self._folder = host.root / "etc/avahi/services"
        self._announcement = announcement

    async def run(self, publish: Publish, report: Report) -> None:  # noqa: ARG002 - a source, which publishes nothing
        """Announce until cancelled. Raises SourceUnavailable if this host
        has no avahi.
        """
        announcement = await asyncio.to_thread(self._announcement)
        if announcement is None:
            await asyncio.to_thread(withdraw, self._folder)
            report("unavailable", "only this machine can connect, so nothing is announced")
            await asyncio.Event().wait()
            return
        if not await asyncio.to_thread(self._folder.parent.is_dir):
            raise SourceUnavailable(f"there is no {self._folder.parent}: avahi is not installed")
        try:
            await asyncio.to_thread(announce, self._folder, announcement)
        except OSError as error:
            raise SourceUnavailable(f"can't write {self._folder / FILE_NAME}: {error.strerror}") from error
        report("ok", f"{SERVICE_TYPE} on port {announcement.port}, through avahi")
        try:
            await asyncio.Event().wait()
        finally:
            withdraw(self._folder)


def is_reachable(bind: str) -> bool:
    """Check whether another machine can connect to one of the addresses *bind*,
    all of which ``*`` means.
    """
    return any(each == "*" or not ipaddress.ip_address(each).is_loopback for each in bind.split())


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
    """Write the service file whole: avahi must not read half of it.
    Blocks. Raises OSError.
    """
    folder.mkdir(exist_ok=True)
    new = folder / f".{FILE_NAME}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(service_text(announcement))
    new.replace(folder / FILE_NAME)


def withdraw(folder: Path) -> None:
    """Remove the service file, if there is one."""
    try:
        (folder / FILE_NAME).unlink(missing_ok=True)
    except OSError:
        return
