"""Every scenario's message, compared with its golden file, which a person has reviewed."""

from pathlib import Path

import msgspec
import pytest

from tests.array_writer import Resync, array, disk, nvme, parity, pool
from tests.scenarios import SCENARIOS, Scenario
from uma.feeds.storage.emhttp import is_consistent, parse_state
from uma.feeds.storage.status import status_from

GOLDEN = Path(__file__).parents[1] / "golden/storage"
SECRETS = ("7F3D9A1C5B2E8046", "0781-5567-4C53", "5A6B7C8D9E0F", "Robin Lindqvist", "keyfile", "Pro.key")


def message_of(scenario: Scenario) -> bytes:
    status = status_from(parse_state(scenario.texts.texts()), scenario.smart)
    return msgspec.json.encode({"type": status.kind, "timestamp": "2025-06-15T23:00:00Z", "data": status})


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_scenario_gives_its_golden_message(name: str, request: pytest.FixtureRequest) -> None:
    """The message agrees with the state files, byte by byte."""
    message = msgspec.json.format(message_of(SCENARIOS[name])).decode() + "\n"
    path = GOLDEN / f"{name}.json"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(message)

    assert message == path.read_text()


def test_no_golden_message_is_left_over() -> None:
    """No golden file is left without its scenario."""
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_message_has_a_secret(name: str) -> None:
    """Licence, token, key file and owner are left out, and all but the last 4 characters of each serial."""
    scenario = SCENARIOS[name]
    message = message_of(scenario).decode()
    state = parse_state(scenario.texts.texts())
    sections = [*state.disks.values(), *state.devs.values()]
    serials = {section[key].split("_")[-1] for section in sections for key in ("id", "idSb") if section.get(key)}

    assert not [secret for secret in SECRETS if secret in message]
    assert not [serial for serial in serials if len(serial) > 4 and serial in message]
    assert "Z1Z0ABCD" not in message
    assert "22AA10E61F0A" not in message


@pytest.mark.parametrize(("data", "pooled", "most"), [(5, 2, 5_000), (27, 2, 15_000)])
def test_a_message_keeps_to_its_size(data: int, pooled: int, most: int) -> None:
    """8 disks give at most 5,000 bytes, 30 disks at most 15,000: one of them is parity, the flash drive is extra."""
    scenario = Scenario(
        "Every field at its longest.",
        array(
            parity=[parity("24TB", spun_down=True)],
            disks=[disk("24TB", used="23.45TB", model="ALDER_ENTERPRISE_HD24000N", fs="luks:btrfs", luks=1)] * data,
            pools=[pool("long_pool_name", *[nvme("4TB", model="BIRCH_NV100_PRO_MAX_4TB")] * pooled, used="1.23TB")],
            resync=Resync("check P", correcting=True, errors=12345),
            parity_log="2024 Jan  5 12:00:00|70123|256621345|-4|12345|check P|17578328012",
            smart_one={},
        ),
    )

    assert len(message_of(scenario)) <= most


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_scenario_but_a_contradictory_one_is_consistent(name: str) -> None:
    """emhttpd's own pairs of files agree, so that a change is believed at once."""
    expected = name not in {"disk-emulated", "parity-invalid", "parity-invalid-of-two"}

    assert is_consistent(parse_state(SCENARIOS[name].texts.texts())) is expected
