"""Rings of a day and a week."""

import json
import stat

import pytest

from uma.feeds.storage.details.history import DAY, WEEK, Ring, StorageRings


def ring_of(*rows, rows_kept=3):
    ring = Ring(10, rows_kept)
    for at, values in rows:
        ring.add(at, values)
    return ring


@pytest.mark.parametrize(
    ("rows", "times", "columns"),
    [
        ([(3, {"a": 1}), (7, {"a": 2})], (0,), {"a": (2,)}),
        ([(3, {"a": 1}), (17, {}), (25, {"a": 3})], (0, 10, 20), {"a": (1, None, 3)}),
        ([(3, {"a": 1}), (13, {"b": 2})], (0, 10), {"a": (1, None), "b": (None, 2)}),
        ([(3, {"a": 1}), (13, {}), (23, {}), (33, {"b": 1})], (10, 20, 30), {"b": (None, None, 1)}),
        ([(33, {"a": 1}), (3, {"a": 2})], (0,), {"a": (2,)}),
    ],
)
def test_rows_are_steps(rows, times, columns):
    """One row a step, gaps where nothing came, no row too many, none of a time after a clock set back."""
    ring = ring_of(*rows)

    assert (ring.times(), ring.columns()) == (times, columns)


def test_a_flood_of_names_is_bounded():
    """No more than 64 series are kept."""
    ring = ring_of((0, {f"disk{n}": 1 for n in range(100)}))

    assert len(ring.columns()) == 64


def test_a_restart_keeps_it(tmp_path):
    """What was saved, for root alone, is there again; what is too old or of the future is not."""
    path = tmp_path / "uma/history.json"
    rings = StorageRings()
    rings.add(1_000_000, temperature={"disk1": 35}, used_bytes={"disk1": 4e12})
    rings.add(1_000_300, temperature={}, used_bytes={"disk1": 4.1e12})
    rings.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again, late, early = StorageRings(), StorageRings(), StorageRings()

    again.load(path, now=1_000_400)
    late.load(path, now=9_000_000)
    early.load(path, now=900_000)

    assert again.answer(DAY) == rings.answer(DAY)
    assert again.answer(DAY).temperature == {"disk1": (35, None)}
    assert late.answer(WEEK).timestamp == early.answer(WEEK).timestamp == ()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"temperature":{"24h":{"times":[1],"columns":{"a":["x"]}}}}', "\0"])
def test_a_damaged_file_is_left_out(tmp_path, text):
    """What is damaged costs the history and nothing else."""
    path = tmp_path / "history.json"
    path.write_text(text)
    rings = StorageRings()

    rings.load(path, now=10)
    rings.load(tmp_path / "missing", now=10)

    assert rings.answer(DAY).timestamp == ()


def test_a_week_of_forty_disks_is_small(tmp_path):
    """A full week of 40 disks takes no more than 300 KB of numbers."""
    rings = StorageRings()
    for step in range(700):
        values = {f"disk{n}": 35.0 for n in range(40)}
        rings.add(step * 1800.0, temperature=values, used_bytes=values)

    numbers = sum(
        len(column)
        for kind in (rings.temperature, rings.used_bytes)
        for ring in kind.values()
        for column in ring.columns().values()
    )
    assert numbers * 4 <= 300_000
    rings.save(tmp_path / "h.json")
    assert json.loads((tmp_path / "h.json").read_text())
