"""The table of containers: events, inspects and samples in, the message out."""

import json
from dataclasses import replace

import msgspec
import pytest

from tests.fakes.docker import docker_event
from uma.feeds.docker.containers.cgroups import Place, Sample
from uma.feeds.docker.containers.model import Container, ContainerPort
from uma.feeds.docker.containers.parse import Record, parse_inspected
from uma.feeds.docker.containers.table import Containers
from uma.feeds.docker.containers.unraid import UnraidFiles, Update
from uma.feeds.docker.events import container_event_from

from .answers import inspected

T = 1_795_416_741_000_000_000
KIBIBYTE = 1024


def take(table: Containers, action: str, container: str = "c1", /, **attributes: str) -> None:
    event = container_event_from(docker_event(action, container, at=T, **attributes))
    assert event is not None
    table.take(event)


def shown(table: Containers) -> dict[str, Container]:
    return {container.name: container for container in table.status().containers}


def record(container: str = "c1", /, **changes) -> Record:
    return replace(Record(container * 32, container, "busybox:test", "running", pid=7), **changes)


def place(namespace: int = 0) -> Place:
    return Place(True, "/m", "/m", "/m", "/n", namespace)


def table_of(*records: Record) -> Containers:
    table = Containers()
    table.begin({each.id: each for each in records})
    return table


def test_a_life_by_events_alone() -> None:
    """Each event updates its container, before any inspect."""
    table = table_of()
    states = []
    for action, attributes in (
        ("create", {}),
        ("start", {}),
        ("health_status: starting", {}),
        ("health_status: unhealthy", {}),
        ("pause", {}),
        ("unpause", {}),
        ("health_status: healthy", {}),
        ("pause", {}),
        ("unpause", {}),
        ("oom", {}),
        ("die", {"exitCode": "137"}),
        ("start", {}),
    ):
        take(table, action, **attributes)
        (c,) = table.status().containers
        states.append((c.state, c.health, c.oom_kills, c.exit_code))
    take(table, "destroy")

    assert states == [
        ("created", None, None, None),
        ("running", None, 0, None),
        ("running", "starting", 0, None),
        ("running", "unhealthy", 0, None),
        ("paused", None, 0, None),
        ("running", "unhealthy", 0, None),
        ("running", "healthy", 0, None),
        ("paused", None, 0, None),
        ("running", None, 0, None),
        ("running", None, 1, None),
        ("exited", None, 1, 137),
        ("running", None, 0, None),
    ]
    assert table.status().containers == ()


@pytest.mark.parametrize(
    ("signals", "code", "stopped"),
    [([], "1", False), (["15"], "1", True), (["15", "9"], "137", True), (["1"], "3", False), (["USR1"], "138", True)],
)
def test_a_stop_is_told_from_a_failure(signals: list[str], code: str, stopped: bool) -> None:
    """A signal that may have ended it before its die; one to reload by does not count. A start forgets it."""
    table = table_of(record())
    for signal in signals:
        take(table, "kill", signal=signal)
    assert shown(table)["c1"].stopped is None
    take(table, "die", exitCode=code)
    assert shown(table)["c1"].stopped is stopped
    take(table, "start")
    assert shown(table)["c1"].stopped is None


def test_a_stop_is_remembered_while_docker_is_away() -> None:
    """A container that Docker's next life lists as ended was stopped, unless it has been started since."""
    ended = record(state="exited", exit_code=1, started_at="2026-11-29T10:00:00Z", pid=0)
    table = table_of(record())
    take(table, "kill", signal="15")
    take(table, "die", exitCode="1")
    table.learn(ended, None)
    table.begin({ended.id: replace(ended, started_at=None)})
    table.learn(ended, None)
    assert shown(table)["c1"].stopped is True
    table.learn(replace(ended, started_at="2026-11-29T11:00:00Z"), None)

    assert shown(table)["c1"].stopped is None


@pytest.mark.parametrize("late", ["stop", "die", "start", "rename", "health_status: healthy"])
def test_nothing_comes_back_after_its_removal(late: str) -> None:
    """Neither a late event nor a running inspect brings a container back."""
    table = table_of(record())
    take(table, "destroy")
    take(table, late)
    table.learn(record(), place())

    assert table.status().containers == ()


def test_a_label_forges_no_exit_code() -> None:
    """The exit code of a labelled container is unknown until its inspect."""
    table = table_of(record())
    take(table, "die", exitCode="0", signal="9")
    assert shown(table)["c1"].exit_code is None
    table.learn(record(state="exited", exit_code=66, pid=0), None)

    assert shown(table)["c1"].exit_code == 66


def test_oom_kills_are_of_one_life() -> None:
    """The larger of the kernel's and Docker's count applies, until the next start."""
    table = table_of(record())
    take(table, "oom")
    table.learn(record(oom_kills=3), place())
    table.measure({record().id: Sample(cpu_usec=1, oom_kills=4)}, 1.0)
    take(table, "oom")
    take(table, "die", exitCode="137")
    table.learn(record(state="exited", exit_code=137, oom_kills=1, pid=0), None)
    assert shown(table)["c1"].oom_kills == 5
    take(table, "start")

    assert shown(table)["c1"].oom_kills == 0


