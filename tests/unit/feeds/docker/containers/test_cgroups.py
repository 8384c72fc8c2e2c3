"""Figures from cgroup v2 and v1, from real files of both, and from vanishing ones."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uma.feeds.docker.containers.cgroups import (
    Sample,
    memory_from,
    parse_cgroup,
    parse_keyed,
    parse_net_dev,
    read_cpus,
    read_place,
    read_sample,
)
from uma.host import Host

ID = "c1" * 32

NET_DEV = b"""Inter-|   Receive                                                |  Transmit
 face |bytes  packets errs drop fifo frame compressed multicast|bytes  packets errs drop fifo colls carrier compressed
    lo: 9999999  1000    0    0    0     0          0         0  9999999  1000    0    0    0     0       0          0
  eth0: 2097152  2000    0    0    0     0          0         0  1048576  1500    0    0    0     0       0          0
eth1:0:    100     1    0    0    0     0          0         0      50     1    0    0    0     0       0          0
"""

V2 = {
    "cgroup.controllers": "cpu memory pids\n",
    f"docker/{ID}/cpu.stat": "usage_usec 93482211\nuser_usec 1\nsystem_usec 2\nnr_throttled 0\n",
    f"docker/{ID}/memory.current": "734003200\n",
    f"docker/{ID}/memory.stat": "anon 214748364\nfile 500000000\ninactive_file 402653184\nactive_file 5\n",
    f"docker/{ID}/memory.events": "low 0\nhigh 0\nmax 12\noom 2\noom_kill 2\n",
    f"docker/{ID}/pids.current": "37\n",
}
V1 = {
    f"cpuacct/docker/{ID}/cpuacct.usage": "93482211999\n",
    f"memory/docker/{ID}/memory.usage_in_bytes": "734003200\n",
    f"memory/docker/{ID}/memory.stat": "cache 5\ninactive_file 1\ntotal_inactive_file 402653184\n",
    f"memory/docker/{ID}/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
    f"pids/docker/{ID}/pids.current": "37\n",
}
EXPECTED = Sample(
    cpu_usec=93482211,
    memory_used_bytes=331350016,
    memory_cache_bytes=402653184,
    pids=37,
    oom_kills=2,
    bytes_sent=1048626,
    bytes_recv=2097252,
)
CGROUP_V2 = f"0::/docker/{ID}\n"
CGROUP_V1 = "".join(
    f"{n}:{name}:/docker/{ID}\n" for n, name in enumerate(["pids", "memory", "cpu,cpuacct", "name=systemd"])
)


def tree(root: Path, files: dict[str, str], cgroup: str, *, shares_host: bool = False) -> Host:
    """A host with one container, whose first process is 4711."""
    for name, text in files.items():
        (root / "sys/fs/cgroup" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "sys/fs/cgroup" / name).write_text(text)
    process = root / "proc/4711"
    for folder in (process / "ns", process / "net", root / "proc/1/ns"):
        folder.mkdir(parents=True)
    (process / "cgroup").write_text(cgroup)
    (process / "net/dev").write_bytes(NET_DEV)
    (root / "proc/1/ns/net").write_text("")
    if shares_host:
        os.link(root / "proc/1/ns/net", process / "ns/net")
    else:
        (process / "ns/net").write_text("")
    (root / "proc/stat").write_text("cpu  1 2 3\ncpu0 1 2\ncpu1 1 2\ncpu11 1 2\nintr 1\n")
    return Host(root)


@pytest.mark.parametrize(("files", "cgroup"), [(V2, CGROUP_V2), (V1, CGROUP_V1)], ids=["v2", "v1"])
def test_every_figure_is_read(tmp_path: Path, files: dict[str, str], cgroup: str) -> None:
    """Both versions give the same figures: memory without inactive cache, traffic of Docker's interfaces."""
    place = read_place(tree(tmp_path, files, cgroup), 4711, ID)

    assert place is not None
    assert read_sample(place) == EXPECTED


@pytest.mark.parametrize(("files", "cgroup"), [(V2, CGROUP_V2), (V1, CGROUP_V1)], ids=["v2", "v1"])
def test_each_missing_file_costs_its_figure(tmp_path: Path, files: dict[str, str], cgroup: str) -> None:
    """A disabled controller, or a file that an older kernel lacks, makes one figure unknown."""
    for number, name in enumerate(each for each in files if ID in each):
        host = tree(tmp_path / str(number), {k: v for k, v in files.items() if k != name}, cgroup)
        place = read_place(host, 4711, ID)
        assert place is not None
        sample = read_sample(place)
        assert sample is not None
        assert sample != EXPECTED
        assert sum(getattr(sample, field) is not None for field in Sample.__slots__) >= 5


