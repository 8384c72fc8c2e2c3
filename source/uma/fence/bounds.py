"""Bounds of the fences, as the settings in force want them.

A fence can't be widened once it is up: a reload that needs more needs a restart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FIRST_FREE_PORT: Final = 1024
"""Port from which on no right is needed to listen."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Allowed to the daemon once its fences are up.

    ``calls``, ``files`` and ``rights`` tell which fences are wanted; ``allows_perf``
    leaves the kernel's counters. ``read`` are folders and files, ``ports`` what may be
    connected to by TCP, None for any. ``low_ports`` are those that the daemon itself
    listens at and only root may.
    """

    calls: bool
    files: bool
    rights: bool
    allows_perf: bool
    read: frozenset[Path]
    ports: frozenset[int] | None
    low_ports: frozenset[int] = frozenset()

    def lacks(self, wanted: "Bounds") -> str:
        """Return what *wanted* needs that these bounds do not give; "" for nothing."""
        return next(self._lacking(wanted), "")

    def _lacking(self, wanted: "Bounds") -> Iterator[str]:
        if (self.calls, self.files, self.rights) != (wanted.calls, wanted.files, wanted.rights):
            yield "a fence switched on or off"
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

    def _may_read(self, path: Path) -> bool:
        return any(path == allowed or allowed in path.parents for allowed in self.read)
