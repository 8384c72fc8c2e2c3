"""The kernel's texts below /proc, as numbers."""

import pytest

from uma.feeds.system.procfs import busy_percent, parse_arc, parse_cpu_times, parse_numbers

ARCSTATS = """\
9 1 0x01 147 39984 5067112735 1038592126310
name                            type data
hits                            4    1234567
c                               4    8000000000
c_min                           4    1000000000
c_max                           4    16000000000
size                            4    6000000000
arc_summary                     7    words
"""


def test_every_processor_online_has_its_ticks_without_guest_time() -> None:
    """Ticks are keyed by the processor's own number, eight of them: guest times are included in user and nice."""
    text = "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 1 1 1 1 1 1 1 9 9\ncpu3 0 1 2 3 4 5 6 7 9 9\nintr 5 cpu\nctxt 1\n"

    assert parse_cpu_times(text) == {
        "cpu": (1, 2, 3, 4, 5, 6, 7, 8),
        "cpu0": (1, 1, 1, 1, 1, 1, 1, 1),
        "cpu3": (0, 1, 2, 3, 4, 5, 6, 7),
    }


@pytest.mark.parametrize("text", ["", "intr 1\n", "cpu\n", "cpu 1 2 3\n", "cpu0 1 2 3 4\n", "cpu a b c d\n"])
def test_a_text_without_the_processors_sum_is_an_error(text: str) -> None:
    """Without numbers for all processors together there is no sample."""
    with pytest.raises(ValueError):
        parse_cpu_times(text)


def test_a_torn_line_of_one_processor_costs_that_processor() -> None:
    """A line with too few fields is left out, and the others count."""
    assert set(parse_cpu_times("cpu 1 2 3 4\ncpu0 1 2 3 4\ncpu1 1 2\n")) == {"cpu", "cpu0"}


@pytest.mark.parametrize(
    ("before", "now", "percent"),
    [
        pytest.param((0,) * 8, (10, 5, 5, 60, 15, 2, 2, 1), 25.0, id="neither idle nor iowait is busy"),
        pytest.param((0,) * 8, (1, 0, 0, 2, 0, 0, 0, 0), 33.3, id="one decimal"),
        pytest.param((0,) * 8, (7, 0, 0, 0, 0, 0, 0, 0), 100.0, id="busy"),
        pytest.param((5,) * 8, (5,) * 8, 0.0, id="no time has passed"),
        pytest.param((0, 0, 0, 100, 50, 0, 0, 0), (10, 0, 0, 110, 40, 0, 0, 0), 50.0, id="iowait ran backwards"),
        pytest.param((9,) * 8, (0,) * 8, 0.0, id="everything ran backwards"),
        pytest.param((0,) * 4, (1, 0, 0, 3), 25.0, id="an old kernel without iowait"),
    ],
)
def test_busy_is_the_share_of_time_not_idle(before: tuple[int, ...], now: tuple[int, ...], percent: float) -> None:
    """Busy is the time outside idle and iowait, from 0 to 100."""
    assert busy_percent(before, now) == percent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(ARCSTATS, (6_000_000_000, 5_000_000_000), id="above its minimum"),
        pytest.param(ARCSTATS.replace("6000000000", "900000000"), (900_000_000, 0), id="below its minimum"),
        pytest.param("", (None, None), id="no ZFS"),
        pytest.param("size 4 many\nsize\nc_min 4\n", (None, None), id="damaged"),
    ],
)
def test_the_cache_of_zfs_above_its_minimum_is_available(
    text: str, expected: tuple[int, int] | tuple[None, None]
) -> None:
    """Reclaimable is size - c_min of arcstats, and never negative; without ZFS both are unknown."""
    assert parse_arc(text) == expected


@pytest.mark.parametrize(
    ("text", "count", "numbers"),
    [
        ("0.50 0.75 1.00 1/91 15906\n", 3, (0.5, 0.75, 1.0)),
        ("86400.17 99.9\n", 1, (86400.17,)),
        ("0.5 0.7", 3, (0.0, 0.0, 0.0)),
        ("0.5 x 0.7", 3, (0.0, 0.0, 0.0)),
        ("nan 1 2", 3, (0.0, 0.0, 0.0)),
        ("1e999", 1, (0.0,)),
        ("", 1, (0.0,)),
    ],
)
def test_numbers_are_finite_or_zero(text: str, count: int, numbers: tuple[float, ...]) -> None:
    """The first words of a text are all finite numbers, or else all are zero."""
    assert parse_numbers(text, count) == numbers
