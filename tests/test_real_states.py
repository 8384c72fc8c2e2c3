"""State files of real servers, if there is a folder of them: UMA_STATES_DIR, or ../shared/states.

They are not part of the project. What is expected here was worked out by hand from what the files say.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from uma.feeds.storage.emhttp import EmhttpState, is_consistent, parse_state, read_texts
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.status import status_from
from uma.host import Host

STATES = Path(os.environ.get("UMA_STATES_DIR") or Path(__file__).parents[1] / "../shared/states")
FOLDERS = sorted(path.parent for path in STATES.glob("*/disks.ini"))
ABSENT = "no state files of real servers at hand (UMA_STATES_DIR, ../shared/states)"


@dataclass(frozen=True, slots=True)
class Expected:
    """Expectations of a server: its two words, and of each device (name, device, status, °C, size, used, free, whole
    percent).
    """

    words: tuple[str, str]
    devices: tuple[tuple[str, str, str, int | None, str, str | None, str | None, float | None], ...]
    pools: tuple[str, ...]
    is_consistent: bool


EXPECTED: Mapping[str, Expected] = {
    # var.ini says Stopped while disks.ini shows mounted disks: what is stopped has nothing mounted, and the pair is
    # no pair. One parity disk; the empty slot of the other is no fault.
    "unraid-api-dev": Expected(
        words=("stopped", "protected"),
        devices=(
            ("disk1", "/dev/sdf1", "active", 30, "18TB", None, None, None),
            ("disk2", "/dev/sdj1", "active", 30, "12TB", None, None, None),
            ("disk3", "/dev/sde1", "active", 30, "12TB", None, None, None),
            ("cache", "/dev/sdi", "active", 22, "250GB", None, None, None),
            ("cache2", "/dev/nvme0n1", "active", 27, "250GB", None, None, None),
            ("parity", "/dev/sdh1", "active", 25, "18TB", None, None, None),
            ("flash", "/dev/sda", "active", None, "4.1GB", "851MB", "3.19GB", 21),
        ),
        pools=("cache", "cache"),
        is_consistent=False,
    ),
    # An excerpt: mdNumDisks counts six disks more, of slots that are not listed.
    "gantry-7.3.2": Expected(
        words=("started", "unprotected"),
        devices=(
            ("disk1", "/dev/sdg1", "active", 38, "18TB", "16.4TB", "1.62TB", 91),
            ("disk6", "/dev/sdd1", "active", 34, "26TB", "24.7TB", "1.3TB", 95),
            ("cache", "/dev/nvme1n1", "active", 36, "1TB", "625GB", "373GB", 63),
            ("rocket_pool", "/dev/nvme0n1", "active", 44, "1TB", "546GB", "449GB", 55),
            ("flash", "/dev/sdi", "active", None, "62GB", "3.02GB", "59GB", 5),
        ),
        pools=("cache", "rocket_pool"),
        is_consistent=True,
    ),
}


@pytest.fixture(
    params=FOLDERS or [pytest.param(None, marks=pytest.mark.skip(ABSENT))], ids=lambda path: path and path.name
)
def folder(request: pytest.FixtureRequest) -> Path:
    assert isinstance(request.param, Path)
    return request.param


@pytest.fixture
def state(folder: Path, tmp_path: Path) -> EmhttpState:
    (tmp_path / "var/local").mkdir(parents=True)
    (tmp_path / "var/local/emhttp").symlink_to(folder.resolve())
    return parse_state(read_texts(Host(tmp_path)))


def test_a_real_servers_files_are_a_message_that_fits_its_schema(state: EmhttpState) -> None:
    """Every folder: read, parsed, joined, encoded and decoded again."""
    status = status_from(state, {})

    assert msgspec.json.decode(msgspec.json.encode(status), type=StorageStatus) == status


def test_no_real_serial_is_published(state: EmhttpState) -> None:
    """No more than the last 4 characters of a device's serial are shown; nothing of the flash drive's."""
    message = msgspec.json.encode(status_from(state, {})).decode()
    serials = {section.get("id", "").rpartition("_")[2] for section in state.disks.values()}

    assert not [serial for serial in serials if len(serial) > 4 and serial in message]


def test_a_real_server_matches_its_files(state: EmhttpState, folder: Path) -> None:
    """Worked out by hand for the folders we know."""
    if folder.name not in EXPECTED:
        pytest.skip(f"nothing is known of {folder.name}")
    status = status_from(state, {})
    boot = (status.boot,) if status.boot else ()
    found = tuple(
        (
            disk.name,
            disk.device,
            disk.status,
            disk.temperature,
            disk.size,
            disk.used,
            disk.free,
            disk.usage_percent if disk.usage_percent is None else round(disk.usage_percent),
        )
        for disk in (*status.disks, *status.cache_disks, *status.parity_disks, *boot)
    )
    expected = EXPECTED[folder.name]

    assert (status.array_status, status.array_protection) == expected.words
    assert found == expected.devices
    assert tuple(disk.pool for disk in status.cache_disks) == expected.pools
    assert status.unassigned == ()
    assert is_consistent(state) is expected.is_consistent
