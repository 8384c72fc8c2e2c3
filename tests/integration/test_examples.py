"""The project's examples with a real daemon, run as their README says."""

import asyncio
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .browser import Browser
from .conftest import is_alone
from .containers import lead_lives
from .daemon import STREAMS, Daemon, free_port
from .dockerd import Dockerd
from .programs import CHECKOUT, NODE_MODULES, Program, clean_environment, until

EXAMPLES = CHECKOUT / "examples"
DASHBOARD = EXAMPLES / "browser/dashboard.html"
TOKEN = "0123456789abcdef"


@pytest.fixture
def command(request: pytest.FixtureRequest) -> list[str]:
    """Return the command that starts the example of this name."""
    if request.param in ("python", "resuming"):
        name = "resuming" if request.param == "resuming" else "monitor"
        return [sys.executable, str(EXAMPLES / f"python/{name}.py")]
    if request.param == "node":
        return [request.getfixturevalue("node"), str(EXAMPLES / "node/monitor.js")]
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    return [str(EXAMPLES / "curl/stats.sh")]


def start(command: list[str], tmp_path: Path, *arguments: str, log: str = "output", **environment: str) -> Program:
    """The example, with its output in a file; Node finds the tests' modules."""
    return Program(
        [*command, *arguments],
        log=tmp_path / log,
        environment=clean_environment(NODE_PATH=str(NODE_MODULES), **environment),
    )


@pytest.mark.parametrize("command", ["python", "node"], indirect=True)
@pytest.mark.smoke
def test_monitor_survives_a_restart(restored_daemon: Daemon, command: list[str], tmp_path: Path) -> None:
    """The monitors print stats and storage, give the reason of a disconnection, and are back after a restart."""
    with start(command, tmp_path, restored_daemon.server) as client:
        client.until_output("CPU ")
        client.until_output("Array started, protected; ")
        restored_daemon.stop()
        for stream in STREAMS:
            client.until_output(f"Disconnected from {stream}: 1001 the daemon stops")
        restored_daemon.start()
        for stream in STREAMS:
            client.until_output(f"Connected to {stream}", 30, times=2)
        client.until_output("Array started, protected; ", times=2)

        assert client.is_running()
        assert not re.search("Traceback|Uncaught", client.output)


@pytest.mark.parametrize("command", ["python", "node", "curl"], indirect=True)
def test_the_server_may_come_from_the_environment(steady_daemon: Daemon, command: list[str], tmp_path: Path) -> None:
    """Without an argument the server is UMA_SERVER; an argument overrides it."""
    with start(command, tmp_path, UMA_SERVER=steady_daemon.server):
        until(lambda: steady_daemon.connections()["system/stats"] == 1)
    until(lambda: steady_daemon.connections()["system/stats"] == 0)
    with start(command, tmp_path, steady_daemon.server, UMA_SERVER="127.0.0.1:9"):
        until(lambda: steady_daemon.connections()["system/stats"] == 1)


@pytest.fixture(scope="module")
def locked_daemon(make_lasting_daemon: Callable[..., Daemon]) -> Daemon:
    """A running daemon that requires a token."""
    daemon = make_lasting_daemon()
    daemon.configure(TOKEN_SHA256=hashlib.sha256(TOKEN.encode()).hexdigest())
    return daemon.start()


@pytest.mark.parametrize("command", ["python", "resuming", "node", "curl"], indirect=True)
def test_a_token_comes_from_the_environment(locked_daemon: Daemon, command: list[str], tmp_path: Path) -> None:
    """With UMA_TOKEN each gets data; without it each explains what is required, without a traceback."""
    until(lambda: is_alone(locked_daemon.health_by(TOKEN)), 20, what="the end of earlier clients")
    with start(command, tmp_path, locked_daemon.server, log="refused") as client:
        client.until_output("Authorization: Bearer")
        client.wait()

        assert not re.search("Traceback|Uncaught", client.output)
    with start(command, tmp_path, locked_daemon.server, UMA_TOKEN=TOKEN):
        until(lambda: 1 in _clients_of(locked_daemon.health_by(TOKEN)))


