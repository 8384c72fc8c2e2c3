"""The announcement through avahi."""

import asyncio
from xml.etree import ElementTree

import pytest

from tests.supervised import supervised
from uma.fence.avahi import Announcement, service_text
from uma.fence.steward import remove
from uma.host import Host
from uma.outputs.mdns import MdnsAnnouncer, is_reachable

TOWER = Announcement(port=34600, id="0" * 32, version="2026.11.29", has_token=True)


@pytest.mark.parametrize(
    ("bind", "reachable"),
    [
        ("0.0.0.0", True),
        ("::", True),
        ("192.168.1.2", True),
        ("127.0.0.1", False),
        ("127.1.2.3", False),
        ("::1", False),
        ("127.0.0.1 ::1", False),
        ("127.0.0.1 192.168.1.2", True),
        ("*", True),
    ],
)
def test_loopback_is_not_announced(bind, reachable):
    """An address that only this machine can reach is not announced."""
    assert is_reachable(bind) is reachable


def test_the_file_is_avahis():
    """Type, port and the TXT records are in avahi's form."""
    root = ElementTree.fromstring(service_text(TOWER))

    assert root.findtext("name") == "%h"
    assert (root.findtext("service/type"), root.findtext("service/port")) == ("_uma._tcp", "34600")
    assert [record.text for record in root.iter("txt-record")] == [
        f"id={'0' * 32}",
        "version=2026.11.29",
        "path=/api/v1",
        "auth=token",
        "scheme=http",
    ]


async def test_it_exists_while_the_daemon_runs(tmp_path):
    """The file is created at start and removed at the end, and no other file is left."""
    folder = tmp_path / "etc/avahi/services"
    folder.parent.mkdir(parents=True)
    async with supervised(MdnsAnnouncer(Host(tmp_path), lambda: TOWER)) as observed:
        await observed.until_status("ok")
        assert [path.name for path in folder.iterdir()] == ["uma.service"]

    assert list(folder.iterdir()) == []


async def test_nothing_is_announced_for_loopback(tmp_path):
    """A file of an earlier run is removed, too."""
    folder = tmp_path / "etc/avahi/services"
    folder.mkdir(parents=True)
    (folder / "uma.service").write_text("old")
    async with supervised(MdnsAnnouncer(Host(tmp_path), lambda: "only this machine can connect")) as observed:
        await observed.until_status("unavailable")

        assert observed.health.detail == "only this machine can connect"
        assert list(folder.iterdir()) == []


async def test_a_host_without_avahi(tmp_path):
    """Without avahi's folder it is unavailable, which is not a failure."""
    async with supervised(MdnsAnnouncer(Host(tmp_path), lambda: TOWER)) as observed:
        await observed.until_status("unavailable")
        await asyncio.sleep(0)

        assert "avahi is not installed" in observed.health.detail


def test_a_folder_that_is_gone_costs_nothing(tmp_path):
    """Withdrawing a missing file raises nothing."""
    assert remove(str(tmp_path / "missing")) == 0
