"""The fence around files and connections, by real processes behind it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support import fence_probes
from uma.fence.landlock import NETWORK_ABI, read_abi

pytestmark = pytest.mark.skipif(not read_abi(), reason="this kernel has no Landlock")

ALLOWED = {"write its own", "replace its own", "read"}


def probed(folder: Path, *, fence: bool = True, ports: Sequence[int] | None = None, listens_at: int = 0) -> Any:
    """Return the result of each probe in its own process."""
    folders = {name: folder / name for name in ("own", "read", "other")}
    for each in folders.values():
        each.mkdir()
        (each / "file").write_text("as it was")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        given = {
            "folders": {name: str(path) for name, path in folders.items()},
            "fence": fence,
            "ports": None if ports is None else [port if each == listens_at else each for each in ports],
            "port": port,
        }
        # Python's own imports are loaded before the fence goes up.
        done = subprocess.run(
            [sys.executable, fence_probes.__file__, "files", json.dumps(given)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
    return json.loads(done.stdout)


def test_it_writes_in_one_folder_and_reads_in_another(tmp_path: Path) -> None:
    """Everything else is refused: reading or listing elsewhere; writing, emptying, removing, renaming or linking
    readable files.
    """
    found = probed(tmp_path)

    assert found.pop("fenced") is True
    assert found.pop("connect") == "done"
    assert {name for name, result in found.items() if result == "done"} == ALLOWED
    assert set(found.values()) <= {"done", "PermissionError", "OSError"}
    assert (tmp_path / "read/file").read_text() == "as it was"


def test_probes_succeed_without_it(tmp_path: Path) -> None:
    """Without the fence the first probes all succeed."""
    found = probed(tmp_path, fence=False)

    assert found["fenced"] is False
    for name in ("write elsewhere", "read elsewhere", "write what it reads", "connect"):
        assert found[name] == "done", name


@pytest.mark.skipif(read_abi() < NETWORK_ABI, reason="this kernel's Landlock knows no ports")
@pytest.mark.parametrize(("ports", "result"), [([1], "PermissionError"), ([], "PermissionError"), ([1, 0], "done")])
def test_it_connects_to_named_ports_alone(tmp_path: Path, ports: list[int], result: str) -> None:
    """A port that is not named is refused before any byte is sent."""
    assert probed(tmp_path, ports=ports)["connect"] == result


REMOUNT = """
import os, subprocess, sys
from pathlib import Path
from uma.fence.landlock import is_shut, restrict_files

flash = Path(sys.argv[1])

def mount():
    subprocess.run(["mount", "-t", "tmpfs", "none", str(flash)], check=True)
    (flash / "config").mkdir()

mount()
fenced, mounted = os.pipe(), os.pipe()
if not os.fork():
    restrict_files(read=[flash], write=[], devices=[], ports=None)
    print(is_shut(flash / "config"), is_shut(flash / "nothing"), flush=True)
    os.write(fenced[1], b"x")
    os.read(mounted[0], 1)
    print(is_shut(flash / "config"), flush=True)
    os._exit(0)
os.read(fenced[0], 1)
subprocess.run(["umount", str(flash)], check=True)
mount()
os.write(mounted[1], b"x")
os.wait()
"""
"""A flash drive is mounted again while a fenced process runs."""


def can_mount() -> bool:
    """Return True if this process may make a mount namespace."""
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="needs the right to mount")
def test_a_later_mount_is_denied(tmp_path: Path) -> None:
    """A flash drive that is mounted again is reported as unreadable; a missing folder is not."""
    (tmp_path / "boot").mkdir()
    done = subprocess.run(
        ["unshare", "--mount", sys.executable, "-c", REMOUNT, str(tmp_path / "boot")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert done.stdout.split() == ["False", "False", "True"]
