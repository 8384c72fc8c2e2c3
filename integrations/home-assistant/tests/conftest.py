"""A real Home Assistant, and its servers: a daemon process, or a scripted server."""

import asyncio
import logging
import shutil
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

# Before the test kit adds its own folder of that name.
import custom_components.uma
import custom_components.websocket
import pytest
import pytest_socket
from homeassistant.core import HomeAssistant
from peers import Server
from tests.integration.daemon import Daemon
from tests.integration.programs import CHECKOUT

assert custom_components.websocket
assert custom_components.uma


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add an option for the daemon's Python: Home Assistant's lacks its libraries."""
    parser.addoption("--uma-python", default=str(CHECKOUT / ".venv/bin/python"))


@pytest.fixture(autouse=True)
async def enable_event_loop_debug() -> None:
    """Have asyncio check the thread of each call, in place of the test kit's fixture of this name.

    The origin of each future and each call, for messages that no test reads, would take a quarter of the time.
    """
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    # The loop itself looks at another attribute.
    loop.get_debug = lambda: False


@pytest.fixture(autouse=True)
def home_assistant_as_installed(socket_enabled: None, enable_custom_integrations: None) -> None:
    """It may use sockets and finds what is in custom_components."""


@pytest.fixture
def daemon(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Daemon]:
    """A daemon that observes the project's own tree of an Unraid server; not started yet."""
    daemon = Daemon(tmp_path, CHECKOUT / "demo/tower").run_by(request.config.getoption("--uma-python"))
    yield daemon
    daemon.end()


@pytest.fixture
def demo(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Daemon]:
    """A daemon of the project's demo, with containers and virtual machines; not started yet."""
    tower = Path(shutil.copytree(CHECKOUT / "demo/tower", tmp_path / "tower", symlinks=True))
    daemon = Daemon(tmp_path, tower).as_demo().run_by(request.config.getoption("--uma-python"))
    yield daemon
    daemon.end()


@pytest.fixture(scope="session")
def steady_demo(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Daemon]:
    """A running daemon of the project's demo, for tests that don't change it: each start costs half a second of CPU."""
    # The test kit's permission comes with each test.
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("steady")
    tower = Path(shutil.copytree(CHECKOUT / "demo/tower", folder / "tower", symlinks=True))
    daemon = Daemon(folder, tower).as_demo().run_by(request.config.getoption("--uma-python"))
    yield daemon.start()
    daemon.end()


@pytest.fixture
def make_tower(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[Path], Daemon]]:
    """Makes a daemon of the demo's tower and the Docker at a socket; not started yet."""
    daemons: list[Daemon] = []

    def make(socket: Path) -> Daemon:
        root = Path(shutil.copytree(CHECKOUT / "demo/tower", tmp_path / "tower", symlinks=True))
        shutil.rmtree(root / "demo", ignore_errors=True)
        daemons.append(Daemon(tmp_path, root, docker_socket=socket).run_by(request.config.getoption("--uma-python")))
        return daemons[-1]

    yield make
    for daemon in daemons:
        daemon.end()


MakeServer = Callable[..., Awaitable[Server]]


@pytest.fixture
async def make_server(hass: HomeAssistant) -> AsyncIterator[MakeServer]:
    """Makes servers that end with the test, before Home Assistant does."""
    servers: list[Server] = []

    async def make(tls: ssl.SSLContext | None = None) -> Server:
        servers.append(await Server(tls).start())
        return servers[-1]

    yield make
    # First, or it would keep retrying.
    await hass.async_stop(force=True)
    for server in servers:
        await server.stop()


@pytest.fixture
async def server(make_server: MakeServer) -> Server:
    """A server, running."""
    return await make_server()


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """The warnings and errors that the integration has logged, Home Assistant's templates' too."""

    def found() -> list[str]:
        return [
            record.getMessage()
            for record in caplog.records
            if record.levelno >= logging.WARNING
            and (record.name.startswith("custom_components.") or "template" in record.name)
        ]

    return found
