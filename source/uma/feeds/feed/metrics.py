"""Descriptions of metric families.

Names follow Prometheus' rules: base units, ratios from 0 to 1, ``_total`` on counters
only. An unknown value has no sample.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Labels = Mapping[str, str]
Sample = tuple[Labels, float | None]
"""Labels and value. A sample whose value is None is left out."""

Values = Callable[[Any], float | Iterable[Sample] | None]
"""Returns the samples of a message, or the one value of a family without labels."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One family. *values* gets the feed's newest message, or its source.

    It is not called while the feed is off, nor before the first message. ``labels`` are
    the names of its samples' labels, for the docs.
    """

    name: str
    help: str
    values: Values
    of: Literal["message", "source"] = "message"
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gauge(Metric):
    """A figure that rises and falls."""


@dataclass(frozen=True, slots=True)
class Counter(Metric):
    """A figure that only rises; its name ends in ``_total``."""


def ratio(percent: float | None) -> float | None:
    """Return *percent* as a share of 1."""
    return None if percent is None else round(percent / 100, 6)  # 10.4 / 100 is 0.10400000000000001


def one_hot(name: str, words: Iterable[str], word: str | None, labels: Labels | None = None) -> Iterator[Sample]:
    """Return a sample for each of *words*: 1 for *word*, else 0; nothing if *word* is
    None.
    """
    if word is not None:
        for each in dict.fromkeys((*words, word)):
            yield {**(labels or {}), name: each}, float(each == word)
