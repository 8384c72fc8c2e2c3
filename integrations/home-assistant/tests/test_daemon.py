"""Home Assistant with the configurations that users copy, with a real daemon that is stopped and started."""

import hashlib
import textwrap

import pytest
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util.yaml import parse_yaml
from peers import EXAMPLES, HOST, example, is_number, set_up, until_state
from tests.integration.daemon import Daemon
from tests.integration.guide import GUIDE, code_block

CPU = "sensor.unraid_cpu_usage"


def guide_configuration(server: str) -> str:
    """The YAML that the user's guide prints."""
    if not GUIDE.is_file():
        pytest.skip(f"there is no guide at {GUIDE}")
    return code_block("Home Assistant", "yaml", server=server)


async def in_thread(hass: HomeAssistant, function, *arguments):
    """Run a blocking call while Home Assistant continues."""
    return await hass.async_add_executor_job(function, *arguments)


def test_our_copy_is_the_guides():
    """examples/guide.yaml is exactly the guide's text."""
    assert (EXAMPLES / "guide.yaml").read_text() == guide_configuration(HOST)


def test_readme_prints_the_same():
    """The YAML in the README is that of examples/guide.yaml."""
    _, yaml = (EXAMPLES / "guide.yaml").read_text().split("\n", 1)
    assert textwrap.indent(yaml, "   ") in (EXAMPLES.parent / "websocket-platform.md").read_text()


@pytest.mark.parametrize("where", ["copy", "guide"])
async def test_guides_configuration_follows_a_daemon(hass: HomeAssistant, daemon: Daemon, where: str):
    """The guide's YAML gives the CPU's percentage; unavailable with the daemon stopped, and back by itself."""
    await in_thread(hass, daemon.start)
    await set_up(
        hass,
        example("guide.yaml", daemon.server) if where == "copy" else parse_yaml(guide_configuration(daemon.server)),
    )

    state = await until_state(hass, CPU, is_number)
    assert 0 <= float(state.state) <= 100
    assert state.attributes["unit_of_measurement"] == "%"
    assert state.name == "Unraid CPU Usage"
    for _ in range(2):
        await in_thread(hass, daemon.stop)
        await until_state(hass, CPU, STATE_UNAVAILABLE)
        await in_thread(hass, daemon.start)
        await until_state(hass, CPU, is_number)

    await in_thread(hass, daemon.until_connections, "system/stats", 1)
    await hass.async_stop(force=True)
    await in_thread(hass, daemon.until_connections, "system/stats", 0)


async def test_daemon_that_starts_later_is_found(hass: HomeAssistant, daemon: Daemon):
    """Home Assistant that starts before the server shows it as unavailable, then its value."""
    await set_up(hass, example("guide.yaml", daemon.server))
    await until_state(hass, CPU, STATE_UNAVAILABLE)
    await in_thread(hass, daemon.start)
    await until_state(hass, CPU, is_number)


async def test_more_sensors_have_the_described_states(hass: HomeAssistant, daemon: Daemon):
    """Each sensor of examples/more.yaml has the value of the newest message, and each address one connection."""
    await in_thread(hass, daemon.start)
    storage = (await in_thread(hass, daemon.newest, "storage/status"))["data"]
    await set_up(hass, example("more.yaml", daemon.server))

    await until_state(hass, "sensor.unraid_cpu", is_number)
    memory = await until_state(hass, "sensor.unraid_memory_used", is_number)
    assert memory.attributes["device_class"] == "data_size"
    assert memory.attributes["state_class"] == "measurement"
    booted = await until_state(hass, "sensor.unraid_booted", lambda state: state.startswith("20"))
    assert booted.attributes["device_class"] == "timestamp"
    await until_state(hass, "sensor.unraid_array", f"{storage['array_status']}, {storage['array_protection']}")
    (disk1,) = (disk for disk in storage["disks"] if disk["name"] == "disk1")
    await until_state(hass, "sensor.unraid_disk1_temperature", str(disk1["temperature"]))
    await until_state(hass, "sensor.unraid_container_event", STATE_UNKNOWN)
    assert await in_thread(hass, daemon.connections) == {"system/stats": 1, "storage/status": 1, "docker/events": 1}


# Home Assistant's own rest platform leaves a timer running.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_the_rest_example_has_the_described_states(hass: HomeAssistant, daemon: Daemon):
    """Home Assistant's own rest integration reads the newest messages by examples/rest.yaml."""
    await in_thread(hass, daemon.start)
    await in_thread(hass, daemon.newest, "system/stats")
    storage = (await in_thread(hass, daemon.newest, "storage/status"))["data"]
    await set_up(hass, example("rest.yaml", daemon.server))

    await until_state(hass, "sensor.unraid_cpu_by_rest", is_number)
    await until_state(hass, "sensor.unraid_memory_by_rest", is_number)
    array = await until_state(hass, "sensor.unraid_array_by_rest", storage["array_protection"])
    assert array.attributes["array_status"] == storage["array_status"]
    assert array.attributes["disks"][0]["name"] == storage["disks"][0]["name"]


async def test_token_is_sent_as_a_header(hass: HomeAssistant, daemon: Daemon, warnings):
    """A daemon with a token refuses requests without it, which is logged, and accepts those with it."""
    daemon.configure(TOKEN_SHA256=hashlib.sha256(b"open-sesame").hexdigest())
    await in_thread(hass, daemon.start)
    (guides,) = example("guide.yaml", daemon.server)["sensor"]
    token = {"headers": {"Authorization": "Bearer open-sesame"}, "name": "With token"}
    await set_up(hass, {"sensor": [guides, guides | token]})

    await until_state(hass, "sensor.with_token", is_number)
    await until_state(hass, CPU, STATE_UNAVAILABLE)
    assert [text for text in warnings() if "401 Unauthorized" in text]
