"""Nudges by inotify, on real folders."""

import asyncio
import os
import resource
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from uma.feeds.watch import settled, watch_files, watch_folder, watch_folders

DEADLINE = 5.0
QUIET = 0.2
"""Seconds without a nudge after which no more is expected."""


class Nudges:
    """Counter of nudges; a test waits for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self._seen = 0
        self._more = asyncio.Event()

    def __call__(self) -> None:
        self.count += 1
        self._more.set()

    async def next(self) -> None:
        """Wait for a nudge that no earlier ``next`` or ``settled`` has seen."""
        async with asyncio.timeout(DEADLINE):
            while self.count == self._seen:
                self._more.clear()
                await self._more.wait()
        self._seen = self.count

    async def settled(self) -> None:
        """Wait until no nudge has come for a while."""
        while self.count != self._seen:
            self._seen = self.count
            await asyncio.sleep(QUIET)


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[Nudges]:
    nudges = Nudges()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(watch_folder(folder, nudges), name="watch")
        await nudges.next()
        await nudges.settled()
        yield nudges
        task.cancel()


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def write_in_place(path: Path) -> None:
    path.write_text("new")


def write_beside_and_rename(path: Path) -> None:
    beside = path.with_suffix(".new")
    beside.write_text("new")
    beside.rename(path)


def move_in_from_elsewhere(path: Path) -> None:
    outside = path.parent.parent / "outside"
    outside.write_text("new")
    outside.rename(path)


@pytest.mark.parametrize("change", [write_in_place, write_beside_and_rename, move_in_from_elsewhere, Path.unlink])
async def test_each_manner_of_change_nudges(tmp_path: Path, change: Callable[[Path], object]) -> None:
    """A file rewritten in place, renamed over, moved in or deleted nudges, each time."""
    folder = tmp_path / "state"
    folder.mkdir()
    file = folder / "var.ini"
    async with watching(folder) as nudges:
        for _ in range(3):
            file.write_text("old")
            await nudges.next()
            await nudges.settled()
            change(file)
            await nudges.next()
            await nudges.settled()


async def test_without_a_change_there_is_no_nudge(tmp_path: Path) -> None:
    """Reading a file, or a change deeper or elsewhere, causes no nudge."""
    folder = tmp_path / "state"
    (folder / "smart").mkdir(parents=True)
    (folder / "var.ini").write_text("old")
    async with watching(folder) as nudges:
        before = nudges.count
        (folder / "var.ini").read_text()
        (folder / "smart/disk1").write_text("new")
        (tmp_path / "beside").write_text("new")
        await asyncio.sleep(QUIET)
        assert nudges.count == before


async def test_a_folder_that_appears_later_is_watched(tmp_path: Path) -> None:
    """Neither the folder nor its parents need exist: its creation is a nudge, and so is each change in it."""
    folder = tmp_path / "var/local/emhttp"
    async with watching(folder) as nudges:
        folder.mkdir(parents=True)
        await nudges.next()
        await nudges.settled()
        (folder / "var.ini").write_text("new")
        await nudges.next()


class LatePath(type(Path())):  # type: ignore[misc]
    """A folder that is created just after it was found missing."""

    def is_dir(self) -> bool:
        was_there = super().is_dir()
        if self.name == "late" and not was_there:
            self.mkdir()
        return was_there


async def test_a_folder_that_appears_while_its_parent_is_looked_at(tmp_path: Path) -> None:
    """Created between the look and the watch, so that no event reports it: it is still watched."""
    async with watching(LatePath(tmp_path / "late")) as nudges:
        (tmp_path / "late/var.ini").write_text("new")
        await nudges.next()


async def test_a_change_beside_a_missing_folder_is_not_a_nudge(tmp_path: Path) -> None:
    """While the parent is watched, its other entries don't count."""
    async with watching(tmp_path / "state") as nudges:
        before = nudges.count
        (tmp_path / "other").mkdir()
        (tmp_path / "file").write_text("new")
        await asyncio.sleep(QUIET)
        assert nudges.count == before


