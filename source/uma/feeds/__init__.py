"""Every subject that UMA observes: one folder here, and one line below.

Importing this package imports no subject; ``all_feeds`` does, and only their descriptions.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uma.feeds.feed import Feed

SUBJECTS: tuple[str, ...] = (
    # One line each, in the order in which documents and pages list them.
)


def all_feeds(subjects: Sequence[str] = SUBJECTS) -> "tuple[Feed, ...]":
    """Return the feeds of *subjects*, which are folders of this package."""
    return tuple(feed for subject in subjects for feed in import_module(f"{__name__}.{subject}").FEEDS)
