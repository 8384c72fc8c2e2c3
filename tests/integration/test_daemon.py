"""The daemon as a process: its start, reloads and stop, and its commands."""

import asyncio
import hashlib
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes.docker import DAEMON_STREAMS, FakeDocker, docker_event
from tests.supervised import until as becomes_true
from tests.timed import IN_SECONDS

from .clients import crowd
from .daemon import STREAMS, Daemon, free_port
from .programs import CHECKOUT, Program, clean_environment, until

UPGRADE = (
    b"GET /api/v1/ws/docker/events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
STALLING_EVENTS = 250
"""Events of 900 bytes: more than the buffers between the daemon and a client take, and too few to make it lagging."""

MakeDaemon = Callable[..., Daemon]


def uma(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "uma", *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env=clean_environment(),
    )


@contextmanager
def silent_client(daemon: Daemon, request: bytes) -> Iterator[None]:
    """A connection that sends *request* and never reads."""
    with socket.socket() as client:
        # Before it connects: only then it affects the window.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        client.connect(("127.0.0.1", daemon.port))
        client.sendall(request)
        yield


@pytest.mark.parametrize("optimised", [False, True], ids=["plain", "-OO"])
async def test_three_streams(make_daemon: MakeDaemon, optimised: bool) -> None:
    """Each address carries its own kind at once, except for events, even when run as in the package (-OO)."""
    daemon = make_daemon(docker_socket=None)
    await asyncio.to_thread((daemon.optimised() if optimised else daemon).start)
    async with crowd(daemon) as people:
        listeners = {stream: await people.join(stream) for stream in STREAMS}
        for stream, kind in (("system/stats", "stats"), ("storage/status", "storage_status")):
            await becomes_true(lambda stream=stream: bool(listeners[stream].frames))
            assert kind == json.loads(listeners[stream].frames[0])["type"]
        assert [] == listeners["docker/events"].frames


@IN_SECONDS
async def test_stopping_with_100_clients_of_which_one_is_stalled(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """SIGTERM: every client gets 1001, and the process exits with 0 within a second, even if clients don't read."""
    async with FakeDocker(tmp_path / "docker.sock") as docker:
        daemon = make_daemon(docker_socket=docker.socket)
        await asyncio.to_thread(daemon.start)
        await becomes_true(lambda: docker.streams == DAEMON_STREAMS)
        with silent_client(daemon, UPGRADE), silent_client(daemon, UPGRADE[:40]):
            async with crowd(daemon) as people:
                for stream in STREAMS:
                    await people.fill(stream, 33)
                await asyncio.to_thread(daemon.until_connections, "docker/events", 34)
                for number in range(STALLING_EVENTS):
                    docker.emit(docker_event("start", f"c{number}", at=time.time_ns(), image="x" * 600))
                    await asyncio.sleep(0)
                followers = [each for each in people.listeners if each.stream == "docker/events"]
                await becomes_true(lambda: all(len(each.frames) == STALLING_EVENTS for each in followers))
                connections = await asyncio.to_thread(daemon.connections)
                took = await asyncio.to_thread(daemon.stop)
                await becomes_true(lambda: all(each.close_code is not None for each in people.listeners))

    assert {"system/stats": 33, "docker/events": 34, "storage/status": 33} == connections
    assert {1001} == {each.close_code for each in people.listeners}
    assert took < 1
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", daemon.port))


def test_interrupting_it_is_stopping_it(daemon: Daemon) -> None:
    """Ctrl-C in a terminal ends it with 0, like SIGTERM."""
    with daemon.program as program:
        program.signal(signal.SIGINT)

        assert 0 == program.wait()
    daemon.forget()


async def test_a_restarting_daemon_announces_it_to_clients(daemon: Daemon) -> None:
    """SIGUSR2 ends it with 0 like SIGTERM; every client gets 1012, and knows that it may be back at once."""
    async with crowd(daemon) as people:
        listeners = [await people.join(stream) for stream in STREAMS]
        daemon.program.signal(signal.SIGUSR2)
        await becomes_true(lambda: all(listener.close_code is not None for listener in listeners))

        assert {1012} == {listener.close_code for listener in listeners}
        assert 0 == await asyncio.to_thread(daemon.program.wait)
    daemon.forget()


async def test_reload_puts_settings_in_force_and_keeps_connections(daemon: Daemon) -> None:
    """SIGHUP: a smaller MAX_CONNECTIONS refuses the next client; present ones stay and get messages."""
    async with crowd(daemon) as people:
        first, second = await people.fill("system/stats", 2)
        await asyncio.to_thread(daemon.reload, MAX_CONNECTIONS=1, STATS_INTERVAL=1)
        refusal = await people.refused("system/stats")
        heard = len(second.frames)
        await becomes_true(lambda: len(first.frames) > heard + 2 and len(second.frames) > heard + 2, 15)
        health = await asyncio.to_thread(daemon.health)

        assert 503 == refusal.status
        assert "Retry-After" in (refusal.headers or {})
        assert (2, 1) == (health["streams"]["system/stats"]["connections"], health["streams"]["system/stats"]["limit"])
        assert None is first.close_code


async def test_reload_switches_a_stream_off_and_on(daemon: Daemon) -> None:
    """STORAGE_STATUS=no: its clients get 1001, newcomers 503 with the setting; other streams continue."""
    async with crowd(daemon) as people:
        stats, storage = await people.join("system/stats"), await people.join("storage/status")
        await asyncio.to_thread(daemon.reload, STORAGE_STATUS="no")
        await becomes_true(lambda: storage.close_code is not None)
        refusal = await people.refused("storage/status")
        status, body = await people.get("/api/v1/storage/status")

        assert 1001 == storage.close_code
        assert 503 == refusal.status
        assert 503 == status
        assert "STORAGE_STATUS=no" in json.loads(body)["detail"]
        assert "storage" not in (await asyncio.to_thread(daemon.health))["sources"]
        assert None is stats.close_code

        await asyncio.to_thread(daemon.reload)
        again = await people.join("storage/status")
        await becomes_true(lambda: bool(again.frames))


async def test_reload_moves_to_another_port(make_daemon: MakeDaemon) -> None:
    """PORT: every client gets 1012, the new port serves, the old one does not."""
    daemon = make_daemon(port_from_file=True)
    await asyncio.to_thread(daemon.start)
    old, new = daemon.port, free_port()
    async with crowd(daemon) as people:
        listeners = [await people.join(stream) for stream in STREAMS]
        await asyncio.to_thread(daemon.reload, BIND="127.0.0.1", PORT=new)
        await becomes_true(lambda: all(listener.close_code is not None for listener in listeners))

        assert {1012} == {listener.close_code for listener in listeners}
        assert not daemon.is_serving()
        daemon.port = new
        moved = await people.join("system/stats")
        await becomes_true(lambda: bool(moved.frames))
        assert old != new


async def test_reload_to_a_port_that_is_taken_changes_nothing(make_daemon: MakeDaemon) -> None:
    """A PORT that another program holds is logged and in health; the old one serves on, and clients stay connected."""
    daemon = make_daemon(port_from_file=True)
    await asyncio.to_thread(daemon.start)
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]
        async with crowd(daemon) as people:
            client = await people.join("system/stats")
            await asyncio.to_thread(daemon.reload, BIND="127.0.0.1", PORT=taken, STATS_INTERVAL=1)
            heard = len(client.frames)
            await becomes_true(lambda: len(client.frames) > heard + 1)
            await people.join("system/stats")

            assert None is client.close_code
            assert f'event="address kept" bind=127.0.0.1 port={daemon.port}' in daemon.program.output
            assert f"127.0.0.1:{taken} is taken" in daemon.program.output
            health = await asyncio.to_thread(daemon.health)
            assert [words.partition(":")[0] for words in health["ignored_settings"]] == ["settings"]
            assert f"PORT: 127.0.0.1:{taken} is taken" in health["ignored_settings"][0]


async def test_a_new_token_disconnects_clients_and_is_required(daemon: Daemon) -> None:
    """A hash of `uma token`, set as TOKEN_SHA256, gives clients 1008, then 401 without the token and data with it."""
    token, setting = re.fullmatch(r'token +(\S+)\nTOKEN_SHA256="([0-9a-f]{64})"\n', uma("token").stdout).groups()
    async with crowd(daemon) as people:
        client = await people.join("system/stats")
        await asyncio.to_thread(daemon.reload, TOKEN_SHA256=setting)
        await becomes_true(lambda: client.close_code is not None)

        assert 1008 == client.close_code
        assert 401 == (await people.refused("system/stats")).status
        assert 401 == (await people.get("/api/v1/health"))[0]
        assert 200 == (await people.get(f"/api/v1/health?token={token}"))[0]
        assert setting not in daemon.program.output


def test_an_invalid_setting_is_named_and_affects_nothing_else(make_daemon: MakeDaemon) -> None:
    """An unknown key, a value out of range and a broken line are each logged with their line; the daemon runs."""
    daemon = make_daemon()
    daemon.config_file.write_text('COLOUR="blue"\nSTATS_INTERVAL="0"\nthis is no setting\nMAX_CONNECTIONS="7"\n')
    daemon.start()
    problems = [line for line in daemon.program.lines if 'event="setting ignored"' in line]

    assert 7 == daemon.health()["streams"]["system/stats"]["limit"]
    assert 3 == len(problems)
    for number, (line, key) in enumerate(zip(problems, ("COLOUR", "STATS_INTERVAL", ""), strict=True), start=1):
        assert f"line {number}" in line
        assert key in line


DAMAGED = {
    "a hash cut short": lambda whole: whole.replace(HASH, HASH[:60]),
    "a lost quote": lambda whole: whole.replace(f'{HASH}"', HASH),
    "no byte": lambda _whole: "",
    "zeros": lambda _whole: "\0" * 70_000,
    "zeros in the middle": lambda whole: whole + "\0" * 512,
    "a token in place of its hash": lambda whole: whole.replace(HASH, "open-sesame"),
}
HASH = hashlib.sha256(b"open-sesame").hexdigest()


@pytest.mark.parametrize("name", DAMAGED)
async def test_damage_opens_nothing(daemon: Daemon, name: str) -> None:
    """However uma.cfg is damaged, the token in force is still required after a reload, and the file's after a
    restart.
    """
    whole = f'TOKEN_SHA256="{HASH}"\n'
    daemon.config_file.write_text(whole)
    async with crowd(daemon) as people:
        for content in (whole, DAMAGED[name](whole)):
            before = daemon.program.output.count('"settings reloaded"')
            daemon.config_file.write_text(content)
            daemon.program.signal(signal.SIGHUP)
            await asyncio.to_thread(daemon.program.until_output, '"settings reloaded"', times=before + 1)
            assert 401 == (await people.get("/api/v1/health"))[0], content[:40]
            assert 401 == (await people.get("/api/v1/health?token=wrong"))[0]
    assert "open-sesame" not in daemon.program.output


async def test_the_tokens_own_file_counts(daemon: Daemon) -> None:
    """token-sha256 beside uma.cfg overrides it; if damaged, access is refused, and the body and the log say so."""
    file = daemon.config_file.with_name("token-sha256")
    async with crowd(daemon) as people:
        for content, status in ((f"{HASH}\n", 200), (HASH[:60], 401), ("", 401)):
            file.write_text(content)
            await asyncio.to_thread(daemon.reload, TOKEN_SHA256="0" * 64)
            assert 401 == (await people.get("/api/v1/health"))[0]
            assert status == (await people.get("/api/v1/health?token=open-sesame"))[0]
        assert "damaged" in (await people.get("/api/v1/health"))[1]
        assert 'event="setting invalid"' in daemon.program.output
        file.unlink()
        await asyncio.to_thread(daemon.reload)
        assert 200 == (await people.get("/api/v1/health"))[0]


def test_a_taken_port_is_exit_code_3(daemon: Daemon, tmp_path: Path) -> None:
    """A second daemon at the same port exits with 3 and one line that names possible holders; the first keeps
    serving.
    """
    command = [
        sys.executable,
        "-m",
        "uma",
        "serve",
        "--root",
        tmp_path,
        "--bind",
        "127.0.0.1",
        "--port",
        str(daemon.port),
    ]
    with Program(command, log=tmp_path / "second") as second:
        assert 3 == second.wait()
        assert 1 == len(second.lines)
        assert f"127.0.0.1:{daemon.port} is taken" in second.output
    assert "healthy" == daemon.health()["status"]


def test_an_address_that_is_not_ours_is_exit_code_1(tmp_path: Path) -> None:
    """A BIND that this machine does not have ends it with 1 and one line."""
    done = uma("serve", "--root", tmp_path, "--bind", "192.0.2.1", "--port", str(free_port()))

    assert 1 == done.returncode
    assert 1 == len(done.stderr.splitlines())
    assert done.stderr.endswith('reason="192.0.2.1 is not one of this machine\'s addresses"\n')


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["serve", "--config", "/nowhere/uma.cfg"], 1, "configuration file not found: /nowhere/uma.cfg"),
        (["serve", "--root", "/nowhere"], 1, "uma: --root: folder not found: /nowhere"),
        (["serve", "--port", "65536"], 2, "--port"),
        (["serve", "--port", "many"], 2, "--port"),
        (["serve", "--bind", "tower"], 2, "--bind"),
        (["serve", "--colour"], 2, "unrecognized arguments: --colour"),
        (["serve", "--log-format", "xml"], 2, "--log-format"),
        (["snapshot", "weather"], 2, "weather"),
        ([], 2, "COMMAND"),
        (["check-config", "/nowhere/uma.cfg"], 1, "file not found: /nowhere/uma.cfg"),
        (["snapshot", "storage", "--root", "/nowhere"], 1, "there is no /nowhere/var/local/emhttp"),
    ],
)
def test_invalid_arguments(arguments: list[str], code: int, words: str) -> None:
    """Each mistake has its exit code and is reported in one line on standard error, without a traceback."""
    done = uma(*arguments)

    assert code == done.returncode
    assert "" == done.stdout
    assert words in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_snapshots(tower: Path) -> None:
    """`uma snapshot` prints one message as the stream would carry it."""
    system, storage, details = (
        uma("snapshot", stream, "--root", tower) for stream in ("system", "storage", "storage/details")
    )

    assert (0, "stats") == (system.returncode, json.loads(system.stdout)["type"])
    assert (0, "storage_status") == (storage.returncode, json.loads(storage.stdout)["type"])
    assert (0, "storage_details") == (details.returncode, json.loads(details.stdout)["type"])
    assert "" == system.stderr + storage.stderr


