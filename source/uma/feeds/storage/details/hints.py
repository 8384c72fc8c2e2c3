"""Hints that the mover or a scrub has started or ended, from files in RAM."""

from collections.abc import Callable
from pathlib import Path

from uma.feeds.watch import watch_folders


async def watch_mover_and_scrubs(root: Path, nudge: Callable[[], None]) -> None:
    """Call *nudge* when the mover's pid file or a scrub's status changes.
    Raises OSError if the kernel has no watch left.
    """
    folders = (root / "var/run", root / "var/lib/btrfs")
    await watch_folders(folders, nudge, is_of_interest=lambda name: name == "mover.pid" or name.startswith("scrub."))
