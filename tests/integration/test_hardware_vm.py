"""Links and sensors of real drivers, in a virtual machine: bond, bridge, VLAN, WireGuard, fans on an I2C bus.

Takes a minute, and once, for Debian's kernel, a download of 70 MB.
"""

import contextlib
import json
import shutil
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from tests.vm import CACHE, CannotBuild
from tests.vm.machine import Machine, running_hardware

# The first run builds the machine.
pytestmark = pytest.mark.timeout(400)

BOOT_SECONDS = 240.0
KEPT_LOG = CACHE / "console-of-hardware-failure.log"


@pytest.fixture(scope="module")
def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The machine, with the daemon in it answering."""
    failed_before = request.session.testsfailed
    folder = tmp_path_factory.mktemp("vm")
    CACHE.mkdir(parents=True, exist_ok=True)
    try:
        with running_hardware(folder) as machine:
            machine.wait(lambda: "daemon started" in machine.said(), BOOT_SECONDS, "the daemon's start")
            yield machine
    except CannotBuild as reason:
        pytest.skip(f"no virtual machine: {reason}")
    finally:
        if request.session.testsfailed > failed_before:
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(folder / "console.log", KEPT_LOG)


def get(machine: Machine, feed: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{machine.port}/api/v1/{feed}", timeout=20) as answer:
        return json.loads(answer.read())["data"]


def interfaces(data: Any) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in data["interfaces"]}


def test_links_of_every_kind(machine: Machine) -> None:
    """Each is of its kind; what the kernel says nothing of is null, and a dummy is none of the server's."""
    found = interfaces(get(machine, "network/status"))

    assert {name: each["kind"] for name, each in found.items()} == {
        "bond0": "bond",
        "br0": "bridge",
        "br0.5": "vlan",
        "eth0": "port",
        "eth1": "port",
        "wg0": "wireguard",
    }
    assert {name: each["state"] for name, each in found.items()} == dict.fromkeys(found, "up")
    assert (found["br0.5"]["vlan_id"], found["br0.5"]["lower"]) == (5, ["br0"])
    assert (found["br0"]["lower"], found["bond0"]["lower"]) == (["bond0"], ["eth1", "eth10"])
    assert (found["eth1"]["master"], found["bond0"]["master"]) == ("bond0", "br0")
    assert found["bond0"]["bond"] == {"mode": "active-backup", "members": 2, "members_up": 2}
    # virtio's speed is -1, and WireGuard's EINVAL.
    assert (found["eth0"]["speed_mbps"], found["wg0"]["speed_mbps"]) == (None, None)
    assert found["eth0"]["bytes_sent"] > 0


async def test_a_cable_is_pulled_and_plugged(machine: Machine) -> None:
    """The bond works on, and says that it is short of a member; a client gets it within two seconds, emulated."""
    url = f"http://127.0.0.1:{machine.port}/api/v1/ws/network/status"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:

        async def wait_for(state: str, members_up: int) -> float:
            started = time.monotonic()
            while True:
                found = interfaces((await socket.receive_json(timeout=20))["data"])
                is_so = found["eth1"]["state"] == state and found["bond0"]["bond"]["members_up"] == members_up
                if is_so and found["bond0"]["state"] == "up":
                    return time.monotonic() - started

        await wait_for("up", 2)
        # Emulated on a busy machine, one may be late through no fault of the daemon's.
        taken: dict[str, list[float]] = {"pulled": [], "plugged": []}
        for _ in range(3):
            machine.order("set_link", name="cable", up=False)
            taken["pulled"].append(await wait_for("no_carrier", 1))
            machine.order("set_link", name="cable", up=True)
            taken["plugged"].append(await wait_for("up", 2))
            if max(min(seconds) for seconds in taken.values()) < 2:
                break
        assert max(min(seconds) for seconds in taken.values()) < 2, taken
    assert interfaces(get(machine, "network/status"))["eth1"]["carrier_changes"] >= 2


def test_sensors_of_real_drivers(machine: Machine) -> None:
    """Fans and temperatures, the user's label and nonsense; of the NVMe disks' sensors none."""
    get(machine, "sensors/status")

    def read() -> dict[str, dict[str, Any]] | None:
        sensors = {each["id"]: each for each in get(machine, "sensors/status")["sensors"]}
        return sensors if any(each["value"] is not None for each in sensors.values()) else None

    found = machine.wait(read, 30, "values of sensors")
    by_chip = {id_.partition("-i2c-")[0] for id_ in found}
    (temperature,) = (each for id_, each in found.items() if id_.startswith("lm75-i2c-"))
    (fan,) = (each for each in found.values() if each["role"] == "array_fan")
    nonsense = [each for each in found.values() if each["kind"] == "temperature" and not each["trusted"]]

    assert by_chip == {"lm75", "adt7475"}
    assert temperature["value"] == 25.5
    assert (fan["label"], fan["unit"], round(fan["value"], -1)) == ("Array Fan", "rpm", 1040)
    assert [each["value"] < -40 for each in nonsense] == [True] * len(nonsense)
    assert nonsense
    assert not any(each["kind"] == "voltage" for each in found.values())
