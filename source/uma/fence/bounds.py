"""Bounds of the fences, as the settings in force want them.

A fence can't be widened once it is up: a reload that needs more needs a restart.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bounds:
    """Allowed to the daemon once its fences are up.

    ``calls`` and ``files`` tell which fences are wanted; ``allows_perf`` leaves the
    kernel's counters. ``read`` are folders and files, ``ports`` what may be connected
    to by TCP, None for any.
    """

    calls: bool
    files: bool
    allows_perf: bool
    read: frozenset[Path]
    ports: frozenset[int] | None

    def lacks(self, wanted: "Bounds") -> str:
        """Return what *wanted* needs that these bounds do not give; "" for nothing."""
        if self.calls != wanted.calls or self.files != wanted.files:
            return "a fence switched on or off"
        if self.calls and wanted.allows_perf and not self.allows_perf:
            return "the kernel's counters, for the GPU feed"
        if not self.files:
            return ""
        if beyond := [path for path in sorted(wanted.read) if not self._may_read(path)]:
            return f"reading {beyond[0]}"
        if self.ports is not None and (wanted.ports is None or wanted.ports - self.ports):
            others = sorted((wanted.ports or frozenset()) - self.ports)
            return f"connecting to port {others[0]}" if others else "connecting to any port"
        return ""

    def _may_read(self, path: Path) -> bool:
        return any(path == allowed or allowed in path.parents for allowed in self.read)
