"""The publishers of many servers at one real mosquitto, and of one with changing disks."""

import asyncio
import hashlib
import json
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.feeds import DOCKER, GUIDES, STORAGE, SYSTEM, encode
from tests.timed import IN_SECONDS
from tests.unit.outputs.mqtt.samples import event, stats, storage
from uma.config import Config
from uma.daemon.supervision import HealthBoard, supervise
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.status import UNKNOWN
from uma.host import Host
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt.publisher import MqttPublisher
from uma.outputs.mqtt.timing import Timing
from uma.outputs.mqtt.topics import node_of
from uma.streams import Stream

from .mosquitto import PROGRAM, Mosquitto
from .mqtt_reader import Reader

pytestmark = pytest.mark.skipif(not PROGRAM, reason="there is no mosquitto on this machine (Debian: mosquitto)")

SERVERS = 20
QUICK = Timing(
    spacing=0.05, heartbeat=0.2, grace=0.6, look_again=0.1, refused=0.0, dropped=0.0, settle=0.05, repeat=0.05
)
"""As on a server, except for the times."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path / "mosquitto").start()
    yield broker
    broker.kill()


LAST = "boot_usage"
"""The entity that is announced last."""
WORDS = ("temperature", "status", "health", "usage")


class Server:
    """A server's streams, and its publisher's health."""

    def __init__(
        self,
        name: str,
        broker: Mosquitto,
        root: Path,
        timing: Timing,
        server_id: str | None = None,
        **settings: Any,
    ) -> None:
        server_id = server_id or id_of(node_of(name))
        self.board = HealthBoard()
        self.streams = {
            each: Stream(each, encode=encode, clock=time.time, capacity=1) for each in (SYSTEM, DOCKER, STORAGE)
        }
        self.publisher = MqttPublisher(
            feeds=GUIDES,
            streams=self.streams,
            intervals={SYSTEM: 5, STORAGE: 30},
            config=Config(mqtt_host="127.0.0.1", mqtt_port=broker.port, **settings),
            host=Host(root),
            nameplate=lambda: ServerIdentity(name, "7.2.0", server_id),
            timing=timing,
        )

    @property
    def is_connected(self) -> bool:
        return "mqtt" in self.board.sources and self.board.sources["mqtt"].status == "ok"

    def publish(self, status: StorageStatus) -> None:
        self.streams[STORAGE].publish(status)


@asynccontextmanager
async def running(*servers: Server) -> AsyncIterator[None]:
    """The servers, running as in the daemon."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(supervise(each.publisher, lambda _: None, each.board)) for each in servers]
        yield
        left = set(tasks)
        while left:
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=0.2)


