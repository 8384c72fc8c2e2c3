"""Figures that are worse than the last written ones, by more than the noise. Pure.

Noise is the difference between two runs of one version, by a figure's unit (``NOISE``). If a cell has a range, all of
it must be worse. Seconds and CPU are compared on the same processors only; ratios, memory and sizes on any.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.report import Row

NOISE = {"×": 0.25, "MB": 0.04, "KB": 0.04, "count": 0.0, "time": 0.4}
"""Share of the last figure by which a new one may be greater, by unit."""

ON_ANY_MACHINE = frozenset({"×", "MB", "KB", "count"})

GREATER_IS_NOT_WORSE = ("frames a second", "messages)")
"""Words of a column or cell whose figures are results, not costs."""

_NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)(?: \((\d+(?:\.\d+)?)–(\d+(?:\.\d+)?)\))?")
_PEER = re.compile(r"Glances|Netdata|node_exporter|sockets|websockets|command|docker stats|plain text|configparser")


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell as numbers: its value, its range, and its unit (a key of NOISE)."""

    value: float
    low: float
    high: float
    unit: str


def worse(
    name: str, columns: Sequence[str], last: Sequence[Row], now: Sequence[Row], *, is_same_machine: bool
) -> Iterator[str]:
    """Return a line for each figure of benchmark *name* that is worse in *now* than in *last*.

    Rows are found by their first cell. A peer's own figures are left out.
    """
    before = {_label(row[0]): row[1:] for row in last}
    heads = columns or ("value",)
    for row in now:
        old = before.get(_label(row[0]), ())
        for head, then, current in zip(heads, old, row[1:], strict=False):
            if _is_compared(row[0], head):
                yield from _worse(f"{name}: {row[0]}: {head}", then, current, head, is_same_machine=is_same_machine)


def figure(cell: str, head: str) -> Figure | None:
    """Read the first number of a *cell* under *head*; None if it has none."""
    found = _NUMBER.search(cell)
    if found is None or any(word in head for word in GREATER_IS_NOT_WORSE):
        return None
    value = float(found[1])
    low, high = (float(found[2]), float(found[3])) if found[2] else (value, value)
    return Figure(value, low, high, _unit(cell, head))


def _worse(what: str, then: str, now: str, head: str, *, is_same_machine: bool) -> Iterator[str]:
    before, after = figure(then, head), figure(now, head)
    if before is None or after is None or not (is_same_machine or before.unit in ON_ANY_MACHINE):
        return
    if after.value > before.value * (1 + NOISE[before.unit]) and (after.low > before.high or after.low == after.high):
        yield f"{what}: {then} → {now}"


def _is_compared(label: str, head: str) -> bool:
    return not (_PEER.search(head) and " to " not in head) and not (
        _PEER.search(label) and "ratio" not in label and not label.startswith("UMA")
    )


def _label(text: str) -> str:
    """Leave out parts that differ from run to run: results, and sizes in brackets."""
    return re.sub(r" \([^)]*\)", "", text)


def _unit(cell: str, head: str) -> str:
    for unit in ("×", "MB", "KB"):
        if unit in cell or unit in head:
            return unit
    if head in ("threads", "lost", "dropped"):
        return "count"
    return "time"