def test_version() -> None:
    """`uma --version` names the program and its version."""
    assert re.fullmatch(r"uma \d{4}\.\d{2}\.\d{2}\w*\n", uma("--version").stdout)


def test_check_config(tmp_path: Path) -> None:
    """`uma check-config` prints every problem with its line and ends with 1, and with 0 where there is none."""
    good, bad = tmp_path / "good.cfg", tmp_path / "bad.cfg"
    good.write_text('PORT="34600"\n')
    bad.write_text('PORT="34600"\nBIND="tower"\nSTATS_INTERVAL="0"\n')
    fine, wrong = uma("check-config", good), uma("check-config", bad)

    assert (0, 1) == (fine.returncode, wrong.returncode)
    assert 2 == len(wrong.stdout.splitlines())
    for line, (number, key) in zip(wrong.stdout.splitlines(), ((2, "BIND"), (3, "STATS_INTERVAL")), strict=True):
        assert f"line {number}" in line
        assert key in line


def test_a_closed_output_is_no_failure(tower: Path) -> None:
    """A closed reader (`uma snapshot system | true`) causes neither a traceback nor an exit code."""
    environment = {name: value for name, value in clean_environment().items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "uma", "snapshot", "system", "--root", tower]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()

        assert b"" == process.stderr.read()
        assert 0 == process.wait(20)


