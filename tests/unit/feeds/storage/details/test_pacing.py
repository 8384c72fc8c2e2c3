"""The pace of the details of storage."""

from dataclasses import replace

import pytest

from uma.feeds.storage.details.model import Mover, StorageDetails
from uma.feeds.storage.details.pacing import Pacing

QUIET = StorageDetails(
    disks=(),
    pools=(),
    boot_disks=(),
    mover=Mover(running=False, started_at=None, last_finished_at=None, schedule=None),
)
MOVING = replace(QUIET, mover=replace(QUIET.mover, running=True))


@pytest.mark.parametrize(
    ("details", "seconds", "expected"),
    [(QUIET, 24, False), (QUIET, 25, True), (MOVING, 1, True)],
)
def test_news_at_once_and_the_rest_with_the_heartbeat(details, seconds, expected):
    """A heartbeat is due a tick early, since a status may come slightly early."""
    now = [100.0]
    pacing = Pacing(lambda: now[0])
    assert pacing.is_due(QUIET)
    pacing.note(QUIET)
    now[0] += seconds

    assert pacing.is_due(details) is expected


def test_the_first_of_each_run_is_due():
    """A message published while the feed was off did not reach its stream."""
    pacing = Pacing(lambda: 100.0)
    pacing.note(QUIET)
    pacing.begin()

    assert pacing.is_due(QUIET)
