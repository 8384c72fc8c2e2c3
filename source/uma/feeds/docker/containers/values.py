"""Values in Docker's answers, which may be of any type."""

from typing import Final

MAX_TEXT_CHARACTERS: Final = 256
"""Maximum characters of each text of a container, so that none fills a message."""

MAX_WHOLE: Final = 1 << 62


def whole_number(value: object, *, least: int = 0) -> int | None:
    """Return *value* if it is a whole number of at least *least*; None if not."""
    return value if isinstance(value, int) and not isinstance(value, bool) and least <= value <= MAX_WHOLE else None


def text_of(value: object) -> str:
    """Return the start of *value* as UTF-8 can carry it; "" if it is not a text."""
    if not isinstance(value, str):
        return ""
    # JSON may contain half a surrogate pair, which no UTF-8 frame can carry.
    return value[:MAX_TEXT_CHARACTERS].encode(errors="replace").decode()
