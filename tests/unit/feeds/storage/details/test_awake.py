"""Spin-ups and time awake."""

import time
from dataclasses import replace

import pytest

from tests.support.storage import DISK1
from uma.feeds.storage.details.awake import AwakeLog, midnight_before

ASLEEP = replace(DISK1, spun_down=True, status="standby")


def log_of(*looks):
    log = AwakeLog(midnight=lambda now: now // 1000 * 1000)
    for at, disk in looks:
        log.note((disk,), at)
    return log


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        (((10, DISK1),), (None, 0, 0)),
        (((10, DISK1), (40, DISK1)), (None, 0, 30)),
        (((10, DISK1), (40, ASLEEP), (90, ASLEEP)), (None, 0, 30)),
        (((10, ASLEEP), (40, DISK1), (100, DISK1)), (40, 1, 60)),
        (((10, ASLEEP), (40, DISK1), (50, ASLEEP), (60, DISK1)), (60, 2, 10)),
        (((900, DISK1), (1010, DISK1)), (None, 0, 10)),
        (((900, ASLEEP), (950, DISK1), (1010, DISK1)), (950, 0, 10)),
        (((900, ASLEEP), (1010, ASLEEP)), (None, 0, 0)),
        (((500, DISK1), (100, DISK1), (110, DISK1)), (None, 0, 10)),
    ],
)
def test_a_day(looks, expected):
    """Seconds awake and spin-ups start at midnight; a clock that was set back adds nothing."""
    assert log_of(*looks).day(DISK1) == expected


def test_a_clock_set_forward():
    """No disk was awake for longer than UMA has watched it, even if the clock was set by years."""
    log = log_of((10, DISK1), (40, DISK1))
    log.note((DISK1,), 900, elapsed=20)
    assert log.day(DISK1) == (None, 0, 50)

    log.note((DISK1,), 1_000_700, elapsed=30)
    assert log.day(DISK1) == (None, 0, 30)


def test_flash_and_removed_devices_have_no_day():
    """A drive that never sleeps has no day, nor has a removed one."""
    log = log_of((10, replace(DISK1, rotational=False)))
    assert log.day(DISK1) is None

    log.note((DISK1,), 20)
    log.note((), 30)
    assert log.day(DISK1) is None


def test_another_drive_has_its_own_day():
    """A replacement drive starts at zero."""
    log = log_of((10, DISK1), (40, DISK1), (50, replace(DISK1, device_base="/dev/sdz")))

    assert log.day(replace(DISK1, device_base="/dev/sdz")) == (None, 0, 0)


@pytest.mark.parametrize(
    ("zone", "now", "midnight"),
    [
        ("UTC", 1_750_028_400, 1_749_945_600),
        ("Europe/Berlin", 1_750_028_400, 1_750_024_800),
        # The night of 2026-10-25 has an hour twice, that of 2026-03-29 one fewer.
        ("Europe/Berlin", 1_792_911_600, 1_792_879_200),
        ("Europe/Berlin", 1_774_785_600, 1_774_738_800),
    ],
)
def test_local_midnight(monkeypatch, zone, now, midnight):
    """Midnight is the local one, also on days of 23 and 25 hours."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert midnight_before(now) == midnight
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_time_zone_that_is_set_later_counts(monkeypatch):
    """Midnight is that of the zone in force: Unraid's is set after the daemon's start, or changed by the user."""
    try:
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        log = AwakeLog()
        # 23:50 and 00:10 in Tokyo.
        for at in (1_750_085_400, 1_750_086_600):
            log.note((DISK1,), at)

        assert log.day(DISK1) == (None, 0, 600)
    finally:
        monkeypatch.undo()
        time.tzset()
