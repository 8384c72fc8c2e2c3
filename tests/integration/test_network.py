"""Network interfaces of the real kernel, in a network namespace: netlink, sysfs and /proc/net/dev."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .programs import CHECKOUT, Program, until

NAMESPACE = f"uma-test-{os.getpid()}"

KERNEL_PACE = 1.1
"""Seconds after a link event in which the kernel holds the next one back (net/core/link_watch.c)."""

Interfaces = dict[str, dict[str, Any]]


def ip(*arguments: str) -> None:
    subprocess.run(["ip", "-n", NAMESPACE, *arguments], check=True, capture_output=True)


@pytest.fixture
def namespace() -> Iterator[None]:
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    made = subprocess.run(["ip", "netns", "add", NAMESPACE], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no network namespaces: {made.stderr.strip()}")
    yield
    subprocess.run(["ip", "netns", "delete", NAMESPACE], check=True)


class Probe:
    """The network source inside the namespace."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def interfaces(self) -> Interfaces:
        """The newest message's, by name."""
        lines = self._program.lines
        return {each["name"]: each for each in json.loads(lines[-1])["interfaces"]} if lines else {}

    def wait(self, name: str, **expected: object) -> float:
        """Wait until *name* is as *expected*; return the seconds."""
        started = time.monotonic()
        until(lambda: expected.items() <= self.interfaces().get(name, {}).items(), what=f"{name} {expected}")
        return time.monotonic() - started


@pytest.fixture
def probe(namespace: None, tmp_path: Path) -> Iterator[Probe]:
    # `ip netns exec` mounts the namespace's own sysfs.
    command = ["ip", "netns", "exec", NAMESPACE, sys.executable, CHECKOUT / "tests/support/network_probe.py"]
    with Program(command, log=tmp_path / "probe.log") as program:
        until(lambda: program.lines or not program.is_running(), what="first message")
        assert program.is_running(), program.output
        yield Probe(program)


def add_bridge() -> None:
    """br0 with one member, eth0. That is a veth here, so it is no port; its other end is the cable."""
    ip("link", "add", "br0", "type", "bridge")
    ip("link", "add", "eth0", "type", "veth", "peer", "name", "veth1")
    ip("link", "set", "eth0", "master", "br0")
    for name in ("br0", "eth0", "veth1"):
        ip("link", "set", name, "up")


def test_a_link_comes_goes_and_flaps(probe: Probe) -> None:
    """A bridge that appears, loses its carrier and gets it again is reported within a second each time."""
    assert probe.interfaces() == {}
    add_bridge()
    probe.wait("br0", kind="bridge", state="up", speed_mbps=None)
    changes = probe.interfaces()["br0"]["carrier_changes"]

    time.sleep(KERNEL_PACE)
    ip("link", "set", "veth1", "down")
    assert probe.wait("br0", state="no_carrier") < 1
    time.sleep(KERNEL_PACE)
    ip("link", "set", "veth1", "up")
    assert probe.wait("br0", state="up") < 1
    assert probe.interfaces()["br0"]["carrier_changes"] > changes

    ip("link", "set", "br0", "mtu", "1400")
    assert probe.wait("br0", mtu=1400) < 1
    ip("link", "set", "br0", "down")
    assert probe.wait("br0", state="down") < 1
    ip("link", "delete", "br0")
    until(lambda: probe.interfaces() == {})


def test_only_the_servers_own_interfaces_are_published(probe: Probe) -> None:
    """lo and veth are left out; a tunnel of Tailscale's is listed, without a carrier until its daemon holds it."""
    add_bridge()
    ip("link", "set", "lo", "up")
    if Path("/dev/net/tun").exists():
        ip("tuntap", "add", "tailscale1", "mode", "tun")
        ip("link", "set", "tailscale1", "up")
        probe.wait("tailscale1", kind="tailscale", state="no_carrier", speed_mbps=None)
    probe.wait("br0", lower=["eth0"])

    assert set(probe.interfaces()) <= {"br0", "tailscale1"}


def test_traffic_is_counted(probe: Probe) -> None:
    """Bytes since boot, and per second on demand."""
    add_bridge()
    ip("address", "add", "10.99.0.1/24", "dev", "br0")
    until(lambda: probe.interfaces().get("br0", {}).get("bytes_sent_per_sec") is not None, what="a first rate")
    command = (
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)\n"
        "for _ in range(500): s.sendto(b'x' * 1000, ('10.99.0.255', 9))"
    )
    subprocess.run(["ip", "netns", "exec", NAMESPACE, sys.executable, "-c", command], check=True)

    until(lambda: (probe.interfaces()["br0"]["bytes_sent_per_sec"] or 0) > 50_000, what="a rate")
    assert probe.interfaces()["br0"]["bytes_sent"] >= 500_000


def test_storms_of_containers_cost_nothing(probe: Probe, tmp_path: Path) -> None:
    """Twenty veths that come and go cause no message."""
    add_bridge()
    probe.wait("br0", state="up")
    time.sleep(0.5)
    before = len((tmp_path / "probe.log").read_text().splitlines())
    for number in range(20):
        ip("link", "add", f"veth9{number}", "type", "veth", "peer", "name", f"veth8{number}")
        ip("link", "delete", f"veth9{number}")

    # Samples come every 5 s; the storm takes less.
    assert len((tmp_path / "probe.log").read_text().splitlines()) - before <= 2
