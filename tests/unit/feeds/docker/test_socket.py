"""Docker's socket as a file, on real sockets."""

import asyncio
import os
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.supervised import until
from uma.errors import SourceFailed
from uma.feeds.docker.socket import (
    BRISK,
    BRISK_TRIES,
    read_absence,
    read_identity,
    wait_until_listening,
    wait_until_replaced,
    watch_socket,
)

NEVER = 3600.0
"""A poll interval that never ends: only a nudge can have found a change."""


@contextmanager
def bound(path: Path, *, listens: bool = True) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
        if listens:
            sock.listen()
        yield sock


def test_a_listener_is_not_absent(tmp_path: Path) -> None:
    """A listening socket gives None."""
    with bound(tmp_path / "s"):
        assert read_absence(tmp_path / "s") is None


def test_absence_says_why(tmp_path: Path) -> None:
    """A missing folder, a missing socket, a file, and a leftover socket are reasons, each with its path."""
    left_behind, file = tmp_path / "left", tmp_path / "file"
    with bound(left_behind):
        pass
    file.write_text("")

    assert read_absence(tmp_path / "none/s") == f"Docker is not running: no socket at {tmp_path}/none/s"
    assert read_absence(tmp_path / "s") == f"Docker is not running: no socket at {tmp_path}/s"
    assert read_absence(file / "s") == f"Docker is not running: no socket at {file}/s"
    assert read_absence(file) == f"Docker is not running: nothing listens at {file}"
    assert read_absence(left_behind) == f"Docker is not running: nothing listens at {left_behind}"


def test_a_path_that_no_socket_can_have_is_a_failure(tmp_path: Path) -> None:
    """A path over the kernel's 108 bytes is a failure, not a Docker that is off."""
    with pytest.raises(SourceFailed, match=r"can't be used: .*too long"):
        read_absence(tmp_path / ("x" * 200))


def test_a_full_queue_is_a_failure_and_does_not_block(tmp_path: Path) -> None:
    """A Docker that accepts no connection is present and does not work."""
    with bound(tmp_path / "s", listens=False) as sock:
        sock.listen(0)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "s"))
            with pytest.raises(SourceFailed, match="does not accept"):
                read_absence(tmp_path / "s")


def test_a_recreated_socket_is_another(tmp_path: Path) -> None:
    """If a socket is deleted and recreated at the same path, its identity differs; a missing one has none."""
    path = tmp_path / "s"
    with bound(path):
        first = read_identity(path)
        assert read_identity(path) == first
    path.unlink()
    assert read_identity(path) is None
    with bound(path):
        assert read_identity(path) not in (None, first)


async def test_waiting_ends_at_once_with_a_listener(tmp_path: Path) -> None:
    """No reason is reported, and there is no wait."""
    reasons: list[str] = []
    with bound(tmp_path / "s"):
        await wait_until_listening(
            tmp_path / "s", changed=asyncio.Event(), poll_interval=NEVER, on_absence=reasons.append
        )

    assert reasons == []


async def test_a_socket_that_appears_is_seen_without_polling(tmp_path: Path) -> None:
    """This holds even if its folder is new, and if it listens a moment after it is bound, which causes no nudge."""
    path = tmp_path / "run/s"
    reasons: list[str] = []
    async with watched(path) as changed, asyncio.TaskGroup() as group:
        waiting = group.create_task(
            wait_until_listening(path, changed=changed, poll_interval=NEVER, on_absence=reasons.append), name="waiting"
        )
        await quiet(reasons)
        path.parent.mkdir()
        with bound(path, listens=False) as sock:
            await until(lambda: "nothing listens" in reasons[-1])
            sock.listen()
            await until(waiting.done)

    assert "no socket" in reasons[0]


async def test_without_nudges_polling_finds_it(tmp_path: Path) -> None:
    """Without a watch, which is logged, a look every few seconds suffices."""
    path = tmp_path / "s"
    reasons: list[str] = []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with capture_logs() as logs:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free_descriptor(), hard))
        try:
            async with watched(path) as changed:
                await until(lambda: logs != [])
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                async with asyncio.TaskGroup() as group:
                    waiting = group.create_task(
                        wait_until_listening(path, changed=changed, poll_interval=2 * BRISK, on_absence=reasons.append),
                        name="waiting",
                    )
                    await until(lambda: len(reasons) > BRISK_TRIES)
                    with bound(path):
                        await until(waiting.done)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert [line["event"] for line in logs] == ["docker socket not watched"]


def test_no_descriptor_left_is_a_failure(tmp_path: Path) -> None:
    """A daemon without a free descriptor reports it and does not crash."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free_descriptor(), hard))
    try:
        with pytest.raises(SourceFailed, match="Too many open files"):
            read_absence(tmp_path / "s")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_only_another_socket_replaces_one(tmp_path: Path) -> None:
    """A change beside it or its deletion does not end the wait; the next socket does, without polling."""
    path = tmp_path / "s"
    with bound(path):
        identity = read_identity(path)
        async with watched(path) as changed, asyncio.TaskGroup() as group:
            waiting = group.create_task(
                wait_until_replaced(path, identity, changed=changed, poll_interval=NEVER), name="waiting"
            )
            (tmp_path / "beside").write_text("")
            path.unlink()
            await asyncio.sleep(2 * BRISK)
            assert not waiting.done()
            with bound(path):
                await until(waiting.done)


@asynccontextmanager
async def watched(path: Path) -> AsyncIterator[asyncio.Event]:
    changed = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch_socket(path, changed), name="watching")
        try:
            yield changed
        finally:
            watching.cancel()


async def quiet(reasons: list[str]) -> None:
    """Return when it has stopped looking briskly."""
    seen = -1
    while len(reasons) != seen:
        seen = len(reasons)
        await asyncio.sleep(4 * BRISK)


def lowest_free_descriptor() -> int:
    descriptor = os.dup(0)
    os.close(descriptor)
    return descriptor
