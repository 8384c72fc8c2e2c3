"""The entities of a real daemon in a real Home Assistant: correct, complete, and unknown if a value is unknown."""

import json
from typing import Any

import pytest
from homeassistant.components.diagnostics import DOMAIN as DIAGNOSTICS
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from peers import is_number
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from servers import add, entity_id, in_thread, read, state, until_is
from tests.integration.daemon import Daemon
from tests.integration.programs import CHECKOUT

assert DIAGNOSTICS


async def test_entities_have_the_daemons_values(hass: HomeAssistant, steady_demo: Daemon, warnings):
    """Each disk, pool, container, machine and port has its entities, whose states are the messages' values."""
    entry = await add(hass, steady_demo)
    storage = await in_thread(hass, read, steady_demo, "storage/status")

    def shown(value: object) -> str:
        return "unknown" if value is None else str(value)

    for disk in (*storage["parity_disks"], *storage["disks"], *storage["cache_disks"]):
        key = f"disk:{disk['name']}"
        assert state(hass, entry, "sensor", f"{key}:disk_temperature") == shown(disk["temperature"])
        assert state(hass, entry, "sensor", f"{key}:disk_status") == disk["status"]
        assert state(hass, entry, "sensor", f"{key}:disk_drive") == disk["id"]
        problem = {"passed": "off", "failed": "on", "unknown": "unknown"}[disk["health"]]
        assert state(hass, entry, "binary_sensor", f"{key}:disk_problem") == problem
        usage = state(hass, entry, "sensor", f"{key}:disk_usage")
        assert usage == (None if disk["usage_percent"] is None else str(disk["usage_percent"]))
    for container in (await in_thread(hass, read, steady_demo, "docker/containers"))["containers"]:
        key = f"container:{container['name']}"
        running = "on" if container["state"] == "running" else "off"
        assert state(hass, entry, "binary_sensor", f"{key}:container_running") == running
        assert state(hass, entry, "sensor", f"{key}:container_health") == container["health"]
        update = {"available": "on", "up_to_date": "off", "unknown": None}[container["update"]]
        assert state(hass, entry, "binary_sensor", f"{key}:container_update") == update
        assert state(hass, entry, "switch", f"{key}:container") is None
    for machine in (await in_thread(hass, read, steady_demo, "vms/status"))["vms"]:
        assert state(hass, entry, "sensor", f"vm:{machine['uuid']}:vm_state") == machine["state"]
    for pool in (await in_thread(hass, read, steady_demo, "storage/details"))["pools"]:
        assert state(hass, entry, "sensor", f"pool:{pool['name']}:pool_usage") == str(pool["usage_percent"])
    for share in (await in_thread(hass, read, steady_demo, "shares/status"))["shares"]:
        key = f"share:{share['name']}"
        protection = None if share["protection"] == "unknown" else share["protection"]
        assert state(hass, entry, "sensor", f"{key}:share_protection") == shown(protection)
        assert state(hass, entry, "binary_sensor", f"{key}:share_problem") == ("off" if share["valid"] else "on")
    for gpu in (await in_thread(hass, read, steady_demo, "gpu/status"))["gpus"]:
        assert state(hass, entry, "sensor", f"gpu:{gpu['id']}:gpu_state") == gpu["state"]
        load = state(hass, entry, "sensor", f"gpu:{gpu['id']}:gpu_load")
        assert (load is None) == (gpu["busy_percent"] is None)
    for sensor in (await in_thread(hass, read, steady_demo, "sensors/status"))["sensors"]:
        key = f"{sensor['kind']}:{sensor['id']}:{sensor['kind']}_reading"
        is_shown = sensor["role"] == "motherboard" or (sensor["kind"] == "fan" and sensor["value"] > 0)
        assert (state(hass, entry, "sensor", key) is not None) == is_shown, sensor
        assert (entity_id(hass, entry, "sensor", key) is None) == (not sensor["trusted"]), sensor
    assert is_number(hass.states.get("sensor.tower_array_fan").state)
    for port in (await in_thread(hass, read, steady_demo, "network/status"))["interfaces"]:
        problem = state(hass, entry, "binary_sensor", f"port:{port['name']}:port_problem")
        assert problem == (None if port["bond"] is None else "off")
    assert state(hass, entry, "sensor", "ups:apcupsd:ups_self_test") == "passed"
    parity = storage["parity_check"]
    assert state(hass, entry, "sensor", "parity_operation") == parity["action"]
    assert state(hass, entry, "sensor", "parity_last_result") == parity["last"]["result"]
    assert state(hass, entry, "sensor", "parity_last_end") == parity["last"]["at"].replace("Z", "+00:00")
    assert state(hass, entry, "sensor", "parity_progress") == "unknown"
    assert state(hass, entry, "sensor", "array_usage") == "63.6"
    assert state(hass, entry, "sensor", "cpu_temperature") is None
    details = await in_thread(hass, read, steady_demo, "system/details")
    assert state(hass, entry, "sensor", "booted") == details["booted_at"].replace("Z", "+00:00")
    summary = await in_thread(hass, read, steady_demo, "server/summary")
    problem = hass.states.get("binary_sensor.tower_problem")
    assert (problem.state, problem.attributes["findings"]) == ("on", [each["text"] for each in summary["findings"]])
    assert warnings() == []
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_figures_that_are_enabled(hass: HomeAssistant, steady_demo: Daemon):
    """Entities that are disabled by default work once enabled: a container's figures, a disk's, a core's, a share's."""
    entry = await add(hass, steady_demo)
    registry = er.async_get(hass)
    off = [each for each in er.async_entries_for_config_entry(registry, entry.entry_id) if each.disabled_by]
    keys = {each.unique_id.rpartition(":")[2].removeprefix(f"{entry.unique_id}_") for each in off}
    assert {
        "container_cpu", "container_memory", "container_sent_rate", "container_started", "vm_cpu", "vm_memory",
        "disk_activity_read_rate", "disk_activity_spin_ups", "share_free", "core_usage", "voltage_reading",
        "port_sent_rate", "memory_used", "load_1", "ups_transfers", "gpu_frequency",
    } < keys  # fmt: skip
    # As a user does it; Home Assistant reloads the entry half a minute later.
    for each in off:
        registry.async_update_entity(each.entity_id, disabled_by=None)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    container = "container:frigate:container"
    for key in ("cpu", "memory", "sent_rate", "received_rate"):
        assert is_number(state(hass, entry, "sensor", f"{container}_{key}")), key
    assert state(hass, entry, "sensor", f"{container}_started") == "2026-11-18T08:12:27+00:00"
    assert state(hass, entry, "sensor", f"{container}_exit_code") == "unknown"
    # In the namespace of the server itself there is no traffic of its own.
    assert state(hass, entry, "sensor", "container:binhex-plexpass:container_sent_rate") == "unknown"
    assert state(hass, entry, "sensor", "disk:disk1:disk_activity_spin_ups") == "0"
    assert is_number(state(hass, entry, "sensor", "share:backup:share_free"))
    machine = "vm:7d3a0000-0000-4000-8000-000000000001:vm_cpu"
    assert is_number(state(hass, entry, "sensor", machine))
    await until_is(hass, entry, "sensor", "ups:apcupsd:ups_transfers", "2")
    assert hass.states.get("sensor.tower_cpu_1_usage") is not None
    assert hass.states.get("sensor.tower_vcore").attributes["unit_of_measurement"] == "V"
    assert await hass.config_entries.async_unload(entry.entry_id)


