"""Changes between two states of storage."""

from dataclasses import replace

import pytest

from tests.support.storage import CACHE, DISK1, IDLE, LAST_CHECK, RUNNING, STARTED, USB, with_disk
from uma.feeds.storage.changes import changes_between
from uma.feeds.storage.model import ParityResult

CANCELLED = ParityResult(at="2026-11-29T05:00:00Z", duration_seconds=60, result="cancelled", errors=3)
PAUSED = replace(RUNNING, status="paused", speed_bytes_per_sec=None, eta_seconds=None)


def seen(old, new):
    return [(c.action, c.subject, c.before, c.after) for c in changes_between(old, new)]


def parity(check):
    return replace(STARTED, parity_check=check)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (STARTED, STARTED, []),
        (STARTED, replace(STARTED, array_status="stopping"), []),
        (
            replace(STARTED, array_status="stopping"),
            replace(STARTED, array_status="stopped"),
            [("array_stopped", "array", "stopping", "stopped")],
        ),
        (
            replace(STARTED, array_status="starting"),
            STARTED,
            [("array_started", "array", "starting", "started")],
        ),
        (
            replace(STARTED, array_status="stopped"),
            replace(STARTED, array_status="maintenance"),
            [("array_started", "array", "stopped", "maintenance")],
        ),
        (
            STARTED,
            replace(STARTED, array_protection="degraded"),
            [("protection_changed", "array", "protected", "degraded")],
        ),
        (STARTED, replace(STARTED, array_protection="unknown"), []),
        (
            STARTED,
            with_disk(spun_down=True, status="standby", temperature=None, temperature_state=None),
            [("disk_spun_down", "disk1", "active", "standby")],
        ),
        (
            with_disk(spun_down=True, status="standby"),
            STARTED,
            [("disk_spun_up", "disk1", "standby", "active")],
        ),
        (with_disk(rotational=False), with_disk(rotational=False, spun_down=True), []),
        (
            STARTED,
            with_disk(status="disabled"),
            [("disk_state_changed", "disk1", "active", "disabled")],
        ),
        (
            with_disk(status="standby", spun_down=True),
            with_disk(status="emulated", spun_down=True),
            [("disk_state_changed", "disk1", "active", "emulated")],
        ),
        (
            STARTED,
            with_disk(temperature=47, temperature_state="hot"),
            [("temperature_state_changed", "disk1", "ok", "hot")],
        ),
        (
            with_disk(temperature_state="hot"),
            with_disk(temperature=None, temperature_state=None),
            [("temperature_state_changed", "disk1", "hot", None)],
        ),
        (with_disk(temperature_state=None), STARTED, []),
        (
            STARTED,
            with_disk(usage_state="critical"),
            [("usage_state_changed", "disk1", "ok", "critical")],
        ),
        (STARTED, with_disk(errors=12), [("errors_increased", "disk1", "0", "12")]),
        (with_disk(errors=12), STARTED, []),
        (with_disk(health="unknown"), STARTED, []),
        (STARTED, with_disk(health="failed"), [("health_changed", "disk1", "passed", "failed")]),
        (with_disk(health="unknown"), with_disk(health="failed"), [("health_changed", "disk1", "unknown", "failed")]),
        (with_disk(health="failed"), STARTED, [("health_changed", "disk1", "failed", "passed")]),
        (STARTED, replace(STARTED, unassigned=(USB,)), [("device_added", "dev1", None, "/dev/sdf")]),
        (replace(STARTED, unassigned=(USB,)), STARTED, [("device_removed", "dev1", "/dev/sdf", None)]),
        (
            replace(STARTED, unassigned=(USB,)),
            replace(STARTED, unassigned=(replace(USB, spun_down=True, status="standby"),)),
            [("disk_spun_down", "dev1", "active", "standby")],
        ),
        (parity(IDLE), parity(RUNNING), [("parity_started", "parity", None, "check")]),
        (parity(RUNNING), parity(PAUSED), [("parity_paused", "parity", "running", "paused")]),
        (parity(PAUSED), parity(RUNNING), [("parity_resumed", "parity", "paused", "running")]),
        (parity(RUNNING), parity(replace(RUNNING, percent=13.0)), []),
        (
            parity(RUNNING),
            parity(replace(IDLE, last=replace(LAST_CHECK, at="2026-11-29T05:00:00Z"))),
            [("parity_finished", "parity", "check", "ok")],
        ),
        (parity(PAUSED), parity(replace(IDLE, last=CANCELLED)), [("parity_finished", "parity", "check", "cancelled")]),
        (parity(RUNNING), parity(IDLE), [("parity_finished", "parity", "check", None)]),
        (
            parity(RUNNING),
            parity(replace(RUNNING, action="rebuild")),
            [("parity_finished", "parity", "check", None), ("parity_started", "parity", None, "rebuild")],
        ),
    ],
)
def test_each_change_is_one_event(old, new, expected):
    """Each kind of change gives its event, and no other."""
    assert seen(old, new) == expected


def test_an_unknown_state_is_not_part_of_a_change():
    """Unreadable files cause no change, before or after."""
    unknown = replace(STARTED, array_status="unknown", array_protection="unknown", disks=(), cache_disks=())

    assert seen(STARTED, unknown) == []
    assert seen(unknown, STARTED) == []


def test_a_pulled_disk_is_gone_and_missing():
    """A pulled disk is a removed device and a slot in another state, without readings."""
    gone = with_disk(device=None, device_base=None, id=None, status="missing", temperature=None, health="unknown")

    assert seen(STARTED, gone) == [
        ("device_removed", "disk1", "/dev/sdb", None),
        ("disk_state_changed", "disk1", "active", "missing"),
    ]


def test_another_drive_in_a_slot_has_readings_of_its_own():
    """A replaced disk does not count as more errors, hotter or spun down."""
    other = with_disk(id="ST8000_9Z9Z", errors=99, temperature_state="critical", spun_down=True, status="standby")

    assert sorted(seen(STARTED, other)) == [
        ("device_added", "disk1", None, "/dev/sdb"),
        ("device_removed", "disk1", "/dev/sdb", None),
    ]


def test_assigning_a_device_adds_and_removes_none():
    """A device that moves from the unassigned ones into a slot was neither removed nor added."""
    moved = replace(CACHE, name="cache2", device="/dev/sdf", device_base="/dev/sdf", id="USB_7A8B")

    assert seen(replace(STARTED, unassigned=(USB,)), replace(STARTED, cache_disks=(CACHE, moved))) == []


def test_a_detail_is_a_sentence():
    """The detail names the slot and the number of new errors."""
    (change,) = changes_between(STARTED, with_disk(errors=1))

    assert change.detail == "disk1 has 1 more read or write error"
    assert DISK1.name == change.subject