async def test_docker_absent(daemon: Daemon) -> None:
    """Without Docker its address is open and silent; health shows the source unavailable and the daemon healthy."""
    async with crowd(daemon) as people:
        client = await people.join("docker/events")
        await asyncio.to_thread(daemon.newest, "system/stats")
        health = await asyncio.to_thread(daemon.health)

        assert "unavailable" == health["sources"]["docker"]["status"]
        assert "healthy" == health["status"]
        assert (200, "[]") == await people.get("/api/v1/docker/events")
        assert [] == client.frames
        assert None is client.close_code


def test_sigusr1_has_storage_looked_at(daemon: Daemon, tower: Path) -> None:
    """SIGUSR1, sent by the webGUI's event scripts, changes nothing if the files have not changed."""
    before = daemon.newest("storage/status")
    daemon.program.signal(signal.SIGUSR1)

    assert before["data"] == daemon.newest("storage/status")["data"]
    assert daemon.program.is_running()


async def test_a_change_of_the_array_arrives(daemon: Daemon, tower: Path) -> None:
    """A disk that emhttpd finds warmer is reported to every client within about a second, not at the next heartbeat."""
    disks = tower / "var/local/emhttp/disks.ini"
    async with crowd(daemon) as people:
        client = await people.join("storage/status")
        await becomes_true(lambda: bool(client.frames))
        disk = next(disk for disk in json.loads(client.frames[0])["data"]["disks"] if disk["temperature"] is not None)
        section = disks.read_text().partition(f'["{disk["name"]}"]')
        disks.write_text("".join(section[:2]) + section[2].replace(f'temp="{disk["temperature"]}"', 'temp="49"', 1))
        await becomes_true(
            lambda: any(
                each["name"] == disk["name"] and each["temperature"] == 49
                for each in json.loads(client.frames[-1])["data"]["disks"]
            )
        )


