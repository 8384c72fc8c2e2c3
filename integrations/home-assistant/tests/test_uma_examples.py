"""The README's automations, word for word, in a real Home Assistant that follows a real daemon."""

import re
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from containers import Docker
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
from peers import until
from pytest_homeassistant_custom_component.common import async_fire_time_changed, async_mock_service
from servers import add, in_thread, until_is
from tests.integration.daemon import Daemon

README = Path(__file__).parents[1] / "README.md"


def automations() -> dict[str, Any]:
    """The configuration in the README."""
    (text,) = re.findall(r"```yaml\n(automation:.*?)```", README.read_text(), re.DOTALL)
    found: dict[str, Any] = parse_yaml(text)
    return found


def replace(path: Path, *changes: tuple[str, str]) -> None:
    """Write a state file as emhttpd does: at once, under its name."""
    text = path.read_text()
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


@pytest.fixture
async def docker(tmp_path: Path) -> AsyncIterator[Docker]:
    """A Docker with Plex."""
    async with Docker(tmp_path / "docker.sock") as docker:
        docker.make("plex", quietly=True)
        yield docker


@pytest.fixture
async def messages(hass: HomeAssistant) -> list[str]:
    """Messages of the automations."""
    calls: list[ServiceCall] = async_mock_service(hass, "notify", "notify")

    class Messages(list[str]):
        def __iter__(self) -> Any:
            return iter([call.data["message"] for call in calls])

    return Messages()


async def test_the_automations_of_the_readme(
    hass: HomeAssistant,
    make_tower: Callable[[Path], Daemon],
    docker: Docker,
    tmp_path: Path,
    messages: list[str],
    warnings: Callable[[], list[str]],
):
    """Each sends its sentence when its event happens, and none does when everything is back after a restart."""
    tower = make_tower(docker.socket)
    emhttp = tmp_path / "tower/var/local/emhttp"
    disks, var = emhttp / "disks.ini", emhttp / "var.ini"
    awake = '["disk3"]', 'device="sde"'
    text = disks.read_text()
    start = text.index(awake[0])
    section = text[start : text.index('["', start + 2)]
    asleep = section.replace('spundown="0"', 'spundown="1"').replace('temp="33"', 'temp="*"')
    asleep = asleep.replace('color="green-on"', 'color="green-blink"')
    await in_thread(hass, replace, disks, (section, asleep))
    await in_thread(hass, tower.start)
    entry = await add(hass, tower)
    await until_is(hass, entry, "sensor", "disk:disk3:disk_status", "standby")
    await until_is(hass, entry, "binary_sensor", "container:plex:container_running", "on")
    configuration = automations()
    assert await async_setup_component(hass, "automation", configuration)
    await hass.async_block_till_done()
    assert len(hass.states.async_entity_ids("automation")) == len(configuration["automation"])

    await in_thread(hass, replace, disks, (asleep, section))
    await until(lambda: "Disk 3 has spun up" in list(messages))

    now = int(time.time())
    moving = (
        ('mdResync="0"', 'mdResync="15628042532"'),
        ('mdResyncPos="0"', 'mdResyncPos="7814021266"'),
        ('mdResyncDt="0"', 'mdResyncDt="5"'),
        ('mdResyncDb="0"', 'mdResyncDb="732421"'),
        ('sbSynced2="1748827841"', 'sbSynced2="0"'),
        ('sbSynced="1748732100"', f'sbSynced="{now - 60000}"'),
    )
    await in_thread(hass, replace, var, *moving)
    await until_is(hass, entry, "sensor", "parity_status", "running")
    back = [(after, before) for before, after in moving[:4]]
    ended = (('sbSynced2="0"', f'sbSynced2="{now}"'),)
    await in_thread(hass, replace, var, *back, *ended)
    await until_is(hass, entry, "sensor", "parity_status", "idle")
    await until(lambda: "parity check has finished, errors: 0" in list(messages))

    # A daemon that stops and starts again causes no message.
    said = list(messages)
    await in_thread(hass, tower.stop)
    await until_is(hass, entry, "sensor", "array_status", "unavailable")
    await in_thread(hass, tower.start)
    await until_is(hass, entry, "binary_sensor", "container:plex:container_running", "on")
    await hass.async_block_till_done()
    assert list(messages) == said

    docker.end("plex", exitCode="1")
    await until(lambda: "plex died" in list(messages))
    await until_is(hass, entry, "binary_sensor", "container:plex:container_running", "off")
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=70))
    await until(lambda: "Plex has been down for a minute" in list(messages))
    await until(lambda: [each for each in messages if each.startswith("plex ended with")])
    assert warnings() == []
    assert await hass.config_entries.async_unload(entry.entry_id)