def test_words_are_the_daemons():
    """Each word of the daemon's messages is one of the sensor's, except for those that mean unknown."""
    from custom_components.uma.sensor import SENSORS

    schemas = json.loads((CHECKOUT / "docs/asyncapi.json").read_text())["components"]["schemas"]
    fields = {
        "disk_status": ("Disk", "status"), "container_state": ("Container", "state"),
        "container_health": ("Container", "health"), "vm_state": ("VirtualMachine", "state"),
        "ups_status": ("Ups", "status"), "ups_self_test": ("Ups", "self_test"), "gpu_state": ("Gpu", "state"),
        "share_protection": ("Share", "protection"), "array_protection": ("StorageStatus", "array_protection"),
        "parity_operation": ("ParityCheck", "action"), "parity_status": ("ParityCheck", "status"),
        "parity_last_result": ("ParityResult", "result"), "severity": ("ServerSummary", "severity"),
        "array_status": ("StorageStatus", "array_status"),
    }  # fmt: skip
    options = {each.key: set(each.options) for each in SENSORS if each.options}
    for key, (schema, field) in fields.items():
        words = set(words_in(schemas[schema]["properties"][field])) - {"unknown", None}
        assert words, key
        assert words <= options[key], (key, words - options[key])

    from custom_components.uma import event

    for description, name in (
        (event.DOCKER, "DockerEvent"), (event.STORAGE, "StorageEvent"), (event.VMS, "VmEvent"),
        (event.NOTIFICATIONS, "NotificationEvent"),
    ):  # fmt: skip
        words = set(words_in(schemas[name]["properties"]["action"]))
        assert words == set(description.event_types) - {"other"}, name


