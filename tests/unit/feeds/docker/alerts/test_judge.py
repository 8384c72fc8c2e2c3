"""Alerts on containers that fail by themselves, and their rates, on an injected clock."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.fakes.docker import docker_event
from uma.feeds.docker.alerts.judge import Alert, Judge
from uma.feeds.docker.containers.parse import Record
from uma.feeds.docker.events import container_event_from

SECOND = 1_000_000_000
OLD = 86_400.0
"""Seconds for which Docker has been up: no longer young."""


class Server:
    """A Docker whose containers a test moves, with a judge; alerts are collected every second."""

    def __init__(self, names: Iterable[str] = ("c1",), *, docker_age: float = OLD) -> None:
        self.seconds = 1_000_000.0
        self.judge = Judge(lambda: self.seconds)
        self.records = {name * 32: Record(name * 32, name, "image", "running") for name in names}
        self.is_stopping = False
        self.alerts: list[tuple[int, str, str]] = []
        self.judge.meet_docker(self.records.values(), age_seconds=docker_age)

    def happen(self, name: str, *actions: str, **attributes: str) -> None:
        """Let events of a container occur now."""
        for action in actions:
            event = container_event_from(docker_event(action, name, at=int(self.seconds * SECOND), **attributes))
            assert event is not None
            self.judge.take(event)

    def die(self, name: str = "c1", code: int = 1) -> None:
        self.happen(name, "die", exitCode=str(code))

    def stop(self, name: str = "c1", code: int = 143, signal: str = "15") -> None:
        """Stop a container, as docker stop does."""
        self.happen(name, "kill", signal=signal)
        self.happen(name, "die", exitCode=str(code))
        self.happen(name, "stop")

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(int(seconds)):
            self.seconds += 1
            for alert in self.judge.due(self.records, is_array_stopping=self.is_stopping):
                self.alerts.append((int(self.seconds - 1_000_000), alert.kind, alert.name))

    @property
    def kinds(self) -> list[str]:
        return [kind for _, kind, _ in self.alerts]


def test_a_death_alerts_once() -> None:
    """A container that ends by itself is reported after ten seconds, and not again."""
    server = Server()
    server.die(code=3)
    server.wait(9)
    assert server.alerts == []
    server.wait(3600)

    assert server.alerts == [(10, "died", "c1")]


def test_the_alert_has_the_exit_code() -> None:
    """An alert has the code; that of a labelled container comes from its inspect."""
    server = Server(["c1", "c2"])
    server.die("c1", 3)
    server.happen("c2", "die", exitCode="0", signal="9")
    server.records["c2" * 32] = replace(server.records["c2" * 32], exit_code=66)
    server.seconds += 10

    assert server.judge.due(server.records, is_array_stopping=False) == [
        Alert("died", "c1", 3),
        Alert("died", "c2", 66),
    ]


@pytest.mark.parametrize("label_hides", [0, None])
def test_a_hidden_success_is_none(label_hides: int | None) -> None:
    """A labelled container that ended with 0 is no alert; one with an unknown code is."""
    server = Server()
    server.happen("c1", "die", exitCode="66", signal="9")
    server.records["c1" * 32] = replace(server.records["c1" * 32], exit_code=label_hides)
    server.wait(20)

    assert server.kinds == ([] if label_hides == 0 else ["died"])


def test_a_good_end_is_not_an_alert() -> None:
    """Exit code 0 is a finished job, however often it runs."""
    server = Server()
    for _ in range(20):
        server.happen("c1", "start")
        server.die(code=0)
        server.wait(20)

    assert server.alerts == []


@pytest.mark.parametrize(
    ("signal", "code"), [("15", 143), ("15", 1), ("9", 137), ("3", 0), ("28", 0), ("2", 130), ("RTMIN+3", 130)]
)
def test_a_requested_stop_is_not_an_alert(signal: str, code: int) -> None:
    """A stop by any signal, and a kill without a signal, are a user's action."""
    server = Server(["c1", "c2"])
    server.stop("c1", code, signal)
    server.happen("c2", "kill", signal=signal)
    server.die("c2", code)
    server.wait(120)

    assert server.alerts == []


