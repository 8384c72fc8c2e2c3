"""Alerts of a real dockerd's containers through a notify script, in accelerated time."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from aiodocker import Docker

from tests.supervised import supervised, until
from uma.feeds.docker.alerts.source import AlertsSource
from uma.feeds.docker.containers.source import ContainersSource
from uma.feeds.feed import Demand
from uma.host import Host

from .dockerd import IMAGE, OFFLINE, Dockerd

SPEED = 60.0
"""One second here is a minute for alerts."""


async def run(docker: Docker, name: str, command: str, **host_config: Any) -> Any:
    described = {"Image": IMAGE, "Cmd": ["sh", "-c", command], "HostConfig": {"NetworkMode": "none", **host_config}}
    return await docker.containers.run(described | OFFLINE, name=name)


@pytest.mark.timeout(120)
async def test_a_crash_loop_alerts_once_and_a_stop_never(dockerd: Dockerd, tmp_path: Path) -> None:
    """A container that Docker restarts for ever is one alert, one that dies is another; stops and finished jobs are
    none.
    """
    called = tmp_path / "called"
    script = tmp_path / "usr/local/emhttp/webGui/scripts/notify"
    script.parent.mkdir(parents=True)
    # Unraid's names its file by event and second, and drops a second one of both.
    script.write_text(f'#!/bin/sh\n[ "$1" = -e ] || exit 1\necho "$4|$6|$8" >> {called}\n')
    script.chmod(0o755)
    host = Host(tmp_path)

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)

    containers = ContainersSource(host, socket=dockerd.socket, demand=Demand())
    alerts = AlertsSource(host, containers, clock=lambda: time.monotonic() * SPEED, sleep=sleep)
    async with dockerd.client() as docker, supervised(containers) as observed, supervised(alerts) as alerting:
        await observed.until_status("ok")
        await alerting.until_status("ok")
        # The socket is young; Docker counts as up for two minutes.
        await asyncio.sleep(130 / SPEED)
        await run(docker, "loop", "exit 7", RestartPolicy={"Name": "always"})
        await run(docker, "crash", "exit 3")
        await run(docker, "job", "exit 0")
        stopped = await run(docker, "stopped", 'trap "exit 5" TERM; while :; do sleep 0.05; done')
        await asyncio.sleep(0.3)
        await stopped.stop(t=5)
        await until(lambda: called.exists() and called.read_text().count("\n") >= 2, 30)
        # Twenty minutes of looping.
        await asyncio.sleep(20)
        loop = await docker.containers.get("loop")
        await loop.delete(force=True)

    lines = called.read_text().splitlines()
    assert sorted(line.split("|")[0] for line in lines if "loop" not in line) == ["Container crash died"]
    looping = [line for line in lines if "loop" in line]
    assert 1 <= len(looping) <= 2
    assert looping[-1] == "Container loop keeps dying|It ends by itself with exit code 7, again and again.|alert"