def words_in(schema: dict[str, Any]) -> list[Any]:
    """The words of a field, whose schema may have null as an alternative."""
    found = list(schema.get("enum", ())) + list(schema.get("examples", ()))
    for each in schema.get("anyOf", ()):
        found += words_in(each)
    return found


async def test_devices(hass: HomeAssistant, steady_demo: Daemon):
    """The server is a device, and each part a child of it; only a part that is not listed may be removed."""
    await async_setup_component(hass, "config", {})
    entry = await add(hass, steady_demo)
    registry = dr.async_get(hass)
    (server,) = dr.async_entries_for_config_entry(registry, entry.entry_id)
    assert server.identifiers == {("uma", entry.unique_id)}
    assert (server.name, server.manufacturer, server.model, server.sw_version) == (
        "Tower", "Lime Technology", "Unraid server", "7.2.0",
    )  # fmt: skip
    assert server.hw_version is None
    assert server.serial_number is None
    children = {device.name for device in dr.async_child_entries_for_config_entry(registry, entry.entry_id)}
    assert {"Disk 1", "Parity", "Parity 2", "Disk cache", "Pool cache", "pihole", "Windows 11", "eth0"} < children
    from custom_components.uma import async_remove_config_entry_device

    assert not await async_remove_config_entry_device(hass, entry, server)
    disk = registry.async_get_child_device_by_identifier(("uma", f"{entry.unique_id}_disk:disk1"), entry.entry_id)
    assert not await async_remove_config_entry_device(hass, entry, disk)
    del entry.runtime_data.parts["disk"]["disk1"]
    assert await async_remove_config_entry_device(hass, entry, disk)
    assert await hass.config_entries.async_unload(entry.entry_id)
    # Without requests the server's list is unknown.
    assert not await async_remove_config_entry_device(hass, entry, disk)


async def test_identity(hass: HomeAssistant, steady_demo: Daemon):
    """Ids are made of the server's id, are all different, and hold no address and no name of the server."""
    entry = await add(hass, steady_demo)
    ids = [each.unique_id for each in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)]
    assert len(ids) == len(set(ids)) > 200
    assert all(each.startswith(f"{entry.unique_id}_") for each in ids)
    assert not [each for each in ids if "127.0.0.1" in each or "tower" in each.lower()]
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_diagnostics(hass: HomeAssistant, hass_client: Any, demo: Daemon):
    """The diagnostics have every feed, and neither token, address, ids nor the tails of serials."""
    await async_setup_component(hass, "diagnostics", {})
    await in_thread(hass, demo.start)
    entry = await add(hass, demo)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": "open-sesame"})
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    text = json.dumps(found)
    assert found["is_connected"] is True
    assert {"server/info", "storage/status", "docker/containers"} < found["feeds"].keys()
    for secret in (entry.unique_id, "127.0.0.1", "open-sesame", "41XD", "7d3a0000", "http://192.168", "Tower"):
        assert secret not in text, secret
    # Nor texts that only look like an address.
    assert found["feeds"]["storage/details"]["disks"][0]["model"] == "ALDER NAS160K-7E2100"
    assert found["feeds"]["server/health"]["started_at"].startswith("20")
    assert found["feeds"]["server/info"]["unraid_version"] == "7.2.0"
    # A disconnected one has the entry, and the reason.
    await in_thread(hass, demo.stop)
    assert not await hass.config_entries.async_reload(entry.entry_id)
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert (found["is_connected"], found["feeds"], found["entry"]["state"]) == (False, {}, "setup_retry")
    assert found["entry"]["reason"] == "cannot_connect"
    assert found["entry"]["error"].startswith("Cannot connect to host **REDACTED**:")
    assert await hass.config_entries.async_unload(entry.entry_id)


