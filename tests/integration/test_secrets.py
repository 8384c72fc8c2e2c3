"""Secrets planted everywhere the daemon looks; its whole output in a run is searched for them."""

import asyncio
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from tests.fakes.docker import DAEMON_STREAMS, FakeDocker, docker_event
from tests.supervised import until
from uma.feeds import all_feeds
from uma.web.app import routes

from .daemon import STREAMS, Daemon
from .mosquitto import PROGRAM, Mosquitto, write_users
from .mqtt_reader import Reader
from .programs import clean_environment

CANARY = "CNRY"
"""Begins every planted secret, and nothing else anywhere."""

TOKEN = f"{CANARY}token4711"
PASSWORD = f"{CANARY}mqttpassword"
USER = f"{CANARY}mqttuser"
COOKIE = {"Cookie": f"unraid_0123456789abcdef={CANARY}session; csrf_token={CANARY}cookie"}

VAR = {
    key: f"{CANARY}{number}{key}"
    for number, key in enumerate(
        ("csrf_token", "flashGUID", "bootGUID", "regGUID", "tpmGUID", "regTo", "regFILE", "luksKeyfile", "luksKey")
    )
}
SERIAL = f"{CANARY}SERIAL9X"
"""With four more characters, which may be shown, each drive's serial number."""

ENVIRONMENT = {
    "label": f"{CANARY}label",
    "com.docker.compose.environment_hash": f"{CANARY}compose",
    "net.unraid.docker.webui": f"http://admin:{CANARY}webui@tower/",
    "env": f"PASSWORD={CANARY}env",
    "execID": f"{CANARY}exec",
}

SMART_HEAD = f"""\
=== START OF INFORMATION SECTION ===
Device Model:     WDC WD80EFAX-68KNBN0
Serial Number:    {SERIAL}0001
LU WWN Device Id: 5 000cca {CANARY}1
Logical Unit id:  0x{CANARY}2
IEEE EUI-64:      {CANARY}3
Namespace 1 IEEE EUI-64:            {CANARY}4
Firmware Version: 83.H0A83
"""

BAD_REQUESTS = [
    f"GET /api/v1/health?token={TOKEN}\r\n\r\n",
    f"GET /api/v1/health?token={TOKEN} HTTP/3.0\r\nHost: tower\r\n\r\n",
    f"GET /api/v1/health? token={TOKEN} HTTP/1.1\r\nHost: tower\r\n\r\n",
    f"GET /api/v1/health?token={TOKEN} HTTP/1.1\r\n\r\n",
    f"GET /api/v1/health?token={TOKEN} HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    f"GET http://tower:{TOKEN}/api/v1/health?token={TOKEN} HTTP/1.1\r\nHost: tower\r\n\r\n",
    f"GET /api/v1/health?token={TOKEN}\u00e4 HTTP/1.1\r\nHost: tower\r\n\r\n",
    f"BREW /api/v1/health?token={TOKEN} HTTP/1.1\r\nHost: tower\r\n\r\n",
    f"GET /api/v1/nothing?token={TOKEN} HTTP/1.1\r\nHost: tower\r\n\r\n",
    f"GET /api/v1/docker/events?limit={TOKEN}&token={TOKEN} HTTP/1.1\r\nHost: tower\r\n\r\n",
    f"POST /api/v1/health?token={TOKEN} HTTP/1.1\r\nHost: tower\r\nContent-Length: 30\r\n\r\n{TOKEN}",
    f"GET / HTTP/1.1\r\nHost: tower\r\nAuthorization: Bearer {TOKEN}\0\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: tower\r\nAuthorization: Bearer {TOKEN}\nX: y\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: tower\r\nAuthorization : Bearer {TOKEN}\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: tower\r\nCookie: {COOKIE['Cookie']}\x01\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: tower\r\nAuthorization: Bearer {TOKEN}\r\nX: {'x' * 20_000}\r\n\r\n",
    f"GET /api/v1/ws/system/stats?token={TOKEN} HTTP/1.1\r\nHost: tower\r\nUpgrade: websocket\r\n\r\n",
    (
        f"GET /api/v1/ws/system/stats HTTP/1.1\r\nHost: tower\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {TOKEN}\r\nSec-WebSocket-Protocol: uma.token.{TOKEN}\r\n\r\n"
    ),
    f"{TOKEN}\r\n\r\n",
    f"\x16\x03{TOKEN}",
]