async def test_parents_may_appear_one_by_one(tmp_path: Path) -> None:
    """Each parent that appears is followed to the next."""
    folder = tmp_path / "var/local/emhttp"
    async with watching(folder) as nudges:
        for part in (tmp_path / "var", tmp_path / "var/local", folder):
            part.mkdir()
            await nudges.next()
            await nudges.settled()
        (folder / "var.ini").write_text("new")
        await nudges.next()


async def test_a_folder_removed_and_recreated_is_watched_again(tmp_path: Path) -> None:
    """The new folder nudges like the old one, five times."""
    folder = tmp_path / "state"
    folder.mkdir()
    async with watching(folder) as nudges:
        for _ in range(5):
            shutil.rmtree(folder)
            await nudges.next()
            await nudges.settled()
            folder.mkdir()
            await nudges.next()
            await nudges.settled()
            (folder / "var.ini").write_text("new")
            await nudges.next()
            await nudges.settled()


async def test_a_folder_swapped_by_renames_is_watched_again(tmp_path: Path) -> None:
    """The replacement nudges, the moved one does not."""
    folder = tmp_path / "state"
    folder.mkdir()
    new = tmp_path / "new"
    new.mkdir()
    async with watching(folder) as nudges:
        folder.rename(tmp_path / "old")
        new.rename(folder)
        await nudges.next()
        await nudges.settled()
        before = nudges.count
        (tmp_path / "old/var.ini").write_text("new")
        await asyncio.sleep(QUIET)
        assert nudges.count == before
        (folder / "var.ini").write_text("new")
        await nudges.next()


async def test_a_file_in_the_folders_place_is_waited_out(tmp_path: Path) -> None:
    """A file in the folder's place causes no crash; the folder that replaces it is watched."""
    folder = tmp_path / "state"
    folder.write_text("a file")
    async with watching(folder) as nudges:
        folder.unlink()
        folder.mkdir()
        await nudges.next()
        await nudges.settled()
        (folder / "var.ini").write_text("new")
        await nudges.next()


async def test_an_overflow_of_events_still_nudges(tmp_path: Path) -> None:
    """More events than the kernel keeps still cause a nudge, and so do later ones."""
    folder = tmp_path / "state"
    folder.mkdir()
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 50_000:
        pytest.skip("this kernel keeps too many events to overflow")
    names = [folder / "a", folder / "b"]
    names[0].write_text("")
    async with watching(folder) as nudges:
        for i in range(limit):  # blocks the loop, so that nothing is read meanwhile
            names[i % 2].rename(names[1 - i % 2])
        await nudges.next()
        await nudges.settled()
        (folder / "var.ini").write_text("new")
        await nudges.next()


async def test_cancelling_leaves_no_descriptor_behind(tmp_path: Path) -> None:
    """The inotify descriptor is closed when the watch is cancelled, whether its folder exists or not."""
    before = open_descriptors()
    for folder in (tmp_path, tmp_path / "missing"):
        async with watching(folder):
            pass
    assert open_descriptors() == before


async def test_no_watch_left_is_an_oserror(tmp_path: Path) -> None:
    """If the kernel has no descriptor left, the caller gets OSError, and can poll instead."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            await watch_folder(tmp_path, lambda: None)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@asynccontextmanager
async def watching_file(file: Path) -> AsyncIterator[Nudges]:
    nudges = Nudges()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(watch_files({file: nudges}), name="watch")
        await nudges.next()
        await nudges.settled()
        yield nudges
        task.cancel()


async def test_a_file_that_its_writer_keeps_open_nudges(tmp_path: Path) -> None:
    """Each write does, even if the file is never closed, as with apcupsd's events file."""
    file = tmp_path / "apcupsd.events"
    with file.open("w") as writer:
        async with watching_file(file) as nudges:
            for _ in range(3):
                writer.write("Power failure.\n")
                writer.flush()
                await nudges.next()
                await nudges.settled()