@pytest.mark.parametrize("last", ["stop", "restart", "destroy", "remove"])
def test_a_slow_stop_is_none(last: str) -> None:
    """A container that takes minutes to stop, is restarted, or is removed at once: later events clear its death."""
    server = Server()
    server.happen("c1", "kill", signal="15")
    server.wait(200)
    server.die(code=1)
    server.happen("c1", last)
    server.wait(60)

    assert server.alerts == []


def test_a_reload_does_not_hide_a_crash() -> None:
    """A container that got HUP and crashes afterwards died by itself."""
    server = Server()
    server.happen("c1", "kill", signal="1")
    server.wait(5)
    server.die(code=3)
    server.wait(60)

    assert server.kinds == ["died"]


def test_an_update_is_none() -> None:
    """Stop, removal and a new container of the same name are an update."""
    server = Server()
    server.stop()
    server.happen("c1", "destroy")
    server.happen("c2", "create", "start")
    server.wait(120)

    assert server.alerts == []


def test_a_crash_loop_alerts_once_and_its_end_once() -> None:
    """A loop of a day is one alert; after two minutes of running it is back, and a new loop is another alert."""
    server = Server()

    def loop(seconds: int) -> None:
        for _ in range(seconds // 20):
            server.happen("c1", "start")
            server.wait(15)
            server.die()
            server.wait(5)

    loop(86_400)
    assert server.kinds == ["died", "looping"]
    assert [at for at, _, _ in server.alerts][1] <= 15 + 10 + 600 + 20
    server.happen("c1", "start")
    server.wait(3600)
    assert server.kinds == ["died", "looping", "back"]
    loop(7200)
    assert server.kinds == ["died", "looping", "back", "died", "looping"] or server.kinds[3:] == ["looping"]


def test_a_fast_loop_is_a_loop_from_the_first() -> None:
    """Docker restarts at once: three deaths in ten seconds are reported as a loop."""
    server = Server()
    for _ in range(20):
        server.happen("c1", "start")
        server.die()
        server.wait(1)

    assert server.kinds == ["looping"]


def test_a_stopped_loop_is_over() -> None:
    """A stopped container is not reported, even if it loops later because of another program."""
    server = Server()
    for _ in range(20):
        server.happen("c1", "start")
        server.die()
        server.wait(1)
    server.happen("c1", "start")
    server.stop()
    server.wait(3600)

    assert server.kinds == ["looping"]


def test_killed_for_memory() -> None:
    """A container killed for lack of memory is reported so; so is one that lost a process and still runs."""
    server = Server(["c1", "c2"])
    server.happen("c1", "oom")
    server.die("c1", 137)
    server.happen("c2", "oom")
    server.seconds += 10

    assert server.judge.due(server.records, is_array_stopping=False) == [
        Alert("memory", "c1", 137),
        Alert("memory", "c2", None, has_died=False),
    ]


def test_unhealthy_for_a_minute() -> None:
    """A minute of bad health is reported once, and so is its end; shorter ones are not."""
    server = Server()
    for _ in range(30):
        server.happen("c1", "health_status: unhealthy")
        server.wait(59)
        server.happen("c1", "health_status: healthy")
        server.wait(5)
    assert server.alerts == []
    server.happen("c1", "health_status: unhealthy")
    server.wait(60)
    assert server.kinds == ["unhealthy"]
    server.wait(3600)
    server.happen("c1", "health_status: healthy")
    server.wait(3600)

    assert server.kinds == ["unhealthy", "back"]


def test_a_problem_that_lasts_is_waited_for_by_events_alone() -> None:
    """A container that stays unhealthy, or dead after a loop, for weeks needs no check each second."""
    server = Server(("c1", "c2"))
    assert not server.judge.is_waiting
    server.happen("c1", "health_status: unhealthy")
    for _ in range(3):
        server.happen("c2", "start")
        server.die("c2")
    assert server.judge.is_waiting
    server.wait(61)
    assert sorted(server.kinds) == ["looping", "unhealthy"]
    assert not server.judge.is_waiting
    server.happen("c1", "health_status: healthy")
    server.happen("c2", "start")
    assert server.judge.is_waiting
    server.wait(700)

    assert sorted(server.kinds) == ["back", "back", "looping", "unhealthy"]
    assert not server.judge.is_waiting


def test_a_paused_container_causes_no_alert() -> None:
    """A paused container is neither reported unhealthy nor back until it is unpaused."""
    server = Server()
    server.happen("c1", "health_status: unhealthy")
    server.records["c1" * 32] = replace(server.records["c1" * 32], state="paused")
    server.wait(3600)
    assert server.alerts == []
    server.records["c1" * 32] = replace(server.records["c1" * 32], state="running")
    server.wait(5)

    assert server.kinds == ["unhealthy"]


def test_unhealthy_from_before() -> None:
    """A container that was unhealthy at the daemon's start is reported after a minute."""
    server = Server()
    server.records["c1" * 32] = replace(server.records["c1" * 32], health="unhealthy")
    server.judge.meet_docker(server.records.values(), age_seconds=OLD)
    server.wait(61)

    assert server.kinds == ["unhealthy"]


def test_a_young_docker_is_left_alone() -> None:
    """In Docker's first two minutes containers fail until their dependencies run."""
    server = Server(docker_age=10)
    for _ in range(10):
        server.happen("c1", "start")
        server.die()
        server.wait(10)
    server.wait(10)
    server.happen("c1", "start")
    server.wait(600)
    assert server.alerts == []
    server.die()
    server.wait(20)

    assert server.kinds == ["died"]


def test_docker_going_down_is_none() -> None:
    """A death while Docker stops is dropped with Docker, and so is an unhealthy container."""
    server = Server(["c1", "c2"])
    server.die("c1")
    server.happen("c2", "health_status: unhealthy")
    server.wait(5)
    server.judge.lose_docker()
    server.wait(600)

    assert server.alerts == []


def test_the_array_stopping_is_none() -> None:
    """A death because the disks stop is not reported."""
    server = Server()
    server.is_stopping = True
    server.die()
    server.wait(60)
    server.is_stopping = False
    server.wait(60)

    assert server.alerts == []


def test_a_mass_stop_takes_dependents_with_it() -> None:
    """Three containers stopped within half a minute mean that Docker or a stack is stopping."""
    server = Server(["c1", "c2", "c3", "c4"])
    for name in ("c1", "c2", "c3"):
        server.stop(name)
    server.die("c4")
    server.wait(120)
    assert server.alerts == []
    server.die("c4")
    server.wait(20)

    assert server.kinds == ["died"]


def test_rates_hold_in_a_storm() -> None:
    """Fifty containers that loop for a day: one alert in 10 minutes each, six in any minute, and few in total."""
    names = [f"{number:02}" for number in range(50)]
    server = Server(names)
    for _ in range(4 * 3600 // 30):
        for name in names:
            server.happen(name, "start")
        server.wait(5)
        for name in names:
            server.die(name)
        server.wait(25)

    for at, _, _ in server.alerts:
        assert sum(1 for other, _, _ in server.alerts if at <= other < at + 60) <= 6
    for name in names:
        mine = [at for at, _, each in server.alerts if each == name]
        assert 1 <= len(mine) <= 2
        assert all(later - earlier >= 600 for earlier, later in pairwise(mine))
    assert {name for _, _, name in server.alerts} == set(names)


def test_a_container_by_another_id_has_the_same_rate() -> None:
    """A container that its manager recreates again and again counts as one."""
    server = Server()
    for number in range(60):
        name = f"{number:02}"
        event = container_event_from(
            {**docker_event("die", name, at=int(server.seconds * SECOND), exitCode="1"), "Type": "container"}
        )
        assert event is not None
        server.judge.take(replace(event, name="same"))
        server.wait(20)

    assert len(server.alerts) == 2


def test_made_up_containers_do_not_fill_the_memory() -> None:
    """The judge's table is bounded."""
    server = Server()
    for number in range(3000):
        server.happen(f"{number:04}", "create")

    assert len(server.judge._watched) <= 1000


def test_a_quiet_server_costs_nothing() -> None:
    """Without trouble the judge waits for nothing."""
    server = Server()
    server.happen("c1", "start", "rename", "health_status: healthy")

    assert not server.judge.is_waiting
    server.die()
    assert server.judge.is_waiting


def test_stops_are_not_collected() -> None:
    """A day of short tests by a user, each in a new container and none an alert, leaves no memory behind."""
    server = Server()

    for number in range(200):
        server.stop(f"{number:02x}")
        server.happen(f"{number:02x}", "destroy")
        server.seconds += 60

    assert len(server.judge._stops) == 1
