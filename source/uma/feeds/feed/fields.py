"""Texts and rules of a message's fields, written beside them in ``Annotated``.

Example::

    load_percent: Annotated[float | None, Doc("Load, in percent."), PERCENT, ON_DEMAND]

They reach OpenAPI, AsyncAPI and the docs. They are data, not docstrings, which
``python -OO`` drops.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, is_dataclass
from typing import Any, ClassVar, Final, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True)
class Doc:
    """The meaning of a field, in one sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Bounds on a field's value, as keywords that JSON Schema draft 7 and 2020-12
    share.

    ``words`` are the allowed ones; an open rule accepts others too. A rule on a
    nullable field applies to values other than null, a rule on a list to the list.
    """

    schema: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class OnDemand:
    """Mark of a field that is null without demand (see ``Demand``)."""


def Words(*words: str) -> Rule:  # noqa: N802 - reads as a type does, inside Annotated
    """Allow one of *words* and no other."""
    return Rule({"enum": list(words)}, words)


def KnownWords(*words: str) -> Rule:  # noqa: N802 - see Words
    """Allow one of *words*, or a newer word that Unraid or Docker may use."""
    return Rule({"anyOf": [{"enum": list(words)}, {"type": "string"}]}, words, is_open=True)


def Matching(**keywords: Any) -> Rule:  # noqa: N802, ANN401 - see Words; a schema's values are of any type
    """Constrain the value by JSON Schema *keywords*: ``Matching(maxLength=12)``."""
    return Rule(keywords)


ON_DEMAND: Final = OnDemand()
PERCENT: Final = Matching(minimum=0, maximum=100)
COUNT: Final = Matching(minimum=0)
SECONDS: Final = COUNT
CELSIUS: Final = Matching(minimum=-40, maximum=120)
SERIAL: Final = Matching(minimum=1)
"""The number of an event: it rises by one."""
SIZE: Final = Matching(pattern=r"^\d+(\.\d+)?([KMGTPEZY]?B)$")
"""A size as the webGUI writes it, without the space."""
TIMESTAMP: Final = Matching(format="date-time", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
"""UTC, to the second, as ``wire.envelope.timestamp`` writes it."""
MOMENT: Final = Matching(format="date-time")
"""RFC 3339 in any time zone."""


@dataclass(frozen=True, slots=True)
class Notes:
    """Metadata of a field: its text, its rule, and an on-demand flag."""

    doc: str
    rule: Rule
    is_on_demand: bool


def notes_of(type_: type) -> dict[str, Notes]:
    """Return the notes of each field of the dataclass or Struct *type_*,
    in its order.
    """
    return {
        name: _notes_from(getattr(hint, "__metadata__", ()))
        for name, hint in get_type_hints(type_, include_extras=True).items()
        if get_origin(hint) is not ClassVar
    }


def rule_of(type_: type, name: str) -> Rule:
    """Return the rule of one field."""
    return notes_of(type_)[name].rule


def has_demand(type_: object) -> bool:
    """Return whether *type_*, a message or a part of one, has an on-demand field."""
    if isinstance(type_, OnDemand):
        return True
    if isinstance(type_, type) and is_dataclass(type_):
        hints = get_type_hints(type_, include_extras=True).values()
        return any(has_demand(hint) for hint in hints)
    return any(has_demand(part) for part in (*get_args(type_), *getattr(type_, "__metadata__", ())))


def _notes_from(metadata: Iterable[object]) -> Notes:
    doc, rule, is_on_demand = "", Rule(), False
    for each in metadata:
        match each:
            case Doc():
                doc = each.text
            case Rule():
                rule = each
            case OnDemand():
                is_on_demand = True
    return Notes(doc, rule, is_on_demand)
