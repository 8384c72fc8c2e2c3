"""The command as a whole, against real WebSockets."""

import asyncio
import io
import json
import os
import signal
from pathlib import Path

import pytest

from tests.supervised import until
from uma.watch.client import Line
from uma.watch.command import REFUSED, STOPPED, Wanted, watch
from uma.watch.conditions import parse_condition

from .peer import peer


def event(action: str) -> str:
    return json.dumps(
        {
            "type": "docker_event",
            "timestamp": "2025-06-15T23:00:00Z",
            "data": {
                "action": action,
                "container_name": "plex\x1b",
                "image": "é",
                "status": "exited",
                "attributes": {"exitCode": "3", "signal": ""},
            },
        }
    )


async def test_matching_messages_are_shown_and_passed_to_the_command(tmp_path: Path):
    """One of three messages passes the filter: it is printed, and is the command's input, unchanged."""
    log = tmp_path / "log"
    out, err = io.StringIO(), io.StringIO()
    wanted = Wanted(
        events=frozenset({"docker_event"}), conditions=[parse_condition("action=die")], command=("tee", "-a", str(log))
    )
    async with peer(([event("start"), event("die"), "{", "[]", "[" * 100_000], 0)) as server:
        task = asyncio.create_task(watch(Line(server.url, {}, (60, 60)), wanted, out=out, err=err))
        await until(lambda: log.exists() and log.read_text().endswith("\n"))
        os.kill(os.getpid(), signal.SIGTERM)

        assert await task == STOPPED
    assert out.getvalue() == "2025-06-15T23:00:00Z  plex\ufffd: die, now exited (exit code 3)  é\n"
    assert log.read_text() == event("die") + "\n"
    assert err.getvalue().count("a message is not valid JSON") == 2


async def test_as_json():
    """Messages are printed as JSON, one a line, without control sequences."""
    out, err = io.StringIO(), io.StringIO()
    async with peer(([event("die"), event("start")], 1008)) as server:
        assert await watch(Line(server.url, {}), Wanted(as_json=True), out=out, err=err) == REFUSED

    assert [json.loads(line)["data"]["action"] for line in out.getvalue().splitlines()] == ["die", "start"]
    assert "\x1b" not in out.getvalue()
    assert "closed with 1008" in err.getvalue().splitlines()[-1]


async def test_an_interrupted_watch_ends_the_command_that_runs(tmp_path: Path):
    """SIGINT ends the watch with 0, and the command with it."""
    pid = tmp_path / "pid"
    wanted = Wanted(command=("sh", "-c", "echo $$ > $0; exec sleep 60", str(pid)))
    async with peer(([event("die")], 0)) as server:
        task = asyncio.create_task(watch(Line(server.url, {}, (60, 60)), wanted, out=io.StringIO(), err=io.StringIO()))
        await until(lambda: pid.exists() and bool(pid.read_text().strip()))
        os.kill(os.getpid(), signal.SIGINT)

        assert await task == STOPPED
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


async def test_a_field_that_is_not_there_is_doubted_once():
    """A filter on a missing field is reported once, with the nearest field, not for each message."""
    out, err = io.StringIO(), io.StringIO()
    conditions = [parse_condition("acton=die")]
    async with peer(([event("die"), event("start")], 1008)) as server:
        await asyncio.wait_for(watch(Line(server.url, {}), Wanted(conditions=conditions), out=out, err=err), 20)

    assert out.getvalue() == ""
    assert err.getvalue().count("have no acton; did you mean action?") == 1


async def test_the_output_is_closed():
    """If the output's reader is gone, the watch ends: it is not a connection error, which would be retried."""

    class Gone(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    async with peer(([event("die")], 0)) as server:
        with pytest.raises(BrokenPipeError):
            await asyncio.wait_for(watch(Line(server.url, {}), Wanted(), out=Gone(), err=io.StringIO()), 20)