def test_a_vanished_cgroup_has_no_figures(tmp_path: Path) -> None:
    """A container that ends during the read has no figures instead of zeros, and so has one whose pid was reused."""
    host = tree(tmp_path, V2, CGROUP_V2)
    place = read_place(host, 4711, ID)
    assert place is not None
    for file in (tmp_path / f"sys/fs/cgroup/docker/{ID}").iterdir():
        file.unlink()

    assert read_sample(place) is None
    assert read_place(host, 4712, ID) is None
    assert read_place(host, 4711, "d2" * 32) is None


def test_the_servers_network_belongs_to_no_container(tmp_path: Path) -> None:
    """A container in the server's own namespace has no traffic of its own."""
    place = read_place(tree(tmp_path, V2, CGROUP_V2, shares_host=True), 4711, ID)

    assert place is not None
    assert place.namespace == 0
    sample = read_sample(place)
    assert sample is not None
    assert (sample.bytes_sent, sample.bytes_recv) == (None, None)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # gluetun and other VPNs: what comes through the tunnel has come through eth0.
        ({"lo": (9, 9), "eth0": (1100, 220), "tun0": (1000, 200)}, (1100, 220)),
        ({"eth0": (1100, 220), "wg0": (1000, 200), "tailscale0": (5, 5)}, (1100, 220)),
        # Docker in a container.
        ({"eth0": (70, 7), "docker0": (60, 6), "br-0123456789ab": (50, 5), "veth1a2b": (60, 6)}, (70, 7)),
        # Two networks.
        ({"eth0": (70, 7), "eth1": (30, 3)}, (100, 10)),
        # Named by com.docker.network.endpoint.ifname.
        ({"lo": (9, 9), "lan0": (70, 7)}, (70, 7)),
        ({"lo": (9, 9), "eth0": (0, 0), "docker0": (0, 5)}, (0, 0)),
    ],
)
def test_traffic_is_counted_once(counts: dict[str, tuple[int, int]], expected: tuple[int, int]) -> None:
    """Tunnels and bridges that a container makes carry what Docker's interfaces carry: docker stats omits them."""
    lines = [f"{name}: {recv} 0 0 0 0 0 0 0 {sent} 0 0 0 0 0 0 0" for name, (recv, sent) in counts.items()]

    assert parse_net_dev("\n".join(lines).encode()) == expected


@pytest.mark.parametrize(
    ("text", "is_v2", "expected"),
    [
        (f"0::/docker/{ID}", True, (f"/docker/{ID}",) * 3),
        # Docker in the container moves its processes below the container's cgroup.
        (f"0::/docker/{ID}/init", True, (f"/docker/{ID}",) * 3),
        (f"0::/docker/{ID}/docker/{'d2' * 32}", True, (f"/docker/{ID}",) * 3),
        (f"0::/system.slice/docker-{ID}.scope", True, (f"/system.slice/docker-{ID}.scope",) * 3),
        (f"0::/my/parent/{ID}", True, (f"/my/parent/{ID}",) * 3),
        (f"0::/../../{ID}", True, None),
        ("0::/", True, None),
        ("", True, None),
        (f"4:memory:/docker/{ID}\n2:cpu,cpuacct:/docker/{ID}/x\n0::/", False, (f"/docker/{ID}", f"/docker/{ID}", "")),
        (f"8:pids:/docker/{ID}", False, None),
        ("noise\n:::\n1:2", False, None),
    ],
)
def test_the_cgroup_is_the_containers(text: str, is_v2: bool, expected: object) -> None:
    """A path is cut after the container's id; another process's path is rejected."""
    assert parse_cgroup(text, ID, is_v2=is_v2) == expected


@pytest.mark.parametrize(
    ("usage", "cache", "expected"),
    [
        (100, 40, (60, 40)),
        (100, 100, (100, 0)),
        (100, 101, (100, 0)),
        (100, None, (100, None)),
        (None, 5, (None, None)),
    ],
)
def test_cache_is_taken_away_as_docker_does(usage: int | None, cache: int | None, expected: object) -> None:
    """Cache is subtracted only if it is smaller than the usage."""
    assert memory_from(usage, cache) == expected


def test_online_cpus_are_counted(tmp_path: Path) -> None:
    """The server's threads are the cpuN lines of /proc/stat."""
    assert read_cpus(tree(tmp_path, {}, "")) == 3


@given(st.binary())
def test_no_file_raises(text: bytes) -> None:
    """Any content of a file is parsed or left out."""
    assert all(isinstance(value, int) for value in parse_keyed(text).values())
    assert min(parse_net_dev(text)) >= 0
    parse_cgroup(text.decode(errors="replace"), ID, is_v2=True)
