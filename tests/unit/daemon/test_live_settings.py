"""Settings of a feed in the running daemon."""

from dataclasses import replace

import pytest

from tests.support.feeds import DOCKER, FEEDS, STORAGE, SYSTEM, config_of, feed_named
from uma.config import Config
from uma.daemon.live_settings import LiveSettings, interval_of, is_on, outdated, switched_off
from uma.feeds.feed import Choice, Switch
from uma.feeds.system import INTERVAL

FULL = {"notifications": "full", "token_sha256": "0" * 64}
"""Settings for the texts of notifications."""


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


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {}),
        ({"storage_details": False}, {"storage/details": "STORAGE_DETAILS"}),
        (
            {"storage_status": False, "storage_details": False},
            {
                "storage/status": "STORAGE_STATUS",
                "storage/details": "STORAGE_DETAILS",
                "storage/events": "STORAGE_STATUS",
            },
        ),
    ],
)
def test_a_feed_is_off_with_the_feed_that_it_needs(settings, expected):
    """Details and events of storage compare its states; clients get the setting that is the reason."""
    assert switched_off(FEEDS, config_of(**settings)) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"stats_interval": 7}, []),
        ({}, {"system_stats": False, "docker_events": False}, ["system/stats"]),
        ({"system_stats": False}, {}, ["system/stats"]),
        ({"storage_status": False}, {}, ["storage/status", "storage/details"]),
        (FULL, FULL | {"token_sha256": ""}, ["notifications/status", "notifications/events"]),
        (FULL, FULL | {"notifications": "counts"}, ["notifications/status", "notifications/events"]),
        (FULL | {"notifications": "counts"}, FULL, []),
    ],
)
def test_messages_that_a_change_outdates(before, after, expected):
    """States of switched feeds are not current, and texts that need a token are not kept without one."""
    assert list(outdated(FEEDS, config_of(**before), config_of(**after))) == expected


def test_intervals_are_the_settings_or_the_feeds_own():
    """An interval may be a setting or fixed; events have none."""
    config = config_of(stats_interval=7)
    fixed = replace(feed_named(STORAGE), interval=60.0)

    assert [interval_of(feed, config) for feed in (feed_named(SYSTEM), fixed, feed_named(DOCKER))] == [7, 60.0, None]
