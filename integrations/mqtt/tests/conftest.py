"""A real Home Assistant, a real mosquitto, and a real daemon that publishes to it."""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
from tests.integration.daemon import Daemon
from tests.integration.mosquitto import Mosquitto
from tests.integration.programs import CHECKOUT


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
def home_assistant_may_connect(socket_enabled: None) -> None:
    """It may use sockets."""


@pytest.fixture
def expected_lingering_tasks() -> bool:
    """Home Assistant's own birth message waits until all is quiet, and may outlast a test."""
    return True


@pytest.fixture
def expected_lingering_timers() -> bool:
    """The same for the seconds after which a state expires."""
    return True


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running broker."""
    broker = Mosquitto(tmp_path / "mosquitto").start()
    yield broker
    broker.kill()


@pytest.fixture
def tower(tmp_path: Path) -> Path:
    """A copy of the project's own tree of an Unraid server."""
    return Path(shutil.copytree(CHECKOUT / "demo/tower", tmp_path / "tower", symlinks=True))


@pytest.fixture
def daemon(tmp_path: Path, tower: Path, broker: Mosquitto, request: pytest.FixtureRequest) -> Iterator[Daemon]:
    """A daemon that observes the tower and publishes to the broker; not started yet."""
    daemon = Daemon(tmp_path, tower).run_by(request.config.getoption("--uma-python"))
    daemon.configure(MQTT_HOST="127.0.0.1", MQTT_PORT=broker.port)
    yield daemon
    daemon.end()


PARTS = ("mqtt", "template", "sensor", "event", "entity")
"""Prefixes of the loggers whose warnings count."""

InThread = Callable[..., Awaitable[object]]


@pytest.fixture
async def in_thread(hass: HomeAssistant) -> InThread:
    """Run a blocking call while Home Assistant continues."""

    async def call(function, *arguments):
        return await hass.async_add_executor_job(function, *arguments)

    return call


@pytest.fixture
async def mqtt(hass: HomeAssistant, broker: Mosquitto, tmp_path: Path) -> AsyncIterator[MockConfigEntry]:
    """Home Assistant's MQTT integration, connected to the broker as its settings page sets it up."""
    (tmp_path / "configuration.yaml").touch()
    hass.config.config_dir = str(tmp_path)
    entry = MockConfigEntry(domain="mqtt", data={"broker": "127.0.0.1", "port": broker.port})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def complaints(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return Home Assistant's warnings and errors about received messages."""
    # The test kit records what is of less weight too, which takes a tenth of the time.
    caplog.set_level(logging.WARNING)

    def found() -> list[str]:
        return [
            f"{record.name}: {record.getMessage()}"
            for record in caplog.records
            if record.levelno >= logging.WARNING
            and any(word in record.name for word in ("mqtt", "template", "sensor", "event"))
        ]

    return found


async def until(predicate: Callable[[], object], what: Callable[[], object] = lambda: "", seconds: float = 40) -> None:
    """Wait until *predicate* holds; *what* describes the state on failure."""
    try:
        async with asyncio.timeout(seconds):
            while not predicate():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{predicate} did not come true: {what()}") from None


def state_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return an entity's state; None if it does not exist."""
    state = hass.states.get(entity_id)
    return None if state is None else state.state
