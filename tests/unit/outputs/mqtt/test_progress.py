"""Health's texts for one connection."""

from dataclasses import replace

import pytest

from uma.errors import SourceFailed, SourceUnavailable
from uma.outputs.mqtt import progress as module
from uma.outputs.mqtt.broker import Broker
from uma.outputs.mqtt.client import Client, ConnectionLost
from uma.outputs.mqtt.events import LostEvents
from uma.outputs.mqtt.progress import DROPPED_SECONDS, Progress
from uma.outputs.mqtt.topics import Topics

from .recorder import Recorder
from .samples import ID, Clock

BROKER = Broker("broker.lan", 1883, has_tls=False, authorities=None, user=None, password=None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module.time, "monotonic", clock)
    return clock


def progress(reports: list[str]) -> Progress:
    return Progress(
        BROKER,
        Topics("uma", "tower", ID),
        LostEvents(),
        lambda _, detail: reports.append(detail),
        echo_seconds=5.0,
    )


def client() -> Client:
    recorder = Recorder()
    recorder.last_messages = ["uma/tower/server (90 bytes)"]
    return recorder.client


def test_silence_is_hinted_at(clock: Clock) -> None:
    """If no message comes back after a while, the access list is suspected, until one comes."""
    reports: list[str] = []
    connection = progress(reports)
    connection.begin(client())
    clock.now += 5.0
    connection.describe()
    connection.has_echo = True
    connection.describe()

    hint = "; nothing of uma/tower comes back: does an access list deny it?"
    assert reports == ["broker.lan:1883, uma/tower", f"broker.lan:1883, uma/tower{hint}", "broker.lan:1883, uma/tower"]


def test_silence_of_discovery_is_hinted_at(clock: Clock) -> None:
    """An access list may allow UMA's own topics only: then no entity comes back, which is hinted at until one does."""
    reports: list[str] = []
    connection = progress(reports)
    connection.begin(client())
    connection.has_echo = True
    clock.now += 5.0
    connection.expect_discovery()
    connection.note_discovery_echo()
    connection.note_discovery_echo()

    hint = "; nothing of homeassistant comes back: does an access list deny it?"
    assert reports == ["broker.lan:1883, uma/tower", f"broker.lan:1883, uma/tower{hint}", "broker.lan:1883, uma/tower"]


def test_lost_events_are_reported() -> None:
    """The number of lost events is in health at once."""
    reports: list[str] = []
    connection = progress(reports)
    connection.note_lost(3, "a reason")
    connection.note_lost(4, "a reason")

    assert reports[-1] == "broker.lan:1883, uma/tower; 7 events lost"


@pytest.mark.parametrize(("has_tls", "hints"), [(False, True), (True, False)])
def test_a_broker_that_ends_logins_without_a_word(has_tls: bool, hints: bool) -> None:
    """It may want TLS or a client certificate, or refuse retained messages or QoS 1, which UMA's will has."""
    connection = Progress(
        replace(BROKER, has_tls=has_tls), Topics("uma", "tower", ID), LostEvents(), lambda *_: None, echo_seconds=5.0
    )
    trouble = str(connection.trouble([ConnectionLost()]))

    assert "broker.lan:1883 accepts connections, but ends them" in trouble
    assert "refuses retained messages or QoS 1" in trouble
    assert ("MQTT_TLS=yes" in trouble) == hints
    assert ("client certificate" in trouble) == has_tls


def test_the_end_of_a_good_connection_is_plain(clock: Clock) -> None:
    """After a minute, a lost connection is a normal absence without advice."""
    connection = progress([])
    connection.begin(client())
    clock.now += DROPPED_SECONDS
    trouble = connection.trouble([ConnectionLost()])

    assert isinstance(trouble, SourceUnavailable)
    assert str(trouble) == "the connection to broker.lan:1883 was lost"
    assert not connection.is_dropped


def test_a_drop_names_the_last_messages(clock: Clock) -> None:
    """A connection that ends soon after logging in lists possible causes."""
    connection = progress([])
    connection.begin(client())
    clock.now += 2.0

    assert "2 s after logging in" in str(connection.trouble([TimeoutError()]))
    assert str(connection.trouble([TimeoutError()])).endswith("the last were uma/tower/server (90 bytes)")
    assert connection.is_dropped


def test_a_refusal_is_the_reason() -> None:
    """Among several failures of a login the broker's own refusal is reported."""
    refusal = SourceFailed("it refuses the user or the password")
    failures = [TimeoutError(), ConnectionLost(), ConnectionLost(refusal)]

    assert progress([]).trouble(failures) is refusal


def test_silence_at_the_login_may_be_tls() -> None:
    """Without any answer, the text asks whether the port needs TLS."""
    assert str(progress([]).trouble([TimeoutError()])).endswith("try MQTT_TLS=yes")
