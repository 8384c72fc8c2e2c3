"""No disk is ever woken, by every feed at once and with real parts: containers, a qemu, a UPS, a btrfs pool.

As ``test_no_wake``, whose lists these are, with a client of each stream. ``UMA_NO_WAKE_SECONDS`` sets the duration;
without it the test lasts until each part was seen.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector

from tests.support.notifications import notify
from tests.support.ups_programs import Apcupsd, CannotGet, SmartUps, programs

from . import libvirtd as virtual
from .daemon import Daemon
from .dockerd import IMAGE, Dockerd, why_not
from .programs import until
from .syscalls import has_ended, strace, why_no_strace
from .test_btrfs import BtrfsPool
from .test_no_wake import complaints_of, make_decoys, servers, steward_of, suspects, write_smart_texts

SECONDS = float(os.environ.get("UMA_NO_WAKE_SECONDS", "0"))
UUID = "0e1d2c3b-4a59-6877-8695-a4b3c2d1e0f1"
"""The pools' in array_writer."""
NAMES = ("c0", "c1", "c2")


def parts_files(root: Path) -> Iterator[str]:
    """Yield patterns of the kernel's files on containers and pools, and on apcupsd's life."""
    at = re.escape(str(root))
    yield rf"{at}/sys/fs/cgroup(/.*)?"
    yield r"/proc/\d+(/(cgroup|net/dev|ns/net))?"
    yield rf"{at}/sys/fs/btrfs/{UUID}/(exclusive_operation|allocation/\w+/disk_used|devinfo/\d+/(missing|error_stats))"


class Parts:
    """Real parts below *root*, which change on command."""

    def __init__(self, root: Path, folder: Path, stack: ExitStack) -> None:
        (root / "sys/fs").symlink_to("/sys/fs")
        self._root = root
        self.pool: BtrfsPool | None = None
        with suppress(AssertionError, OSError):
            self.pool = BtrfsPool(folder, UUID)
            stack.callback(self.pool.end)
            (root / "var/lib/btrfs").symlink_to("/var/lib/btrfs")
        self.dockerd = Dockerd()
        stack.callback(self.dockerd.end)
        self.dockerd.start()
        for name in NAMES:
            described = {"Image": IMAGE, "Cmd": ["sleep", "3600"], "StopSignal": "SIGKILL"}
            body = json.dumps({**described, "HostConfig": {"NetworkMode": "none"}}).encode()
            self.dockerd.request("POST", "containers/create", {"name": name}, body, kind="application/json")
            self.dockerd.request("POST", f"containers/{name}/start")
        self._libvirtd = virtual.Libvirtd()
        stack.callback(self._libvirtd.end)
        self._libvirtd.start()
        (root / "var/run/libvirt").symlink_to(self._libvirtd.sockets)
        for name in ("asleep", "awake"):
            self._libvirtd.define(name)
        self._libvirtd.virsh("start", "awake")
        self._ups = SmartUps()
        stack.callback(self._ups.close)
        apcupsd = Apcupsd(root, self._ups.device)
        apcupsd.start()
        stack.callback(apcupsd.stop)

    def change(self, turn: int) -> None:
        """Cause a change of each part."""
        self.dockerd.request("POST", f"containers/{NAMES[turn % len(NAMES)]}/restart")
        with suppress(RuntimeError, subprocess.TimeoutExpired):
            # A refusal of a busy libvirt is not the daemon's fault.
            self._libvirtd.virsh("suspend" if turn % 2 else "resume", "awake")
        self._ups.turn("battery" if turn % 2 else "online")
        notify(self._root / "tmp/notifications", f"turn{turn}")
        if self.pool is not None:
            subprocess.run(["btrfs", "scrub", "start", "-B", self.pool.mount], check=False, capture_output=True)


