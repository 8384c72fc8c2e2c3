"""A real daemon and Debian's real mosquitto: killed, restarted, refusing, with TLS, stalled, and noisy."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.feeds import FEEDS
from uma.diagnostics import write_diagnostics
from uma.host import Host

from .certificates import Authority
from .daemon import Daemon
from .mosquitto import PROGRAM, Mosquitto, write_users
from .mqtt_reader import Reader
from .programs import until

pytestmark = pytest.mark.skipif(not PROGRAM, reason="there is no mosquitto on this machine (Debian: mosquitto)")

BASE = "uma/tower"
AVAILABILITY = f"{BASE}/availability"
STATS, STORAGE = f"{BASE}/system/stats", f"{BASE}/storage/status"
PASSWORD = "correct-horse-battery"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that takes anyone, running."""
    broker = Mosquitto(tmp_path / "mosquitto").start()
    yield broker
    broker.kill()


@pytest.fixture
def publishing(make_daemon: Callable[..., Daemon], broker: Mosquitto) -> Daemon:
    """A daemon that is connected to the broker."""
    daemon = make_daemon()
    daemon.configure(MQTT_HOST="127.0.0.1", MQTT_PORT=broker.port, STATS_INTERVAL=1, STORAGE_INTERVAL=5)
    daemon.start()
    daemon.until_source("mqtt", "ok")
    return daemon


def mqtt_health(daemon: Daemon) -> Any:
    return daemon.health()["sources"]["mqtt"]


def says(daemon: Daemon, detail: str) -> bool:
    return str(mqtt_health(daemon)["detail"]).startswith(detail)


def log_lines(daemon: Daemon) -> list[str]:
    """Return the log's lines about the broker."""
    return [line for line in daemon.log.read_text().splitlines() if "source=mqtt" in line]


def password_file(tower: Path, password: str) -> Path:
    path = Host(tower).mqtt_password
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{password}\n")
    path.chmod(0o600)
    return path


def knows_all(reader: Reader) -> bool:
    """Return True if it has everything about the demo's tower."""
    newest = reader.newest()
    return {AVAILABILITY, STATS, STORAGE} <= newest.keys() and sum(topic.endswith("/config") for topic in newest) > 60


@pytest.mark.smoke
def test_a_newcomer_gets_the_messages_of_the_streams(publishing: Daemon, broker: Mosquitto) -> None:
    """A late subscriber gets each state at once, with REST's bytes, and Home Assistant's discovery."""
    with Reader(broker.port) as before:
        before.until(knows_all)
    storage = publishing.newest("storage/status")
    with Reader(broker.port) as reader:
        reader.until(knows_all)
        retained = {each.topic: each.payload for each in reader.heard if each.is_retained}
        assert retained[AVAILABILITY] == b"online"
        assert json.loads(retained[STORAGE])["data"] == storage["data"]
        assert list(json.loads(retained[STATS])) == ["type", "timestamp", "cpu_percent", "memory_percent", "data"]
        configs = [json.loads(payload) for topic, payload in retained.items() if topic.startswith("homeassistant/")]
        assert len({config["unique_id"] for config in configs}) == len(configs) > 50
        assert {config["availability_topic"] for config in configs} == {AVAILABILITY}

    assert set(publishing.connections().values()) == {0}


def test_frames_are_the_same_bytes(make_daemon: Callable[..., Daemon], broker: Mosquitto) -> None:
    """The broker gets what REST gives, to the byte."""
    daemon = make_daemon()
    daemon.configure(MQTT_HOST="127.0.0.1", MQTT_PORT=broker.port, STATS_INTERVAL=3600, STORAGE_INTERVAL=3600)
    daemon.start()
    with Reader(broker.port) as reader:
        reader.until(knows_all)
        until(lambda: reader.newest()[STATS] == daemon.get_bytes("/api/v1/system/stats"), what="stats as by REST")
        until(lambda: reader.newest()[STORAGE] == daemon.get_bytes("/api/v1/storage/status"), what="storage as by REST")


