"""The entities of a broker's feeds, by the newest messages."""

from collections.abc import Iterable, Mapping
from typing import Final

from uma.feeds.feed import Entity, Feed
from uma.model import Message

_UNSEEN: Final = object()


class Entities:
    """Entities of *feeds* to announce. Known ones stay while a message does not know
    better.
    """

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self._feeds = tuple(feeds)
        self._layouts: dict[str, object] = {}
        self._found: dict[str, tuple[Entity, ...]] = {}
        self.is_whole = True
        """True if every message knows its entities; only then may one count as
        missing.
        """

    @property
    def known(self) -> list[tuple[str, Entity]]:
        """Return every entity, with the name of its feed."""
        return [(name, entity) for name, entities in self._found.items() for entity in entities]

    def update(self, newest: Mapping[str, Message | None]) -> bool:
        """Process the newest message of each feed; return whether entities may have
        changed.
        """
        has_changed = False
        self.is_whole = True
        for feed in self._feeds:
            has_changed |= self._update(feed, newest.get(feed.name))
        return has_changed

    def _update(self, feed: Feed, message: Message | None) -> bool:
        if not callable(feed.entities):
            if feed.name in self._found:
                return False
            lazy = () if feed.lazy_entities is None else feed.lazy_entities()
            self._found[feed.name] = (*feed.entities, *lazy)
            return True
        found = None if message is None else feed.entities(message)
        if message is None or found is None:
            self.is_whole = False
            return False
        layout = message if feed.layout is None else feed.layout(message)
        if layout == self._layouts.get(feed.name, _UNSEEN):
            return False
        self._layouts[feed.name] = layout
        lazy = () if feed.lazy_entities is None else feed.lazy_entities()
        entities = (*found, *lazy)
        is_new = entities != self._found.get(feed.name)
        self._found[feed.name] = entities
        return is_new
