"""Spin-ups and time awake of each disk since local midnight, as far as they were
observed.
"""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from uma.feeds.storage.model import Disk


@dataclass(slots=True)
class _Spin:
    """One drive's day. ``spun_up_at`` is None unless the spin-up itself was
    observed.
    """

    is_awake: bool
    counted_to: float
    spun_up_at: float | None = None
    spin_ups: int = 0
    awake_seconds: float = 0.0


@dataclass(slots=True)
class AwakeLog:
    """Days of all drives. *midnight* returns the Unix time of the local midnight before
    a time.
    """

    midnight: Callable[[float], float] = field(default=lambda now: midnight_before(now))  # noqa: PLW0108
    _spins: dict[tuple[str, str | None], _Spin] = field(default_factory=dict)

    def note(self, disks: Iterable[Disk], now: float, *, elapsed: float = math.inf) -> None:
        """Note which of *disks* are awake at *now*, in Unix time.

        *elapsed* are the seconds since the last call by a clock that is never set: no
        disk was awake for longer. A clock set back counts nothing.
        """
        # Else the C library keeps the zone that it read first (tzset(3)): at boot, or
        # when the user sets another, the daemon already runs.
        time.tzset()
        seen: dict[tuple[str, str | None], _Spin] = {}
        for disk in disks:
            if disk.device_base is None or disk.rotational is False:
                continue
            key: tuple[str, str | None] = (disk.name, disk.device_base)
            spin = self._spins.get(key) or _Spin(is_awake=not disk.spun_down, counted_to=now)
            self._count(spin, is_awake=not disk.spun_down, now=now, elapsed=elapsed)
            seen[key] = spin
        self._spins = seen

    def day(self, disk: Disk) -> tuple[float | None, int, int] | None:
        """Return the time since when *disk* is awake, and today's spin-ups and seconds
        awake; None for flash.
        """
        spin = self._spins.get((disk.name, disk.device_base))
        return None if spin is None else (spin.spun_up_at, spin.spin_ups, int(spin.awake_seconds))

    def _count(self, spin: _Spin, *, is_awake: bool, now: float, elapsed: float) -> None:
        midnight = self.midnight(now)
        if spin.counted_to < midnight <= now:
            spin.spin_ups, spin.awake_seconds, spin.counted_to = 0, 0.0, midnight if spin.is_awake else now
        if spin.is_awake:
            spin.awake_seconds += max(0.0, min(now - spin.counted_to, elapsed))
        spin.counted_to = now
        if is_awake and not spin.is_awake:
            spin.spin_ups += 1
            spin.spun_up_at = now
        elif not is_awake:
            spin.spun_up_at = None
        spin.is_awake = is_awake


def midnight_before(now: float) -> float:
    """Return the Unix time of the last local midnight before *now*;
    a day may have 23 or 25 hours.
    """
    local = datetime.fromtimestamp(now).astimezone()
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None).astimezone()
    return midnight.timestamp() if midnight <= local else (midnight - timedelta(days=1)).timestamp()
