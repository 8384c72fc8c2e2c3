"""The feeds that a broker gets, by the words of ``MQTT_FEEDS``."""

from collections.abc import Sequence

from uma.config import Config, Problem
from uma.feeds.feed import Feed
from uma.spelling import hint


def selected(feeds: Sequence[Feed], words: Sequence[str]) -> tuple[list[Feed], list[str]]:
    """Return the feeds that *words* select, and the words that select none.

    A word is a whole name (``storage/status``), the last part of one (``events``), or a
    subject, which selects its status (``storage``).
    """
    meanings = {word: [feed for feed in feeds if _means(word, feed.name)] for word in words}
    wanted = {feed.name for found in meanings.values() for feed in found}
    return [feed for feed in feeds if feed.name in wanted], [word for word, found in meanings.items() if not found]


def problems_of(config: Config, feeds: Sequence[Feed], *, source: str) -> list[Problem]:
    """Return a problem for each word of ``MQTT_FEEDS`` that selects no feed."""
    _, unknown = selected(feeds, config.mqtt_feeds)
    return [Problem(0, "MQTT_FEEDS", _fault_of(word, feeds), source, is_error=False) for word in unknown]


def _fault_of(word: str, feeds: Sequence[Feed]) -> str:
    """Explain why *word* selects none of *feeds*."""
    parts = [feed.name for feed in feeds if feed.subject == word]
    if parts:
        return f"{word} has no status; its feeds are {', '.join(parts)}"
    with_status = (feed.subject for feed in feeds if _means(feed.subject, feed.name))
    known = dict.fromkeys((*(word for feed in feeds for word in (feed.name, _last_part(feed.name))), *with_status))
    return f"{word} is not a feed of this version{hint(word, known, list_all=False)}"


def _last_part(name: str) -> str:
    return name.rpartition("/")[2]


def _means(word: str, name: str) -> bool:
    return word in (name, _last_part(name)) or f"{word}/status" == name
