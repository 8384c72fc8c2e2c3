"""A real daemon that stops and starts, with changing disks and containers: Home Assistant loses nothing."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from containers import Docker
from custom_components.uma.client import Address
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from odd_server import ID, OddServer, friendly, introduction
from peers import until
from pytest_homeassistant_custom_component.common import MockConfigEntry
from servers import TOKEN, add, data_of, entity_id, in_thread, state, until_is
from tests.integration.daemon import Daemon

RUNNING = "container:{}:container_running"


@pytest.fixture(autouse=True)
async def unload(hass: HomeAssistant) -> AsyncIterator[None]:
    """Unload every entry at the end."""
    yield
    for entry in hass.config_entries.async_entries("uma"):
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def docker(tmp_path: Path) -> AsyncIterator[Docker]:
    """A Docker with two containers."""
    async with Docker(tmp_path / "docker.sock") as docker:
        docker.make("plex", health="healthy", quietly=True)
        docker.make("sonarr", state="exited", quietly=True)
        yield docker


@pytest.fixture
def tower(docker: Docker, make_tower: Callable[[Path], Daemon]) -> Daemon:
    """A daemon of the demo's tower and that Docker; not started yet."""
    return make_tower(docker.socket)


async def test_unavailable_while_it_is_gone(hass: HomeAssistant, demo: Daemon, caplog: pytest.LogCaptureFixture):
    """If the daemon stops, everything is unavailable; afterwards every entity is back. The log has one line each."""
    await in_thread(hass, demo.start)
    entry = await add(hass, demo)
    before = {each.entity_id for each in hass.states.async_all()}
    assert len(before) > 100
    await in_thread(hass, demo.stop)
    await until_is(hass, entry, "sensor", "array_status", STATE_UNAVAILABLE, 3)
    assert {each.state for each in hass.states.async_all()} == {STATE_UNAVAILABLE}
    await asyncio.sleep(1.5)
    await in_thread(hass, demo.start)
    await until_is(hass, entry, "sensor", "array_status", "started")
    await until_is(hass, entry, "binary_sensor", RUNNING.format("pihole"), "on")
    assert {each.entity_id for each in hass.states.async_all()} == before
    assert state(hass, entry, "sensor", "disk:disk6:disk_temperature") == "unknown"
    said = [record.getMessage() for record in caplog.records if "custom_components.uma" == record.name]
    assert len([text for text in said if "is unavailable" in text]) == 1
    assert len([text for text in said if text == "Tower is back"]) == 1


async def test_a_daemon_that_starts_later(hass: HomeAssistant, demo: Daemon):
    """If Home Assistant starts before the server, it retries, and reports the attempt."""
    entry = MockConfigEntry(domain="uma", title="Tower", unique_id=ID, data=data_of(demo))
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "cannot_connect"
    assert {"name": "Tower", "host": "127.0.0.1"}.items() < entry.error_reason_translation_placeholders.items()
    await hass.config_entries.async_remove(entry.entry_id)


@pytest.mark.parametrize(
    ("answers", "key", "error"),
    [
        (friendly("f" * 32), "wrong_server", ""),
        ({"/api/v1/server/info": introduction(), "/api/v1/health": (421, {"detail": "no"})}, "cannot_connect", "no"),
        (friendly() | {"/api/v1/ws": (503, {"detail": "full"})}, "cannot_connect", "it refused the WebSocket (503)"),
    ],
)
async def test_another_server_answers(hass: HomeAssistant, answers: dict[str, Any], key: str, error: str):
    """Another server at the address, or one that refuses, is reported and retried."""
    async with OddServer(answers) as odd:
        entry = MockConfigEntry(domain="uma", title="Tower", unique_id=ID, data=odd.address)
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert entry.error_reason_translation_key == key
        assert entry.error_reason_translation_placeholders["error"] == error
        await hass.config_entries.async_remove(entry.entry_id)


async def test_a_daemon_that_is_too_old(hass: HomeAssistant):
    """A daemon without server/info is a repair issue."""
    async with OddServer({}) as odd:
        entry = MockConfigEntry(domain="uma", title="Tower", unique_id=ID, data=odd.address)
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        assert ir.async_get(hass).async_get_issue("uma", f"too_old_{entry.entry_id}")
        await hass.config_entries.async_remove(entry.entry_id)


async def test_a_token_that_is_wrong_at_the_start(hass: HomeAssistant, demo: Daemon):
    """A wrong token at Home Assistant's start asks for another one."""
    demo.configure(TOKEN_SHA256=hashlib.sha256(TOKEN.encode()).hexdigest())
    await in_thread(hass, demo.start)
    from servers import read

    server_id = (await in_thread(hass, read, demo, "server/info", TOKEN))["id"]
    entry = MockConfigEntry(domain="uma", title="Tower", unique_id=server_id, data=data_of(demo, token="wrong"))
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    (flow,) = hass.config_entries.flow.async_progress_by_handler("uma")
    assert flow["step_id"] == "reauth_confirm"


