"""Filters for messages, such as ``data.action=die``, on the values inside them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from uma.spelling import closest

ANY = "*"


@dataclass(frozen=True, slots=True)
class Condition:
    """Filter: a value at *path* equals *text*, or with *negated* no value does.

    ``*`` in a path matches every item of a list.
    """

    path: tuple[str, ...]
    text: str
    negated: bool = False

    def holds(self, message: object) -> bool:
        """Return True if *message* meets the condition; a missing path has no value."""
        found = any(text_of(value) == self.text for value in self._values(message))
        return not found if self.negated else found

    def misspelling(self, message: Mapping[str, object]) -> tuple[str, str | None] | None:
        """Return the key of the path that is missing in *message*, and the most similar
        existing key.

        None if nothing seems misspelled. The first key must exist. Deeper keys may be
        absent at times, so only near matches count.
        """
        data = message.get("data")
        first, below = self.path[0], data if isinstance(data, dict) else {}
        if first not in message and first not in below:
            return first, closest(first, [*message, *below])
        return next(_misspellings(message if first in message else below, self.path), None)

    def _values(self, message: object) -> Iterator[object]:
        # Most fields are in data, so a path may begin there.
        is_top = isinstance(message, dict) and self.path[0] in message
        return values_at(message if is_top or not isinstance(message, dict) else message.get("data"), self.path)


def parse_condition(text: str) -> Condition:
    """Parse ``key.path=value`` or ``key.path!=value``.

    The value may be empty. Raises ValueError for an invalid filter.
    """
    path, sign, value = text.partition("=")
    negated = path.endswith("!")
    keys = tuple(path.removesuffix("!").strip().split("."))
    if not sign or not all(keys):
        raise ValueError(
            f"{text!r} is not a valid filter; write key.path=value, as in action=die or disks.*.status=disabled"
        )
    return Condition(keys, value.strip(), negated)


def matches(message: object, conditions: Sequence[Condition]) -> bool:
    """Return True if all *conditions* hold for *message*."""
    return all(condition.holds(message) for condition in conditions)


def values_at(value: object, path: Sequence[str]) -> Iterator[object]:
    """Yield each value at *path* below *value*."""
    if not path:
        yield value
        return
    key, *rest = path
    match value:
        case dict() if key in value:
            yield from values_at(value[key], rest)
        case list() if key == ANY:
            for item in value:
                yield from values_at(item, rest)
        case list() if key.isascii() and key.isdigit() and int(key) < len(value):
            yield from values_at(value[int(key)], rest)
        case _:
            return


def _misspellings(value: object, path: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each key of *path* that no mapping has, with the most similar
    existing key.
    """
    for depth, key in enumerate(path):
        for mapping in values_at(value, path[:depth]):
            if isinstance(mapping, dict) and key not in mapping and (meant := closest(key, mapping)):
                yield key, meant


def text_of(value: object) -> str:
    """Return *value* in the form of a condition: a string unchanged, anything else as
    JSON.
    """
    return value if isinstance(value, str) else json.dumps(value)
