"""Settings of a feed in the running daemon."""

from dataclasses import replace

import pytest

from tests.support.feeds import DOCKER, STORAGE, SYSTEM, config_of, feed_named
from uma.config import Config
from uma.daemon.live_settings import LiveSettings, interval_of, is_on
from uma.feeds.feed import Choice, Switch
from uma.feeds.system import INTERVAL


def test_a_reload_changes_the_settings_of_sources():
    """The same object returns the values of the settings in force."""
    settings = LiveSettings(Config())
    before = settings.of(INTERVAL)
    settings.config = config_of(stats_interval=7)

    assert (before, settings.of(INTERVAL)) == (5, 7)


@pytest.mark.parametrize(
    ("switch", "value", "expected"),
    [
        (Switch("LAMP", "Lamp"), None, True),
        (Switch("LAMP", "Lamp"), False, False),
        (Switch("LAMP", "Lamp", default=False), None, False),
        (Choice("LAMP", "Lamp", default="little", choices={"no": "No", "little": "A little"}), None, True),
        (Choice("LAMP", "Lamp", default="little", choices={"no": "No", "little": "A little"}), "no", False),
    ],
)
def test_a_feed_is_on_unless_its_switch_says_no(switch, value, expected):
    """A switch has yes or no; for a choice the word no disables the feed."""
    feed = replace(feed_named(SYSTEM), switch=switch)

    assert is_on(feed, Config(feeds={} if value is None else {"LAMP": value})) is expected


def test_intervals_are_the_settings_or_the_feeds_own():
    """An interval may be a setting or fixed; events have none."""
    config = config_of(stats_interval=7)
    fixed = replace(feed_named(STORAGE), interval=60.0)

    assert [interval_of(feed, config) for feed in (feed_named(SYSTEM), fixed, feed_named(DOCKER))] == [7, 60.0, None]
