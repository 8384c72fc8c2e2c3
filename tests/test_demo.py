"""demo/tower and the script that moves it."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo_tower import demo_files
from tests.demo_unraid import LINKS
from uma.feeds.smart.texts import SmartTexts
from uma.feeds.storage.emhttp import is_consistent, parse_state, read_texts
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.status import status_from
from uma.host import Host

DEMO = Path(__file__).parents[1] / "demo"


def status_of(root: Path) -> StorageStatus:
    host = Host(root)
    smart = SmartTexts(host.smart_texts)
    smart.look()
    return status_from(parse_state(read_texts(host)), smart.readings)


def test_the_tower_equals_the_writers_files(request: pytest.FixtureRequest) -> None:
    """No file of it is edited by hand; --update-golden writes them."""
    tower = DEMO / "tower"
    if request.config.getoption("--update-golden"):
        for name, text in demo_files().items():
            (tower / name).parent.mkdir(parents=True, exist_ok=True)
            (tower / name).write_text(text)
        for name, target in LINKS.items():
            (tower / name).parent.mkdir(parents=True, exist_ok=True)
            (tower / name).unlink(missing_ok=True)
            (tower / name).symlink_to(target)
    paths = {str(path.relative_to(tower)): path for path in tower.rglob("*") if path.is_symlink() or path.is_file()}

    assert {name: str(path.readlink()) for name, path in paths.items() if path.is_symlink()} == LINKS
    assert {name: path.read_text() for name, path in paths.items() if not path.is_symlink()} == demo_files()


def test_the_tower_is_a_healthy_server() -> None:
    """Protected, with a disk asleep, two pools and a history, all of its SMART texts readable."""
    status = status_of(DEMO / "tower")

    assert (status.array_status, status.array_protection) == ("started", "protected")
    assert [disk.status for disk in status.disks] == ["active"] * 5 + ["standby"]
    assert {disk.health for disk in (*status.disks, *status.parity_disks, *status.cache_disks[:2])} == {"passed"}
    assert [(disk.name, disk.pool, disk.used) for disk in status.cache_disks] == [
        ("cache", "cache", "768GB"),
        ("cache2", "cache", None),
        ("downloads", "downloads", "214GB"),
    ]
    assert [device.name for device in status.unassigned] == ["dev1"]
    assert status.boot
    assert status.parity_check.last
    assert (status.parity_check.action, status.parity_check.last.at) == ("check", "2025-06-02T01:30:41Z")


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Path]:
    """A copy of the tower that runs fast."""
    work = tmp_path / "tower"
    with subprocess.Popen([sys.executable, DEMO / "move.py", DEMO / "tower", work, "--pace", "0.01"]) as mover:
        wait_until(work.exists)
        yield work
        assert mover.poll() is None
        mover.terminate()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_the_moving_tower_lives_and_is_never_torn(moving: Path) -> None:
    """Temperatures and usage move, a check runs to its end and into the log, a disk wakes; every reading is whole."""
    first = status_of(moving)
    seen: list[StorageStatus] = []

    def has_lived() -> bool:
        state = parse_state(read_texts(Host(moving)))
        assert is_consistent(state)
        status = status_of(moving)
        assert status.array_protection == "protected"
        seen.append(status)
        return (
            {"running", "idle"} <= {each.parity_check.status for each in seen}
            and status.parity_check.last != first.parity_check.last
            and {"active", "standby"} <= {each.disks[-1].status for each in seen}
        )

    wait_until(has_lived)
    percents = [each.parity_check.percent for each in seen if each.parity_check.percent is not None]

    assert len({each.disks[0].temperature for each in seen}) > 1
    assert len({each.disks[0].used_bytes for each in seen}) > 1
    assert percents == sorted(percents)
    assert seen[-1].parity_check.last
    assert seen[-1].parity_check.last.result == "ok"


def test_a_copy_that_is_there_already_is_left_alone(tmp_path: Path) -> None:
    """The script can't know the owner of the files."""
    ran = subprocess.run(
        [sys.executable, DEMO / "move.py", DEMO / "tower", tmp_path], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 1
    assert "exists" in ran.stderr
    assert list(tmp_path.iterdir()) == []
