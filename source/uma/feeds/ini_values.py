"""Numbers in emhttpd's sections: decimal strings, now and then with a fraction, ``""``,
``-`` or ``*`` for none.
"""

from collections.abc import Mapping

LARGEST = 2**52
"""Largest KiB count that fits as bytes into 64 bits; a larger one is damage."""

Section = Mapping[str, str]
"""One section of an ini file: keys and values as text."""


def whole(section: Section, key: str) -> int | None:
    """Return the number under *key*, truncated to an integer;
    None if missing or implausible.
    """
    text = section.get(key, "")
    if not text:
        return None
    try:
        number: int | None = int(text)
    except ValueError:
        number = _cut_fraction(text)
    return number if number is not None and -LARGEST <= number <= LARGEST else None


def count(section: Section, key: str) -> int:
    """Return the non-negative number under *key*; 0 if missing."""
    return max(0, whole(section, key) or 0)


def flag(section: Section, key: str) -> bool | None:
    """Return True if *key* is ``1``, False if ``0``, None otherwise."""
    return {"1": True, "0": False}.get(section.get(key, ""))


def _cut_fraction(text: str) -> int | None:
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return None
