"""Guess at a misspelled name, without difflib's cost."""

from collections.abc import Iterable
from typing import Final

MAX_MISSING_LETTERS: Final = 2


def closest(written: str, names: Iterable[str]) -> str | None:
    """Return the first of *names* that *written* nearly is; None if there is none."""
    return next((name for name in names if _is_close(written, name)), None)


def _is_close(written: str, name: str) -> bool:
    """Return True if a letter differs, or up to two are missing or extra at the end."""
    if len(written) == len(name):
        return sum(one != other for one, other in zip(written, name, strict=True)) == 1
    shorter, longer = sorted((written, name), key=len)
    return longer.startswith(shorter) and len(longer) - len(shorter) <= MAX_MISSING_LETTERS
