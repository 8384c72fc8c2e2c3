"""One inotify instance for the whole daemon: a user may have 128, and containers use
many.

It is one descriptor, which is closed when the last watch ends. Facts: inotify(7).
"""

import asyncio
import ctypes
import os
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

MODIFY: Final = 0x2
CLOSE_WRITE: Final = 0x8
MOVED_FROM: Final = 0x40
MOVED_TO: Final = 0x80
CREATE: Final = 0x100
DELETE: Final = 0x200
DELETE_SELF: Final = 0x400
MOVE_SELF: Final = 0x800
UNMOUNT: Final = 0x2000
OVERFLOW: Final = 0x4000
IGNORED: Final = 0x8000
MASK_ADD: Final = 0x20000000

ALWAYS: Final = UNMOUNT | OVERFLOW | IGNORED
"""Bits that the kernel sets even if they were not requested."""

BUFFER_BYTES: Final = 16 * 1024
_HEAD: Final = struct.Struct("iIII")

_libc: Final = ctypes.CDLL(None, use_errno=True)

OnEvent = Callable[[Path, int, str], None]
"""Takes the watched path, the event's mask, and the entry's name or ""."""


@dataclass(slots=True, eq=False)
class _Watch:
    """One watcher's interest in one path, which the kernel knows by ``number``."""

    path: Path
    mask: int
    on_event: OnEvent
    number: int


@dataclass(slots=True, eq=False)
class _Instance:
    """The descriptor, and the watches by the kernel's numbers.

    Two watches of one folder share one number, and the kernel's mask combines both.
    """

    descriptor: int
    watches: dict[int, list[_Watch]] = field(default_factory=dict)

    def add(self, path: Path, mask: int, on_event: OnEvent) -> _Watch:
        """Watch *path*. Raises OSError."""
        number = _call("inotify_add_watch", self.descriptor, os.fsencode(path), mask | MASK_ADD, path=path)
        watch = _Watch(path, mask, on_event, number)
        self.watches.setdefault(number, []).append(watch)
        return watch

    def remove(self, watch: _Watch) -> None:
        """Remove *watch*; remove it from the kernel too if it was the last of its
        number.
        """
        others = self.watches.get(watch.number, [])
        if watch in others:
            others.remove(watch)
            if not others:
                del self.watches[watch.number]
                # The number may have vanished with the folder. The kernel never reuses
                # it.
                _libc.inotify_rm_watch(self.descriptor, watch.number)

    def read(self) -> None:
        """Pass each pending event to the watchers that requested it."""
        try:
            data = os.read(self.descriptor, BUFFER_BYTES)
        except BlockingIOError:
            return
        for number, mask, name in events_in(data):
            if mask & OVERFLOW:
                concerned = [watch for watches in self.watches.values() for watch in watches]
            else:
                concerned = list(self.watches.get(number, ()))
            for watch in concerned:
                if mask & (watch.mask | ALWAYS):
                    watch.on_event(watch.path, mask, name)


_instances: dict[asyncio.AbstractEventLoop, _Instance] = {}


@contextmanager
def watching(masks: Mapping[Path, int], on_event: OnEvent) -> Iterator[None]:
    """Within the block call *on_event* for each event of a path in *masks*.

    Raises FileNotFoundError for a missing path, and another OSError if the kernel has
    no watch or descriptor left.
    """
    loop = asyncio.get_running_loop()
    instance = _instances.get(loop) or _open(loop)
    watches: list[_Watch] = []
    try:
        for path, mask in masks.items():
            watches.append(instance.add(path, mask, on_event))
        yield
    finally:
        for watch in watches:
            instance.remove(watch)
        if not instance.watches and _instances.pop(loop, None) is not None:
            loop.remove_reader(instance.descriptor)
            os.close(instance.descriptor)


def events_in(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield number, mask and name of each event from one read(2)."""
    at = 0
    while at < len(data):
        number, mask, _cookie, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        name = data[at : at + length].partition(b"\0")[0]
        at += length
        yield number, mask, os.fsdecode(name)


def _open(loop: asyncio.AbstractEventLoop) -> _Instance:
    instance = _Instance(_call("inotify_init1", os.O_CLOEXEC | os.O_NONBLOCK))
    loop.add_reader(instance.descriptor, instance.read)
    _instances[loop] = instance
    return instance


def _call(function: str, *arguments: object, path: Path | None = None) -> int:
    """Call libc's *function*. Raises OSError."""
    result: int = getattr(_libc, function)(*arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), *([] if path is None else [str(path)]))
    return result
