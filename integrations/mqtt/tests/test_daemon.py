"""Home Assistant discovers a real daemon through the broker only, and follows it."""

import asyncio
import re
from pathlib import Path

from homeassistant.components.mqtt import async_publish, async_remove_config_entry_device, async_subscribe
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry, entity_registry
from tests.integration.daemon import Daemon
from tests.integration.mosquitto import Mosquitto

from conftest import state_of, until

ENTITIES = 72
"""Entities of the demo's tower: 66 of system, Docker, array, parity, boot, pools and disks, 6 of the whole server."""


async def found(hass: HomeAssistant) -> None:
    """Wait until all entities are there, with a state."""

    def entities() -> int:
        return len(hass.states.async_entity_ids(["sensor", "binary_sensor", "event"]))

    await until(lambda: entities() == ENTITIES, entities)
    await until(lambda: state_of(hass, "sensor.tower_boot_device_usage") == "3.9")
    # The verdicts of SMART come with the second message.
    await until(lambda: state_of(hass, "binary_sensor.tower_disk_1_health") == "off")


async def test_one_device_with_the_right_states(hass: HomeAssistant, mqtt, daemon: Daemon, in_thread, complaints):
    """One device with the server's name has all entities, in the states of the demo's tower, without complaints."""
    await in_thread(daemon.start)
    await found(hass)

    (device,) = device_registry.async_entries_for_config_entry(device_registry.async_get(hass), mqtt.entry_id)
    assert (device.name, device.manufacturer, device.model, device.sw_version) == (
        "Tower",
        "Lime Technology",
        "Unraid server",
        "7.2.0",
    )
    entries = entity_registry.async_get(hass).entities.values()
    assert {entry.device_id for entry in entries} == {device.id}
    assert all(re.match("uma_[0-9a-f]{32}_", entry.unique_id) for entry in entries)
    states = {entity_id: state_of(hass, entity_id) for entity_id in EXPECTED}
    assert states == EXPECTED
    assert 0 <= float(state_of(hass, "sensor.tower_cpu_usage")) <= 100
    last = hass.states.get("sensor.tower_last_parity_operation")
    assert (last.attributes["at"], last.attributes["errors"]) == ("2025-06-02T01:30:41Z", 0)
    temperature = hass.states.get("sensor.tower_disk_1_temperature")
    assert temperature.attributes["unit_of_measurement"] == "°C"
    assert temperature.attributes["device_class"] == "temperature"
    assert temperature.attributes["state_class"] == "measurement"
    assert complaints() == []


EXPECTED = {
    "sensor.tower_array": "started",
    "sensor.tower_array_protection": "protected",
    "binary_sensor.tower_array_problem": "off",
    "sensor.tower_array_usage": "63.6",
    "sensor.tower_parity_operation": "check",
    "sensor.tower_parity_operation_status": "idle",
    "sensor.tower_parity_operation_progress": STATE_UNKNOWN,
    "sensor.tower_parity_operation_speed": STATE_UNKNOWN,
    "sensor.tower_parity_operation_time_left": STATE_UNKNOWN,
    "sensor.tower_parity_errors": "0",
    "sensor.tower_last_parity_operation": "ok",
    "sensor.tower_parity_temperature": "36",
    "sensor.tower_parity_2_status": "active",
    "sensor.tower_disk_1_temperature": "35",
    "sensor.tower_disk_1_usage": "87.0",
    # It sleeps.
    "sensor.tower_disk_6_temperature": STATE_UNKNOWN,
    "sensor.tower_disk_6_status": "standby",
    "sensor.tower_disk_6_usage": "16.9",
    "sensor.tower_cache2_temperature": "45",
    "sensor.tower_pool_cache_usage": "38.4",
    "binary_sensor.tower_downloads_health": STATE_UNKNOWN,
    "event.tower_docker": STATE_UNKNOWN,
}


async def test_a_disk_that_falls_asleep(hass: HomeAssistant, mqtt, daemon: Daemon, tower: Path, in_thread, complaints):
    """A disk that spins down becomes standby without a temperature, within seconds."""
    await in_thread(daemon.start)
    await found(hass)
    disks = tower / "var/local/emhttp/disks.ini"
    head, disk1, rest = disks.read_text().partition('["disk1"]')
    changed = rest.replace('spundown="0"', 'spundown="1"', 1).replace('temp="35"', 'temp="*"', 1)
    disks.with_suffix(".new").write_text(head + disk1 + changed)
    disks.with_suffix(".new").rename(disks)

    await until(lambda: state_of(hass, "sensor.tower_disk_1_status") == "standby")
    assert state_of(hass, "sensor.tower_disk_1_temperature") == STATE_UNKNOWN
    assert complaints() == []


