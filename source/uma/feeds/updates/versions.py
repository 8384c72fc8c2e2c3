"""Versions compared as PHP's ``version_compare`` does. Pure.

Facts: https://www.php.net/version_compare. ``7.3.0-rc.1`` is older than ``7.3.0``.
"""

import re
from typing import Final

_PART: Final = re.compile(r"\d+|[^\d.\-_+]+", re.ASCII)
_ORDER: Final = {"dev": 0, "alpha": 1, "a": 1, "beta": 2, "b": 2, "RC": 3, "rc": 3, "#": 4, "pl": 5, "p": 5}
_OTHER_WORD: Final = -1
MAX_VERSION_CHARACTERS: Final = 100


def is_newer(version: str, than: str) -> bool:
    """Return whether *version* is newer than the other by PHP's rules."""
    return compare(version, than) > 0


def compare(first: str, second: str) -> int:
    """Return -1, 0 or 1 if *first* is older than *second*, equal, or newer."""
    ours, theirs = _parts(first), _parts(second)
    for our, their in zip(ours, theirs, strict=False):
        if (order := _compare_parts(our, their)) != 0:
            return order
    if len(ours) == len(theirs):
        return 0
    # An additional number is newer; an additional word is compared with a number:
    # 7.3-rc is older.
    longer, sign = (ours, 1) if len(ours) > len(theirs) else (theirs, -1)
    extra = longer[min(len(ours), len(theirs))]
    return sign if _is_number(extra) else sign * compare(extra, "#")


def _parts(version: str) -> list[str]:
    text = version[:MAX_VERSION_CHARACTERS]
    return ["#"] if text == "#" else _PART.findall(text)


def _compare_parts(our: str, their: str) -> int:
    if _is_number(our) and _is_number(their):
        return (int(our) > int(their)) - (int(our) < int(their))
    return (_rank(our) > _rank(their)) - (_rank(our) < _rank(their))


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit()


def _rank(part: str) -> int:
    if _is_number(part):
        return _ORDER["#"]
    return next((rank for word, rank in _ORDER.items() if part.startswith(word)), _OTHER_WORD)
