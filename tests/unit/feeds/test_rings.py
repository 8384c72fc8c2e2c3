"""Rings of numbers at a fixed step."""

import stat

import pytest

from uma.feeds.rings import Ring, load_rings, save_rings


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
        ([(3, {"a": 1}), (13, {"a": 2}), (1_000_003, {"b": 3})], (1_000_000,), {"b": (3,)}),
        ([(3, {"a": 1}), (33, {"a": 2})], (30,), {"a": (2,)}),
    ],
)
def test_rows_are_steps(rows, times, columns):
    """One row a step, gaps where nothing came, none of a time after a clock set back or before the span."""
    ring = ring_of(*rows)

    assert (ring.times(), ring.columns()) == (times, columns)


def test_a_flood_of_names_is_bounded():
    """No more than 64 series are kept."""
    ring = ring_of((0, {f"disk{n}": 1 for n in range(100)}))

    assert len(ring.columns()) == 64


def test_a_mean_is_of_all_values_of_a_step():
    """With is_mean a row is the mean of all values in its step, even after another series had a gap."""
    ring = Ring(10, 3, is_mean=True)
    for at, values in ((1, {"a": 1}), (2, {"a": 2, "b": 8}), (3, {"a": 6}), (11, {"a": 5})):
        ring.add(at, values)

    assert ring.columns() == {"a": (3, 5), "b": (8, None)}


def test_a_restart_keeps_it(tmp_path):
    """A saved history, readable by root only, is loaded without values that are too old or in the future."""
    path = tmp_path / "uma/history.json"
    saved = Ring(300, 10)
    saved.add(1_000_200, {"disk1": 35})
    saved.add(1_000_500, {})
    save_rings({"temperature": saved}, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again, late, early = Ring(300, 10), Ring(300, 10), Ring(300, 10)

    load_rings({"temperature": again}, path, now=1_000_600)
    load_rings({"temperature": late}, path, now=9_000_000)
    load_rings({"temperature": early}, path, now=900_000)

    assert (again.times(), again.columns()) == (saved.times(), {"disk1": (35, None)})
    assert late.times() == early.times() == ()


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"a":{"times":[1],"columns":{"a":["x"]}}}', "\0"),
        *('{"a":{"times":[1e999],"columns":{}}}', '{"a":{"times":[null],"columns":{}}}'),
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_a_damaged_file_is_left_out(tmp_path, text):
    """A damaged file only loses the history."""
    path = tmp_path / "history.json"
    path.write_text(text)
    ring = Ring(10, 3)

    load_rings({"a": ring}, path, now=10)
    load_rings({"a": ring}, tmp_path / "missing", now=10)

    assert ring.times() == ()


def test_a_value_that_is_none_is_a_gap(tmp_path):
    """A value that no sensor reports, and no message could carry, is left out of a row; the others are kept."""
    path = tmp_path / "history.json"
    path.write_text('{"a":{"times":[1],"columns":{"a":[1e999],"b":[NaN],"c":[-1e300],"d":[35]}}}')
    ring = Ring(10, 3)

    load_rings({"a": ring}, path, now=10)

    assert (ring.times(), ring.columns()) == ((0,), {"d": (35,)})
