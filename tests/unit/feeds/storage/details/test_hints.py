"""Hints by inotify on real folders."""

import asyncio

import pytest

from tests.support.waiting import until
from uma.feeds.storage.details.hints import watch_mover_and_scrubs


@pytest.mark.parametrize("has_folders", [True, False])
async def test_only_the_mover_and_scrubs_count(tmp_path, has_folders):
    """A pid file and a renamed status file nudge, even if their folders come late; other files don't."""
    run, scrubs = tmp_path / "var/run", tmp_path / "var/lib/btrfs"
    if has_folders:
        run.mkdir(parents=True)
        scrubs.mkdir(parents=True)
    nudges = []
    watching = asyncio.ensure_future(watch_mover_and_scrubs(tmp_path, lambda: nudges.append(None)))
    try:
        await until(lambda: nudges)
        run.mkdir(parents=True, exist_ok=True)
        scrubs.mkdir(parents=True, exist_ok=True)
        for folder, name in ((run, "mover.pid"), (scrubs, "scrub.status.f00d")):
            before = len(nudges)
            (tmp_path / "new").write_text("1")
            (tmp_path / "new").rename(folder / name)
            await until(lambda before=before: len(nudges) > before)
        seen = len(nudges)
        (run / "nginx.pid").write_text("1")
        (run / "mover.pid").unlink()
        await until(lambda: len(nudges) > seen)
        if has_folders:
            assert len(nudges) == seen + 1
    finally:
        watching.cancel()
