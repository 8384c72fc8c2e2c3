"""A real daemon with several brokers in ``MQTT_HOST``, of which one vanishes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from .certificates import Authority
from .daemon import Daemon
from .mosquitto import PROGRAM, Mosquitto
from .mqtt_reader import Reader

BACK_SECONDS = 5.0
AVAILABILITY, SUMMARY, STORAGE = "uma/tower/availability", "uma/tower/server/summary", "uma/tower/storage/status"


def is_whole(reader: Reader) -> bool:
    """Check whether the broker of *reader* has the retained state of the server, which is online."""
    newest = reader.newest()
    return {SUMMARY, STORAGE} <= newest.keys() and newest.get(AVAILABILITY) == b"online"


@pytest.mark.skipif(not PROGRAM, reason="there is no mosquitto on this machine (Debian: mosquitto)")
def test_a_broker_vanishes(make_daemon: Callable[..., Daemon], tower: Path, tmp_path: Path) -> None:
    """Of two brokers with TLS by the owner's CA one vanishes: within 5 s the other has the whole state."""
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