async def until(predicate: Callable[[], object], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not predicate():
            await asyncio.sleep(0.02)


def id_of(node: str) -> str:
    """Return the id of the server that a test names so."""
    return hashlib.sha256(node.encode()).hexdigest()[:32]


def discovered(reader: Reader, node: str) -> set[str]:
    """Return the ids of a server's entities that the broker holds."""
    return {
        topic.split("/")[3]
        for topic in reader.newest()
        if topic.startswith("homeassistant/") and f"/uma_{id_of(node)}/" in topic
    }


async def test_twenty_servers_at_one_broker(broker: Mosquitto, tmp_path: Path) -> None:
    """Each has its own topics, device and ids; events reach the broker in order, and are not retained there."""
    servers = [Server(f"NAS {number}", broker, tmp_path, Timing()) for number in range(SERVERS)]
    with Reader(broker.port) as reader:
        async with running(*servers):
            for number, server in enumerate(servers):
                server.streams[SYSTEM].publish(stats(cpu_percent=float(number)))
                server.publish(storage(disks=3))
            await until(lambda: all(server.is_connected for server in servers))
            await until(lambda: all(len(discovered(reader, f"nas-{number}")) > 40 for number in range(SERVERS)))
            for seq in range(50):
                for server in servers:
                    server.streams[DOCKER].publish(event(seq=seq))
            await until(lambda: all(len(reader.of(f"uma/nas-{n}/docker/events")) == 50 for n in range(SERVERS)))
            await until(lambda: all(f"uma/nas-{n}/storage/status" in reader.newest() for n in range(SERVERS)))
            newest = reader.newest()
            for number in range(SERVERS):
                base = f"uma/nas-{number}"
                assert json.loads(newest[f"{base}/system/stats"])["cpu_percent"] == number
                events = [json.loads(payload) for payload in reader.of(f"{base}/docker/events")]
                assert [each["data"]["seq"] for each in events] == list(range(50))
            with Reader(broker.port) as late:
                await until(lambda: len(late.newest()) >= len(newest) - SERVERS)
                await until(lambda: f"uma/nas-{SERVERS - 1}/availability" in late.newest())
                assert not [topic for topic in late.newest() if topic.endswith("docker/events")]
                devices = {
                    json.loads(payload)["device"]["identifiers"][0]
                    for topic, payload in late.newest().items()
                    if topic.startswith("homeassistant/")
                }
                assert len(devices) == SERVERS
        await until(lambda: all(reader.newest()[f"uma/nas-{n}/availability"] == b"offline" for n in range(SERVERS)))


async def test_a_removed_disk_is_withdrawn(broker: Mosquitto, tmp_path: Path) -> None:
    """A disk that is gone for long loses its entities, and gets them back when it is back; no other entity is
    touched.
    """
    server = Server("Tower", broker, tmp_path, QUICK)
    with Reader(broker.port) as reader:
        async with running(server):
            server.publish(storage(disks=2))
            await until(lambda: LAST in discovered(reader, "tower"))
            both = discovered(reader, "tower")
            server.publish(storage(disks=1))
            await until(lambda: "disk_disk2_temperature" not in discovered(reader, "tower"))
            await until(lambda: both - discovered(reader, "tower") == {f"disk_disk2_{word}" for word in WORDS})
            server.publish(storage(disks=2))
            await until(lambda: discovered(reader, "tower") == both)


async def test_a_disk_taken_out_while_the_server_was_off_is_withdrawn(broker: Mosquitto, tmp_path: Path) -> None:
    """The broker remembers an earlier run's announcements; entities that are gone by now are withdrawn."""
    with Reader(broker.port) as reader:
        async with running(before := Server("Tower", broker, tmp_path, QUICK)):
            before.publish(storage(disks=2))
            await until(lambda: LAST in discovered(reader, "tower"))
        reader.publish(f"homeassistant/sensor/uma_{id_of('tower2')}/other/config", b"{}", retain=True)
        async with running(after := Server("Tower", broker, tmp_path, QUICK)):
            for state in (UNKNOWN, replace(UNKNOWN, array_status="stopped")):
                # While emhttpd starts, the disks are unknown for many times the grace period.
                after.publish(state)
                await asyncio.sleep(5 * QUICK.grace)
                assert {"disk_disk1_temperature", "disk_disk2_temperature"} <= discovered(reader, "tower")
            after.publish(storage(disks=1))
            await until(lambda: "disk_disk2_temperature" not in discovered(reader, "tower"))
            assert "disk_disk1_temperature" in discovered(reader, "tower")
        assert discovered(reader, "tower2") == {"other"}


async def test_an_empty_or_unknown_state_withdraws_nothing(broker: Mosquitto, tmp_path: Path) -> None:
    """Neither unreadable state files nor a state without any disk withdraws an entity, at any time."""
    server = Server("Tower", broker, tmp_path, QUICK)
    with Reader(broker.port) as reader:
        async with running(server):
            server.publish(storage(disks=2))
            await until(lambda: LAST in discovered(reader, "tower"))
            all_of_them = discovered(reader, "tower")
            for state in (UNKNOWN, replace(UNKNOWN, array_status="stopped")):
                server.publish(state)
                await until(lambda: json.loads(reader.newest()["uma/tower/storage/status"])["data"]["disks"] == [])
                # Many times the grace period.
                await asyncio.sleep(5 * QUICK.grace)
                assert discovered(reader, "tower") == all_of_them


async def test_a_birth_repeats_every_announcement(broker: Mosquitto, tmp_path: Path) -> None:
    """After a start of Home Assistant each entity is announced again."""
    server = Server("Tower", broker, tmp_path, QUICK)
    with Reader(broker.port) as reader:
        async with running(server):
            server.publish(storage())
            await until(lambda: LAST in discovered(reader, "tower"))
            topic = f"homeassistant/sensor/uma_{id_of('tower')}/disk_disk2_temperature/config"
            told = len(reader.of(topic))
            reader.publish("homeassistant/status", b"offline")
            reader.publish("homeassistant/status", b"online")
            await until(lambda: len(reader.of(topic)) == told + 1)


async def test_a_broker_that_goes_and_comes_loses_no_later_event(broker: Mosquitto, tmp_path: Path) -> None:
    """Later events are published, earlier ones are not repeated."""
    server = Server("Tower", broker, tmp_path, QUICK)
    async with running(server):
        await until(lambda: server.is_connected)
        server.streams[DOCKER].publish(event(seq=1))
        broker.kill()
        await until(lambda: not server.is_connected)
        server.streams[DOCKER].publish(event(seq=2))
        broker.start()
        await until(lambda: server.is_connected)
        with Reader(broker.port) as reader:
            server.streams[DOCKER].publish(event(seq=3))
            await until(lambda: reader.of("uma/tower/docker/events"))
            assert [json.loads(each)["data"]["seq"] for each in reader.of("uma/tower/docker/events")] == [3]


async def test_it_recovers_from_a_closed_subscription(broker: Mosquitto, tmp_path: Path) -> None:
    """If too many events come at once some are lost, as for any lagging client; the next one and states are
    published.
    """
    server = Server("Tower", broker, tmp_path, QUICK)
    topic = "uma/tower/docker/events"
    with Reader(broker.port) as reader:
        async with running(server):
            await until(lambda: server.is_connected)
            server.publish(storage(disks=1))
            await until(lambda: LAST in discovered(reader, "tower"))
            for seq in range(400):
                server.streams[DOCKER].publish(event(seq=seq))
            server.streams[STORAGE].close()
            await asyncio.sleep(0)
            server.publish(storage(disks=2))
            await until(lambda: "disk_disk2_usage" in discovered(reader, "tower"))
            server.streams[DOCKER].publish(event(seq=1000))
            await until(lambda: reader.of(topic) and json.loads(reader.of(topic)[-1])["data"]["seq"] == 1000)
            assert server.is_connected
    assert len(reader.of(topic)) < 400


@IN_SECONDS
@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3])
async def test_it_ends_in_time_whenever_it_is_ended(broker: Mosquitto, tmp_path: Path, seconds: float) -> None:
    """If ended while it connects, logs in, announces or publishes, it ends within a second, and publishes that."""
    for _ in range(5):
        server = Server("Tower", broker, tmp_path, QUICK)
        async with running(server):
            server.publish(storage(disks=20))
            await asyncio.sleep(seconds)
            ending = time.monotonic()
        assert time.monotonic() - ending < 2
    with Reader(broker.port) as reader:
        await until(lambda: reader.newest().get("uma/tower/availability", b"offline") == b"offline")