def put_smartctl(folder: Path, answer: str) -> Path:
    """A smartctl in *folder* that gives *answer* for every drive, and notes in the file beside it how it was called."""
    folder.mkdir()
    program, calls = folder / "smartctl", folder / "calls"
    (folder / "answer").write_text(answer)
    program.write_text(f'#!/bin/sh\n{{ echo "$0" "$@"; env; }} >>{calls}\ncat {folder}/answer\n')
    program.chmod(0o755)
    return calls


def plant(tower: Path) -> None:
    """Put a secret at every possible place of the host."""
    state = tower / "var/local/emhttp"
    var = state / "var.ini"
    text = var.read_text()
    for key, secret in VAR.items():
        text = re.sub(rf'^{key}=".*"\n', "", text, flags=re.MULTILINE) + f'{key}="{secret}"\n'
    var.write_text(text)
    for name in ("disks.ini", "devs.ini"):
        numbers = iter(range(1, 1000))
        path = state / name
        # One number a drive, the same in id and idSb.
        known: dict[str, str] = {}

        def full_id(match: re.Match[str], known: dict[str, str] = known, numbers: Iterator[int] = numbers) -> str:
            model, _, serial = match[2].rpartition("_")
            known.setdefault(serial, f"{model}_{SERIAL}{next(numbers):04}")
            return f'{match[1]}="{known[serial]}"'

        path.write_text(re.sub(r'^(id|idSb)="(.+_.+)"$', full_id, path.read_text(), flags=re.MULTILINE))
        assert SERIAL in path.read_text()
    for path in (state / "smart").iterdir():
        path.write_text(path.read_text().replace("=== START", f"{SMART_HEAD}\n=== START", 1))
    config = tower / "boot/config"
    (config / "smart-one.cfg").write_text(f'["WDC_WD80EFAX-68KNBN0_{SERIAL}0001"]\nhotTemp="44"\n')
    for name in ("Pro.key", "passwd", "shadow"):
        (config / name).write_text(f"{CANARY}{name}:x:0:0:{CANARY}user\n")
    password = config / "plugins/uma/mqtt-password"
    password.parent.mkdir(parents=True, exist_ok=True)
    password.write_text(f"{PASSWORD}\n")
    password.chmod(0o600)
    log = tower / "var/log/syslog"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"Jun  1 12:00:00 tower emhttpd: {CANARY} of another program\n")


