"""The source of shares on real files."""

import asyncio

import pytest

from tests.supervised import supervised, until
from tests.support.shares import DISKS, VAR, share_section
from uma.feeds.feed import Context, Demand
from uma.feeds.shares import source as module
from uma.feeds.shares.source import SharesSource, read_status
from uma.host import Host


@pytest.fixture
def host(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 3600.0)
    monkeypatch.setattr(module, "SETTLE_SECONDS", 0.01)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    host = Host(tmp_path)
    host.state.mkdir(parents=True)
    write(host, "disks.ini", DISKS)
    write(host, "var.ini", VAR)
    return host


def write(host: Host, name: str, text: str) -> None:
    """Replace a state file as emhttpd does."""
    unfinished = host.state / f"{name}.new"
    unfinished.write_text(text)
    unfinished.replace(host.state / name)


def source(host: Host, **changes) -> SharesSource:
    return SharesSource(Context(host, None, lambda name: Demand(), lambda name: None), **changes)


def story(observed) -> list:
    return [[(share.name, share.protection) for share in status.shares] for status in observed.published]


async def test_a_change_is_published_at_once(host):
    """Shares come at start, and again when one changes, without an interval."""
    write(host, "shares.ini", share_section("media"))
    async with supervised(source(host)) as observed:
        await observed.until_published(1)
        write(host, "shares.ini", share_section("media", color="yellow-on"))
        await observed.until_published(2)

    assert story(observed) == [[("media", "protected")], [("media", "unprotected")]]
    assert observed.health.detail == "1 share"


async def test_free_space_waits_for_the_heartbeat(host):
    """It changes all the time; other changes include it."""
    write(host, "shares.ini", share_section("media"))
    async with supervised(source(host)) as observed:
        await observed.until_published(1)
        write(host, "shares.ini", share_section("media", free="7"))
        await asyncio.sleep(0.1)
        write(host, "shares.ini", share_section("media", free="8", color="yellow-on"))
        await observed.until_published(2)

    assert [status.shares[0].free_bytes for status in observed.published] == [1000 * 1024, 8 * 1024]


async def test_the_heartbeat(host, monkeypatch):
    """Without a change the same comes again."""
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.02)
    write(host, "shares.ini", share_section("media"))
    async with supervised(source(host)) as observed:
        await observed.until_published(3)

    assert story(observed)[:3] == [[("media", "protected")]] * 3


async def test_a_computed_size(host):
    """A computed size is published when it is complete."""
    write(host, "shares.ini", share_section("media"))
    async with supervised(source(host)) as observed:
        await observed.until_published(1)
        (host.state / "media.ssz1").write_text("disk1=5\n")
        await asyncio.sleep(0.1)
        (host.state / "media.ssz1").write_text("disk1=5\ndisk.total=5\n")
        await observed.until_published(2)

    assert [status.shares[0].computed_size is not None for status in observed.published] == [False, True]


@pytest.mark.parametrize("text", ["", '["media"]\nname="me'], ids=["empty", "half written"])
async def test_the_last_good_shares_stand(host, text):
    """A file that is being written does not mean a server without shares."""
    write(host, "shares.ini", share_section("media"))
    async with supervised(source(host)) as observed:
        await observed.until_published(1)
        (host.state / "shares.ini").write_text(text)
        await asyncio.sleep(0.1)
        write(host, "shares.ini", share_section("other"))
        await observed.until_published(2)

    assert story(observed) == [[("media", "protected")], [("other", "protected")]]


async def test_the_last_good_shares_stand_long_after_their_reading(host):
    """The ten seconds begin when the file is first found empty, not at the last reading."""
    clock = [1000.0]
    write(host, "shares.ini", share_section("media"))
    async with supervised(source(host, clock=lambda: clock[0])) as observed:
        await observed.until_published(1)
        clock[0] += 29
        write(host, "shares.ini", "")
        await asyncio.sleep(0.1)
        write(host, "shares.ini", share_section("other"))
        await observed.until_published(2)

    assert story(observed) == [[("media", "protected")], [("other", "protected")]]


async def test_a_stopped_array(host, monkeypatch):
    """After ten seconds without shares there are none; health is not degraded."""
    monkeypatch.setattr(module, "LOST_SECONDS", 0.05)
    write(host, "shares.ini", share_section("media"))
    async with supervised(source(host)) as observed:
        await observed.until_published(1)
        (host.state / "shares.ini").unlink()
        await observed.until_status("unavailable")
        write(host, "shares.ini", share_section("media"))
        await observed.until_status("ok")
        await observed.until_published(3)

    assert story(observed) == [[("media", "protected")], [], [("media", "protected")]]


@pytest.mark.parametrize(
    ("name", "text", "damage"),
    [
        ("shares.ini", '["media"]\nname="me', "shares.ini is not whole: it ends early"),
        ("sec.ini", "\0" * 9, "sec.ini is not whole: it ends early"),
        ("disks.ini", "", "disks.ini is missing or empty"),
    ],
    ids=["shares.ini", "sec.ini", "disks.ini"],
)
async def test_a_damaged_file_is_not_a_server_without_shares(host, monkeypatch, name, text, damage):
    """After ten seconds the source has failed and says why; no message has fewer shares, or invalid ones."""
    monkeypatch.setattr(module, "LOST_SECONDS", 0.05)
    write(host, "shares.ini", share_section("media"))
    async with supervised(source(host)) as observed:
        await observed.until_published(1)
        whole = (host.state / name).read_text() if (host.state / name).exists() else ""
        write(host, name, text)
        write(host, "shares.ini", (host.state / "shares.ini").read_text())
        await observed.until_status("failed")
        assert observed.health.detail == damage
        write(host, name, whole)
        write(host, "shares.ini", share_section("other"))
        await observed.until_status("ok")
        await observed.until_published(2)

    assert story(observed) == [[("media", "protected")], [("other", "protected")]]


async def test_a_mended_disks_ini_is_noticed(host, monkeypatch):
    """It is not watched, so the shares are read again soon after a damage."""
    monkeypatch.setattr(module, "LOST_SECONDS", 0.05)
    monkeypatch.setattr(module, "DAMAGED_SECONDS", 0.01)
    write(host, "shares.ini", share_section("media"))
    write(host, "disks.ini", "")
    async with supervised(source(host)) as observed:
        await observed.until_status("failed")
        write(host, "disks.ini", DISKS)
        await observed.until_status("ok")


async def test_no_state_files_at_all(tmp_path, monkeypatch):
    """Not Unraid, or not booted yet: empty, without an error."""
    monkeypatch.setattr(module, "LOST_SECONDS", 0.05)
    async with supervised(source(Host(tmp_path))) as observed:
        await observed.until_status("unavailable")
        await until(lambda: len(observed.published) == 1)

    assert story(observed) == [[]]


def test_a_write_between_the_reads(host, monkeypatch):
    """Files that changed during the read are not used."""
    write(host, "shares.ini", share_section("media"))
    real = module.read_texts

    def read_and_write(at):
        texts = real(at)
        write(host, "shares.ini", share_section("other"))
        return texts

    monkeypatch.setattr(module, "read_texts", read_and_write)

    assert read_status(host) == (None, "")