async def test_a_broker_has_demand_for_its_feeds(broker: Mosquitto, tmp_path: Path) -> None:
    """It gets the feeds in MQTT_FEEDS and is demand for their figures while it is connected, and for no others."""
    server = Server("Tower", broker, tmp_path, QUICK, mqtt_feeds=("storage",))
    with Reader(broker.port) as reader:
        async with running(server):
            server.streams[SYSTEM].publish(stats())
            server.publish(storage())
            await until(lambda: "uma/tower/storage/status" in reader.newest())
            wanted = {name for name, stream in server.streams.items() if stream.demand.wanted}
            assert wanted == {STORAGE}
            await until(lambda: "disk_disk1_usage" in discovered(reader, "tower"))
            assert "cpu" not in discovered(reader, "tower")
            assert "uma/tower/system/stats" not in reader.newest()

    assert not server.streams[STORAGE].demand.wanted


async def test_without_discovery_nothing_is_announced(broker: Mosquitto, tmp_path: Path) -> None:
    """With MQTT_DISCOVERY="no" the messages are published, and no entity is announced."""
    server = Server("Tower", broker, tmp_path, QUICK, mqtt_discovery=False)
    with Reader(broker.port) as reader:
        async with running(server):
            server.publish(storage())
            server.streams[SYSTEM].publish(stats())
            await until(lambda: {"uma/tower/storage/status", "uma/tower/system/stats"} <= reader.newest().keys())
            assert discovered(reader, "tower") == set()


