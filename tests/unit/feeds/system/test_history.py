"""An hour of samples as columns."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uma.feeds.rings import load_rings, save_rings
from uma.feeds.system.history import COLUMNS, History
from uma.feeds.system.model import DiskIO, NetworkIO, SystemStats

SAMPLE = SystemStats(
    cpu_percent=15.2,
    memory_percent=45.8,
    memory_used=7_868_518_236,
    memory_total=17_179_869_184,
    uptime=86400,
    load_average=(0.5, 0.7, 0.9),
    disk_io=DiskIO(read_bytes=1, write_bytes=2, read_bytes_per_sec=30, write_bytes_per_sec=40),
    network_io=NetworkIO(bytes_sent=5, bytes_recv=6, bytes_sent_per_sec=70, bytes_recv_per_sec=80),
    cpu_cores=(15.2,) * 8,
    cpu_temperature=41.5,
)


def test_a_history_without_samples_has_empty_columns() -> None:
    """Before the first sample every column is there, and empty."""
    assert History(720).columns() == {name: [] for name in COLUMNS}


def test_each_number_of_a_sample_is_in_its_column() -> None:
    """A column holds one number of the sample; load is the last minute's."""
    history = History(720)

    history.add(1_750_028_400.75, SAMPLE)

    assert history.columns() == {
        "timestamp": [1_750_028_400],
        "cpu_percent": [15.2],
        "memory_percent": [45.8],
        "memory_used": [7_868_518_236],
        "load_average": [0.5],
        "read_bytes_per_sec": [30],
        "write_bytes_per_sec": [40],
        "bytes_sent_per_sec": [70],
        "bytes_recv_per_sec": [80],
        "cpu_temperature": [41.5],
    }


def test_seconds_and_bytes_are_written_whole() -> None:
    """In JSON a timestamp or a number of bytes has no fraction."""
    history = History(720)
    history.add(1_750_028_400.75, SAMPLE)

    written = json.dumps(history.columns())

    assert '"timestamp": [1750028400]' in written
    assert '"memory_used": [7868518236]' in written
    assert '"read_bytes_per_sec": [30]' in written


def test_a_clock_set_back_leaves_nothing_of_a_later_time() -> None:
    """Timestamps never decrease: a sample goes when an earlier one comes, and two of one time both stay."""
    history = History(720)
    for number, at in enumerate((100, 105, 110, 50, 55, 55, 105, 104)):
        history.add(at, dataclasses.replace(SAMPLE, cpu_percent=float(number)))

    assert history.columns()["timestamp"] == [50, 55, 55, 104]
    assert history.columns()["cpu_percent"] == [3.0, 4.0, 5.0, 7.0]
    assert {len(column) for column in history.columns().values()} == {4}


def test_a_clock_set_forward_leaves_nothing_of_an_earlier_hour() -> None:
    """Samples taken before the clock was set, as on a server without a clock battery, are not part of the hour."""
    history = History(720)
    for at in (100, 105, 1_750_028_400, 1_750_032_000):
        history.add(at, SAMPLE)

    assert history.columns()["timestamp"] == [1_750_032_000]
    assert {len(column) for column in history.columns().values()} == {1}


def test_an_unknown_temperature_is_none_in_its_place() -> None:
    """Samples with and without a temperature keep their places."""
    history = History(720)
    for at, temperature in enumerate((41.5, None, 0.0)):
        history.add(at, dataclasses.replace(SAMPLE, cpu_temperature=temperature))

    assert history.columns()["cpu_temperature"] == [41.5, None, 0.0]


