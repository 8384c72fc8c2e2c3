"""Changes of network links, as the kernel sends them by netlink (rtnetlink(7)).

No library is used: pyroute2 would take 10 MB. A message is only a nudge; the state is
read elsewhere.
"""

import asyncio
import errno
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from uma.errors import SourceUnavailable
from uma.feeds.network.parse import is_own

MAX_RECEIVED_BYTES = 65_536
MAX_MESSAGES_AT_ONCE = 64
"""Messages read at once; the rest waits for the event loop's next iteration."""

RTMGRP_LINK = 1
RTM_NEWLINK, RTM_DELLINK = 16, 17
IFLA_IFNAME, IFLA_MTU, IFLA_MASTER, IFLA_OPERSTATE, IFLA_CARRIER, IFLA_CARRIER_CHANGES = 3, 4, 10, 16, 33, 35
_STATES = (IFLA_MTU, IFLA_MASTER, IFLA_OPERSTATE, IFLA_CARRIER, IFLA_CARRIER_CHANGES)

_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BBHiII")
_ATTRIBUTE = struct.Struct("=HH")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LinkMessage:
    """One message: an interface and the watched parts of its state. ``state`` is only
    compared.
    """

    index: int
    name: str
    is_gone: bool
    state: tuple[object, ...]


def parse_messages(data: bytes) -> Iterator[LinkMessage]:
    """Yield the link messages in *data*, without a truncated one."""
    start = 0
    while start + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, start)
        if length < _HEADER.size or start + length > len(data):
            return
        body = data[start + _HEADER.size : start + length]
        if kind in {RTM_NEWLINK, RTM_DELLINK} and len(body) >= _LINK.size:
            _, _, _, index, flags, _ = _LINK.unpack_from(body)
            attributes = dict(_attributes(body[_LINK.size :]))
            name = attributes.get(IFLA_IFNAME, b"").partition(b"\0")[0].decode(errors="replace")
            state = (flags, *(attributes.get(each) for each in _STATES))
            yield LinkMessage(index, name, kind == RTM_DELLINK, state)
        start += _aligned(length)


class LinkChanges:
    """Caller of *changed* when a link of the server itself has changed.

    Containers' links come and go all day, and the kernel repeats messages: neither
    counts.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._states: dict[int, tuple[object, ...]] = {}

    def take(self, data: bytes) -> None:
        """Process received *data*."""
        is_news = False
        for message in parse_messages(data):
            if not is_own(message.name):
                continue
            if message.is_gone:
                is_news = True
                self._states.pop(message.index, None)
            elif self._states.get(message.index) != (state := (message.name, *message.state)):
                is_news = True
                self._states[message.index] = state
        if is_news:
            self._changed()

    def lose(self) -> None:
        """Note that messages were lost."""
        self._states.clear()
        self._changed()


@asynccontextmanager
async def listening(changed: Callable[[], None]) -> AsyncIterator[None]:
    """Call *changed* for each change inside the block. Raises SourceUnavailable."""
    changes = LinkChanges(changed)
    loop = asyncio.get_running_loop()
    try:
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0)
    except OSError as error:
        raise SourceUnavailable(f"netlink can't be used: {error.strerror}") from error

    def drain() -> None:
        try:
            for _ in range(MAX_MESSAGES_AT_ONCE):
                changes.take(sock.recv(MAX_RECEIVED_BYTES))
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                log.warning("link messages ended", error=error.strerror)
                # A broken socket stays readable and would keep the loop busy.
                loop.remove_reader(sock)
            changes.lose()

    with sock:
        try:
            sock.bind((0, RTMGRP_LINK))
        except OSError as error:
            raise SourceUnavailable(f"netlink can't be used: {error.strerror}") from error
        loop.add_reader(sock, drain)
        try:
            yield
        finally:
            loop.remove_reader(sock)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    start = 0
    while start + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, start)
        if length < _ATTRIBUTE.size or start + length > len(data):
            return
        yield kind, data[start + _ATTRIBUTE.size : start + length]
        start += _aligned(length)


def _aligned(length: int) -> int:
    return (length + 3) & ~3