def test_texts_in_diagnostics_name_no_person():
    """Addresses and the names of servers are taken out of texts; times, versions and words stay."""
    import re

    from custom_components.uma.diagnostics import _as_words, _scrub, _without_remotes

    names = re.compile("|".join(_as_words(["tower", "nas.lan"])), re.IGNORECASE)
    redacted = "**REDACTED**"
    for text, wanted in {
        "Tower is at 10.0.0.2:34600, nas.lan": f"{redacted} is at {redacted}:34600, {redacted}",
        "at 10.0.0.2.": f"at {redacted}.",
        "fd00::1:2 and fe80::1": f"{redacted} and {redacted}",
        "towering 21:34:00, 7.2.0, dead, face": "towering 21:34:00, 7.2.0, dead, face",
    }.items():
        assert _scrub({"a": [text]}, names) == {"a": [wanted]}
    sources = {"mqtt": {"detail": "broker.lan", "status": "ok"}, "ups": {"detail": None}, "docker": {"detail": "x"}}
    assert _without_remotes(sources) == {
        "mqtt": {"detail": redacted, "status": "ok"}, "ups": {"detail": None}, "docker": {"detail": "x"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "data", "value"),
    [
        ("array_problem", {"array_protection": "rebuilding"}, True),
        ("array_problem", {"array_protection": "unknown"}, None),
        ("array_problem", {"array_protection": "unprotected"}, False),
        ("disk_problem", {"status": "disabled", "health": "passed"}, True),
        ("disk_problem", {"status": "standby", "health": "failed"}, True),
        ("disk_problem", {"status": "active", "health": "unknown"}, None),
        ("pool_problem", {"state": None, "members_missing": 0}, None),
        ("pool_problem", {"state": None, "members_missing": 1}, True),
        ("pool_problem", {"state": "online - errors", "members_missing": 0}, True),
        ("pool_problem", {"state": "online", "members_missing": 0}, False),
        ("plugin_updates", {"plugins": []}, None),
        ("plugin_updates", {"plugins": [{"status": "up_to_date"}, {"status": "unknown"}]}, False),
        ("os_update", {"os": {"status": "unknown"}}, None),
        ("ups_problem", {"status": "on_battery"}, True),
        ("container_running", {"state": None}, None),
        ("uma_problem", {"status": "degraded"}, True),
        ("mover", {}, None),
    ],
)
def test_binary_sensors(key: str, data: dict[str, Any], value: bool | None):
    """A problem must be known to be one; unknown values are unknown."""
    from custom_components.uma.binary_sensor import BINARY_SENSORS

    (description,) = [each for each in BINARY_SENSORS if each.key == key]
    assert description.is_on(data) is value


@pytest.mark.parametrize(
    ("key", "data", "value"),
    [
        ("array_usage", {"disks": []}, None),
        ("array_usage", {"disks": [{"used_bytes": None, "free_bytes": None}]}, None),
        ("array_usage", {"disks": [{"used_bytes": 1, "free_bytes": 3}]}, 25.0),
        ("containers_running", {"service": "stopped", "containers": []}, None),
        ("containers_running", {"service": "running", "containers": [{"state": "exited"}]}, 0),
        ("parity_last_result", {"parity_check": {"last": None}}, None),
        ("parity_last_end", {}, None),
        ("booted", {"booted_at": None}, None),
        ("boot_usage", {"boot": None}, None),
    ],
)
def test_server_sensors(key: str, data: dict[str, Any], value: object):
    """A sensor of an unknown value is unknown, never 0."""
    from custom_components.uma.sensors_of_server import SERVER_SENSORS

    (description,) = [each for each in SERVER_SENSORS if each.key == key]
    assert description.value(data) == value


def test_parts():
    """Parts are distinguished by what is stable; an id that two devices share, or none, identifies nothing."""
    from custom_components.uma.parts import parts_of

    devices = [
        {"id": "A", "name": "dev1"},
        {"id": "A", "name": "dev2"},
        {"id": None, "name": "dev3"},
        {"id": "B_1", "name": "x"},
    ]
    disks = [{"name": "disk1"}, {"name": "disk12"}, {"name": "tank~special2"}]
    parts = parts_of("storage/status", {"disks": disks, "unassigned": devices})
    assert {key: part.name for key, part in parts["disk"].items()} == {
        "disk1": "Disk 1", "disk12": "Disk 12", "tank~special2": "Disk tank~special2",
    }  # fmt: skip
    assert {key: part.name for key, part in parts["unassigned"].items()} == {"B_1": "B 1"}
    kinds = [{"name": "eth0", "kind": "port"}, {"name": "br0", "kind": "bridge"}, {"name": "bond0", "kind": "bond"}]
    assert list(parts_of("network/status", {"interfaces": kinds})["port"]) == ["eth0", "bond0"]
    ups = [{"id": "nut:ups", "model": None, "name": None}, {"id": "apcupsd", "model": "Smart", "name": "x"}]
    assert [part.name for part in parts_of("ups/status", {"ups": ups})["ups"].values()] == ["UPS", "Smart"]
    assert parts_of("system/stats", {}) == {"core": {}}
    assert parts_of("server/info", {}) == {}
