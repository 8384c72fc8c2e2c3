"""The daemon's side of Docker's door, with a real steward and a fake Docker."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.fakes.docker import FakeDocker
from tests.unit.fence.conftest import Household
from uma.fence import socket_client
from uma.fence.socket_client import probe_docker, request_docker


async def read_all(connection: socket.socket) -> bytes:
    """The answer to its end."""
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    try:
        return await reader.read()
    finally:
        writer.close()


async def test_the_answer_comes_from_docker(household: Household, tmp_path: Path) -> None:
    """It comes whole, and the connection ends with it."""
    async with FakeDocker(tmp_path / "docker.sock") as docker:
        household.steward.guard_docker(str(docker.socket), controls=False)
        answer = await read_all(await request_docker(household.steward, "GET", "/version"))

        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.endswith(b'"ApiVersion": "1.50"}')
        assert docker.requests == ["/version"]


async def test_errors_are_those_of_connecting(household: Household, tmp_path: Path) -> None:
    """A Docker that is not there, or left its socket, and a request that UMA does not make."""
    household.steward.guard_docker(str(tmp_path / "docker.sock"), controls=False)
    with pytest.raises(FileNotFoundError):
        await probe_docker(household.steward)
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(tmp_path / "docker.sock"))
    with pytest.raises(ConnectionRefusedError):
        await probe_docker(household.steward)
    with pytest.raises(PermissionError):
        await request_docker(household.steward, "POST", "/containers/create")
    async with FakeDocker(tmp_path / "docker.sock"):
        await probe_docker(household.steward)


async def test_a_steward_that_hangs(household: Household, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon's loop continues meanwhile, and then it is an error with a reason."""
    household.steward.guard_docker(str(tmp_path / "docker.sock"), controls=False)
    monkeypatch.setattr(socket_client, "ANSWER_SECONDS", 0.05)
    os.kill(household.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(TimeoutError) as raised:
            await probe_docker(household.steward)
        assert raised.value.strerror == "the steward does not answer"
    finally:
        os.kill(household.process.pid, signal.SIGCONT)


async def test_a_steward_that_has_ended(household: Household, tmp_path: Path) -> None:
    """Its end is named."""
    household.steward.guard_docker(str(tmp_path / "docker.sock"), controls=False)
    os.kill(household.process.pid, signal.SIGKILL)
    household.process.wait()
    household.process.returncode = 0  # the household's own end expects it

    with pytest.raises(OSError, match="the steward has ended"):
        await probe_docker(household.steward)
