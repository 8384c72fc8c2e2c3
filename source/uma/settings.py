"""Descriptions of settings: the key in uma.cfg, its default, its rule and its texts.

The parser, the settings form, ``default.cfg`` and the docs use the same description. No
shell evaluates a value. Patterns are regular expressions with the same meaning in
Python, PCRE and browsers; they match the whole text and must be linear.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

MAX_NUMBER_DIGITS: Final = 9

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T]):
    """One key of uma.cfg. ``label`` and ``help`` are the form's; ``default`` is a
    value.

    ``group`` is the form's section; a feed's settings are in its subject's section. A
    secret's value never appears in a log or in diagnostics. Of a private value, which
    may name people or hosts, diagnostics show only that it is set, and a problem does
    not quote it.
    """

    key: str = field(kw_only=False)
    label: str = field(kw_only=False)
    help: str = field(kw_only=False, default="")
    default: T
    group: str = ""
    is_secret: bool = False
    is_private: bool = False

    @property
    def is_hidden(self) -> bool:
        """True if its value is for the user's eyes only: secret or private."""
        return self.is_secret or self.is_private

    @property
    def rule(self) -> str:
        """Its valid values, for a person: ``a whole number from 5 to 3600``."""
        raise NotImplementedError

    def value_of(self, text: str) -> T | None:
        """Return the value for *text*; None if it is invalid."""
        raise NotImplementedError

    def text_of(self, value: T) -> str:
        """Return *value* in the form of uma.cfg."""
        return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch(Setting[bool]):
    """``yes`` or ``no``."""

    default: bool = True

    @property
    def rule(self) -> str:
        """See Setting."""
        return "yes or no"

    def value_of(self, text: str) -> bool | None:
        """See Setting."""
        return {"yes": True, "no": False}.get(text)

    def text_of(self, value: bool) -> str:
        """See Setting."""
        return "yes" if value else "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Setting[int]):
    """A whole number from ``least`` to ``most``."""

    least: int
    most: int

    @property
    def rule(self) -> str:
        """See Setting."""
        return f"a whole number from {self.least} to {self.most}"

    def value_of(self, text: str) -> int | None:
        """See Setting."""
        if not (text.isascii() and text.isdigit() and len(text) <= MAX_NUMBER_DIGITS):
            return None
        return number if self.least <= (number := int(text)) <= self.most else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds(Number):
    """A whole number of seconds."""

    least: int = 1
    most: int = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Number):
    """A whole number without a unit."""

    least: int = 0
    most: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Setting[str]):
    """One of several words; ``choices`` maps each to its label in the form.

    Without a token, words in ``needs_token`` mean the default.
    """

    choices: Mapping[str, str]
    needs_token: frozenset[str] = frozenset()

    @property
    def rule(self) -> str:
        """See Setting."""
        *others, last = self.choices
        return f"{', '.join(others)} or {last}"

    def value_of(self, text: str) -> str | None:
        """See Setting."""
        return text if text in self.choices else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Setting[str]):
    """A line of text that ``pattern`` matches as a whole; ``words`` describe it to a
    person.
    """

    default: str = ""
    pattern: str = ".*"
    words: str = "printable text"

    @property
    def rule(self) -> str:
        """See Setting."""
        return self.words

    def value_of(self, text: str) -> str | None:
        """See Setting."""
        return text if text.isprintable() and re.fullmatch(self.pattern, text) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret(Text):
    """A text that is never shown again."""

    is_secret: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries(Setting[tuple[str, ...]]):
    """Texts separated by spaces, each matched by ``pattern`` as a whole."""

    default: tuple[str, ...] = ()
    pattern: str
    words: str

    @property
    def rule(self) -> str:
        """See Setting."""
        return self.words

    def value_of(self, text: str) -> tuple[str, ...] | None:
        """See Setting."""
        entries = tuple(text.split())
        return entries if all(re.fullmatch(self.pattern, entry) for entry in entries) else None

    def text_of(self, value: tuple[str, ...]) -> str:
        """See Setting."""
        return " ".join(value)


AnySetting = Setting[Any]
