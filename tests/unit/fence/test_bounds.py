"""Settings that need more than the fences allow."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from uma.fence.bounds import Bounds

UP = Bounds(
    calls=True,
    files=True,
    rights=True,
    user=True,
    allows_perf=False,
    controls=False,
    docker=Path("/var/run/docker.sock"),
    read=frozenset({Path("/usr"), Path("/boot")}),
    ports=frozenset({1883, 3551}),
)


@pytest.mark.parametrize(
    ("change", "lack"),
    [
        ({}, ""),
        ({"ports": frozenset({1883})}, ""),
        ({"ports": frozenset({8883, 1883})}, "connecting to port 8883"),
        ({"ports": None}, "connecting to any port"),
        ({"read": frozenset({Path("/boot/config/ssl"), Path("/usr")})}, ""),
        ({"read": frozenset({Path("/bootleg")})}, "reading /bootleg"),
        ({"allows_perf": True}, "the kernel's counters, for the GPU feed"),
        ({"low_ports": frozenset({80})}, "listening at port 80, below 1024"),
        ({"calls": False}, "a fence switched on or off"),
        ({"rights": False}, "a fence switched on or off"),
        ({"files": False}, "a fence switched on or off"),
        ({"user": False}, "a fence switched on or off"),
        ({"controls": True}, "the control of containers"),
    ],
)
def test_missing_bounds(change: dict[str, Any], lack: str) -> None:
    """Each widening is named; narrower bounds, or paths below a readable folder, lack nothing."""
    assert UP.lacks(replace(UP, **change)) == lack


def test_a_fence_that_is_down_lacks_nothing() -> None:
    """Without the file fence no folder or port is lacking; without the others no counter and no low port."""
    down = replace(UP, files=False, calls=False, rights=False, user=False)
    wide = replace(down, read=frozenset({Path("/mnt")}), ports=None, allows_perf=True, low_ports=frozenset({80}))
    wide = replace(wide, controls=True)

    assert down.lacks(wide) == ""
