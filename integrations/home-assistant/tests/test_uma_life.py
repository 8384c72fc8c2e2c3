"""A real daemon that comes and goes, in a real Home Assistant."""

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from servers import add, in_thread, state, until_is
from tests.integration.daemon import Daemon


async def test_unavailable_while_it_is_gone(hass: HomeAssistant, demo: Daemon):
    """A daemon that stops makes everything unavailable; it is back by itself, with every entity."""
    await in_thread(hass, demo.start)
    entry = await add(hass, demo)
    before = {each.entity_id for each in hass.states.async_all()}
    assert len(before) > 100
    await in_thread(hass, demo.stop)
    await until_is(hass, entry, "sensor", "array_status", STATE_UNAVAILABLE, 3)
    assert {each.state for each in hass.states.async_all()} == {STATE_UNAVAILABLE}
    await in_thread(hass, demo.start)
    await until_is(hass, entry, "sensor", "array_status", "started")
    await until_is(hass, entry, "binary_sensor", "container:pihole:container_running", "on")
    assert {each.entity_id for each in hass.states.async_all()} == before
    assert state(hass, entry, "sensor", "disk:disk6:disk_temperature") == "unknown"
    assert await hass.config_entries.async_unload(entry.entry_id)
