"""Clients' view of a failure: whether samples come in time, and the array's state."""

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from tests.supervised import until

from .clients import Crowd, Listener

UNMEASURED = ("env", "--unset=COVERAGE_PROCESS_START", "--unset=COVERAGE_PROCESS_CONFIG")
"""Without coverage's measurement, which costs memory."""


class Punctual:
    """A client of the samples that notes the time of each."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.longest = 0.0
        self._count = len(listener.frames)
        self._last = time.monotonic()

    async def watch(self) -> None:
        """Record until cancelled."""
        while True:
            await asyncio.sleep(0.02)
            now = time.monotonic()
            if len(self.listener.frames) != self._count:
                self._count, self._last = len(self.listener.frames), now
            self.longest = max(self.longest, now - self._last)


@asynccontextmanager
async def on_time(people: Crowd, *, at_most: float = 3.0) -> AsyncIterator[None]:
    """Fails if a second's samples ever come later than *at_most*: the machine the tests run on may be busy."""
    punctual = Punctual(await people.join("system/stats"))
    await until(lambda: bool(punctual.listener.frames))
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(punctual.watch(), name="watch")
        yield
        watching.cancel()
    assert punctual.longest < at_most


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 64 KiB at *folder*, to be filled by ``fill``."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.decode()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on *disk*; the file that takes it."""
    filler = disk / "filler"
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(bytes(1024 * 1024))
    return filler


def states(listener: Listener) -> list[str]:
    """The array's status in each message, without repetitions."""
    words = [json.loads(frame)["data"]["array_status"] for frame in listener.frames]
    return [word for word, before in zip(words, ["", *words], strict=False) if word != before]


def seconds_of(timestamp: str) -> float:
    """A message's time as Unix time."""
    return time.mktime(time.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
