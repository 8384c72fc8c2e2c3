"""Texts below ``/proc`` and ``/sys`` as numbers (proc(5); kernel, cpufreq)."""

from collections.abc import Iterable
from typing import Final

KIB: Final = 1024
KHZ_PER_MHZ: Final = 1000
MAX_MHZ: Final = 20_000


def parse_swap(text: str) -> tuple[int | None, int | None]:
    """Parse ``/proc/meminfo`` into used and total swap, in bytes."""
    values = {}
    for line in text.splitlines():
        key, _, rest = line.partition(":")
        words = rest.split()
        if key in ("SwapTotal", "SwapFree") and words and words[0].isdecimal():
            values[key] = int(words[0]) * KIB
    if len(values) != 2:
        return None, None
    return max(0, values["SwapTotal"] - values["SwapFree"]), values["SwapTotal"]


def highest_mhz(texts: Iterable[str]) -> int | None:
    """Return the highest of ``scaling_cur_freq`` texts, in MHz. Idle CPUs show old
    values: only the highest counts.
    """
    values = [int(text) // KHZ_PER_MHZ for text in texts if text.strip().isdecimal() and len(text) < 12]
    return max((value for value in values if 0 < value <= MAX_MHZ), default=None)
