"""Words of a problem: the fault of a value, and quotes from a foreign file."""

from collections.abc import Iterable
from typing import TypeVar

from uma.config.model import Problem
from uma.settings import AnySetting, Setting
from uma.spelling import closest

MAX_SHOWN_CHARACTERS = 40

T = TypeVar("T")


def unknown(source: str, line: int, key: str, known: Iterable[str], prefix: str = "") -> Problem:
    """Return the problem of an unknown *key*, with a guess among the *known* ones; each
    of them has *prefix* in *source*.
    """
    meant = closest(key.removeprefix(prefix).upper(), known)
    hint = f"; did you mean {prefix}{meant}?" if meant else ""
    return Problem(line, shown(key), f"is unknown to this version and ignored{hint}", source, is_error=False)


def fault(setting: AnySetting, text: str) -> str:
    """Return the fault of *text*, an invalid value; a secret or private one is not
    quoted.
    """
    if not text:
        return f"is empty, where {setting.rule} is wanted"
    # A user may have typed a login into the broker's address: user:password@host.
    is_hidden = setting.is_hidden or setting.key.startswith("MQTT_") or "@" in text
    return f"is not {setting.rule}" if is_hidden else f'"{shown(text)}" is not {setting.rule}'


def shown_value(setting: Setting[T], value: T) -> str:
    """Return *value* as uma.cfg would have it."""
    return setting.text_of(value) or "empty"


def shown(text: str) -> str:
    """Return the start of *text*, fit for a log or a terminal: a file's content may be
    anything.
    """
    start = text if len(text) <= MAX_SHOWN_CHARACTERS else text[:MAX_SHOWN_CHARACTERS] + "…"
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in start)