async def test_disks_come_and_go(hass: HomeAssistant, tower: Daemon, tmp_path: Path):
    """A new disk has its entities at once; a pulled one is unavailable, keeps them, and comes back."""
    await in_thread(hass, tower.start)
    entry = await add(hass, tower)
    ini = tmp_path / "tower/var/local/emhttp/disks.ini"
    whole = ini.read_text()

    def write(text: str) -> None:
        ini.with_suffix(".new").write_text(text)
        ini.with_suffix(".new").rename(ini)

    head, mark, rest = whole.partition('["disk6"]')
    _, after, tail = rest.partition('\n["')
    await in_thread(hass, write, head + (after.lstrip("\n") + tail if after else ""))
    await until_is(hass, entry, "sensor", "disk:disk6:disk_status", STATE_UNAVAILABLE)
    assert entity_id(hass, entry, "sensor", "disk:disk6:disk_status")
    await in_thread(hass, write, whole)
    await until_is(hass, entry, "sensor", "disk:disk6:disk_status", "standby")
    added = mark + rest.partition('\n["')[0]
    added = (
        added.replace('["disk6"]', '["disk7"]').replace('name="disk6"', 'name="disk7"').replace('idx="6"', 'idx="7"')
    )
    await in_thread(hass, write, whole.rstrip("\n") + "\n" + added + "\n")
    await until_is(hass, entry, "sensor", "disk:disk7:disk_status", "standby")


async def test_containers_come_and_go(hass: HomeAssistant, tower: Daemon, docker: Docker, monkeypatch):
    """A recreated container keeps its entities, a destroyed one goes a day later, and events come once."""
    await in_thread(hass, tower.start)
    entry = await add(hass, tower)
    await until_is(hass, entry, "binary_sensor", RUNNING.format("plex"), "on")
    assert state(hass, entry, "sensor", "container:plex:container_health") == "healthy"
    assert state(hass, entry, "binary_sensor", RUNNING.format("sonarr")) == "off"
    plex = entity_id(hass, entry, "binary_sensor", RUNNING.format("plex"))

    docker.end("plex", exitCode="137")
    await until_is(hass, entry, "binary_sensor", RUNNING.format("plex"), "off")
    event = hass.states.get("event.tower_docker")
    assert event.attributes["event_type"] == "die"
    assert (event.attributes["container"], event.attributes["exit_code"]) == ("plex", "137")
    docker.destroy("plex")
    await until_is(hass, entry, "binary_sensor", RUNNING.format("plex"), STATE_UNAVAILABLE)
    docker.make("plex")
    await until_is(hass, entry, "binary_sensor", RUNNING.format("plex"), "on")
    assert entity_id(hass, entry, "binary_sensor", RUNNING.format("plex")) == plex

    docker.make("radarr")
    await until_is(hass, entry, "binary_sensor", RUNNING.format("radarr"), "on")
    docker.destroy("radarr")
    await until_is(hass, entry, "binary_sensor", RUNNING.format("radarr"), STATE_UNAVAILABLE)
    from custom_components.uma import removals

    def device() -> object:
        identifier = ("uma", f"{entry.unique_id}_container:radarr")
        return dr.async_get(hass).async_get_child_device_by_identifier(identifier, entry.entry_id)

    entry.runtime_data.removals.look()
    assert device()
    later = removals.monotonic() + removals.ABSENT_SECONDS
    monkeypatch.setattr(removals, "monotonic", lambda: later)
    entry.runtime_data.removals.look()
    assert not device()
    docker.make("radarr")
    await until_is(hass, entry, "binary_sensor", RUNNING.format("radarr"), "on")
    assert device()
    assert state(hass, entry, "binary_sensor", RUNNING.format("plex")) == "on"


async def test_docker_that_stops_with_the_array(hass: HomeAssistant, tower: Daemon, docker: Docker):
    """While Docker is off its containers are unavailable and nothing is removed; then all are back."""
    await in_thread(hass, tower.start)
    entry = await add(hass, tower)
    await until_is(hass, entry, "binary_sensor", RUNNING.format("plex"), "on")
    await docker.stop()
    await until_is(hass, entry, "binary_sensor", RUNNING.format("plex"), STATE_UNAVAILABLE, 30)
    assert state(hass, entry, "sensor", "containers_running") in ("unknown", STATE_UNAVAILABLE)
    assert state(hass, entry, "sensor", "array_status") == "started"
    await docker.start()
    await until_is(hass, entry, "binary_sensor", RUNNING.format("plex"), "on", 30)


