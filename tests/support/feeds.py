"""The product's feeds, and objects that tests build from them."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Final

from uma.config import Config, Problem
from uma.config import read_config as read
from uma.config import with_overrides as override
from uma.config.model import GUARDS
from uma.config.parse import parse_config as parse
from uma.feeds import all_feeds, settings_of
from uma.feeds.feed import Context, Demand, Entity, Feed
from uma.host import Host
from uma.wire.envelope import encoder_of

SYSTEM, DOCKER, STORAGE = "system/stats", "docker/events", "storage/status"

FEEDS: Final = all_feeds()
GUIDES: Final = tuple(feed for feed in FEEDS if feed.name in (SYSTEM, DOCKER, STORAGE))
"""The three feeds of the user's guide."""

SETTINGS: Final = settings_of(FEEDS)
RULES: Final = {setting.key: setting for setting in SETTINGS}

encode = encoder_of(FEEDS)


def feed_named(name: str) -> Feed:
    """The feed *name*."""
    return next(feed for feed in FEEDS if feed.name == name)


def config_of(**values: object) -> Config:
    """A Config of settings by their keys in small letters, the daemon's own and the feeds'."""
    own = {field.name for field in fields(Config)}
    others = {name.upper(): value for name, value in values.items() if name not in own}
    feeds = {key: value for key, value in others.items() if value != RULES[key].default}
    return Config(**{name: value for name, value in values.items() if name in own}, feeds=feeds)  # type: ignore[arg-type]


def read_config(path: Path) -> tuple[Config, list[Problem]]:
    """Read *path* with every known setting."""
    return read(path, SETTINGS)


def with_overrides(
    config: Config, environment: Mapping[str, str], flags: Mapping[str, str]
) -> tuple[Config, list[Problem]]:
    """Override *config* by *environment* and *flags*, with every known setting."""
    return override(config, environment, flags, SETTINGS)


def parse_config(text: str, *, source: str) -> tuple[Config, list[Problem]]:
    """Parse *text* with every known setting."""
    return parse(text, SETTINGS, source=source)


def problem_of(text: str) -> Problem:
    """Return the one problem of a text that affects only its own setting, except for security settings."""
    config, problems = parse_config(text, source="uma.cfg")
    assert len(problems) == 1
    guard = GUARDS.get(problems[0].key)
    assert config == replace(Config(), **({} if guard is None else guard.values))
    assert problems[0].is_closed == (guard is not None)
    return problems[0]


def context(root: Path = Path("/nonexistent"), **values: object) -> Context:
    """Build a source's context: each setting has its default unless *values* has its key."""
    demand = Demand()
    config = Config(feeds=values)
    return Context(host=Host(root), settings=config, demand=lambda _name: demand, newest=lambda _name: None)


def fixed_entities(name: str) -> list[Entity]:
    """The entities of the feed *name* that do not depend on its messages."""
    feed = feed_named(name)
    lazy = () if feed.lazy_entities is None else feed.lazy_entities()
    return [*(() if callable(feed.entities) else feed.entities), *lazy]
