"""Bytes per second, from two samples of the counters."""

from collections.abc import Mapping
from dataclasses import dataclass

from uma.feeds.network.parse import Counters


@dataclass(frozen=True, slots=True)
class Rate:
    """Whole bytes per second."""

    sent: int
    received: int


class Rates:
    """Rates between the last two samples. A counter that ran backwards gives
    no rate.
    """

    def __init__(self) -> None:
        self._sampled_at = 0.0
        self._counters: Mapping[str, Counters] | None = None
        self._rates: dict[str, Rate] = {}

    def of(self, name: str) -> Rate | None:
        """Return the rates of *name*; None before its second sample."""
        return self._rates.get(name)

    def sample(self, now: float, counters: Mapping[str, Counters]) -> bool:
        """Take a sample at the monotonic time *now*; return whether it gave rates."""
        before, seconds = self._counters, now - self._sampled_at
        self._counters, self._sampled_at = counters, now
        if before is None or seconds <= 0:
            return False
        self._rates = {
            name: Rate(
                round((after.bytes_sent - before[name].bytes_sent) / seconds),
                round((after.bytes_recv - before[name].bytes_recv) / seconds),
            )
            for name, after in counters.items()
            if name in before
            and after.bytes_sent >= before[name].bytes_sent
            and after.bytes_recv >= before[name].bytes_recv
        }
        return True

    def forget(self) -> None:
        """Drop the rates; the next sample is the first again."""
        self._counters, self._rates = None, {}