class Nginx:
    """Replaces the webGUI's nginx, and keeps what is posted to it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.bodies.append(repr(sorted(request.headers.items())).encode() + await request.read())
        return web.json_response(
            {"messages": 1, "requested": 0, "subscribers": 1, "last_message_id": "1:0"}, status=201
        )

    @contextlib.asynccontextmanager
    async def listening(self, socket: Path):
        socket.parent.mkdir(parents=True, exist_ok=True)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.UnixSite(runner, str(socket)).start()
        # As nginx does with its own.
        socket.chmod(0o666)
        try:
            yield
        finally:
            await runner.cleanup()


@contextlib.asynccontextmanager
async def ending(mosquitto: Mosquitto) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await asyncio.to_thread(mosquitto.kill)


def command(*arguments: str | Path, **environment: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "uma", *arguments],
        capture_output=True,
        timeout=60,
        check=False,
        env=clean_environment(**environment),
    )
    return done.stdout + done.stderr


async def said_at_one_address(session: aiohttp.ClientSession, headers: Mapping[str, str], messages: int) -> bytes:
    """Return the frames of the address of several streams, until *messages* have come."""
    heard: list[str] = []
    async with session.ws_connect("/api/v1/ws", headers=headers) as ws, asyncio.timeout(20):
        await ws.send_str("no command")
        for stream in STREAMS:
            # Of a life before: what is retained comes again.
            await ws.send_json({"action": "subscribe", "stream": stream, "epoch": "another", "seq": 1})
        while sum('"type":"message"' in frame for frame in heard) < messages:
            heard.append((await ws.receive()).data)
    return "\n".join(heard).encode()


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def seen_of(process: int) -> bytes:
    """The arguments and the environment of *process*."""
    return b"\0".join(Path(f"/proc/{process}/{name}").read_bytes() for name in ("cmdline", "environ"))


async def answer_to(port: int, request: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode())
    answer = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(1):
            answer = await reader.read(65536)
    writer.transport.abort()
    return answer


@pytest.mark.skipif(not PROGRAM, reason="there is no mosquitto on this machine")
@pytest.mark.timeout(180)
async def test_no_secret_gets_out(
    make_daemon: Callable[..., Daemon], tower: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No message, REST body, metric, log line, topic, webGUI page or diagnostics file contains a secret.

    Neither does an argument or the environment of a process, or a file that the daemon writes.
    """
    plant(tower)
    smart_calls = put_smartctl(tmp_path / "bin", (tower / "var/local/emhttp/smart/disk1").read_text())
    monkeypatch.setenv("PATH", str(smart_calls.parent), prepend=os.pathsep)
    (tower / "var/run").mkdir(parents=True, exist_ok=True)
    said: dict[str, bytes] = {}
    nginx = Nginx()
    users = write_users(tmp_path / "users", **{USER: PASSWORD})
    mosquitto = Mosquitto(tmp_path / "mosquitto", options=f"allow_anonymous true\npassword_file {users}").start()
    async with (
        FakeDocker(tmp_path / "docker.sock") as docker,
        nginx.listening(tower / "var/run/nginx.socket"),
        ending(mosquitto),
    ):
        docker.states = {"c0" * 32: "running"}
        docker.labels = ENVIRONMENT
        daemon = make_daemon(docker_socket=docker.socket)
        settings = {
            "TOKEN_SHA256": hashlib.sha256(TOKEN.encode()).hexdigest(),
            "LOG_LEVEL": "debug",
            "EXEC_EVENTS": "yes",
            "STATS_INTERVAL": 1,
            "STORAGE_INTERVAL": 5,
            "MQTT_HOST": "127.0.0.1",
            "MQTT_PORT": mosquitto.port,
            "MQTT_USER": USER,
            "SMART": "query",
            "CONTROL": "yes",
            # Possible mistakes in the file
            "TOKEN": TOKEN,
            "MQTT_PASSWORD": PASSWORD,
        }
        daemon.configure(**settings)
        # Where the other commands look for it.
        shutil.copy(daemon.config_file, tower / "boot/config/plugins/uma/uma.cfg")
        planted = files_below(tower)
        reader = Reader(mosquitto.port)
        await asyncio.to_thread(reader.__enter__)
        await asyncio.to_thread(daemon.start)
        await until(lambda: docker.streams == DAEMON_STREAMS)
        bearer = {"Authorization": f"Bearer {TOKEN}", **COOKIE}
        async with aiohttp.ClientSession(f"http://127.0.0.1:{daemon.port}", headers=COOKIE) as session:
            forms = ({"headers": bearer}, {"params": {"token": TOKEN}}, {"protocols": [f"uma.token.{TOKEN}"]})
            sockets = [
                await session.ws_connect(f"/api/v1/ws/{stream}", **form)
                for stream, form in zip(STREAMS, forms, strict=True)
            ]
            for action in ("create", "exec_create: sh", "start", "die", "kill", "destroy", "health_status: unhealthy"):
                docker.emit(docker_event(action, at=time.time_ns(), exitCode="1", signal="9", **ENVIRONMENT))
            for ws, stream in zip(sockets, STREAMS, strict=True):
                messages: list[str] = []
                async with asyncio.timeout(20):
                    while len(messages) < (7 if stream == "docker/events" else 2):
                        messages.append((await ws.receive()).data)
                said[f"messages of {stream}"] = "\n".join(messages).encode()
            asked = [(route.method, route.path.replace("{name:.+}", "index.html")) for route in routes(all_feeds())]
            asked += [("GET", "/api/v1/nothing"), ("PUT", "/api/v1/health")]
            for method, path in asked:
                for headers, query in ((bearer, {}), (COOKIE, {"token": TOKEN}), (COOKIE, {"token": f"{TOKEN}x"})):
                    async with session.request(method, path, headers=headers, params=query) as response:
                        key = f"{method} {path} {response.status} {len(said)}"
                        said[key] = repr(response.headers).encode() + await response.read()
            said["messages of several streams"] = await said_at_one_address(session, bearer, len(STREAMS) + 6)
            for containers in (["c0" * 32, "no" * 32], [TOKEN[:3]], 1):
                for headers, query in ((bearer, {}), (COOKIE, {"token": TOKEN})):
                    async with session.post(
                        "/api/v1/docker/containers/bulk/stop",
                        json={"container_ids": containers},
                        headers=headers,
                        params=query,
                    ) as response:
                        said[f"control {response.status} {len(said)}"] = await response.read()
            openmetrics = {**bearer, "Accept": "application/openmetrics-text"}
            async with session.get("/metrics", headers=openmetrics) as response:
                assert response.status == 200
                said["openmetrics"] = await response.read()
            for number, request in enumerate(BAD_REQUESTS):
                said[f"bad request {number}"] = await answer_to(daemon.port, request)
            for ws in sockets:
                await ws.close()
        await until(lambda: any(b"health_status" in each.payload for each in reader.heard), 30)
        said["broker"] = b"\n".join(each.topic.encode() + b" " + each.payload for each in reader.heard)
        await asyncio.to_thread(reader.__exit__)
        for query, environment in (("", {"UMA_TOKEN": f"{TOKEN}x"}), (f"?token={TOKEN}x", {})):
            address = f"ws://{daemon.server}/api/v1/ws/system/stats{query}"
            said[f"watch {len(said)}"] = await asyncio.to_thread(command, "watch", address, **environment)
        # Half-written state and unreadable settings are mentioned in the log.
        var = tower / "var/local/emhttp/var.ini"
        whole = var.read_text()
        var.write_text(f'csrf_token="{CANARY}half')
        daemon.config_file.write_text(f'TOKEN_SHA256="{TOKEN}"\nTOKEN_SHA256 {TOKEN}\nMQTT_PASSWORD "{PASSWORD}"\n')
        said["check-config"] = await asyncio.to_thread(command, "check-config", daemon.config_file)
        daemon.program.signal(signal.SIGHUP)
        await asyncio.to_thread(daemon.program.until_output, '"settings reloaded"')
        var.write_text(whole)
        said["processes"] = seen_of(daemon.program.process.pid)
        said["smartctl"] = smart_calls.read_bytes()
        said |= {f"file {path}": path.read_bytes() for path in files_below(tower) - planted}
        said["status"] = await asyncio.to_thread(command, "status", "--root", tower)
        for stream in ("system", "storage"):
            said[f"snapshot {stream}"] = await asyncio.to_thread(command, "snapshot", stream, "--root", tower)
        with (tower / "var/log/syslog").open("a") as log:
            log.writelines(f"Jun  1 12:00:00 tower uma: {line}" for line in daemon.program.lines)
        done = await asyncio.to_thread(command, "diagnostics", "--root", tower, tmp_path / "d.zip")
        said["diagnostics"] = done
        with zipfile.ZipFile(tmp_path / "d.zip") as archive:
            said |= {f"diagnostics {name}": archive.read(name) for name in archive.namelist()}
        await asyncio.to_thread(daemon.stop)
    said["log"] = daemon.log.read_bytes()
    said["nginx"] = b"\n".join(nginx.bodies)
    hidden = [secret.lower().encode() for secret in (CANARY, settings["TOKEN_SHA256"])]
    leaks = [
        f"{where}: {text[max(0, text.lower().find(secret) - 100) :][:200]!r}"
        for where, text in said.items()
        for secret in hidden
        if secret in text.lower()
    ]

    assert not leaks, "\n".join(leaks)
    # Without any output nothing would be found.
    events = [json.loads(line) for line in said["messages of docker/events"].splitlines()]
    assert {"create", "exec_create", "start", "die", "kill", "destroy", "health_status"} == {
        event["data"]["action"] for event in events
    }
    assert b'"id":"ALDER_NAS160K-7E2100_0001"' in said["messages of storage/status"]
    assert b'"type":"docker_event"' in said["messages of several streams"]
    assert b"smartctl -n standby" in said["smartctl"]
    assert any(name.startswith("control 200") for name in said)
    assert any(name.startswith("GET /api/v1/nothing 404") for name in said)
    assert b"MQTT_USER (set)" in said["diagnostics uma-diagnostics/settings.txt"]
    assert any(b"answers 401" in text for text in said.values())
    assert any(name.endswith("var/run/uma.json") for name in said)
    assert b"uma_disk_temperature_celsius{" in said["openmetrics"]
    assert b"(left out)" in said["diagnostics uma-diagnostics/root/var/local/emhttp/var.ini"]
    assert b"Device Model" in said["diagnostics uma-diagnostics/root/var/local/emhttp/smart/disk1"]
    assert b"settings reloaded" in said["diagnostics uma-diagnostics/log.txt"]
    assert b"setting ignored" in said["log"]
    assert nginx.bodies
