"""Suggestions for a misspelled name, without difflib's cost."""

from collections.abc import Iterable
from typing import Final

MAX_MISSING_LETTERS: Final = 2
"""Letters that may be missing or extra at the end."""


def closest(written: str, names: Iterable[str]) -> str | None:
    """Return the first of *names* that is nearly *written*; None if there is none."""
    return next((name for name in names if _is_close(written, name)), None)


def hint(written: str, names: Iterable[str], *, list_all: bool = True) -> str:
    """Return the end of an error about an unknown name: a guess, or else all *names*.

    With ``docker/events`` among them, ``events`` is a guess, too, if no other ends so.
    Empty if there is neither a guess nor a list.
    """
    known = list(names)
    ending = [name for name in known if "/" in name and name.rpartition("/")[2] == written]
    meant = closest(written, known) or (ending[0] if len(ending) == 1 else None)
    if meant:
        return f"; did you mean {meant}?"
    return f"; there are {', '.join(known)}" if list_all and known else ""


def _is_close(written: str, name: str) -> bool:
    """Return True if one letter is wrong, missing, extra or swapped with the next,
    or if up to two are missing or extra at the end.
    """
    shorter, longer = sorted((written, name), key=len)
    missing = len(longer) - len(shorter)
    if longer.startswith(shorter):
        return missing <= MAX_MISSING_LETTERS
    start = next(index for index, letter in enumerate(shorter) if letter != longer[index])
    one, other = shorter[start:], longer[start:]
    if missing == 1:
        return one == other[1:]
    is_swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    return missing == 0 and (one[1:] == other[1:] or is_swapped)