OTHER_ID = "f" * 32


async def test_two_servers_of_one_name_live_together(broker: Mosquitto, tmp_path: Path) -> None:
    """The later one takes its own topics; each is one device, and the end of one does not affect the other."""
    first = Server("Tower", broker, tmp_path, QUICK)
    second = Server("Tower", broker, tmp_path, QUICK, OTHER_ID)
    with Reader(broker.port) as reader:
        async with running(first):
            first.publish(storage(disks=2))
            await until(lambda: LAST in discovered(reader, "tower"))
            async with running(second):
                second.publish(storage(disks=1))
                await until(lambda: reader.newest().get("uma/tower-ffff/availability") == b"online")
                await until(lambda: "uma/tower-ffff/storage/status" in reader.newest())
                await until(lambda: any(f"/uma_{OTHER_ID}/{LAST}/" in f"{each}/" for each in reader.newest()))
                theirs = [
                    json.loads(payload)
                    for topic, payload in reader.newest().items()
                    if topic.startswith("homeassistant/") and OTHER_ID in topic
                ]
                assert {each["availability_topic"] for each in theirs} == {"uma/tower-ffff/availability"}
                assert reader.newest()["uma/tower/availability"] == b"online"
                assert first.is_connected
                assert second.is_connected
            await until(lambda: reader.newest()["uma/tower-ffff/availability"] == b"offline")
            await until(lambda: reader.newest()["uma/tower/availability"] == b"online")
            # It returns to its undisturbed topics, and the broker's memory of it disturbs no other.
            async with running(second):
                await until(lambda: reader.newest()["uma/tower-ffff/availability"] == b"online")
                assert reader.newest()["uma/tower/availability"] == b"online"
        await until(lambda: reader.newest()["uma/tower/availability"] == b"offline")


async def test_a_claim_of_a_server_that_is_gone_counts_for_nothing(broker: Mosquitto, tmp_path: Path) -> None:
    """A server with a new id, as after a new flash drive, keeps its topics."""
    with Reader(broker.port) as reader:
        reader.publish("uma/tower/server", json.dumps({"id": OTHER_ID, "since": 1.0}).encode(), retain=True)
        async with running(server := Server("Tower", broker, tmp_path, QUICK)):
            server.publish(storage())
            await until(lambda: "uma/tower/storage/status" in reader.newest())
            await until(lambda: json.loads(reader.newest()["uma/tower/server"])["id"] == id_of("tower"))
            assert not [topic for topic in reader.newest() if topic.startswith("uma/tower-")]


@pytest.mark.parametrize("noise", [b"offline", b"", b"x" * 2000])
async def test_availability_is_said_again(broker: Mosquitto, tmp_path: Path, noise: bytes) -> None:
    """A late will, or another client's value, is overwritten by the online server."""
    with Reader(broker.port) as reader:
        async with running(server := Server("Tower", broker, tmp_path, QUICK)):
            await until(lambda: server.is_connected)
            for times in range(1, 4):
                reader.publish("uma/tower/availability", noise, retain=True)
                await until(lambda: reader.of("uma/tower/availability").count(noise) >= times)  # noqa: B023 - used here
                await until(lambda: reader.newest().get("uma/tower/availability") == b"online")
        await until(lambda: reader.newest()["uma/tower/availability"] == b"offline")


