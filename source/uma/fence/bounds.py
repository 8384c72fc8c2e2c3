"""Bounds of the fences under the settings in force.

A fence can't be widened once it is up: a reload that needs more needs a restart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FIRST_FREE_PORT: Final = 1024
"""Lowest port that needs no right to listen."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of the daemon once its fences are up.

    ``calls``, ``files``, ``rights`` and ``user`` enable the fences; ``allows_perf``
    permits the kernel's counters, ``controls`` the operations on containers. ``docker``
    is Docker's socket. ``read`` are folders and files, ``ports`` are the allowed TCP
    ports of connections, None for any. ``low_ports`` are the daemon's own ports that
    only root may open.
    """

    calls: bool
    files: bool
    rights: bool
    user: bool
    allows_perf: bool
    controls: bool
    docker: Path
    read: frozenset[Path]
    ports: frozenset[int] | None
    low_ports: frozenset[int] = frozenset()

    def lacks(self, wanted: "Bounds") -> str:
        """Return the needs of *wanted* that these bounds don't meet; "" for none."""
        return next(self._lacking(wanted), "")

    def _lacking(self, wanted: "Bounds") -> Iterator[str]:
        if self._wanted_fences() != wanted._wanted_fences():
            yield "a fence switched on or off"
        if self.user and wanted.controls and not self.controls:
            yield "the control of containers"
        if (self.calls or self.rights) and wanted.allows_perf and not self.allows_perf:
            yield "the kernel's counters, for the GPU feed"
        for port in sorted(wanted.low_ports - self.low_ports) if self.rights else ():
            yield f"listening at port {port}, below {FIRST_FREE_PORT}"
        for path in sorted(wanted.read) if self.files else ():
            if not self._may_read(path):
                yield f"reading {path}"
        if self.files and self.ports is not None:
            if wanted.ports is None:
                yield "connecting to any port"
            for port in sorted((wanted.ports or frozenset()) - self.ports):
                yield f"connecting to port {port}"

    def _wanted_fences(self) -> tuple[bool, ...]:
        return self.calls, self.files, self.rights, self.user

    def _may_read(self, path: Path) -> bool:
        return any(path == allowed or allowed in path.parents for allowed in self.read)
