"""The daemon's own address, as the notice and the announcement have it."""

import errno
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from uma.daemon.own_address import OwnAddress
from uma.fence.avahi import Announcement
from uma.fence.tasks import LEAVE_NOTICE
from uma.host import Host
from uma.runtime.server_info import hash_of, read_notice


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A demo's host, where the notice can be left."""
    (tmp_path / "var/run").mkdir(parents=True)
    return Host(tmp_path)


class RecordingSteward:
    """A steward that records its tasks."""

    def __init__(self) -> None:
        self.tasks: list[tuple[str, str]] = []

    def do(self, task: str, text: str) -> None:
        self.tasks.append((task, text))


def test_the_notice_has_the_key_of_the_policy(host: Host) -> None:
    """Root gets in with a key whose hash the daemon compares."""
    address = OwnAddress(host, lambda: "id")
    address.publish("0.0.0.0", port=34600, has_tls=True)

    notice = read_notice(host.notice)
    assert notice is not None
    assert (notice.bind, notice.port, notice.tls) == ("0.0.0.0", 34600, True)
    assert hash_of(notice.key) == address.key_sha256


def test_the_steward_writes_the_notice_once_there_are_fences(host: Host) -> None:
    """The daemon itself can't write there then."""
    steward = RecordingSteward()
    address = OwnAddress(host, lambda: "id")
    address.write_by(steward)  # type: ignore[arg-type]
    address.publish("127.0.0.1", port=1, has_tls=False)

    assert [task for task, _ in steward.tasks] == [LEAVE_NOTICE]
    assert not host.notice.exists()


def test_a_folder_that_is_missing_costs_only_the_notice(tmp_path: Path) -> None:
    """A demo and another user than root serve without one."""
    with capture_logs() as logs:
        OwnAddress(Host(tmp_path / "none"), lambda: "id").publish("127.0.0.1", port=1, has_tls=False)

    assert [entry["log_level"] for entry in logs] == ["debug"]


def test_a_full_folder_is_a_warning(host: Host) -> None:
    """The webGUI finds no daemon then, and the log says why."""

    class FullSteward:
        def do(self, task: str, text: str) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    address = OwnAddress(host, lambda: "id")
    address.write_by(FullSteward())  # type: ignore[arg-type]
    with capture_logs() as logs:
        address.publish("127.0.0.1", port=1, has_tls=False)

    assert [(entry["log_level"], "No space left" in entry["reason"]) for entry in logs] == [("warning", True)]


def test_only_an_open_port_that_others_reach_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is announced before the port is open, on loopback, or for a demo."""
    monkeypatch.setattr("uma.daemon.own_address.leave_notice", lambda *_, **__: None)
    address, demo = OwnAddress(Host(Path("/")), lambda: "id"), OwnAddress(Host(Path("/srv/demo")), lambda: "id")

    assert address.announcement(has_token=True) == "no port is open, so nothing is announced"
    for each in (address, demo):
        each.publish("0.0.0.0", port=34600, has_tls=False)
    announced = address.announcement(has_token=True)
    assert isinstance(announced, Announcement)
    assert (announced.port, announced.id, announced.has_token, announced.has_tls) == (34600, "id", True, False)
    assert demo.announcement(has_token=True) == "the data is not this machine's own (--root), so nothing is announced"
    address.publish("127.0.0.1", port=34600, has_tls=True)
    assert address.announcement(has_token=True) == "only this machine can connect, so nothing is announced"
    address.publish("192.0.2.1", port=34600, has_tls=True)
    announced = address.announcement(has_token=False)
    assert isinstance(announced, Announcement)
    assert (announced.has_token, announced.has_tls) == (False, True)
