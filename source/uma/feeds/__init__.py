"""Every subject that UMA observes: one folder here, and one line below.

Importing this package imports no subject; ``all_feeds`` does,
and only their descriptions.
"""

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from uma.core_settings import CORE
from uma.settings import AnySetting

if TYPE_CHECKING:
    from uma.feeds.feed import Feed

SUBJECTS: tuple[str, ...] = (
    "server",
    "system",
    "system.details",
    "docker",
    "storage",
    "vms",
    "shares",
    "notifications",
    "updates",
    "ups",
    "network",
    "sensors",
    "gpu",
)
"""The folders, in the order in which documents and pages list them."""


def all_feeds(subjects: Sequence[str] = SUBJECTS) -> "tuple[Feed, ...]":
    """Return the feeds of *subjects*, which are folders of this package."""
    return tuple(feed for subject in subjects for feed in import_module(f"{__name__}.{subject}").FEEDS)


def settings_of(feeds: "Iterable[Feed]") -> tuple[AnySetting, ...]:
    """Return every setting there is, each once: the daemon's own,
    then those of *feeds*.
    """
    own = (setting for feed in feeds for setting in feed.all_settings)
    return tuple({setting.key: setting for setting in (*CORE, *own)}.values())
