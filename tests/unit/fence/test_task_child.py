"""The two files outside the daemon's own folder, which its steward keeps."""

import os
from pathlib import Path

import pytest

from tests.unit.fence.conftest import Household
from uma.fence.avahi import Announcement
from uma.fence.requests import WITHDRAW_ANNOUNCEMENT
from uma.fence.tasks import ANNOUNCE, LEAVE_NOTICE
from uma.runtime.server_info import leave_notice, read_notice

TOWER = Announcement(port=34600, id="0" * 32, version="2026.11.29", has_token=True)


def test_the_notice(household: Household) -> None:
    """The notice has the daemon's own text, is readable by root only, and vanishes with the daemon."""
    path = household.root / "var/run/uma.json"
    path.parent.mkdir(parents=True)

    def write(_: Path, text: str) -> None:
        household.steward.do(LEAVE_NOTICE, text)

    leave_notice(path, version="1", bind="::", port=1, key="k", write=write)
    notice = read_notice(path)

    assert notice is not None
    assert notice.pid == os.getpid()
    assert path.stat().st_mode & 0o777 == 0o600
    household.steward.end()
    assert household.process.wait(20) == 0
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("text", ["", '{"pid": 1, "key": ""}', '{"pid": PID, \n}', '{"pid": PID, ' + "x" * 5000])
def test_no_notice_of_another(household: Household, text: str) -> None:
    """A text that is not this daemon's notice is not written, and another daemon's notice stays."""
    path = household.root / "var/run/uma.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"pid": 1, "started": 2}')
    with pytest.raises(OSError, match="Invalid argument"):
        household.steward.do(LEAVE_NOTICE, text.replace("PID", str(os.getpid())))
    household.steward.end()

    assert household.process.wait(20) == 0
    assert path.read_text() == '{"pid": 1, "started": 2}'


def test_the_announcement(household: Household) -> None:
    """avahi's file is created and removed; invalid words are refused."""
    folder = household.root / "etc/avahi/services"
    folder.parent.mkdir(parents=True)
    household.steward.do(ANNOUNCE, *TOWER.words())
    text = (folder / "uma.service").read_text()
    with pytest.raises(OSError, match="Invalid argument"):
        household.steward.do(ANNOUNCE, "34600", "<!ENTITY", "1", "True", "True")

    assert "<port>34600</port>" in text
    assert (folder / "uma.service").read_text() == text
    household.steward.do(WITHDRAW_ANNOUNCEMENT)
    household.steward.do(WITHDRAW_ANNOUNCEMENT)
    assert list(folder.iterdir()) == []
