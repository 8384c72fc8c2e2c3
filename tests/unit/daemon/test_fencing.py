"""Bounds of the fences, by the settings of a real server."""

import asyncio
import socket
from pathlib import Path

import pytest

from uma.config import Config
from uma.daemon import fencing as module
from uma.daemon.fencing import SYSTEM_FOLDERS, Fencing, problems_of
from uma.feeds import all_feeds
from uma.fence.client import Steward
from uma.fence.fences import Fences
from uma.host import Host
from uma.model.health import Fence

READ = (
    "boot/config/plugins/uma/uma.cfg",
    "boot/config/parity-checks.log",
    "boot/config/plugins/community.applications.plg",
    "boot/config/ssl/certs/certificate_bundle.pem",
    "etc/apcupsd/apcupsd.conf",
    "etc/hosts",
    "etc/localtime",
    "etc/resolv.conf",
    "etc/sensors.d/sensors.conf",
    "etc/ssl/certs/ca-certificates.crt",
    "etc/unraid-version",
    "proc/1/cgroup",
    "proc/spl/kstat/zfs/cache/state",
    "run/udev/data/+pci:0000:00:02.0",
    "sys/class/powercap/intel-rapl:0/energy_uj",
    "sys/firmware/dmi/tables/DMI",
    "sys/fs/cgroup/cgroup.controllers",
    "tmp/notifications/unread/x.notify",
    "tmp/plugins/x.plg",
    "tmp/unraidcheck/result.json",
    "usr/local/emhttp/plugins/dynamix/default.cfg",
    "usr/share/zoneinfo/Europe/Berlin",
    "var/lib/btrfs/scrub.status.0",
    "var/lib/docker/unraid-update-status.json",
    "var/local/emhttp/disks.ini",
    "var/local/emhttp/smart/disk1",
    "var/log/apcupsd.events",
    "var/log/plugins/x.plg",
    "var/run/mover.pid",
    "var/run/nut/upsmon.pid",
)
"""Files of a server that feeds and libraries read; test_no_wake.py shows that there are no others."""

NEVER = (
    "mnt/user/photos/x.jpg",
    "mnt/disk1/x",
    "dev/sda",
    "dev/mem",
    "root/.ssh/id_ed25519",
    "home/x",
    "opt/x",
    "var/tmp/x",
)


def lack(before: Config, after: Config, host: Host | None = None) -> str:
    """Return what *after* lacks in a daemon that started with *before*."""
    fencing = Fencing(host or Host(), all_feeds(), [])
    fencing.measure(before)
    bounds = fencing._bounds
    fencing.measure(after)
    assert bounds is not None
    assert fencing._bounds is not None
    return bounds.lacks(fencing._bounds)


@pytest.mark.parametrize("file", READ)
def test_files_of_feeds_are_within(file: str) -> None:
    """Each file that a feed reads on a server is below a readable folder."""
    assert any(Path(folder) in Path("/", file).parents for folder in SYSTEM_FOLDERS)


@pytest.mark.parametrize("file", NEVER)
def test_shares_disks_and_devices_are_not(file: str) -> None:
    """No readable folder holds a user's files or a device."""
    assert not any(Path(folder) in Path("/", file).parents for folder in SYSTEM_FOLDERS)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (Config(log_level="debug"), ""),
        (Config(port=8080), ""),
        (Config(port=80), "listening at port 80"),
        (Config(mqtt_host="broker"), "connecting to port 53"),
        (Config(heartbeat_url="http://kuma:3001/x"), "connecting to port 53"),
        (Config(fence_rights=False), "a fence switched on or off"),
        (Config(fence_user=False), "a fence switched on or off"),
        (Config(control=True), "the control of containers"),
        (Config(mqtt_ca_file="/boot/config/ca.pem"), ""),
    ],
)
def test_missing_rights_after_a_reload(after: Config, words: str) -> None:
    """A reload that needs another port or folder than the first settings is reported; any other is not."""
    assert lack(Config(), after).startswith(words)
    assert bool(lack(Config(), after)) == bool(words)


def test_one_broker_for_another() -> None:
    """Another host at the same port needs no restart; another port does."""
    first = Config(mqtt_host="one")

    assert lack(first, Config(mqtt_host="two")) == ""
    assert lack(first, Config(mqtt_host="two", mqtt_port=8883)) == "connecting to port 8883"


def test_a_tree_of_files_connects_anywhere(tmp_path: Path) -> None:
    """Below its own root, such as a developer's, any port is allowed, and the tree itself is readable."""
    assert lack(Config(), Config(mqtt_host="broker"), Host(tmp_path)) == ""


def test_gpus_need_counters() -> None:
    """Switching the GPU feed on needs the kernel's counters."""
    assert lack(Config(feeds={"GPU_STATUS": False}), Config()) == "the kernel's counters, for the GPU feed"


def test_a_lack_is_a_problem() -> None:
    """Health lists it as a setting that is not in force; without a lack it lists nothing."""
    assert problems_of("") == []
    assert [str(problem) for problem in problems_of("the settings need TLS")] == [
        "fences: the settings need TLS: restart UMA"
    ]


async def test_a_flash_drive_that_is_mounted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It needs a restart, which is requested once, and again only after the drive was readable."""
    looks = iter([False, True, True, False, True])
    asked: list[bool] = []
    done = asyncio.Event()

    def look(folder: Path) -> bool:
        assert folder == Path("/boot/config")
        return next(looks)

    async def next_tick(_: float) -> None:
        if len(asked) == 2:
            done.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(module, "is_shut", look)
    monkeypatch.setattr(module, "sleep_to_tick", next_tick)
    fencing = Fencing(Host(), all_feeds(), [])
    fencing._fences = Fences(None, {"files": Fence("holds", "")})
    watching = asyncio.create_task(fencing.watch(lambda: asked.append(True)), name="watching")
    await done.wait()
    watching.cancel()

    assert next(looks, None) is None
    monkeypatch.setattr(module, "is_shut", lambda _: True)
    assert "mounted again" in fencing.lack(Config())


@pytest.mark.parametrize("state", ["off", "unsupported"])
def test_without_the_fence_no_drive_is_shut(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    """A file that is unreadable for another reason requests no restart."""
    monkeypatch.setattr(module, "is_shut", lambda _: True)
    fencing = Fencing(Host(), all_feeds(), [])
    fencing._fences = Fences(None, {"files": Fence(state, "")})  # type: ignore[arg-type]

    assert fencing.lack(Config()) == ""


def test_a_steward_that_has_ended_needs_a_restart(tmp_path: Path) -> None:
    """Docker, libvirt and smartctl are out of reach without it."""
    ours, stewards = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    steward = Steward(ours.detach())
    fencing = Fencing(Host(tmp_path, steward=steward), all_feeds(), [])

    assert fencing.lack(Config()) == ""
    stewards.close()
    assert fencing.lack(Config()) == "the steward has ended"
    steward._control.close()
