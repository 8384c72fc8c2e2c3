"""The settings in force, as feeds and their sources read them."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from uma.config import Config
from uma.feeds.feed import Feed, Seconds, Setting
from uma.settings import AnySetting, Choice

T = TypeVar("T")


class LiveSettings:
    """The settings in force, for sources; a reload replaces *config*."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def of(self, setting: Setting[T]) -> T:
        """Return the value of *setting*."""
        return self.config.of(setting)


def is_on(feed: Feed, config: Config) -> bool:
    """Return True if *config* enables *feed*."""
    switch: AnySetting = feed.switch
    return config.of(switch) not in (False, "no")


def switched_off(feeds: Sequence[Feed], config: Config) -> dict[str, str]:
    """Return the feeds that *config* disables, alone or with the feed that they need,
    each with the key of the setting that does.
    """
    off = {feed.name: feed.switch.key for feed in feeds if not is_on(feed, config)}
    return {**{feed.name: off[feed.needs] for feed in feeds if feed.needs in off}, **off}


def outdated(feeds: Sequence[Feed], before: Config, config: Config) -> Iterator[str]:
    """Yield the feeds whose kept messages clients may not get after a change from
    *before* to *config*.

    A feed may publish less now, as without a token. The state of one that was off is
    not current.
    """
    switched = switched_off(feeds, before).keys() ^ switched_off(feeds, config).keys()
    for feed in feeds:
        switch = feed.switch
        is_secret = isinstance(switch, Choice) and before.of(switch) in switch.needs_token - {config.of(switch)}
        if is_secret or (feed.retained and feed.name in switched):
            yield feed.name


def interval_of(feed: Feed, config: Config) -> float | None:
    """Return the seconds between two heartbeats of *feed*; None for events."""
    return config.of(feed.interval) if isinstance(feed.interval, Seconds) else feed.interval