async def test_unavailable_while_it_is_gone(hass: HomeAssistant, mqtt, daemon: Daemon, in_thread, complaints):
    """With the daemon stopped everything is unavailable; it is back with the daemon."""
    await in_thread(daemon.start)
    await found(hass)
    await in_thread(daemon.stop)
    await until(lambda: state_of(hass, "sensor.tower_array") == STATE_UNAVAILABLE)
    assert {state.state for state in hass.states.async_all(["sensor", "binary_sensor"])} == {STATE_UNAVAILABLE}
    await in_thread(daemon.start)
    await until(lambda: state_of(hass, "sensor.tower_array") == "started")
    assert complaints() == []


def expect_no_birth(hass: HomeAssistant) -> None:
    """Expect Home Assistant's own birth message to fail: it is sent without a check for the broker."""
    handle = hass.loop.get_exception_handler()

    def handle_others(loop: asyncio.AbstractEventLoop, context: dict) -> None:
        if "not currently connected" not in str(context.get("exception")):
            handle(loop, context)

    hass.loop.set_exception_handler(handle_others)


async def test_a_broker_that_has_forgotten_everything(
    hass: HomeAssistant, mqtt, daemon: Daemon, broker: Mosquitto, in_thread
):
    """After a restart of a broker without storage, Home Assistant has all states again, and no entity twice."""
    expect_no_birth(hass)
    await in_thread(daemon.start)
    await found(hass)
    await in_thread(broker.kill)
    await until(lambda: state_of(hass, "sensor.tower_array") == STATE_UNAVAILABLE)
    await in_thread(broker.start)
    await until(lambda: state_of(hass, "sensor.tower_array") == "started", seconds=60)
    assert len(hass.states.async_entity_ids(["sensor", "binary_sensor", "event"])) == ENTITIES


async def test_every_feed(hass: HomeAssistant, mqtt, daemon: Daemon, broker: Mosquitto, in_thread, complaints):
    """With every feed, Home Assistant accepts all entities: those of containers, machines, UPSes and GPUs too."""
    settings = {
        "MQTT_HOST": "127.0.0.1",
        "MQTT_PORT": broker.port,
        "MQTT_FEEDS": "summary info health stats details containers storage vms shares updates notifications ups "
        "network sensors gpu events",
    }
    daemon.as_demo().configure(**settings)
    await in_thread(daemon.start)
    wanted = {
        "sensor.container_plex_state": None,
        "sensor.container_pihole_state": "running",
        "sensor.vm_windows_11_state": "started",
        "sensor.ups_tower_status": "online",
        "binary_sensor.eth0_degraded": None,
        "binary_sensor.bond0_degraded": "off",
        "sensor.gpu_alderlake_s_gt1_uhd_graphics_770_state": "active",
        "sensor.tower_array": "started",
    }
    await until(lambda: all(state_of(hass, each) == state for each, state in wanted.items()), lambda: hass.states)

    def has_figures() -> bool:
        return all(
            is_number(state_of(hass, each))
            for each in (
                "sensor.container_frigate_cpu_usage",
                "sensor.vm_windows_11_memory_used",
                "sensor.tower_array_fan",
            )
        )

    await until(has_figures, lambda: sorted(hass.states.async_entity_ids()))
    registry = entity_registry.async_get(hass)
    entries = entity_registry.async_entries_for_config_entry(registry, mqtt.entry_id)
    announced = {each.unique_id for each in entries}
    assert len(announced) == len(entries) > 200
    assert {entry.entity_id for entry in entries if not entry.disabled_by} == set(hass.states.async_entity_ids())
    devices = device_registry.async_entries_for_config_entry(device_registry.async_get(hass), mqtt.entry_id)
    assert {"Tower", "Container pihole", "VM Windows 11", "UPS tower"} < {device.name for device in devices}

    # Without discovery messages continue, and entities that the user deletes don't come back.
    await in_thread(lambda: daemon.reload(**settings, MQTT_DISCOVERY="no"))
    for device in devices:
        assert await async_remove_config_entry_device(hass, mqtt, device)
        device_registry.async_get(hass).async_remove_device(device.id)
    await until(lambda: not hass.states.async_entity_ids(), lambda: sorted(hass.states.async_entity_ids()))
    birth = asyncio.Event()
    states = asyncio.Event()
    await async_subscribe(hass, "homeassistant/status", lambda _: birth.set())
    await async_subscribe(hass, "uma/tower/storage/status", lambda _: states.set())
    await async_publish(hass, "homeassistant/status", "online")
    await until(lambda: birth.is_set() and states.is_set())
    assert not hass.states.async_entity_ids()
    assert complaints() == []


def is_number(state: str | None) -> bool:
    try:
        float(state or "")
    except ValueError:
        return False
    return True
