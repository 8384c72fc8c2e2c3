"""Storage with SMART data and udev's hints beside it."""

from pathlib import Path

import pytest

from tests.array_writer import array, disk
from tests.support.feeds import context
from uma.feeds.smart.model import SmartReading
from uma.feeds.storage import INTERVAL, SMART
from uma.feeds.storage.emhttp import parse_state
from uma.feeds.storage.observer import StorageObserver

READING = SmartReading("passed", 34, 20_000, {5: 0}, None, None, 1_750_028_400.5)


@pytest.mark.parametrize(
    ("mode", "names"), [("cached", ["smart", "udev"]), ("query", ["smart", "udev"]), ("off", ["udev"])]
)
def test_companions_are_as_set(tmp_path: Path, mode: str, names: list[str]) -> None:
    """SMART runs unless it is disabled, which drops its readings."""
    observer = StorageObserver(context(tmp_path, SMART=mode), INTERVAL, SMART)
    observer._smart.readings = {"disk1": READING}

    assert [companion.name for companion in observer.companions()] == names
    assert bool(observer.readings) == (mode != "off")


def test_a_hint_has_all_look_again(tmp_path: Path) -> None:
    """A hint nudges storage and SMART."""
    given = context(tmp_path)
    observer = StorageObserver(given, INTERVAL, SMART)
    given.hint.give()

    assert observer._storage._nudged.is_set()
    assert observer._smart._nudged.is_set()


def test_drives_to_ask_are_those_of_the_believed_state(tmp_path: Path) -> None:
    """Before a state no drive is queried; a controller type set for all drives applies at once."""
    observer = StorageObserver(context(tmp_path), INTERVAL, SMART)
    assert observer._drives_to_ask() == ()
    observer._storage.state = parse_state(array(disks=[disk(), disk(spun_down=True)]).texts())
    found = {drive.name: (drive.is_spun_up, drive.controller) for drive in observer._drives_to_ask()}
    assert (found["disk1"], found["disk2"]) == ((True, ""), (False, ""))
    flash = tmp_path / "boot/config"
    flash.mkdir(parents=True, exist_ok=True)
    (flash / "smart-all.cfg").write_text('smType="-d sat"\n')

    assert {drive.controller for drive in observer._drives_to_ask()} == {"sat"}


def test_readings_as_rest_has_them(tmp_path: Path) -> None:
    """By the slot's name, with the time in UTC to the second."""
    observer = StorageObserver(context(tmp_path), INTERVAL, SMART)
    observer._smart.readings = {"disk2": READING, "disk1": READING}

    assert [(drive.name, drive.at) for drive in observer.drives()] == [
        ("disk1", "2025-06-15T23:00:00Z"),
        ("disk2", "2025-06-15T23:00:00Z"),
    ]
