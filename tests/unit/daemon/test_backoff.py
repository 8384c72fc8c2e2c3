"""Delays before a source is restarted."""

import pytest

from uma.daemon.backoff import Backoff

NEVER = None


@pytest.mark.parametrize(
    ("runs", "delays"),
    [
        ([NEVER] * 8, [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]),
        ([0.0] * 8, [1, 2, 4, 8, 12, 12, 12, 12]),
        ([2.9] * 3, [1, 2, 4]),
        # A proxy that always ends connections that are idle for 5 s: six starts in half a minute.
        ([5.0] * 5, [1, 1, 1, 1, 1]),
        ([3.0] * 3, [3, 3, 3]),
        ([59.0] * 3, [1, 1, 1]),
        ([61.0] * 3, [0.2, 0.2, 0.2]),
        ([0.0, 0.0, 0.0, NEVER, NEVER, 0.0], [1, 2, 4, 8, 10, 10]),
        ([NEVER, 0.0, NEVER], [0.2, 1, 2]),
        ([0.0] * 6 + [NEVER, NEVER, 61.0, NEVER], [1, 2, 4, 8, 12, 12, 10, 10, 0.2, 0.4]),
        ([0.0, 5.0, 0.0, 5.0, 0.0], [1, 1, 2, 1, 4]),
    ],
)
def test_delays(runs: list[float | None], delays: list[float]) -> None:
    """Each delay follows from how long the previous runs were well."""
    backoff = Backoff()

    assert [backoff.after(well) for well in runs] == pytest.approx(delays)


@pytest.mark.parametrize("well", [0.0, 0.45, 1.0, 2.9, 3.0, 4.0, 5.9, 20.0])
def test_at_most_six_starts_in_half_a_minute(well: float) -> None:
    """However long a flapping source is well each time, no half minute has more than six starts."""
    backoff, starts, now = Backoff(), [0.0], 0.0
    for _ in range(60):
        # The supervisor's jitter at its worst.
        now += well + 0.8 * backoff.after(well)
        starts.append(now)

    assert all(sum(start <= other < start + 30 for other in starts) <= 6 for start in starts)