@pytest.mark.parametrize("command", ["python", "resuming", "node"], indirect=True)
def test_they_end_quietly_with_the_reader_of_their_output(steady_daemon: Daemon, command: list[str]) -> None:
    """As in ``monitor.py | head``: exit code 0, and no traceback."""
    reader, writer = os.pipe()
    os.close(reader)
    environment = clean_environment(NODE_PATH=str(NODE_MODULES))
    try:
        ended = subprocess.run(
            [*command, steady_daemon.server],
            stdout=writer,
            stderr=subprocess.PIPE,
            env=environment,
            check=False,
            timeout=60,
        )
    finally:
        os.close(writer)

    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize("command", ["python", "node"], indirect=True)
def test_another_web_server_is_no_crash(site: int, command: list[str], tmp_path: Path) -> None:
    """If a web server that is not UMA answers with a page, each monitor names that server and ends."""
    with start(command, tmp_path, f"127.0.0.1:{site}") as client:
        client.wait()

    assert f"127.0.0.1:{site}" in client.output
    assert not re.search("Traceback|Uncaught|SyntaxError", client.output)


def _clients_of(health: dict[str, Any]) -> tuple[int, int]:
    """Connections of the stream itself, and subscriptions to it."""
    return health["streams"]["system/stats"]["connections"], health["multiplex"]["subscriptions"]["system/stats"]


@pytest.mark.parametrize("command", ["python", "resuming", "node", "curl"], indirect=True)
def test_help_needs_nothing(command: list[str]) -> None:
    """Each explains itself with exit code 0, on a machine without its library too."""
    shown = subprocess.run(
        # -I leaves the user's packages out, -S all others.
        [*command[:-1], *(("-I", "-S") if command[0] == sys.executable else ()), command[-1], "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=clean_environment(),
    )

    assert "[server" in shown.stdout
    assert "UMA_TOKEN" in shown.stdout
    assert not shown.stderr


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("python", "This needs websockets 14 or later: pip install websockets"),
        ("resuming", "This needs websockets 14 or later: pip install websockets"),
        ("node", "This needs ws: npm install"),
    ],
    indirect=["command"],
)
def test_a_missing_library_is_named(command: list[str], words: str, tmp_path: Path) -> None:
    """Without its library each example says how to install it."""
    copy = shutil.copy(command[-1], tmp_path)
    # Node looks in all folders above, too.
    absent = tmp_path / "node_modules/ws/index.js"
    absent.parent.mkdir(parents=True)
    absent.write_text("throw new Error('none')")
    options = ("-I", "-S") if command[0] == sys.executable else ()
    ended = subprocess.run([command[0], *options, copy], capture_output=True, text=True, check=False, timeout=60)

    assert ended.returncode == 1
    assert ended.stderr == f"{words}\n"


@pytest.mark.parametrize("command", ["python", "resuming", "node", "curl"], indirect=True)
def test_an_address_may_be_copied_from_a_browser(steady_daemon: Daemon, command: list[str], tmp_path: Path) -> None:
    """Each example understands a page's address."""
    with start(command, tmp_path, f"http://{steady_daemon.server}/fleet"):
        until(lambda: 1 in _clients_of(steady_daemon.health()))


@pytest.mark.parametrize(
    ("command", "written"),
    [
        *((name, written) for name in ("python", "resuming", "node") for written in ("tower:abc", "::1")),
        *((name, written) for name in ("python", "resuming", "node", "curl") for written in ("tower:", "me@tower")),
        *((name, "tower..lan") for name in ("python", "resuming")),
        ("curl", "https://"),
    ],
    indirect=["command"],
)
def test_an_invalid_address_is_named(command: list[str], written: str, tmp_path: Path) -> None:
    """An address that can't be one ends the example with a sentence."""
    with start(command, tmp_path, written) as client:
        assert client.wait() == 1
        assert client.output == f"{written} is not the address of a server, such as tower:34600\n"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("tower", "ws://tower:34600"),
        ("tower:80", "ws://tower:80"),
        ("http://tower/", "ws://tower:34600"),
        ("[::1]", "ws://[::1]:34600"),
        ("[::1]:81", "ws://[::1]:81"),
        ("https://tower/", "wss://tower"),
        ("https://tower:34600/fleet", "wss://tower:34600"),
        ("wss://tower:34600", "wss://tower:34600"),
    ],
)
def test_a_port_may_be_left_out(written: str, address: str, node: str, tmp_path: Path) -> None:
    """A server's name is enough: the port is UMA's, or with https a browser's own."""
    (tmp_path / "ws.js").write_text("module.exports = class { constructor(url) { throw url } }")
    (tmp_path / "curl").write_text('#!/bin/sh\nshift $(($# - 1))\necho "$1"\n')
    (tmp_path / "curl").chmod(0o755)
    (tmp_path / "websockets/asyncio").mkdir(parents=True)
    (tmp_path / "websockets/__init__.py").write_text("def connect(url, **_): raise SystemExit(url)")
    (tmp_path / "websockets/asyncio/client.py").write_text("process_exception = None")
    for command, environment in (
        ([node, "node/monitor.js"], {"NODE_PATH": str(tmp_path)}),
        ([sys.executable, "python/monitor.py"], {"PYTHONPATH": str(tmp_path)}),
        ([sys.executable, "python/resuming.py"], {"PYTHONPATH": str(tmp_path)}),
        (["curl/stats.sh"], {"PATH": f"{tmp_path}:{os.environ['PATH']}"}),
    ):
        done = subprocess.run(
            [*command[:-1], EXAMPLES / command[-1], written],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=clean_environment(**environment),
        )
        wanted = address.replace("ws", "http", 1) if command == ["curl/stats.sh"] else address
        assert f"{wanted}/api/v1/ws" in done.stdout + done.stderr, command