class Seen:
    """The newest message of each feed, and every UPS status so far."""

    def __init__(self) -> None:
        self.newest: dict[str, Any] = {}
        self.ups: set[str] = set()

    def take(self, feed: str, message: str) -> None:
        """Take over a message."""
        self.newest[feed] = data = json.loads(message)["data"]
        if feed == "ups/status":
            self.ups |= {ups["status"] for ups in data["ups"]}

    def missing(self, *, has_pool: bool) -> list[str]:
        """Return expected messages that have not been seen yet."""
        found = {
            "containers": any(c["cpu_percent"] is not None for c in self._each("docker/containers", "containers")),
            "a machine": any(vm["cpu_percent"] is not None for vm in self._each("vms/status", "vms")),
            "a loss of mains": {"online", "on_battery"} <= self.ups,
            "a sensor": any(sensor["value"] for sensor in self._each("sensors/status", "sensors")),
            "a sleeping GPU": [gpu["state"] for gpu in self._each("gpu/status", "gpus")] == ["suspended"],
            "shares": bool(self._each("shares/status", "shares")),
            "notifications": "notifications/status" in self.newest,
            "a finished scrub": not has_pool
            or any(pool["scrub"]["status"] == "finished" for pool in self._each("storage/details", "pools")),
        }
        return [name for name, was_seen in found.items() if not was_seen]

    def _each(self, feed: str, key: str) -> list[Any]:
        return self.newest.get(feed, {}).get(key, [])


# A short name, which is part of the path of libvirt's socket: that has room for 107 bytes.
@pytest.mark.timeout(SECONDS + 300)
async def test_nothing_is_woken(tmp_path: Path, tower: Path, make_daemon: Callable[..., Daemon]) -> None:
    """With clients of every stream no disk, image, or sensor of a drive or GPU is opened, and no program is started."""
    if reason := why_no_strace(tmp_path) or why_not() or virtual.why_not():
        pytest.skip(reason)
    try:
        programs()
    except CannotGet as reason:
        pytest.skip(str(reason))
    root, trace, found = tower, tmp_path / "trace", set[str]()
    shutil.rmtree(root / "demo")
    (root / "var/run").mkdir(exist_ok=True)
    states = servers()
    next(states).write_to(root)
    make_decoys(root)
    write_smart_texts(root, 0)
    with ExitStack() as stack:
        parts = await asyncio.to_thread(Parts, root, tmp_path, stack)
        daemon = make_daemon(docker_socket=parts.dockerd.socket).under(
            *("env", "--chdir=/", "--unset=COVERAGE_PROCESS_START", "--unset=COVERAGE_PROCESS_CONFIG"),
            *("PYTHONSAFEPATH=1", "PYTHONDONTWRITEBYTECODE=1", f"HOME={root}/mnt/user/home"),
            *strace(trace),
        )
        await asyncio.to_thread(daemon.start, seconds=60)
        process, seen = daemon.program.process.pid, Seen()
        steward = steward_of(process)
        feeds = [feed["name"] for feed in daemon.get("/api/v1/feeds")]
        async with ClientSession(connector=TCPConnector(limit=0)) as session, asyncio.TaskGroup() as clients:

            async def follow(feed: str) -> None:
                async with session.ws_connect(daemon.stream_url(feed), max_msg_size=0) as client:
                    async for message in client:
                        seen.take(feed, message.data)

            following = [clients.create_task(follow(feed), name=feed) for feed in feeds]
            began = time.monotonic()
            for turn in count(1):
                next(states).write_to(root)
                write_smart_texts(root, turn)
                await asyncio.to_thread(parts.change, turn)
                await asyncio.to_thread(daemon.get_bytes, "/metrics")
                found |= suspects(process)
                missing, took = seen.missing(has_pool=parts.pool is not None), time.monotonic() - began
                if not missing and took > SECONDS:
                    break
                assert took < SECONDS + 200, missing
                await asyncio.sleep(1)
            for client in following:
                client.cancel()
        await asyncio.to_thread(daemon.stop)
        await asyncio.to_thread(until, lambda: has_ended(trace, process), what="the end of the trace")

    assert complaints_of(trace, daemon, root, parts.dockerd.socket, steward, parts_files(root)) == []
    assert found == set()