def test_figures_end_with_the_life() -> None:
    """A container that died, or whose cgroup vanished, has no figures."""
    table = table_of(record("c1"), record("c2"), record("c3"))
    for each in ("c1", "c2", "c3"):
        table.learn(record(each), place())
    samples = {record(each).id: Sample(cpu_usec=5, memory_used_bytes=1, pids=2) for each in ("c1", "c2", "c3")}
    table.measure(samples, 10.0)
    table.measure(samples, 15.0)
    take(table, "die", "c1", exitCode="0")
    table.measure({record("c2").id: None}, 20.0)

    assert {name: c.pids for name, c in shown(table).items()} == {"c1": None, "c2": None, "c3": 2}
    assert shown(table)["c3"].cpu_percent == 0.0
    table.forget_figures()
    assert shown(table)["c3"].pids is None


def test_a_new_pid_starts_again() -> None:
    """Samples of two runs are not compared, even without an event of the start."""
    table = table_of(record())
    table.learn(record(), place())
    table.measure({record().id: Sample(cpu_usec=5)}, 10.0)
    table.learn(record(pid=8), place())
    table.measure({record().id: Sample(cpu_usec=9)}, 15.0)

    assert shown(table)["c1"].cpu_percent is None


@pytest.mark.parametrize("owner_first", [True, False])
def test_a_shared_network_is_counted_once(owner_first: bool) -> None:
    """The owner has the figures and the others have its name, in any order of arrival."""
    owner, guest = record("c1"), record("c2", network_mode="container:" + "c1" * 32)
    other = record("c3", network_mode="container:" + "d4" * 32)
    table = table_of(owner, guest, other)
    for each in (owner, guest) if owner_first else (guest, owner):
        table.learn(each, place(namespace=77))
    table.measure({each.id: Sample(cpu_usec=1, bytes_sent=5, bytes_recv=6) for each in (owner, guest)}, 1.0)
    found = shown(table)

    assert {name: c.network_shared_with for name, c in found.items()} == {"c1": None, "c2": "c1", "c3": "d4d4d4d4d4d4"}
    assert {name: c.network is None for name, c in found.items()} == {"c1": False, "c2": True, "c3": True}
    assert found["c2"].network_mode == "container:c1"


def test_the_servers_network_is_null() -> None:
    """A container with the server's network has no figures of it, wherever Docker runs."""
    table = table_of(record())
    table.learn(record(network_mode="host"), place(namespace=77))
    table.measure({record().id: Sample(cpu_usec=1, bytes_sent=5, bytes_recv=6)}, 1.0)

    assert shown(table)["c1"].network is None


def test_unraids_files_are_shown() -> None:
    """Autostart is shown by name; updates only for Unraid's own containers, with their age."""
    dockerman = record("c1", manager_label="dockerman", image="a/b:1")
    table = table_of(dockerman, record("c2", image="a/b:1"), record("c3", manager_label="dockerman"))
    table.files = UnraidFiles(autostart={"c1": 30, "c2": None}, updates={"a/b:1": Update("available")}, updates_at="T")

    assert [
        (c.autostart, c.autostart_wait_seconds, c.update, c.update_checked_at) for c in table.status().containers
    ] == [
        (True, 30, "available", "T"),
        (True, None, "unknown", None),
        (False, None, "unknown", None),
    ]


def test_an_update_is_of_the_containers_own_image() -> None:
    """Two containers of one tag may run different images, one of which was pulled outside the webGUI."""
    old = record("c1", manager_label="dockerman", image="a/b:1", image_id="sha256:1")
    new = record("c2", manager_label="dockerman", image="a/b:1", image_id="sha256:2")
    table = table_of(old, new, record("c3", image="a/b:1", image_id="sha256:3"))
    table.take_files(UnraidFiles(updates={"a/b:1": Update("available", "one", "two")}, updates_at="T"))
    assert table.unchecked_images() == ["sha256:1", "sha256:2"]
    table.digests |= {"sha256:1": frozenset({"one"}), "sha256:2": frozenset({"two"})}

    assert [container.update for container in table.status().containers] == ["available", "up_to_date", "unknown"]
    assert table.unchecked_images() == []


def test_two_hundred_containers_of_a_size() -> None:
    """Containers come by name; 40 typical ones take less than 32 KiB, the largest one less than 12 KiB."""
    table = table_of()
    for number in range(200):
        raw = inspected(f"{number:064}", f"container-{199 - number:03}")
        parsed = parse_inspected(json.dumps(raw).encode())
        assert parsed is not None
        table.records[parsed.id] = parsed
        table.learn(parsed, place(namespace=number + 1))
    sample = Sample(10**9, 734_003_200, 402_653_184, 37, 0, 10**10, 10**10)
    table.measure(dict.fromkeys(table.records, sample), 1.0)
    table.measure(dict.fromkeys(table.records, sample), 6.0)
    containers = table.status().containers

    assert [c.name for c in containers] == [f"container-{number:03}" for number in range(200)]
    assert len(msgspec.json.encode(containers[:40])) < 32 * KIBIBYTE
    ports = tuple(ContainerPort("192.168.100.100", 60_000 + n, 60_000 + n, "tcp") for n in range(32))
    long = "\x01" * 256
    record = Record("x", long, long, long, network_mode=long, ports=ports, webui_label=long, compose_project=long)
    table.begin({"x": record})
    assert len(msgspec.json.encode(table.status())) < 12 * KIBIBYTE