async def test_a_file_that_appears_later_is_watched(tmp_path: Path) -> None:
    """Neither it nor its folder need exist; it may vanish and return, or be replaced."""
    file = tmp_path / "var/log/apcupsd.events"
    async with watching_file(file) as nudges:
        file.parent.mkdir(parents=True)
        await nudges.next()
        for change in (file.touch, file.unlink, file.touch, lambda: write_beside_and_rename(file)):
            await nudges.settled()
            change()
            await nudges.next()
        await nudges.settled()
        with file.open("a") as writer:
            writer.write("Power failure.\n")
            writer.flush()
            await nudges.next()


async def test_a_files_neighbours_cause_no_nudge(tmp_path: Path) -> None:
    """syslog is written beside it all the time."""
    file = tmp_path / "apcupsd.events"
    file.touch()
    (tmp_path / "syslog").touch()
    async with watching_file(file) as nudges:
        before = nudges.count
        with (tmp_path / "syslog").open("a") as writer:
            writer.write("line")
        (tmp_path / "other").touch()
        await asyncio.sleep(QUIET)
        assert nudges.count == before


async def test_names_of_no_interest(tmp_path: Path) -> None:
    """Only relevant names nudge: emhttpd rewrites disks.ini each second while a page is open."""
    nudges = Nudges()
    async with asyncio.TaskGroup() as tasks:
        watched = watch_folder(tmp_path, nudges, is_of_interest=lambda name: name == "shares.ini")
        task = tasks.create_task(watched, name="watch")
        await nudges.next()
        await nudges.settled()
        before = nudges.count
        (tmp_path / "disks.ini").write_text("")
        (tmp_path / "disks.ini").unlink()
        (tmp_path / "shares.ini").write_text("")
        await nudges.next()
        await nudges.settled()
        task.cancel()

    # Creation and the end of the write.
    assert nudges.count - before == 2


def inotify_instances() -> int:
    links = (str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink())
    return sum("inotify" in link for link in links)


async def test_several_files_take_one_instance(tmp_path: Path) -> None:
    """A machine has 128 of them, and Docker's containers take many."""
    files = {tmp_path / name / "file": Nudges() for name in ("a", "b", "c")}
    before = inotify_instances()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(watch_files(files), name="watch")
        for nudges in files.values():
            await nudges.next()
        assert inotify_instances() == before + 1
        for file, nudges in files.items():
            file.parent.mkdir()
            await nudges.next()
            await nudges.settled()
            file.touch()
            await nudges.next()
        task.cancel()


async def test_several_folders_by_one_instance(tmp_path: Path) -> None:
    """Changes in each are reported, in later ones too; a file beside them is not."""
    folders = (tmp_path / "there", tmp_path / "later/deep")
    folders[0].mkdir()
    nudges, before = Nudges(), inotify_instances()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(watch_folders(folders, nudges), name="watch")
        await nudges.next()
        await nudges.settled()
        instances = inotify_instances() - before
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            await nudges.settled()
            (folder / "entry").touch()
            await nudges.next()
            await nudges.settled()
        count = nudges.count
        (tmp_path / "beside").touch()
        await asyncio.sleep(QUIET)
        task.cancel()

    assert instances == 1
    assert nudges.count == count


async def test_a_change_is_cleared_once_its_writer_has_ended():
    """A second change while the files settle is part of the first; without a change the wait ends by its time."""
    changed = asyncio.Event()
    assert not await settled(changed, seconds=0.0, settle=0.0)

    changed.set()
    waiting = asyncio.create_task(settled(changed, seconds=DEADLINE, settle=0.01))
    await asyncio.sleep(0)
    changed.set()

    assert await waiting
    assert not changed.is_set()
