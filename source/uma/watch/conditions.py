"""Filters for messages, such as ``data.action=die``, on the values inside them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

ANY = "*"


@dataclass(frozen=True, slots=True)
class Condition:
    """Requirement: a value at *path* is *text*, or with *negated* none is. ``*`` in a
    path is every item of a list.
    """

    path: tuple[str, ...]
    text: str
    negated: bool = False

    def holds(self, message: object) -> bool:
        """Return True if *message* meets the condition;
        a path that leads nowhere has no value.
        """
        found = any(text_of(value) == self.text for value in self._values(message))
        return not found if self.negated else found

    def is_possible(self, message: Mapping[str, object]) -> bool:
        """Return True if *message* has the path's first field;
        deeper ones may come and go.
        """
        data = message.get("data")
        return self.path[0] in message or (isinstance(data, dict) and self.path[0] in data)

    def _values(self, message: object) -> Iterator[object]:
        # Most of what is asked for is in data, so that a path may begin there.
        is_top = isinstance(message, dict) and self.path[0] in message
        return values_at(message if is_top or not isinstance(message, dict) else message.get("data"), self.path)


def parse_condition(text: str) -> Condition:
    """``key.path=value`` or ``key.path!=value``;
    the value may be empty. Raises ValueError.
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
    """Each value that *path* leads to, from *value* on."""
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


def text_of(value: object) -> str:
    """*value* as a condition writes it: strings as they are,
    all else as JSON does (true, null, 15.2).
    """
    return value if isinstance(value, str) else json.dumps(value)