@pytest.mark.parametrize("command", ["python", "node", "curl"], indirect=True)
def test_nothing_listens(command: list[str], tmp_path: Path) -> None:
    """Each example reports that nothing listens."""
    with start(command, tmp_path, f"127.0.0.1:{free_port()}") as client:
        client.until_output("127.0.0.1")

        assert re.search("refused|connect", client.output.lower())


@pytest.mark.parametrize("command", ["python", "node", "curl"], indirect=True)
def test_the_server_is_this_machine_where_nothing_is_said(command: list[str]) -> None:
    """Each uses this machine by address: Node 18 resolves localhost to ::1 only, where UMA does not listen."""
    text = Path(command[-1]).read_text()

    assert "127.0.0.1:34600" in text
    assert "localhost" not in text


@pytest.mark.parametrize("command", ["curl"], indirect=True)
@pytest.mark.parametrize(("stream", "kind"), [((), "stats"), (("storage/status",), "storage_status")])
def test_curl(steady_daemon: Daemon, command: list[str], tmp_path: Path, stream: tuple[str, ...], kind: str) -> None:
    """The script prints the answer's head and the messages of the requested stream."""
    with start(command, tmp_path, steady_daemon.server, *stream) as curl:
        curl.until_output(f'{{"type":"{kind}"')

        assert curl.output.startswith("HTTP/1.1 101 ")
        assert curl.is_running()


def test_dashboard_shows_the_server_and_survives_a_restart(restored_daemon: Daemon, browser: Browser) -> None:
    """The page, opened from disk, shows stats and every disk, reports a missing daemon, and comes back."""
    storage = restored_daemon.newest("storage/status")["data"]
    page = browser.open(f"{DASHBOARD.as_uri()}?server={restored_daemon.server}")
    page.until_evaluates(r"/^\d+\.\d %$/.test(document.getElementById('cpu').textContent)")
    page.until_evaluates("document.getElementById('disks').children.length")

    assert "null" == page.evaluate("self.origin")
    assert restored_daemon.server == page.text("server")
    assert "connected" == page.text("state")
    assert page.evaluate(r"/^\d+\.\d %$/.test(document.getElementById('memory').textContent)")
    assert page.evaluate(r"/^\d+d \d+h \d+m$/.test(document.getElementById('uptime').textContent)")
    assert f"{storage['array_status']}, {storage['array_protection']}" == page.text("array")
    names = page.evaluate("[...document.getElementById('disks').rows].map((row) => row.cells[0].textContent)")
    assert [disk["name"] for disk in storage["disks"] + storage["cache_disks"]] == names
    assert [] == page.said("uncaught") + page.said("error")

    restored_daemon.stop()
    page.until_evaluates("document.getElementById('state').textContent === 'disconnected'")
    page.evaluate("document.getElementById('cpu').textContent = ''")
    restored_daemon.start()
    page.until_evaluates("document.getElementById('cpu').textContent", 40)
    assert "connected" == page.text("state")
    assert [] == page.said("uncaught")
    page.close()


def test_dashboard_from_disk_with_a_token(locked_daemon: Daemon, browser: Browser) -> None:
    """The page, opened from disk with `&token=`, shows the figures of a server with a token."""
    page = browser.open(f"{DASHBOARD.as_uri()}?server={locked_daemon.server}&token={TOKEN}")
    page.until_evaluates(r"/^\d+\.\d %$/.test(document.getElementById('cpu').textContent)")

    assert "null" == page.evaluate("self.origin")
    page.close()