def test_a_state_that_turns_is_published_within_seconds(publishing: Daemon, broker: Mosquitto, tower: Path) -> None:
    """A disk that falls asleep is reported at once, though figures wait."""
    with Reader(broker.port) as reader:
        reader.until(lambda reader: STORAGE in reader.newest())
        # The verdicts of SMART come with a message of their own.
        reader.until(lambda reader: b'"health":"passed"' in reader.newest()[STORAGE])
        ini = Host(tower).state / "disks.ini"
        changed = ini.read_text().replace('name="disk1"', 'name="disk1"\nspundown="1"', 1)
        text = changed.replace('spundown="0"', 'spundown="1"', 3)
        started = time.monotonic()
        replace(ini, text)
        reader.until(lambda reader: reader.newest()[STORAGE].count(b'"standby"') >= 2)
        assert reader.heard[-1].at - started < 8


def replace(path: Path, text: str) -> None:
    """Rewrite *path*, as emhttpd does."""
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").rename(path)


def test_the_server_is_offline_when_it_has_gone(publishing: Daemon, broker: Mosquitto) -> None:
    """If stopped, it publishes this itself; if killed, the broker does."""
    with Reader(broker.port) as reader:
        reader.until(lambda reader: reader.newest().get(AVAILABILITY) == b"online")
        assert publishing.stop() < 3
        reader.until(lambda reader: reader.newest()[AVAILABILITY] == b"offline")
        publishing.start()
        reader.until(lambda reader: reader.newest()[AVAILABILITY] == b"online")
        publishing.program.signal(signal.SIGKILL)
        reader.until(lambda reader: reader.newest()[AVAILABILITY] == b"offline")
    publishing.program.wait()
    publishing.forget()


def test_a_broker_that_is_restarted_gets_everything_again(publishing: Daemon, broker: Mosquitto) -> None:
    """A broker killed twice, which has forgotten everything, gets all of it; the log has one line each way."""
    for _ in range(2):
        broker.kill()
        publishing.until_source("mqtt", "unavailable")
        until(lambda: mqtt_health(publishing)["detail"] == f"nothing listens at 127.0.0.1:{broker.port}")
        assert publishing.health()["status"] == "healthy"
        broker.start()
        publishing.until_source("mqtt", "ok", 30)
        with Reader(broker.port) as reader:
            reader.until(knows_all)

    assert ["status=unavailable" in line for line in log_lines(publishing)] == [True, False] * 2