@given(
    capacity=st.integers(0, 5),
    steps=st.lists(st.none() | st.integers(0, 5), max_size=30),
)
def test_the_newest_samples_are_kept_and_no_more_than_the_capacity(capacity: int, steps: list[int | None]) -> None:
    """Whatever is added (None) and however it is resized, all columns hold the same newest samples."""
    history = History(capacity)
    kept: list[int] = []
    for at, step in enumerate(steps):
        if step is None:
            history.add(at, dataclasses.replace(SAMPLE, cpu_percent=float(at)))
            kept.append(at)
        else:
            capacity = step
            history.resize(capacity)
        kept = kept[max(0, len(kept) - capacity) :]

        columns = history.columns()
        assert columns["timestamp"] == kept
        assert columns["cpu_percent"] == kept
        assert {len(column) for column in columns.values()} == {len(kept)}


@pytest.mark.parametrize(("capacity", "timestamps"), [(2, [8, 9]), (10, list(range(10))), (20, list(range(10)))])
def test_a_resized_history_keeps_its_newest_samples(capacity: int, timestamps: list[int]) -> None:
    """A changed interval does not empty the chart."""
    history = History(10)
    for at in range(10):
        history.add(at, SAMPLE)

    history.resize(capacity)

    assert history.columns()["timestamp"] == timestamps


def test_a_day_and_a_week_are_means() -> None:
    """A day has a row a minute and a week one every ten; each is a mean, and unknown values are None."""
    history = History(720)
    for second in range(0, 1200, 5):
        load = 10.0 if second < 600 else 20.0
        history.add(1_749_999_600 + second, dataclasses.replace(SAMPLE, cpu_percent=load, cpu_temperature=None))

    day, week = history.columns("24h"), history.columns("7d")

    assert (len(day["timestamp"]), day["cpu_percent"][0], day["cpu_percent"][-1]) == (20, 10.0, 20.0)
    assert (week["timestamp"], week["cpu_percent"]) == ((1_749_999_600, 1_750_000_200), [10.0, 20.0])
    assert week["cpu_temperature"] == [None, None]
    assert week["read_bytes_per_sec"] == [30, 30]


def test_a_restart_keeps_the_hour(tmp_path: Path) -> None:
    """Samples are saved and loaded, except those of another hour; later ones follow them."""
    path = tmp_path / "uma/history.json"
    before, after, late = History(720), History(720), History(720)
    before.add(1_750_028_400, SAMPLE)
    before.add(1_750_028_405, dataclasses.replace(SAMPLE, cpu_temperature=None))
    save_rings(before.kept, path)

    load_rings(after.kept, path, now=1_750_028_410)
    load_rings(late.kept, path, now=1_750_032_003)

    assert after.columns() == before.columns()
    assert after.columns("24h") == before.columns("24h")
    assert late.columns()["timestamp"] == [1_750_028_405]
    after.add(1_750_028_410, SAMPLE)
    assert after.columns()["timestamp"] == [1_750_028_400, 1_750_028_405, 1_750_028_410]


def test_a_restart_with_a_longer_interval_keeps_the_newest() -> None:
    """Only as many samples are kept as fit."""
    before, after = History(720), History(2)
    for at in range(3):
        before.add(1_750_028_400 + at, SAMPLE)

    after.restore(before.times(), before.columns(), now=1_750_028_410)

    assert after.columns()["timestamp"] == [1_750_028_401, 1_750_028_402]


@pytest.mark.parametrize(
    ("name", "value"),
    [("cpu_percent", None), ("memory_used", 1e300), ("load_average", float("nan")), ("timestamp", 9e9)],
)
def test_a_damaged_sample_is_not_restored(name: str, value: float | None) -> None:
    """A sample without a number that each has, or of the future, is left out; the others are kept."""
    before, after = History(720), History(720)
    for at in range(3):
        before.add(1_750_028_400 + at, SAMPLE)
    columns: dict[str, list[float | None]] = {key: list(column) for key, column in before.columns().items()}
    columns[name][1] = value

    after.restore(columns["timestamp"], columns, now=1_750_028_410)  # type: ignore[arg-type] - as a file may be

    assert after.columns()["timestamp"] == [1_750_028_400, 1_750_028_402]
    json.dumps(after.columns(), allow_nan=False)