def test_docker_events_in_every_client(
    make_daemon: Callable[..., Daemon], dockerd: Dockerd, browser: Browser, node: str, tmp_path: Path
) -> None:
    """The page and the monitors show a container's actions and their results."""
    daemon = make_daemon(docker_socket=dockerd.socket).start()
    daemon.until_source("docker", "ok")
    page = browser.open(f"{DASHBOARD.as_uri()}?server={daemon.server}")
    with (
        start([sys.executable, str(EXAMPLES / "python/monitor.py")], tmp_path, daemon.server, log="python") as python,
        start([node, str(EXAMPLES / "node/monitor.js")], tmp_path, daemon.server, log="node") as node_js,
    ):
        daemon.until_connections("docker/events", 3)
        asyncio.run(lead_lives(dockerd, ["plex"]))
        for program in (python, node_js):
            program.until_output("Docker: plex destroy, now removed")
            assert "Docker: plex start, now running" in program.output
    lines = "[...document.getElementById('docker-events').children].map((line) => line.textContent)"
    page.until_evaluates(f"{lines}.length === 4")

    assert ["plex: destroy (removed)", "plex: die (exited)", "plex: start (running)"] == page.evaluate(lines)[:3]
    page.close()


def test_dashboard_is_for_this_machine_where_nothing_is_said(browser: Browser) -> None:
    """Without ?server= the page uses port 34600 of this machine."""
    page = browser.open(DASHBOARD)
    assert "127.0.0.1:34600" == page.text("server")
    assert page.evaluate("stats.url").startswith("ws://127.0.0.1:34600/")
    page.close()


@pytest.mark.parametrize("name", ["dashboard", "resuming"])
def test_a_page_takes_an_address_from_a_browser(steady_daemon: Daemon, browser: Browser, name: str) -> None:
    """A page understands another page's address, and names one that can't be one."""
    page = browser.open(f"{(EXAMPLES / f'browser/{name}.html').as_uri()}?server=http://{steady_daemon.server}/fleet")
    page.until_evaluates("document.getElementById('state').textContent === 'connected'")
    assert steady_daemon.server == page.text("server")
    page.close()
    page = browser.open(f"{(EXAMPLES / f'browser/{name}.html').as_uri()}?server=tower:")
    shown = page.evaluate("document.querySelector('h1').textContent")
    assert "tower: is not the address of a server, such as tower:34600" == shown
    page.close()


def test_closing_a_reconnecting_socket_ends_it_for_good(steady_daemon: Daemon, browser: Browser) -> None:
    """After close() no connection is left and none is retried."""
    page = browser.open(f"{DASHBOARD.as_uri()}?server={steady_daemon.server}")
    page.until_evaluates("document.getElementById('state').textContent === 'connected'")
    # A retry would come within a millisecond.
    page.evaluate("stats.delay = 1, globalThis.former = stats.socket, stats.close()")
    until(lambda: steady_daemon.connections()["system/stats"] == 0)
    page.evaluate("new Promise((resolve) => setTimeout(resolve, 500))")

    assert page.evaluate("stats.socket === former && former.readyState === WebSocket.CLOSED")
    assert 0 == steady_daemon.connections()["system/stats"]
    page.close()


def test_reconnecting_class_in_node(steady_daemon: Daemon, node: str, tmp_path: Path) -> None:
    """The class is a module for Node too, with Node's own WebSocket since version 22."""
    version = int(
        subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout[1:].split(".")[0]
    )
    flags = [] if version >= 22 else ["--experimental-websocket"]
    script = f"""
        const {{ ReconnectingSocket }} = require('{EXAMPLES}/browser/reconnecting.js');
        const socket = new ReconnectingSocket('{steady_daemon.stream_url("system/stats")}', (message) => {{
            console.log(message.type);
            socket.close();
        }});
    """
    with Program([node, *flags, "-e", script], log=tmp_path / "output") as program:
        assert 0 == program.wait()
        assert "stats" in program.output.splitlines()


def test_readme_names_every_example() -> None:
    """The README links each client, and nothing else."""
    linked = set(re.findall(r"\]\(([^)]+)\)", (EXAMPLES / "README.md").read_text()))
    clients = {
        str(path.relative_to(EXAMPLES))
        for path in EXAMPLES.rglob("*.*")
        if path.suffix in (".py", ".js", ".sh", ".html")
    }
    assert clients == linked
