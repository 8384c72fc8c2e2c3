"""btrfs pools of this machine's own kernel on loop devices, compared with the output of ``btrfs``."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from uuid import uuid4

import pytest

from tests.support.storage import CACHE, STARTED
from uma.feeds.storage.details.model import Pool
from uma.feeds.storage.details.pools import pools_from, read_kernel_pools
from uma.host import Host

from .programs import until

SIZE = 1 << 30
CONTENT = 96 << 20
SLOWLY = 2 << 20
"""Bytes a second of a scrub that is looked at while it runs."""
SPOILED = (100 << 20, 160 << 20)
"""Inside the one chunk of data; btrfs's superblocks are elsewhere."""
SECOND = replace(CACHE, name="cache2", used_bytes=None, free_bytes=None, filesystem=None)


def run(*command: str | Path) -> str:
    """Run a program; what it wrote."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


class BtrfsPool:
    """A mirror of two members, mounted. *uuid* is its id; without one it has a new one."""

    def __init__(self, folder: Path, uuid: str = "") -> None:
        self.mount = folder / "pool"
        self.mount.mkdir()
        self.members: list[str] = []
        self.uuid = uuid or str(uuid4())
        try:
            for name in ("one", "two"):
                with (folder / name).open("wb") as file:
                    file.truncate(SIZE)
                self.members.append(run("losetup", "--find", "--show", folder / name).strip())
            run("mkfs.btrfs", "--quiet", "-U", self.uuid, "-d", "raid1", "-m", "raid1", *self.members)
            run("btrfs", "device", "scan", *self.members)
            run("mount", "-t", "btrfs", self.members[0], self.mount)
        except AssertionError:
            self.end()
            raise

    def lose_a_member(self) -> None:
        """Mount it without its second one."""
        run("umount", self.mount)
        member = self.members.pop()
        run("losetup", "--detach", member)
        # While another process has it open, such as a scan of all devices, it stays, and a mount would keep it.
        until(lambda: not Path("/sys/block", Path(member).name, "loop").exists(), 60, what=f"the end of {member}")
        with suppress(AssertionError):
            run("btrfs", "device", "scan", "--forget")
        run("mount", "-t", "btrfs", "-o", "degraded", self.members[0], self.mount)

    def end(self) -> None:
        """Unmount it, and give its devices back."""
        subprocess.run(["umount", self.mount], capture_output=True, check=False)
        for member in self.members:
            subprocess.run(["losetup", "--detach", member], capture_output=True, check=False)
        Path(f"/var/lib/btrfs/scrub.status.{self.uuid}").unlink(missing_ok=True)

    def seen(self) -> Pool:
        """Return the pool from storage/details."""
        status = replace(STARTED, cache_disks=(CACHE, SECOND))
        kernel = read_kernel_pools(Host(), status, {"cache": {"uuid": self.uuid}}, now=time.time())
        return next(pools_from(status, kernel, as_of="now", full_in_days=lambda _: None))

    def counted(self) -> int:
        """Errors of its members together, by ``btrfs device stats``."""
        return sum(map(int, re.findall(r"_errs +(\d+)", run("btrfs", "device", "stats", self.mount))))

    def scrub(self, *words: str) -> str:
        """Run ``btrfs scrub`` on it; return its output, also after errors."""
        command = ["btrfs", "scrub", *words, str(self.mount)]
        # A scrub in the background would keep the pipe open.
        with TemporaryFile("w+") as output:
            subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, timeout=120, check=False)
            output.seek(0)
            return output.read()


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[BtrfsPool]:
    """A pool with something in it."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a pool")
    if not all(map(shutil.which, ("mkfs.btrfs", "losetup"))):
        pytest.skip("there is no mkfs.btrfs on this machine")
    try:
        pool = BtrfsPool(tmp_path)
    except AssertionError as reason:
        pytest.skip(f"this machine mounts no btrfs on loop devices: {reason}")
    try:
        (pool.mount / "content").write_bytes(os.urandom(CONTENT))
        os.sync()
        yield pool
    finally:
        pool.end()


def test_a_pool_from_its_scrub_to_its_lost_member(pool: BtrfsPool) -> None:
    """State, errors, operation and scrub match ``btrfs`` itself, from sysfs and one text."""
    # Nothing ran yet.
    healthy = pool.seen()
    assert (healthy.state, healthy.errors_total, healthy.operation) == ("online", 0, "none")
    assert (healthy.scrub.status, healthy.members_missing) == ("idle", 0)

    # A scrub that runs, is cancelled, and is resumed.
    limits = list(Path("/sys/fs/btrfs", pool.uuid, "devinfo").glob("*/scrub_speed_max"))
    for limit in limits:
        limit.write_text(str(SLOWLY))
    pool.scrub("start")
    running = until(lambda: (seen := pool.seen().scrub).percent and seen, 60)
    said = re.search(r"\(([\d.]+)%\)", pool.scrub("status"))
    assert said is not None
    # The file may have been written again in between.
    assert running.status == "running"
    assert running.percent is not None
    assert 0 < running.percent <= round(float(said[1]), 1) < 100
    pool.scrub("cancel")
    cancelled = until(lambda: (seen := pool.seen().scrub).status == "cancelled" and seen, 60)
    assert "aborted" in pool.scrub("status")
    assert (cancelled.percent, cancelled.errors) == (None, 0)
    assert cancelled.finished_at is not None
    for limit in limits:
        limit.write_text("0")
    pool.scrub("resume", "-B")
    finished = pool.seen().scrub
    assert (finished.status, finished.errors) == ("finished", 0)
    assert finished.finished_at is not None
    assert finished.finished_at >= cancelled.finished_at

    # Errors on one member, found and corrected by the next.
    with Path(pool.members[0]).open("r+b") as member:
        member.seek(SPOILED[0])
        member.write(os.urandom(SPOILED[1] - SPOILED[0]))
        os.fsync(member.fileno())
    pool.scrub("start", "-B")
    spoiled = pool.seen()
    found = re.search(r"csum_errors: (\d+)", pool.scrub("status", "-R"))
    assert found is not None
    assert spoiled.scrub.errors == int(found[1]) > 0
    assert spoiled.errors_total == pool.counted() > 0

    # A balance, paused.
    for _ in range(10):
        with subprocess.Popen(
            ["btrfs", "balance", "start", "--full-balance", pool.mount],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as balance:
            until(lambda: pool.seen().operation == "balance" or balance.poll() is not None, 60)
            subprocess.run(["btrfs", "balance", "pause", pool.mount], capture_output=True, timeout=120, check=False)
        if pool.seen().operation == "balance_paused":
            break
    assert pool.seen().operation == "balance_paused"
    run("btrfs", "balance", "cancel", pool.mount)
    assert pool.seen().operation == "none"

    # A member that is gone.
    pool.lose_a_member()
    assert "MISSING" in run("btrfs", "filesystem", "show", pool.mount).upper()
    degraded = pool.seen()
    assert (degraded.state, degraded.members_missing) == ("degraded", 1)
    assert degraded.errors_total == pool.counted()
