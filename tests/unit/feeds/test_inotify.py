"""One inotify instance for all watchers."""

import asyncio
import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from uma.aio.deadline import within
from uma.feeds import inotify
from uma.feeds.inotify import CLOSE_WRITE, CREATE, DELETE, MODIFY, OVERFLOW, events_in, watching


def instances() -> int:
    """Number of this process's inotify instances."""
    count = 0
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            count += "inotify" in str(link.readlink())
    return count


class Events:
    """List the events that one watcher got, by name and mask."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []
        self._more = asyncio.Event()

    def __call__(self, path: Path, mask: int, name: str) -> None:
        self.seen.append((name, mask))
        self._more.set()

    async def until(self, *event: object) -> None:
        """Wait until *event* is the last one seen."""
        async with within(30):
            while self.seen[-1:] != [event]:
                self._more.clear()
                await self._more.wait()


@pytest.fixture
def before() -> Iterator[int]:
    """Instances before the test and after it: none is left."""
    count = instances()
    yield count
    assert instances() == count


async def test_all_watches_share_one_instance(tmp_path, before):
    """Watches of one folder and of several use one descriptor; it is closed with the last watch."""
    (tmp_path / "a").mkdir()
    first, second = Events(), Events()
    with watching({tmp_path: CREATE}, first):
        with watching({tmp_path: CREATE, tmp_path / "a": CREATE}, second):
            assert instances() == before + 1
        assert instances() == before + 1
        (tmp_path / "new").touch()
        await first.until("new", CREATE)
    assert instances() == before
    assert second.seen == []


async def test_each_gets_its_requested_events(tmp_path, before):
    """One watcher of a folder gets new entries, another written or removed ones; neither gets the other's."""
    made, written = Events(), Events()
    with watching({tmp_path: CREATE}, made), watching({tmp_path: CLOSE_WRITE | DELETE}, written):
        (tmp_path / "a").write_text("x")
        (tmp_path / "a").unlink()
        await written.until("a", DELETE)

    assert made.seen == [("a", CREATE)]
    assert written.seen == [("a", CLOSE_WRITE), ("a", DELETE)]


async def test_one_that_leaves_takes_nothing_from_the_others(tmp_path, before):
    """The kernel's watch of a folder stays until its last watcher has left, and works again afterwards."""
    stays = Events()
    with watching({tmp_path: CREATE}, stays):
        with watching({tmp_path: MODIFY}, Events()):
            pass
        (tmp_path / "a").touch()
        await stays.until("a", CREATE)
    with watching({tmp_path: CREATE}, stays):
        (tmp_path / "b").touch()
        await stays.until("b", CREATE)


async def test_a_path_that_is_not_there_leaves_nothing_behind(tmp_path, before):
    """FileNotFoundError names it, and the watches before it are undone."""
    gone = tmp_path / "gone"

    with (
        pytest.raises(FileNotFoundError, match=str(gone)),
        watching({tmp_path: CREATE, gone: CREATE}, Events()),
    ):
        pass


async def test_a_folder_may_go_while_it_is_watched(tmp_path, before):
    """Its end is an event even if it was not requested; leaving afterwards is not an error."""
    folder, events = tmp_path / "a", Events()
    folder.mkdir()
    with watching({folder: CREATE}, events):
        folder.rmdir()
        await events.until("", inotify.IGNORED)


async def test_an_overflow_concerns_everybody(tmp_path, before, monkeypatch):
    """The kernel names no watch with it: each watcher gets it, whatever it requested."""
    first, second = Events(), Events()
    with watching({tmp_path: CREATE}, first), watching({tmp_path: MODIFY}, second):
        monkeypatch.setattr(inotify.os, "read", lambda *_: struct.pack("iIII", -1, OVERFLOW, 0, 0))
        inotify._instances[asyncio.get_running_loop()].read()

    assert first.seen == second.seen == [("", OVERFLOW)]


def test_events_are_parsed_with_and_without_names():
    """A name is padded with zero bytes to a length of its own; it need not be UTF-8."""
    data = struct.pack("iIII16s", 1, CREATE, 0, 16, b"var.ini")
    data += struct.pack("iIII", 2, MODIFY, 0, 0) + struct.pack("iIII16s", 1, DELETE, 7, 16, b"\xff.ini")

    assert list(events_in(data)) == [(1, CREATE, "var.ini"), (2, MODIFY, ""), (1, DELETE, "\udcff.ini")]
