"""`uma watch` as a process, with a real daemon and the example that notifies."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.docker import DAEMON_STREAMS, FakeDocker, docker_event
from tests.supervised import until as becomes_true
from tests.support.feeds import FEEDS

from .daemon import Daemon
from .programs import CHECKOUT, Program, clean_environment

NOTIFIER = CHECKOUT / "examples/notify/container-died.sh"
WATCH = (sys.executable, "-m", "uma", "watch")


def test_every_stream_is_shown_and_comes_back(restored_daemon: Daemon, tmp_path: Path) -> None:
    """A state stream is a line per message; after a restart of the daemon it continues; Ctrl-C ends it with 0."""
    # A terminal that lacks the degree sign shows its code.
    environment = clean_environment(PYTHONIOENCODING="ascii")
    command = [*WATCH, f"{restored_daemon.server}/storage/status"]
    with Program(command, log=tmp_path / "output", environment=environment) as program:
        program.until_output("array started, protected")
        program.until_output(r" \xb0C")
        restored_daemon.stop()
        program.until_output("next try in 1 s")
        assert "closed with 1001" in program.output
        restored_daemon.start()
        program.until_output("array started, protected", times=2)
        program.signal(signal.SIGINT)

        assert 0 == program.wait()
        assert "Traceback" not in program.output


@pytest.mark.smoke
def test_json_and_filter(steady_daemon: Daemon, tmp_path: Path) -> None:
    """With --json a message is its JSON; with a filter that does not hold there is none."""
    steady_daemon.newest("system/stats")
    arguments = [*WATCH, f"http://{steady_daemon.server}/api/v1/ws/system/stats", "--json", "--filter"]
    with (
        Program([*arguments, "type=stats"], log=tmp_path / "one") as shown,
        Program([*arguments, "type!=stats"], log=tmp_path / "other") as hidden,
    ):
        shown.until_output('"stats"')
        hidden.until_output("connected")
        line = next(line for line in shown.lines if line.startswith("{"))

        assert "stats" == json.loads(line)["type"]
        assert 1 == len(hidden.lines)


def test_a_token_from_the_environment(restored_daemon: Daemon, tmp_path: Path) -> None:
    """Without the token it exits with 1 and the remedy; with UMA_TOKEN it gets data."""
    token = "0123456789abcdef"
    restored_daemon.reload(TOKEN_SHA256="9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f")
    address = f"{restored_daemon.server}/system/stats"
    with Program([*WATCH, address], log=tmp_path / "without") as program:
        assert 1 == program.wait()
        assert "answers 401: it wants a token" in program.output
    environment = clean_environment(UMA_TOKEN=token)
    with Program([*WATCH, address], log=tmp_path / "with", environment=environment) as program:
        program.until_output("CPU")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tower"], f"is not a stream; use one of {', '.join(feed.name for feed in FEEDS)}"),
        (["docker/events", "--filter", "die"], "write key.path=value"),
        (["docker/events", "--exec", "/nowhere/program"], "program /nowhere/program not found"),
        (["docker/events", "--exec", "'"], "No closing quotation"),
        (["docker/events", "--exec", ""], "the command is empty"),
        (["docker/events", "--timeout", "0"], "--timeout: '0' must be a positive number of seconds"),
        (["docker/events", "--timeout", "nan"], "--timeout: 'nan' must be a positive number of seconds"),
        ([], "ADDRESS"),
    ],
)
def test_invalid_arguments(arguments: list[str], words: str) -> None:
    """Each mistake on the command line is exit code 2 and one sentence, before any connection."""
    done = subprocess.run(
        [*WATCH, *arguments], capture_output=True, text=True, timeout=20, check=False, env=clean_environment()
    )

    assert 2 == done.returncode
    assert words in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


async def test_a_dead_container_is_reported_once(make_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    """The example calls notify for a container that died by itself, not twice, and not for a stopped one."""
    told, memory = tmp_path / "told", tmp_path / "memory"
    notify = tmp_path / "notify"
    notify.write_text('#!/bin/sh\nprintf "%s|" "$@" >> "$TOLD"; echo >> "$TOLD"\n')
    notify.chmod(0o755)
    environment = clean_environment(NOTIFY=str(notify), MEMORY=str(memory), TOLD=str(told))
    command = [*WATCH, "ADDRESS", "--exec", f"bash '{NOTIFIER}'"]
    for condition in ("action=die", "attributes.exitCode!=0", "attributes.signal="):
        command += ["--filter", condition]
    async with FakeDocker(tmp_path / "docker.sock") as docker:
        daemon = make_daemon(docker_socket=docker.socket)
        await asyncio.to_thread(daemon.start)
        await becomes_true(lambda: docker.streams == DAEMON_STREAMS)
        command[command.index("ADDRESS")] = f"{daemon.server}/docker/events"
        with Program(command, log=tmp_path / "output", environment=environment) as program:
            await asyncio.to_thread(program.until_output, "connected")
            docker.emit(docker_event("die", "a1", at=time.time_ns(), exitCode="0"))
            docker.emit(docker_event("kill", "b1", at=time.time_ns(), signal="15"))
            docker.emit(docker_event("die", "b1", at=time.time_ns(), exitCode="143"))
            docker.emit(docker_event("die", "c1", at=time.time_ns(), exitCode="1"))
            docker.emit(docker_event("die", "c1", at=time.time_ns(), exitCode="2"))
            docker.emit(docker_event("die", "d1", at=time.time_ns(), exitCode="3"))
            await asyncio.to_thread(program.until_output, "d1: die")
            # The file is there before its line is.
            await becomes_true(lambda: told.exists() and told.read_text().endswith("\n"))
            await becomes_true((memory / "of-c1").exists)
            program.signal(signal.SIGTERM)
            assert 0 == program.wait()

    assert ["-e|UMA|-s|Container c1 died|-d|It ended by itself with exit code 1.|-i|warning|"] == (
        told.read_text().splitlines()
    )
    assert 3 == len(re.findall(": die", program.output))


@pytest.mark.parametrize("message", ["", "{}", '{"container_name":"../x"}', '{"container_name":"a b"}', "\n"])
def test_the_example_takes_nothing_else(message: str, tmp_path: Path) -> None:
    """A message without a container is refused, and leaves no file."""
    done = subprocess.run(
        ["bash", NOTIFIER], input=message, text=True, capture_output=True, timeout=20, check=False,
        env=clean_environment(NOTIFY="/bin/false", MEMORY=str(tmp_path / "memory")),
    )  # fmt: skip

    assert 1 == done.returncode
    assert not (tmp_path / "memory").exists()


@pytest.mark.parametrize(("age", "tells"), [(5, 0), (15, 0), (590, 0), (601, 1)])
def test_the_example_repeats_itself_later(age: int, tells: int, tmp_path: Path) -> None:
    """The same container is reported again after ten minutes."""
    memory = tmp_path / "memory"
    memory.mkdir()
    for name in ("of-plex", "all"):
        (memory / name).touch()
        os.utime(memory / name, (time.time() - age, time.time() - age))
    done = subprocess.run(
        ["bash", NOTIFIER], input='{"container_name":"plex","exitCode":"1"}\n', text=True, capture_output=True,
        timeout=20, check=True, env=clean_environment(NOTIFY="/bin/echo", MEMORY=str(memory)),
    )  # fmt: skip

    assert tells == done.stdout.count("Container plex died")


def test_the_example_forgets_containers_that_it_may_report_again(tmp_path: Path) -> None:
    """The file of a container expires: hundreds of containers with random names do not fill the RAM."""
    memory = tmp_path / "memory"
    memory.mkdir()
    for name, age in (("of-old", 900), ("of-new", 300), ("all", 900)):
        (memory / name).touch()
        os.utime(memory / name, (time.time() - age, time.time() - age))
    subprocess.run(
        ["bash", NOTIFIER], input='{"container_name":"plex","exitCode":"1"}\n', text=True, timeout=20, check=True,
        env=clean_environment(NOTIFY="/bin/true", MEMORY=str(memory)),
    )  # fmt: skip

    assert {"of-new", "of-plex", "all"} == {path.name for path in memory.iterdir()}
