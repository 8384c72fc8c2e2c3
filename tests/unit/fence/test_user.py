"""A user of the daemon's own, by real processes that become it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import fence_probes
from uma.fence.kernel import IS_X86_64
from uma.fence.user import FIRST_USER, LAST_USER, free_user, hand_over

ROOT = "root:x:0:0:Console and webGui login account:/root:/bin/bash"
NOBODY = "nobody:x:99:100:nobody:/:/bin/false"

needs_root = pytest.mark.skipif(not IS_X86_64 or os.geteuid() != 0, reason="needs root on x86_64")


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        ((), FIRST_USER),
        ((ROOT, NOBODY, "half", "", "a:x:"), FIRST_USER),
        ((ROOT, f"ann:x:{FIRST_USER}:100::/:"), FIRST_USER + 1),
        ((f"a:x:{FIRST_USER + 1}:1::/:", f"b:x:{FIRST_USER}:1::/:"), FIRST_USER + 2),
    ],
)
def test_an_unused_number(lines: tuple[str, ...], number: int) -> None:
    """The first of the range that /etc/passwd gives to no user, damaged lines apart."""
    assert free_user("\n".join(lines)) == number


def test_all_taken() -> None:
    """Without a free number there is none, and no other user's is taken."""
    with pytest.raises(OSError, match="no user between"):
        free_user("\n".join(f"u:x:{number}:1::/:" for number in range(FIRST_USER, LAST_USER + 1)))


def test_never_the_shares_owner() -> None:
    """Neither Unraid's nobody (99), nor Linux's (65534), nor a share's user (from 1000 on) is in the range."""
    assert 60705 < FIRST_USER < LAST_USER < 61184


def probed(folder: Path, *, fence: bool) -> dict[str, str]:
    """Return the result of each probe in a process of its own."""
    for name, mode in (("own", 0o700), ("read", 0o700)):
        (folder / name).mkdir()
        (folder / name / "file").write_text("as it was")
        (folder / name).chmod(mode)
    with socket.socket(socket.AF_UNIX) as docker, subprocess.Popen(["sleep", "600"]) as victim:
        docker.bind(str(folder / "docker.sock"))
        docker.listen()
        (folder / "docker.sock").chmod(0o660)
        given = {"folder": str(folder), "victim": victim.pid, "fence": fence}
        try:
            done = subprocess.run(
                [sys.executable, fence_probes.__file__, "user", json.dumps(given)],
                capture_output=True,
                text=True,
                check=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        finally:
            victim.kill()
    found: dict[str, str] = json.loads(done.stdout)
    return found


@needs_root
def test_it_reads_all_and_owns_one_folder(tmp_path: Path) -> None:
    """Root's files are read and not written, Docker's socket and root's processes are out of reach, for good."""
    found = probed(tmp_path, fence=True)

    assert {name for name, result in found.items() if result == "done"} == {"read root's", "write its own"}
    assert set(found.values()) == {"done", "PermissionError"}
    assert (tmp_path / "read/file").read_text() == "as it was"


@needs_root
def test_probes_succeed_without_it(tmp_path: Path) -> None:
    """As root all of them succeed."""
    assert set(probed(tmp_path, fence=False).values()) == {"done"}


@needs_root
def test_a_folder_is_handed_over_and_back(tmp_path: Path) -> None:
    """A folder of an earlier user's becomes this one's; one that is not there is no error."""
    for user in (FIRST_USER, FIRST_USER + 1, 0):
        hand_over(tmp_path, user)
        assert (tmp_path.stat().st_uid, tmp_path.stat().st_gid) == (user, user)
    hand_over(tmp_path / "missing", FIRST_USER)
