"""A real Home Assistant on one machine of a LAN, and a server that avahi announces on another."""

import hashlib
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.array_writer import array, disk, parity
from uma.fence.avahi import Announcement, announce

from .avahi import start_avahi, unpack_avahi
from .daemon import Daemon
from .dockerd import IMAGE, Dockerd
from .hass import ENVIRONMENT, HomeAssistant, take_rates
from .network_namespaces import Lan, inside
from .programs import CHECKOUT, until

FLOW = "/api/config/config_entries/flow"
MOST_ROWS_A_DAY = 40_000
MOST_CPU_SECONDS_A_MINUTE = 1.5

pytestmark = [
    pytest.mark.timeout(450),
    pytest.mark.skipif(
        not (ENVIRONMENT / "installed").exists(), reason="there is no .cache/home-assistant (make home-assistant)"
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]


@pytest.fixture
def lan() -> Iterator[Lan]:
    """Two machines on a LAN."""
    with Lan() as lan:
        yield lan


@pytest.fixture
def avahi_folder() -> Iterator[Path]:
    """A folder on tmpfs, where an overlay can have its own."""
    folder = Path(tempfile.mkdtemp(prefix="uma-avahi-", dir="/dev/shm"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def tower(tmp_path: Path) -> Path:
    """A copy of the demo's tower."""
    return Path(shutil.copytree(CHECKOUT / "demo/tower", tmp_path / "tower", symlinks=True))


@pytest.fixture
def daemon(tmp_path: Path, tower: Path) -> Iterator[Daemon]:
    """A daemon on all addresses of its machine; not started yet."""
    daemon = Daemon(tmp_path, tower, port_from_file=True).as_demo()
    daemon.port = 34600
    yield daemon
    daemon.end()


def announce_server(tower: Path, daemon: Daemon) -> None:
    """Announce it as it would by itself.

    A daemon of another tree than / does not, and at its start removes an old announcement.
    """
    daemon.until_source("announce", "unavailable")
    server_id = daemon.get("/api/v1/server/info")["data"]["id"]
    announcement = Announcement(port=daemon.port, id=server_id, version="1", has_token=False, has_tls=False)
    announce(tower / "etc/avahi/services", announcement)


def settings(**changed: object) -> dict[str, object]:
    return {"BIND": "0.0.0.0", "PORT": 34600, **changed}


@pytest.mark.smoke
def test_found_added_and_followed(tmp_path: Path, lan: Lan, avahi_folder: Path, tower: Path, daemon: Daemon) -> None:
    """A server is found by mDNS and added by a click; it stops, starts, moves and changes its token: all is back."""
    if not unpack_avahi():
        pytest.skip("Debian's avahi-daemon is not to be had here")
    with (
        start_avahi(tower, avahi_folder, lan.a) as avahi,
        inside(lan.b),
        HomeAssistant(tmp_path / "conf") as hass,
    ):
        with inside(lan.a):
            daemon.configure(**settings())
            daemon.start()
            announce_server(tower, daemon)
        until(hass.flows, 30, what=f"a flow; avahi says {avahi.output}")
        (flow,) = hass.flows()
        assert flow["context"]["source"] == "zeroconf"
        assert flow["context"]["title_placeholders"] == {"name": "Tower"}
        made = hass.call("POST", f"{FLOW}/{flow['flow_id']}", {})
        assert (made["type"], made["title"]) == ("create_entry", "Tower")
        hass.until_state("sensor.tower_array", "started")
        hass.until_state("sensor.tower_disk_1_temperature", "35")
        hass.until_state("binary_sensor.tower_pihole_running", "on")
        before = set(hass.states())
        with inside(lan.a):
            storage: Any = daemon.get("/api/v1/storage/status")["data"]
        for one in storage["disks"]:
            assert hass.state(f"sensor.tower_disk_{one['name'][4:]}_status") == one["status"]

        with inside(lan.a):
            daemon.stop()
        hass.until_state("sensor.tower_array", "unavailable", 3)
        with inside(lan.a):
            daemon.start()
        hass.until_state("sensor.tower_array", "started")
        assert set(hass.states()) == before

        # Another address: the old one is silent, avahi announces the new one.
        lan.move(lan.a, "10.77.0.1/24", "10.77.0.9/24")
        with inside(lan.a):
            daemon.stop()
            daemon.start()
            announce_server(tower, daemon)
            daemon.until_following("storage/status", 1, 60)
        hass.until_state("sensor.tower_array", "started")
        assert set(hass.states()) == before

        with inside(lan.a):
            daemon.configure(**settings(TOKEN_SHA256=hashlib.sha256(b"open-sesame").hexdigest()))
            daemon.program.signal(signal.SIGHUP)
        hass.until_state("sensor.tower_array", "unavailable")
        until(hass.flows, what="a flow for the token")
        (flow,) = [flow for flow in hass.flows() if flow["context"]["source"] == "reauth"]
        done = hass.call("POST", f"{FLOW}/{flow['flow_id']}", {"token": "open-sesame"})
        assert (done["type"], done["reason"]) == ("abort", "reauth_successful")
        hass.until_state("sensor.tower_array", "started")
        assert set(hass.states()) == before
        assert hass.entry()["state"] == "loaded"
        said = [line for line in hass.log() if " INFO " not in line]
        assert said == []


def test_containers_and_disks_come_and_go(tmp_path: Path, lan: Lan, tower: Path, dockerd: Dockerd) -> None:
    """A container that a real Docker recreates keeps its entities; so does a disk that is pulled and plugged in."""
    shutil.rmtree(tower / "demo")
    present, parities = [disk(), disk()], [parity()]
    array(disks=present, parity=parities).write_to(tower)
    daemon = Daemon(tmp_path, tower, docker_socket=dockerd.socket)

    def run(name: str, seconds: str) -> None:
        body = {
            "Image": IMAGE,
            "Cmd": ["sleep", seconds],
            "StopSignal": "SIGKILL",
            "HostConfig": {"NetworkMode": "none"},
        }
        made = dockerd.request(
            "POST", "containers/create", {"name": name}, json.dumps(body).encode(), kind="application/json"
        )
        dockerd.request("POST", f"containers/{made['Id']}/start")

    def event(name: str, kind: str, **attributes: str) -> bool:
        shown = hass.states()[f"event.elm_{name}"]["attributes"]
        return {"event_type": kind, **attributes}.items() <= shown.items()

    run("plex", "3600")
    try:
        with inside(lan.b), HomeAssistant(tmp_path / "conf") as hass:
            daemon.start()
            flow = hass.call("POST", FLOW, {"handler": "uma"})
            address = {"host": f"http://127.0.0.1:{daemon.port}/", "port": 34600, "ssl": False, "verify_ssl": True}
            assert hass.call("POST", f"{FLOW}/{flow['flow_id']}", address)["type"] == "create_entry"
            running = "binary_sensor.elm_plex_running"
            hass.until_state(running, "on")
            hass.until_state("sensor.elm_disk_2_status", "active")
            before = set(hass.states())

            # As an update does: another container under the same name.
            dockerd.request("DELETE", "containers/plex", {"force": "1"})
            hass.until_state(running, "unavailable")
            run("plex", "3601")
            hass.until_state(running, "on")
            run("brief", "0")
            hass.until_state("binary_sensor.elm_brief_running", "off")
            until(lambda: event("docker", "die", container="brief", exit_code="0"), 20, what="its end")
            dockerd.request("DELETE", "containers/brief")
            hass.until_state("binary_sensor.elm_brief_running", "unavailable")
            assert set(hass.states()) - before == {"binary_sensor.elm_brief_running"}

            # Plugged in while the server runs, and then given a slot.
            array(disks=present, parity=parities, unassigned=[disk(serial="NEW")]).write_to(tower)
            until(lambda: event("storage", "device_added"), 20, what="a device in no slot")
            array(disks=[*present, disk()], parity=parities).write_to(tower)
            hass.until_state("sensor.elm_disk_3_status", "active")
            # Pulled: the slot stays, with that state.
            array(disks=[present[0], disk(status="DISK_NP_DSBL"), disk()], parity=parities).write_to(tower)
            hass.until_state("sensor.elm_disk_2_status", "missing")
            hass.until_state("binary_sensor.elm_disk_2_problem", "on")
            hass.until_state("sensor.elm_disk_2_temperature", "unknown")
            hass.until_state("sensor.elm_array_protection", "degraded")
            hass.until_state("binary_sensor.elm_array_problem", "on")
            array(disks=[*present, disk()], parity=parities).write_to(tower)
            hass.until_state("sensor.elm_disk_2_status", "active")
            # Its slot is emptied: nothing is removed by that alone.
            array(disks=present, parity=parities).write_to(tower)
            hass.until_state("sensor.elm_disk_3_status", "unavailable")
            assert before < set(hass.states())
            assert [line for line in hass.log() if " INFO " not in line] == []
    finally:
        daemon.end()


@pytest.mark.xdist_group("a large server")
def test_a_large_server_is_light(tmp_path: Path, lan: Lan, tower: Path, daemon: Daemon) -> None:
    """With 30 disks and 150 containers the recorder gets below 40,000 rows a day, and the CPU little to do."""
    array(disks=[disk() for _ in range(28)], parity=[parity(), parity()]).write_to(tower)
    multiply_containers(tower, 150)
    with inside(lan.b), HomeAssistant(tmp_path / "conf") as hass:
        with inside(lan.a):
            daemon.configure(**settings())
            daemon.start()
        flow = hass.call("POST", FLOW, {"handler": "uma"})
        address = {"host": "10.77.0.1", "port": 34600, "ssl": False, "verify_ssl": True}
        assert hass.call("POST", f"{FLOW}/{flow['flow_id']}", address)["type"] == "create_entry"
        hass.until_state("sensor.elm_disk_28_status", "active", 30)
        until(lambda: len([name for name in hass.states() if name.endswith("_running")]) >= 150, 30, every=0.5)
        until(lambda: hass.rows() > 500, 60, what="the first states in the recorder", every=0.5)
        rows, cpu = take_rates(hass, 90)
        entities = len(hass.states())
        hass.call("DELETE", f"/api/config/config_entries/entry/{hass.entry()['entry_id']}")
        # The removal of 500 entities is not part of idling.
        time.sleep(15)
        _, idle = take_rates(hass, 30)
        figures = f"{rows:.0f} rows a day, {cpu - idle:.2f} s of CPU a minute, {entities} entities"
        print(figures)  # noqa: T201 - pytest shows it where asked to
        assert 0 < rows < MOST_ROWS_A_DAY, figures
        assert cpu - idle < MOST_CPU_SECONDS_A_MINUTE, figures


def multiply_containers(tower: Path, count: int) -> None:
    """Have the demo record *count* containers."""
    path = tower / "demo/containers.json"
    recorded = json.loads(path.read_text())
    some = recorded["inspected"]
    for number in range(count - len(some)):
        copied = json.loads(json.dumps(some[number % 13]))
        copied["Id"] = f"{number + 1:064x}"
        copied["Name"] = f"/more-{number}"
        some.append(copied)
    path.write_text(json.dumps(recorded))
