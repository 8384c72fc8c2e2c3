"""Announces the server by mDNS through Unraid's own avahi, with a service file.

avahi-daemon watches ``/etc/avahi/services`` by inotify: a file there is announced
within a second, and its removal ends the announcement. The file is in RAM, like all of
``/etc``. If only this machine can connect, or for a demo, nothing is announced.
"""

import asyncio
import ipaddress
from collections.abc import Callable
from contextlib import suppress

from uma.errors import SourceUnavailable
from uma.feeds.feed import Publish, Report
from uma.fence.avahi import FILE_NAME, SERVICE_TYPE, Announcement, announce
from uma.fence.requests import WITHDRAW_ANNOUNCEMENT
from uma.fence.steward import remove
from uma.fence.tasks import ANNOUNCE
from uma.host import Host


class MdnsAnnouncer:
    """Keeper of the service file; *announcement* returns the data to announce, or the
    reason why there is none.
    """

    name = "announce"

    def __init__(self, host: Host, announcement: Callable[[], Announcement | str]) -> None:
        self._folder = host.avahi_services
        self._steward = host.steward
        self._announcement = announcement

    async def run(self, publish: Publish, report: Report) -> None:  # noqa: ARG002 - a source, which publishes nothing
        """Announce until cancelled. Raises SourceUnavailable if this host
        has no avahi.
        """
        announcement = await asyncio.to_thread(self._announcement)
        if isinstance(announcement, str):
            await asyncio.to_thread(self._withdraw)
            report("unavailable", announcement)
            await asyncio.Event().wait()
            return
        if not await asyncio.to_thread(self._folder.parent.is_dir):
            raise SourceUnavailable(f"there is no {self._folder.parent}: avahi is not installed")
        try:
            await asyncio.to_thread(self._announce, announcement)
        except OSError as error:
            raise SourceUnavailable(f"can't write {self._folder / FILE_NAME}: {error.strerror}") from error
        report("ok", f"{SERVICE_TYPE} on port {announcement.port}, through avahi")
        try:
            await asyncio.Event().wait()
        finally:
            self._withdraw()

    def _announce(self, announcement: Announcement) -> None:
        if self._steward is None:
            announce(self._folder, announcement)
        else:
            self._steward.do(ANNOUNCE, *announcement.words())

    def _withdraw(self) -> None:
        if self._steward is None:
            remove(str(self._folder / FILE_NAME))
            return
        with suppress(OSError):
            self._steward.do(WITHDRAW_ANNOUNCEMENT)


def is_reachable(bind: str) -> bool:
    """Check whether another machine can connect to one of the addresses *bind*; ``*``
    means all.
    """
    return any(each == "*" or not ipaddress.ip_address(each).is_loopback for each in bind.split())
