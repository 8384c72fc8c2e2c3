"""The feeds that a broker gets, by the words of ``MQTT_FEEDS``."""

from collections.abc import Sequence

from uma.feeds.feed import Feed


def selected(feeds: Sequence[Feed], words: Sequence[str]) -> tuple[list[Feed], list[str]]:
    """Return the feeds that *words* select, and the words that select none.

    A word is a whole name (``storage/status``), the last part of one (``events``), or a
    subject, which selects its status (``storage``).
    """
    meanings = {word: [feed for feed in feeds if _means(word, feed.name)] for word in words}
    wanted = {feed.name for found in meanings.values() for feed in found}
    return [feed for feed in feeds if feed.name in wanted], [word for word, found in meanings.items() if not found]


def _means(word: str, name: str) -> bool:
    return word in (name, name.rpartition("/")[2]) or f"{word}/status" == name
