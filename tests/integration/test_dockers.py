"""The daemon with each Docker of Debian's suites, from 20.10 to the newest: clients see the same."""

import json
import time
from collections.abc import Callable

import pytest

from .daemon import Daemon
from .dockerd import IMAGE, OFFLINE, Dockerd
from .programs import until

CONTAINER = {
    "Image": IMAGE,
    "Cmd": ["sleep", "60"],
    "StopSignal": "SIGKILL",
    "HostConfig": {"NetworkMode": "none"},
    **OFFLINE,
}


def act(dockerd: Dockerd, path: str) -> None:
    dockerd.request("POST", path)


@pytest.mark.timeout(600)  # each Docker is downloaded once
def test_a_life_reaches_clients(make_daemon: Callable[..., Daemon], dockerd_of_suite: Dockerd) -> None:
    """Create, start, stop and removal arrive, with the exit code, and Docker stays healthy."""
    daemon = make_daemon(docker_socket=dockerd_of_suite.socket).start()
    daemon.until_source("docker", "ok")
    name = f"life-{time.time_ns()}"
    body = json.dumps(CONTAINER).encode()
    created = dockerd_of_suite.request("POST", "containers/create", {"name": name}, body, kind="application/json")
    act(dockerd_of_suite, f"containers/{created['Id']}/start")
    act(dockerd_of_suite, f"containers/{created['Id']}/stop")
    dockerd_of_suite.request("DELETE", f"containers/{created['Id']}")

    def actions() -> list[str]:
        events = daemon.get("/api/v1/docker/events?limit=100")
        return [event["data"]["action"] for event in events if event["data"]["container_name"] == name]

    until(lambda: "destroy" in actions(), what="the removal")
    assert {"create", "start", "kill", "die", "stop", "destroy"} <= set(actions())
    assert actions()[:2] == ["create", "start"]
    assert actions()[-1] == "destroy"
    assert daemon.health()["sources"]["docker"]["status"] == "ok"
