"""Home Assistant accepts a server's messages in every tested state."""

import json
import os
import subprocess

import pytest
import yaml
from homeassistant.components.mqtt import async_subscribe
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service
from tests.integration.programs import CHECKOUT, clean_environment

from conftest import state_of, until

ID = "0123456789abcdef0123456789abcdef"
"""The server's, in told.py."""

STORAGE = "uma/tower/storage/status"
COMPONENTS = ["sensor", "binary_sensor", "event"]


@pytest.fixture(scope="module")
def told(request: pytest.FixtureRequest) -> dict:
    """Messages of a server to its broker, by scenario."""
    done = subprocess.run(
        [request.config.getoption("--uma-python"), CHECKOUT / "integrations/mqtt/tests/told.py"],
        env=clean_environment(PYTHONPATH=os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "source")])),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
async def tell(hass: HomeAssistant, mqtt, told: dict):
    """Publish the messages of a server in that scenario, and wait until all have arrived."""

    async def tell(name: str) -> None:
        for topic, payload in told[name].items():
            await publish(hass, topic, payload)
        configs = [json.loads(payload) for topic, payload in told[name].items() if topic.endswith("/config")]
        await until(lambda: len(hass.states.async_entity_ids(COMPONENTS)) == len(configs))
        # States that came before their entity are requested again by its subscription; then all have arrived.
        await until(lambda: state_of(hass, "sensor.tower_cpu_usage") == "15.2")
        await until(lambda: state_of(hass, "sensor.tower_parity_errors") is not None)
        await hass.async_block_till_done()

    return tell


async def publish(hass: HomeAssistant, topic: str, payload: str, *, retain: bool = True) -> None:
    data = {"topic": topic, "payload": payload, "qos": 1, "retain": retain}
    await hass.services.async_call("mqtt", "publish", data, blocking=True)


async def test_no_scenario_is_complained_of(hass: HomeAssistant, tell, told, complaints):
    """In any state of the array, each entity is accepted and no template fails, with nulls and unknown words."""
    heard: list[str] = []
    await tell("every-entity")
    await async_subscribe(hass, STORAGE, lambda message: heard.append(message.payload))
    for name, messages in told.items():
        if name != "events":
            await publish(hass, STORAGE, messages[STORAGE])
            await until(lambda: messages[STORAGE] in heard)  # noqa: B023 - called here
            assert complaints() == [], name


async def test_a_withdrawn_entity_is_gone(hass: HomeAssistant, tell, told, complaints):
    """An empty retained message removes an entity, and no other."""
    await tell("healthy-one-parity")
    before = set(hass.states.async_entity_ids(COMPONENTS))
    await publish(hass, f"homeassistant/sensor/uma_{ID}/disk_disk1_usage/config", "")
    await until(lambda: before - set(hass.states.async_entity_ids(COMPONENTS)) == {"sensor.tower_disk_1_usage"})
    assert complaints() == []


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("disk-disabled", {"sensor.tower_array_protection": "degraded", "binary_sensor.tower_array_problem": "on"}),
        ("disk-rebuilding", {"sensor.tower_array_protection": "rebuilding", "binary_sensor.tower_array_problem": "on"}),
        (
            "healthy-no-parity",
            {"sensor.tower_array_protection": "unprotected", "binary_sensor.tower_array_problem": "off"},
        ),
        (
            "check-running",
            {"sensor.tower_parity_operation": "check", "sensor.tower_parity_operation_status": "running"},
        ),
        ("no-array", {"sensor.tower_array_protection": "none", "sensor.tower_array_usage": STATE_UNKNOWN}),
        ("disk-status-of-tomorrow", {"sensor.tower_disk_2_status": "other"}),
        ("all-spun-down", {"sensor.tower_disk_1_temperature": STATE_UNKNOWN, "sensor.tower_disk_1_status": "standby"}),
        ("stopped", {"sensor.tower_array": "stopped", "sensor.tower_disk_1_usage": STATE_UNKNOWN}),
        (
            "unknown",
            {
                "sensor.tower_array": "unknown",
                "binary_sensor.tower_array_problem": STATE_UNKNOWN,
                "sensor.tower_disk_1_status": "unknown",
                "sensor.tower_disk_1_temperature": STATE_UNKNOWN,
                "binary_sensor.tower_disk_1_health": STATE_UNKNOWN,
                "sensor.tower_parity_operation": "never",
                "sensor.tower_last_parity_operation": "never",
            },
        ),
        ("all-disks-gone", {"sensor.tower_disk_1_status": "unknown", "sensor.tower_boot_device_usage": STATE_UNKNOWN}),
    ],
)
async def test_scenarios_have_their_states(hass: HomeAssistant, tell, complaints, name: str, states: dict[str, str]):
    """Faults are problems, unknown values are unknown, and a word of a newer Unraid has its place."""
    await tell(name)
    await until(
        lambda: {entity: state_of(hass, entity) for entity in states} == states,
        lambda: {e: state_of(hass, e) for e in states},
    )
    assert state_of(hass, "sensor.tower_cpu_temperature") == STATE_UNKNOWN
    assert complaints() == []


async def test_container_events(hass: HomeAssistant, tell, told, complaints):
    """The event entity has Docker's action as its type, with name, image, exit code and signal."""
    await tell("healthy-one-parity")
    docker = "event.tower_docker"
    start, die, odd, _ = told["events"]
    await publish(hass, "uma/tower/docker/events", start, retain=False)
    await until(lambda: hass.states.get(docker).attributes["event_type"] == "start")
    await publish(hass, "uma/tower/docker/events", die, retain=False)
    await until(lambda: hass.states.get(docker).attributes["event_type"] == "die")
    attributes = hass.states.get(docker).attributes
    assert {key: attributes[key] for key in ("container", "image", "status", "exit_code", "signal", "action")} == {
        "container": "plex",
        "image": "plexinc/pms-docker:latest",
        "status": "exited",
        "exit_code": "137",
        "signal": "9",
        "action": "die",
    }
    await publish(hass, "uma/tower/docker/events", odd, retain=False)
    await until(lambda: hass.states.get(docker).attributes["event_type"] == "other")
    assert hass.states.get(docker).attributes["action"] == "action-of-tomorrow"
    assert complaints() == []


async def test_the_automation_of_the_readme(hass: HomeAssistant, tell, told, complaints):
    """It reports a container that died by itself; not one that was stopped, and not again after a restart."""
    calls = async_mock_service(hass, "notify", "notify")
    text = (CHECKOUT / "integrations/mqtt/README.md").read_text()
    automation = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await tell("healthy-one-parity")
    docker = "event.tower_docker"

    async def occur(event: str) -> str:
        before = state_of(hass, docker)
        await publish(hass, "uma/tower/docker/events", event, retain=False)
        await until(lambda: state_of(hass, docker) != before)
        await hass.async_block_till_done()
        return state_of(hass, docker)

    start, stopped, _, crashed = told["events"]
    last = [await occur(event) for event in (start, stopped, start, crashed)][-1]
    assert [call.data["message"] for call in calls] == ["plex has died"]
    for availability, state in (("offline", STATE_UNAVAILABLE), ("online", last)):
        await publish(hass, "uma/tower/availability", availability)
        await until(lambda state=state: state_of(hass, docker) == state)
        await hass.async_block_till_done()
    assert len(calls) == 1
    await occur(crashed)
    assert len(calls) == 2
    assert complaints() == []