async def test_entities_announced_by_name_are_withdrawn(broker: Mosquitto, tmp_path: Path) -> None:
    """Entities identified by name are withdrawn before those of the id are announced; another server's stay."""
    former = "homeassistant/sensor/uma_tower/cpu/config"
    with Reader(broker.port) as reader:
        reader.publish(former, b"{}", retain=True)
        reader.publish("homeassistant/sensor/uma_tower2/cpu/config", b"{}", retain=True)
        async with running(server := Server("Tower", broker, tmp_path, QUICK)):
            server.publish(storage())
            await until(lambda: LAST in discovered(reader, "tower"))
            assert former not in reader.newest()
            assert "homeassistant/sensor/uma_tower2/cpu/config" in reader.newest()
            topics = [each.topic for each in reader.heard]
            announced = f"homeassistant/sensor/uma_{id_of('tower')}/cpu/config"
            assert topics.index(former, topics.index(former) + 1) < topics.index(announced)


@pytest.mark.parametrize(
    ("allowed", "silent"), [("topic read #", "uma/tower"), ("topic readwrite uma/#", "homeassistant")]
)
async def test_an_access_list_that_drops_silently_is_hinted_at(tmp_path: Path, allowed: str, silent: str) -> None:
    """mosquitto denies silently: health hints that no message comes back, without being degraded.

    With a corrected list everything is published without a new connection.
    """
    rules = tmp_path / "acl"
    rules.write_text(f"{allowed}\n")
    broker = Mosquitto(tmp_path / "strict", options=f"allow_anonymous true\nacl_file {rules}").start()
    try:
        timing = replace(QUICK, echo=0.3, silent=0.3)
        async with running(server := Server("Tower", broker, tmp_path, timing)):
            await until(lambda: server.is_connected)
            server.publish(storage())
            await until(lambda: f"nothing of {silent} comes back" in server.board.sources["mqtt"].detail)
            assert server.is_connected
            rules.write_text("topic readwrite #\n")
            broker.program.process.send_signal(signal.SIGHUP)
            await until(lambda: "comes back" not in server.board.sources["mqtt"].detail)
            assert server.is_connected
            assert broker.log.read_text().count("New client connected") == 1
    finally:
        broker.kill()


async def test_a_packet_too_long_for_the_broker(tmp_path: Path) -> None:
    """A broker with a small limit drops each connection: retries become rare, and health names the last messages."""
    broker = Mosquitto(tmp_path / "small", options="allow_anonymous true\nmax_packet_size 1000").start()
    try:
        async with running(server := Server("Tower", broker, tmp_path, QUICK)):
            server.publish(storage(disks=30))
            await until(lambda: broker.log.read_text().count("New client connected") >= 2)
            await until(lambda: "too long" in server.board.sources["mqtt"].detail)
            assert "storage/status" in server.board.sources["mqtt"].detail
            await asyncio.sleep(3)
            assert broker.log.read_text().count("New client connected") <= 3
    finally:
        broker.kill()


async def test_events_lost_between_connections_are_counted(broker: Mosquitto, tmp_path: Path) -> None:
    """Health and the log have the number of events without a connection."""
    server = Server("Tower", broker, tmp_path, QUICK)
    with capture_logs() as logs:
        async with running(server):
            await until(lambda: server.is_connected)
            broker.kill()
            await until(lambda: not server.is_connected)
            for seq in range(7):
                server.streams[DOCKER].publish(event(seq=seq))
            broker.start()
            await until(lambda: server.is_connected)
            await until(lambda: "7 events lost" in server.board.sources["mqtt"].detail)

    assert [line["number"] for line in logs if line["event"] == "events lost"] == [7]