def test_json_logs_and_any_free_port(tower: Path, tmp_path: Path) -> None:
    """--log-format json: each line of the log is an object; --port 0: the first one has the chosen port."""
    command = [sys.executable, "-m", "uma", "serve", "--root", tower, "--bind", "127.0.0.1", "--port", "0"]
    with Program([*command, "--log-format", "json"], log=tmp_path / "log") as program:
        program.until_output("daemon started")
        started = json.loads(program.lines[0])
        with socket.create_connection(("127.0.0.1", started["port"])):
            pass
        program.signal(signal.SIGTERM)

        assert 0 == program.wait()
        assert "daemon started" == started["event"]
        assert "daemon stopped" == json.loads(program.lines[-1])["event"]


def test_make_run(tmp_path: Path) -> None:
    """`make run` first shows the origin of array, system and Docker data, and serves."""
    port = free_port()
    command = ["make", "--no-print-directory", "-C", str(CHECKOUT), "run", f"PORT={port}"]
    with Program(command, log=tmp_path / "output") as program:
        program.until_output("daemon started", 60)

        said = [line.partition(" ")[0] for line in program.lines]
        # Before them a checkout that has changed is made ready.
        assert ["Array:", "System:", "Dashboard:"] == [word for word in said if word.endswith(":")]
        assert f"Dashboard: http://127.0.0.1:{port}/\n" in program.lines
        with socket.create_connection(("127.0.0.1", port)):
            pass
        program.signal(signal.SIGTERM)
        until(lambda: not program.is_running())