async def test_control(hass: HomeAssistant, tower: Daemon, docker: Docker, monkeypatch: pytest.MonkeyPatch):
    """With control allowed there are switches, buttons and actions; without it, actions report that."""
    await in_thread(hass, tower.start)
    entry = await add(hass, tower)
    await until_is(hass, entry, "binary_sensor", RUNNING.format("plex"), "on")
    assert state(hass, entry, "switch", "container:plex:container") is None

    async def act(action: str, *names: str) -> None:
        data = {"config_entry_id": entry.entry_id, "containers": list(names)}
        await hass.services.async_call("uma", action, data, blocking=True)

    with pytest.raises(ServiceValidationError) as refused:
        await act("stop_containers", "plex")
    assert refused.value.translation_key == "control_off"

    settings = {"TOKEN_SHA256": hashlib.sha256(TOKEN.encode()).hexdigest(), "CONTROL": "yes"}
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": TOKEN})
    # Behind its fence a daemon that runs can't gain control.
    await in_thread(hass, tower.stop)
    tower.configure(**settings)
    await in_thread(hass, tower.start)
    await hass.config_entries.async_reload(entry.entry_id)
    await until_is(hass, entry, "switch", "container:plex:container", "on")
    switch = entity_id(hass, entry, "switch", "container:plex:container")
    await hass.services.async_call("switch", "turn_off", {"entity_id": switch}, blocking=True)
    docker.follow("plex")
    await until_is(hass, entry, "switch", "container:plex:container", "off")
    await hass.services.async_call("switch", "turn_on", {"entity_id": switch}, blocking=True)
    docker.follow("plex")
    await until_is(hass, entry, "switch", "container:plex:container", "on")
    button = entity_id(hass, entry, "button", "container:plex:container_restart")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    await act("start_containers", "plex", "sonarr")
    assert [operation for operation, _ in docker.operations] == ["stop", "start", "restart", "start", "start"]

    with pytest.raises(HomeAssistantError) as failed:
        await act("stop_containers", "plex", "nobody")
    assert failed.value.translation_key == "containers_failed"
    assert "nobody: " in failed.value.translation_placeholders["failed"]
    await docker.stop()
    with pytest.raises(HomeAssistantError) as failed:
        await act("stop_containers", "plex")
    assert failed.value.translation_key == "request_failed"
    # The setting is off again: existing entities stay, unavailable.
    await docker.start()
    await in_thread(hass, lambda: tower.reload(**settings | {"CONTROL": "no"}))
    await until_is(hass, entry, "switch", "container:plex:container", STATE_UNAVAILABLE, 70)

    def believe_in_control() -> None:
        # Until the server's next message of itself, which may come at any time.
        entry.runtime_data.data["server/info"] = {**entry.runtime_data.data["server/info"], "control": True}

    believe_in_control()
    with pytest.raises(ServiceValidationError):
        await act("stop_containers", "plex")
    # The token has changed, and the connection is not closed yet.
    answer = {"/api/v1/docker/containers/bulk/stop": (401, {"detail": "token"})}
    async with OddServer(answer) as odd:
        address = Address("127.0.0.1", odd.address["port"])
        monkeypatch.setattr(entry.runtime_data.client, "address", address)
        believe_in_control()
        with pytest.raises(HomeAssistantError) as failed:
            await act("stop_containers", "plex")
    assert failed.value.translation_key == "invalid_auth"
    assert [flow["step_id"] for flow in hass.config_entries.flow.async_progress()] == ["reauth_confirm"]


async def test_feeds_that_are_switched(hass: HomeAssistant, tower: Daemon):
    """A disabled feed makes its entities unavailable, and is an issue if wanted; enabled, they are back."""
    await in_thread(hass, tower.start)
    entry = await add(hass, tower)
    await until_is(hass, entry, "binary_sensor", RUNNING.format("plex"), "on")
    await in_thread(hass, lambda: tower.reload(DOCKER_CONTAINERS="no", SYSTEM_STATS="no"))
    await until_is(hass, entry, "binary_sensor", RUNNING.format("plex"), STATE_UNAVAILABLE)
    await until_is(hass, entry, "sensor", "cpu_usage", STATE_UNAVAILABLE)
    issue = f"containers_feed_{entry.entry_id}"
    await until(lambda: ir.async_get(hass).async_get_issue("uma", issue), 70)
    await in_thread(hass, tower.reload)
    await until_is(hass, entry, "binary_sensor", RUNNING.format("plex"), "on", 70)
    await until(lambda: not ir.async_get(hass).async_get_issue("uma", issue))
