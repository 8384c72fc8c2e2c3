"""The settings in force, as feeds and their sources read them."""

from typing import TypeVar

from uma.config import Config
from uma.feeds.feed import Feed, Seconds, Setting
from uma.settings import AnySetting

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


def interval_of(feed: Feed, config: Config) -> float | None:
    """Return the seconds between two heartbeats of *feed*; None for events."""
    return config.of(feed.interval) if isinstance(feed.interval, Seconds) else feed.interval
