"""The fences around this process: they are put up once and checked against the kernel's
report.
"""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from uma.fence.bounds import Bounds
from uma.fence.capabilities import DAC_READ_SEARCH, PERFMON, drop_capabilities
from uma.fence.client import Steward
from uma.fence.kernel import count_threads, read_own_status
from uma.fence.landlock import NETWORK_ABI, is_shut, read_abi, restrict_files
from uma.fence.seccomp import refuse_calls
from uma.fence.user import become_user, hand_over, read_free_user
from uma.model.health import Fence

NAMES: Final = {DAC_READ_SEARCH: "CAP_DAC_READ_SEARCH", PERFMON: "CAP_PERFMON"}
"""Capabilities that may be kept."""

ROOT: Final = Path("/")
"""A folder that no rule allows to be listed."""

FILTERING: Final = "2"
"""``Seccomp`` in /proc/self/status while a filter holds."""


@dataclass(frozen=True, slots=True)
class Fences:
    """The fences that were put up, with their bounds."""

    bounds: Bounds | None = None
    by_name: Mapping[str, Fence] = field(default_factory=dict)

    def lacks(self, wanted: Bounds) -> str:
        """Return the needs of *wanted* that these fences don't allow; "" for none."""
        return "" if self.bounds is None else self.bounds.lacks(wanted)

    def current(self) -> Mapping[str, Fence]:
        """Return each fence as it is now: Docker's socket may be open to all."""
        docker = self.by_name.get("docker")
        is_passed_by = (
            docker is not None
            and docker.state == "holds"
            and self.bounds is not None
            and os.access(self.bounds.docker, os.W_OK)
        )
        opened = Fence("failed", "every user may connect to Docker's socket, and so may UMA")
        return {**self.by_name, "docker": opened} if is_passed_by else self.by_name

    @property
    def is_any_up(self) -> bool:
        """True if a fence can't be undone: this program can't restart itself."""
        return any(fence.state in ("holds", "failed") for fence in self.by_name.values())


def put_up_fences(bounds: Bounds, *, own: Path, devices: Iterable[Path], steward: Steward | None) -> Fences:
    """Put up the fences of *bounds*; return those that hold. Blocks for a millisecond.

    Only the folder *own* may be written. Docker is reached through *steward*. Never
    raises: the result shows a fence that the kernel lacks or refuses. Call it once,
    before a second thread starts.
    """
    files = _fence_files(bounds, [own], devices)
    # Before the capabilities are dropped, which a change of user needs.
    user = _fence_user(bounds, own, steward)
    rights = _fence_rights(bounds)
    docker = _fence_docker(bounds, user, steward)
    # Last: it refuses calls that the others need.
    calls = _fence_calls(bounds)
    return Fences(bounds, {"calls": calls, "files": files, "rights": rights, "user": user, "docker": docker})


def _fence_files(bounds: Bounds, write: Iterable[Path], devices: Iterable[Path]) -> Fence:
    if not bounds.files:
        return Fence("off", "FENCE_FILES is no")
    abi = read_abi()
    if not abi:
        return Fence("unsupported", "this kernel has no Landlock")
    if count_threads() > 1:
        return Fence("failed", "a thread was running already, which Landlock would leave out")
    try:
        restrict_files(read=bounds.read, write=write, devices=devices, ports=bounds.ports)
        if not is_shut(ROOT):
            return Fence("failed", "the kernel took the rules and does not follow them")
    except OSError as error:
        return Fence("failed", f"Landlock: {error.strerror or error}")
    connecting = "connects anywhere"
    if bounds.ports is not None and abi >= NETWORK_ABI:
        connecting = (
            f"connects to ports {', '.join(map(str, sorted(bounds.ports)))}" if bounds.ports else "connects nowhere"
        )
    return Fence("holds", f"reads no share and no disk, writes below /var/run/uma, {connecting} (Landlock {abi})")


def _fence_user(bounds: Bounds, own: Path, steward: Steward | None) -> Fence:
    if not bounds.user or not bounds.rights:
        # With root's capabilities it could become root again.
        return Fence("off", f"FENCE_{'RIGHTS' if bounds.user else 'USER'} is no")
    if os.geteuid():
        return Fence("off", f"UMA was started as user {os.geteuid()}")
    if count_threads() > 1:
        return Fence("failed", "a thread was running already, which would keep root's rights")
    if steward is None:
        return Fence("failed", "there is no steward to do what root must")
    try:
        number = read_free_user()
        steward.guard_docker(str(bounds.docker), controls=bounds.controls)
        hand_over(own, number)
        become_user(number)
    except (OSError, KeyError) as error:
        with suppress(OSError):
            hand_over(own, os.geteuid())
        return Fence("failed", f"user: {error}")
    return Fence("holds", f"is user {number}, who owns /var/run/uma alone")


def _fence_docker(bounds: Bounds, user: Fence, steward: Steward | None) -> Fence:
    if steward is None or not steward.guards_sockets or user.state != "holds":
        return Fence("off", "UMA may use Docker's socket by itself, which equals root")
    operations = ", and the five operations of CONTROL" if bounds.controls else ""
    return Fence("holds", f"sends Docker the requests that its feeds need{operations}, through the steward")


def _fence_rights(bounds: Bounds) -> Fence:
    if not bounds.rights:
        return Fence("off", "FENCE_RIGHTS is no")
    if count_threads() > 1:
        return Fence("failed", "a thread was running already, which would keep its rights")
    try:
        drop_capabilities([DAC_READ_SEARCH, *([PERFMON] if bounds.allows_perf else [])])
        left = int(read_own_status()["CapEff"], 16)
    except (OSError, KeyError, ValueError) as error:
        return Fence("failed", f"capabilities: {error}")
    names = [name for number, name in NAMES.items() if left >> number & 1]
    if left & ~sum(1 << number for number in NAMES):
        return Fence("failed", f"the kernel left more capabilities than asked for: {left:x}")
    return Fence("holds", f"no capability of root's{f' but {chr(32).join(names)}' if names else ''}")


def _fence_calls(bounds: Bounds) -> Fence:
    if not bounds.calls:
        return Fence("off", "FENCE_CALLS is no")
    reason = ""
    try:
        refuse_calls(os.getpid(), allows_perf=bounds.allows_perf)
    except OSError as error:
        reason = error.strerror or str(error)
    status: Mapping[str, str] = {}
    with suppress(OSError):
        status = read_own_status()
    if status.get("NoNewPrivs") == "1" and status.get("Seccomp") == FILTERING and not reason:
        return Fence("holds", "starts no program, touches no other process (no_new_privs and seccomp)")
    return Fence("unsupported", f"seccomp: {reason or 'not in force'}")
