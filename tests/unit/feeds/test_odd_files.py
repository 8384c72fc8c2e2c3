"""Odd things in place of the host's text files: no feed waits for them, fails, or reads endlessly."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from uma.feeds.docker.alerts.source import read_array_stopping
from uma.feeds.docker.containers.unraid import UnraidFiles, read_service, read_unraid_files
from uma.feeds.hostnames import read_hostnames
from uma.feeds.notifications.files import Folders, read_folder, read_folders, read_ids
from uma.feeds.sensors.chips import read_channels
from uma.feeds.server_identity import read_flash_guid, read_server_identity
from uma.feeds.shares.source import read_status as read_shares
from uma.feeds.storage.details.btrfs import UNKNOWN_SCRUB, read_scrub
from uma.feeds.storage.details.mover import read_mover_start
from uma.feeds.storage.details.zfs import read_noted_states, read_zfs_state
from uma.feeds.updates.files import read_updates
from uma.feeds.ups.installed import read_apcupsd, read_nut
from uma.feeds.vms.service import read_service as read_libvirt
from uma.host import Host

UUID = "f00dcafe-1111-2222-3333-444455556666"
EMHTTP, CONFIG, DOCKER = "var/local/emhttp", "boot/config", "var/lib/docker"
FILES = (
    *(f"{EMHTTP}/{name}" for name in ("var.ini", "disks.ini", "devs.ini", "shares.ini", "sec.ini", "sec_nfs.ini")),
    *(f"{EMHTTP}/{name}" for name in ("nginx.ini", "monitor.ini", "media.ssz1")),
    f"{EMHTTP}/plugins/dynamix.docker.manager/docker.json",
    *(f"{CONFIG}/{name}" for name in ("docker.cfg", "domain.cfg", "ident.cfg", "plugins/dynamix/dynamix.cfg")),
    *(f"{CONFIG}/plugins/{name}" for name in ("dynamix.apcupsd/dynamix.apcupsd.cfg", "nut-dw/nut-dw.cfg")),
    *(f"{DOCKER}/{name}" for name in ("unraid-autostart", "unraid-update-status.json")),
    *("etc/unraid-version", "etc/apcupsd/apcupsd.conf", "etc/sensors.d/sensors.conf"),
    *("var/run/apcupsd.pid", "var/run/nut/upsmon.pid", "var/run/mover.pid"),
    *("tmp/plugins/x.plg", "tmp/unraidcheck/result.json", "tmp/unraidcheck/ignored.json"),
    *("tmp/notifications/unread/x.notify", "tmp/notifications/archive/x.notify"),
    *("proc/spl/kstat/zfs/tank/state", f"var/lib/btrfs/scrub.status.{UUID}"),
)
MAKERS: dict[str, Callable[[Path], object]] = {
    "a fifo that nobody writes": os.mkfifo,
    "a folder": Path.mkdir,
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a loop of links": lambda path: path.symlink_to(path.name),
    "a file too large": lambda path: path.write_bytes(b"=" * 5_000_000),
    "random bytes": lambda path: path.write_bytes(bytes(range(256)) * 9),
    "one endless line": lambda path: path.write_bytes(b'"x":' * 50_000),
    "deep brackets": lambda path: path.write_bytes(b"[" * 500_000),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_odd_files_in_place_of_a_text(tmp_path: Path, kind: str) -> None:
    """No read blocks or raises; an unreadable file gives no values."""
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        MAKERS[kind](path)
    host = Host(tmp_path)

    assert read_array_stopping(host) is False
    assert read_unraid_files(host).updates == UnraidFiles().updates
    assert read_service(host) in {"absent", "disabled"}
    assert read_hostnames(host.state / "nginx.ini") == frozenset()
    assert read_flash_guid(host) is None
    assert read_server_identity(host, lambda: "0").id == "0"
    folder = read_folder(host)
    assert folder is not None
    assert len(read_folders(folder, Folders(), with_items=True).unread) <= 1
    assert read_ids(host) == []
    assert read_channels(host) == []
    shares, _ = read_shares(host)
    assert shares is None or shares.shares == ()
    assert read_updates(host, {}).plugins == ()
    assert read_apcupsd(host).service != "running"
    assert read_nut(host).service != "running"
    assert read_libvirt(host) != "running"
    assert read_mover_start(host) is None
    assert read_noted_states(host) == {}
    assert read_zfs_state(host, "tank") is None
    assert read_scrub(host, UUID, now=0) == UNKNOWN_SCRUB
