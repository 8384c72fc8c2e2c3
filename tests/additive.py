"""Comparison of published schemas: a new one may only add, so clients' expectations still hold."""

from collections.abc import Iterator
from typing import Any

TEXT = frozenset({"description", "summary", "title", "examples", "example"})
"""Keys whose values are texts for people."""
TEXT_BY_KEY = "x-close-codes"
"""A key whose value is an object of such texts: its keys count, the texts don't."""


def retractions(old: Any, new: Any, where: str = "") -> Iterator[str]:
    """Return each place where *new* breaks a promise of *old* about the answers."""
    match old, new:
        case dict(), dict():
            for key, value in old.items():
                if key in TEXT and not isinstance(value, dict):
                    continue
                if key not in new:
                    yield f"{where}/{key} is gone"
                elif key == TEXT_BY_KEY:
                    yield from (f"{where}/{key}/{code} is gone" for code in value if code not in new[key])
                elif key == "anyOf" and value != new[key]:
                    yield from _changed_alternatives(value, new[key], f"{where}/{key}")
                else:
                    yield from retractions(value, new[key], f"{where}/{key}")
        case list(), list():
            for item in old:
                if not any(next(retractions(item, other), None) is None for other in new):
                    yield f"{where} lacks {str(item)[:80]}"
            for item in new:
                if isinstance(item, dict) and item.get("required") is True and not _was_required(item, old):
                    yield f"{where} requires {item.get('name')}"
        case _:
            if old != new:
                yield f"{where} was {old!r}, is {new!r}"


def _changed_alternatives(old: list[Any], new: list[Any], where: str) -> Iterator[str]:
    """Return values that may have a new type, above all null."""
    if _are_messages(old) and _are_messages(new):
        # A client only gets messages of streams that it requests.
        yield from (f"{where} lacks {each['$ref']}" for each in old if each not in new)
    elif len(old) != len(new):
        yield f"{where} had {len(old)} alternatives, has {len(new)}"
    else:
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from retractions(before, after, f"{where}/{number}")


def _was_required(parameter: dict[str, Any], old: list[Any]) -> bool:
    """A required parameter may accept more values than before."""
    return parameter in old or any(
        isinstance(each, dict) and (each.get("name"), each.get("required")) == (parameter.get("name"), True)
        for each in old
        if parameter.get("name") is not None
    )


def _are_messages(alternatives: list[Any]) -> bool:
    return all(isinstance(each, dict) and each.get("$ref", "").endswith("Message") for each in alternatives)
