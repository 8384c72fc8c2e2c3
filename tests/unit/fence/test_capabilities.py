"""The fence around root's rights, by real processes behind it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import fence_probes
from uma.fence.kernel import IS_X86_64

pytestmark = pytest.mark.skipif(not IS_X86_64 or os.geteuid() != 0, reason="needs root on x86_64")


def probed(scratch: Path, *, fence: bool) -> dict[str, str]:
    """Return the result of each probe in its own process."""
    scratch.write_text("another user's")
    scratch.chmod(0o600)
    os.chown(scratch, 65534, 65534)
    done = subprocess.run(
        [sys.executable, fence_probes.__file__, "rights", json.dumps({"scratch": str(scratch), "fence": fence})],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_root_keeps_reading_alone(tmp_path: Path) -> None:
    """Raw sockets, low ports, interfaces, other users and priorities are refused; another user's file is read."""
    found = probed(tmp_path / "file", fence=True)

    assert found.pop("read what others own") == "done"
    assert set(found.values()) == {"PermissionError"}


def test_probes_succeed_without_it(tmp_path: Path) -> None:
    """Without the fence root opens a raw socket and becomes another user."""
    found = probed(tmp_path / "file", fence=False)

    assert found["open a raw socket"] == "done"
    assert found["become another user"] == "done"