def test_a_broker_that_comes_later_is_found(make_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    """A daemon that starts before its broker serves normally, logs one line, and connects later."""
    broker = Mosquitto(tmp_path / "late")
    daemon = make_daemon()
    daemon.configure(MQTT_HOST="127.0.0.1", MQTT_PORT=broker.port)
    daemon.start()
    daemon.until_source("mqtt", "unavailable")
    assert daemon.newest("system/stats")["type"] == "stats"
    # More than one try has been made by then.
    time.sleep(1)
    assert len(log_lines(daemon)) == 1
    broker.start()
    try:
        daemon.until_source("mqtt", "ok", 30)
    finally:
        broker.kill()


def test_a_wrong_password_is_reported_and_corrected(
    make_daemon: Callable[..., Daemon], tmp_path: Path, tower: Path
) -> None:
    """A refusal is one line, degrades health, and ends with the right password and a reload; it is never shown."""
    users = write_users(tmp_path / "users", uma=PASSWORD)
    broker = Mosquitto(tmp_path / "mosquitto", options=f"allow_anonymous false\npassword_file {users}").start()
    try:
        daemon = make_daemon()
        settings = {"MQTT_HOST": "127.0.0.1", "MQTT_PORT": broker.port, "MQTT_USER": "uma"}
        password_file(tower, "wrong-secret")
        daemon.configure(**settings)
        daemon.start()
        daemon.until_source("mqtt", "failed")
        assert mqtt_health(daemon)["detail"] == f"127.0.0.1:{broker.port}: it refuses the user or the password"
        assert daemon.health()["status"] == "degraded"
        # Not asked again at once: the broker logs each try.
        time.sleep(2)
        assert broker.log.read_text().count("not authorised") == 1
        password_file(tower, PASSWORD)
        daemon.reload(**settings)
        daemon.until_source("mqtt", "ok")
        write_diagnostics(tmp_path / "d.zip", Host(tower), FEEDS)
        shutil.unpack_archive(tmp_path / "d.zip", tmp_path / "unpacked")
        shown = [json.dumps(daemon.health()), daemon.log.read_text()]
        shown += [path.read_text() for path in (tmp_path / "unpacked").rglob("*") if path.is_file()]
        assert [text for text in shown if "wrong-secret" in text or PASSWORD in text] == []
        assert len(log_lines(daemon)) == 2
    finally:
        broker.kill()


def test_tls_by_an_authority_of_ones_own(make_daemon: Callable[..., Daemon], tmp_path: Path, tower: Path) -> None:
    """The broker's certificate must be signed by the CA file and for the broker's name; else health gives the fault."""
    authority, other = Authority(tmp_path / "home"), Authority(tmp_path / "other")
    shutil.copy(authority.certificate, tower / "boot/config/home.pem")
    shutil.copy(other.certificate, tower / "boot/config/other.pem")
    certificate, key = authority.certify("IP:127.0.0.1")
    strange_certificate, strange_key = authority.certify("DNS:broker.lan")
    options = "allow_anonymous true\ncertfile {}\nkeyfile {}"
    broker = Mosquitto(tmp_path / "mosquitto", options=options.format(certificate, key)).start()
    settings = {"MQTT_HOST": "127.0.0.1", "MQTT_PORT": broker.port, "MQTT_TLS": "yes"}
    try:
        daemon = make_daemon()
        daemon.configure(**settings, MQTT_CA_FILE="/boot/config/home.pem")
        daemon.start()
        daemon.until_source("mqtt", "ok")
        untrusted = f"can't verify the certificate of 127.0.0.1:{broker.port}: "
        wrong: list[tuple[dict[str, str], str]] = [
            ({"MQTT_CA_FILE": "/boot/config/other.pem"}, untrusted + "unable to get local issuer certificate"),
            ({}, untrusted + "unable to get local issuer certificate"),
            ({"MQTT_CA_FILE": "/boot/config/none.pem"}, f"{tower}/boot/config/none.pem can't be read: No such file"),
        ]
        for file, detail in wrong:
            daemon.reload(**settings, **file)
            until(partial(says, daemon, detail), what=detail)
            assert mqtt_health(daemon)["status"] == "failed"
        broker.kill()
        broker.reconfigure(options.format(strange_certificate, strange_key))
        broker.start()
        daemon.reload(**settings, MQTT_CA_FILE="/boot/config/home.pem")
        until(lambda: "IP address mismatch" in mqtt_health(daemon)["detail"], what="a wrong name")
        # Without TLS the same port does not answer.
        daemon.reload(**settings | {"MQTT_TLS": "no"})
        until(lambda: mqtt_health(daemon)["detail"].endswith("try MQTT_TLS=yes"), 30, what="the hint at TLS")
    finally:
        broker.kill()


def test_tls_where_there_is_none(make_daemon: Callable[..., Daemon], broker: Mosquitto) -> None:
    """With TLS set for a port without it, health names this as a possible cause."""
    daemon = make_daemon()
    daemon.configure(MQTT_HOST="127.0.0.1", MQTT_PORT=broker.port, MQTT_TLS="yes")
    daemon.start()
    daemon.until_source("mqtt", "unavailable")
    detail = mqtt_health(daemon)["detail"]
    assert detail.endswith(f"{broker.port} closes connections that start with TLS; try MQTT_TLS=no")


def test_settings_move_it_and_switch_it_off(publishing: Daemon, broker: Mosquitto, tmp_path: Path) -> None:
    """A reload moves it to another broker and prefix; without MQTT_HOST it disconnects, and health drops it."""
    second = Mosquitto(tmp_path / "second").start()
    try:
        with Reader(broker.port) as one, Reader(second.port) as two:
            one.until(lambda reader: reader.newest().get(AVAILABILITY) == b"online")
            publishing.reload(MQTT_HOST="127.0.0.1", MQTT_PORT=second.port, MQTT_PREFIX="home/nas")
            one.until(lambda reader: reader.newest()[AVAILABILITY] == b"offline")
            two.until(lambda reader: reader.newest().get("home/nas/tower/availability") == b"online")
            publishing.reload()
            two.until(lambda reader: reader.newest()["home/nas/tower/availability"] == b"offline")
            assert "mqtt" not in publishing.health()["sources"]
    finally:
        second.kill()


def test_a_stream_that_is_switched_off_is_not_published(publishing: Daemon, broker: Mosquitto) -> None:
    """A disabled stream has no state, and the others are published."""
    with Reader(broker.port) as reader:
        reader.until(lambda reader: {STATS, STORAGE} <= reader.newest().keys())
        publishing.reload(MQTT_HOST="127.0.0.1", MQTT_PORT=broker.port, SYSTEM_STATS="no")
        reader.until(lambda reader: b"offline" in reader.of(AVAILABILITY))
        before = [each.payload for each in reader.heard].index(b"offline")
        # As after each connection, at once.
        reader.until(lambda reader: STORAGE in {each.topic for each in reader.heard[before:]})
        assert STATS not in {each.topic for each in reader.heard[before:]}


def test_a_broker_that_stalls_slows_nothing(publishing: Daemon, broker: Mosquitto) -> None:
    """While the broker hangs the streams keep their pace, the daemon stops in time, and everything comes back."""
    broker.program.signal(signal.SIGSTOP)
    try:
        before = publishing.health()["streams"]["system/stats"]["messages"]
        until(lambda: publishing.health()["streams"]["system/stats"]["messages"] >= before + 5, 12)
        # In the middle of its messages.
        publishing.reload(MQTT_HOST="127.0.0.1", MQTT_PORT=broker.port, STATS_INTERVAL=1)
        publishing.until_source("mqtt", "unavailable", 60)
        assert "never retrieved" not in publishing.log.read_text()
        assert publishing.stop() < 4
    finally:
        broker.program.signal(signal.SIGCONT)
    publishing.start()
    publishing.until_source("mqtt", "ok", 30)


def test_noise_at_the_broker_harms_nothing(publishing: Daemon, broker: Mosquitto) -> None:
    """Other clients may publish anything on its topics: it stays connected, announces again on request, and does not
    grow.
    """
    dice = random.Random(9)
    process = psutil.Process(publishing.program.process.pid)
    with Reader(broker.port) as reader:
        reader.until(knows_all)
        entities = next(topic for topic in reader.newest() if topic.endswith("/cpu/config")).removesuffix("/cpu/config")
        size = process.memory_info().rss
        for number in range(300):
            reader.publish("homeassistant/status", dice.randbytes(dice.randrange(2000)))
            reader.publish(f"{entities}/x{number % 40}/config", dice.randbytes(dice.randrange(4000)))
            reader.publish(f"{BASE}/{dice.choice(['system/stats', 'set', 'cmnd/stop'])}", dice.randbytes(40))
        told = len(reader.of(f"{entities}/cpu/config"))
        reader.publish("homeassistant/status", b"online")
        reader.until(lambda reader: len(reader.of(f"{entities}/cpu/config")) > told)
        assert process.memory_info().rss - size < 8_000_000
        # A message of the largest size that a broker allows ends this connection, and nothing else.
        reader.publish("homeassistant/status", bytes(20_000_000))
        publishing.until_source("mqtt", "failed")
        assert mqtt_health(publishing)["detail"].startswith("the broker sent a message of 200")
        assert process.memory_info().rss - size < 16_000_000
    assert publishing.newest("system/stats")


def test_it_is_not_imported_without_a_broker() -> None:
    """A server without a broker does not load it."""
    code = "import sys, uma.daemon.main; print([m for m in sys.modules if 'mqtt' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
