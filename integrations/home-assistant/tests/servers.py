"""A server that Home Assistant has added: its entry, and waits for its states."""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from peers import until
from pytest_homeassistant_custom_component.common import MockConfigEntry
from tests.integration.daemon import Daemon

TOKEN = "open-sesame-open-sesame-open-sesame"


def data_of(daemon: Daemon, **changed: Any) -> dict[str, Any]:
    """Return the data of an entry for *daemon*."""
    return {"host": "127.0.0.1", "port": daemon.port, "ssl": False, "verify_ssl": True} | changed


async def in_thread(hass: HomeAssistant, function: Callable[..., Any], *arguments: Any) -> Any:
    """Run a blocking call while Home Assistant continues."""
    return await hass.async_add_executor_job(function, *arguments)


def read(daemon: Daemon, feed: str, token: str | None = None) -> Any:
    """Return the data of the newest message of *feed*."""
    request = urllib.request.Request(f"http://{daemon.server}/api/v1/{feed}")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
        return json.load(response)["data"]


async def add(
    hass: HomeAssistant, daemon: Daemon, *, options: dict[str, Any] | None = None, **changed: Any
) -> MockConfigEntry:
    """Add the running *daemon*; return after all its first messages."""
    server_id = (await in_thread(hass, read, daemon, "server/info", changed.get("token")))["id"]
    entry = MockConfigEntry(
        domain="uma",
        title="Tower",
        unique_id=server_id,
        data=data_of(daemon, **changed),
        options=options or {"interval": 5},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id), entry.reason
    await hass.async_block_till_done()
    return entry


def entity_id(hass: HomeAssistant, entry: MockConfigEntry, platform: str, key: str) -> str | None:
    """The entity of the server, or of a part (``disk:disk1:disk_status``)."""
    return er.async_get(hass).async_get_entity_id(platform, "uma", f"{entry.unique_id}_{key}")


def state(hass: HomeAssistant, entry: MockConfigEntry, platform: str, key: str) -> str | None:
    """Its state; None without such an entity, or one that is off."""
    found = entity_id(hass, entry, platform, key)
    value = None if found is None else hass.states.get(found)
    return None if value is None else value.state


async def until_is(
    hass: HomeAssistant, entry: MockConfigEntry, platform: str, key: str, wanted: str, seconds: float = 15
) -> None:
    """Wait until its state is *wanted*."""
    try:
        await until(lambda: state(hass, entry, platform, key) == wanted, seconds)
    except AssertionError:
        raise AssertionError(f"{platform} {key} is {state(hass, entry, platform, key)}, not {wanted}") from None
