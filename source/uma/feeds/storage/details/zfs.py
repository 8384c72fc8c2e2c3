"""State of ZFS pools from kstat and the webGUI monitor's notes, never from ``zpool`` or
``zfs``.

Both programs can wake the disks of an idle pool with ZFS 2.4 (openzfs/zfs#18247).
Facts: ``/proc/spl/kstat/zfs/POOL/state`` is one word; ``monitor.ini`` has
``[poolsstatus]`` from webGUI 7.3 on, checked each minute.
"""

from collections.abc import Mapping
from typing import Final

from uma.feeds import ini
from uma.feeds.files import read_optional
from uma.host import Host

BETWEEN: Final = "transitioning"


def read_zfs_state(host: Host, pool: str) -> str | None:
    """Read the state of *pool* in lower case; None if ZFS does not have it. Blocks."""
    if "/" in pool or pool in ("", ".", ".."):
        return None
    return parse_state(read_optional(host.proc / "spl/kstat/zfs" / pool / "state"))


def parse_state(text: str) -> str | None:
    """Parse the kernel's word: ``ONLINE``, ``DEGRADED``, …; an unknown word stays
    unchanged. None between two states, while a pool is imported or exported.
    """
    word = text.strip().lower()
    return word if word.isascii() and word.isalpha() and word != BETWEEN else None


def read_noted_states(host: Host) -> Mapping[str, str]:
    """Read the states noted by the webGUI's monitor, by pool, in lower case. Blocks."""
    return {name: state.strip().lower() for name, state in _noted(host).items() if state.strip()}


def _noted(host: Host) -> Mapping[str, str]:
    return ini.parse(read_optional(host.state / "monitor.ini")).get("poolsstatus", {})
