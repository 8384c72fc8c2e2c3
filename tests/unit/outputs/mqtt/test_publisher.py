"""Reports about brokers that no real one can be made to be. tests/integration/test_mqtt.py tests the publications."""

import asyncio
import math
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.feeds import DOCKER, GUIDES, STORAGE, SYSTEM, encode
from uma.config import Config
from uma.daemon.supervision import HealthBoard, supervise
from uma.errors import SourceError, SourceFailed, SourceUnavailable
from uma.host import Host
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt.broker import Broker
from uma.outputs.mqtt.publisher import MqttPublisher
from uma.outputs.mqtt.timing import Timing
from uma.streams import Stream

from .peer import CONNACK, NOT_AUTHORISED, hang_up, peer, read_packet, says
from .samples import ID, stats


def streams() -> dict[str, Stream]:
    return {
        name: Stream(name, encode=encode, clock=lambda: 0.0, capacity=1, recent=1) for name in (SYSTEM, DOCKER, STORAGE)
    }


def publisher(broker: Broker, root: Path, *, answer_seconds: float = 10.0, **settings: object) -> MqttPublisher:
    config = Config(mqtt_host=broker.host, mqtt_port=broker.port, **settings)  # type: ignore[arg-type]
    return MqttPublisher(
        feeds=GUIDES,
        streams=streams(),
        intervals={SYSTEM: 5, STORAGE: 30},
        config=config,
        host=Host(root),
        nameplate=lambda: ServerIdentity("Tower", None, ID),
        timing=Timing(answer=answer_seconds, refused=0.0, dropped=0.0, settle=0.0),
    )


async def trouble_of(reader: MqttPublisher) -> tuple[SourceError, list[tuple[str, str]]]:
    """Return the final error, and the reports before it."""
    reports: list[tuple[str, str]] = []
    with pytest.raises(SourceError) as caught:
        async with asyncio.timeout(20):
            await reader.run(lambda _: None, lambda status, detail: reports.append((status, detail)))
    return caught.value, reports


async def test_a_refusal_is_a_failure(tmp_path: Path):
    """A refused login is a failure that the user must correct; it is not retried at once."""
    async with peer(says(NOT_AUTHORISED)) as broker:
        trouble, reports = await trouble_of(publisher(broker, tmp_path))

    assert isinstance(trouble, SourceFailed)
    assert (
        reports == [("failed", f"{broker.address}: it refuses the user or the password")] == [("failed", str(trouble))]
    )


async def test_a_broker_that_is_not_ready_is_unavailable(tmp_path: Path):
    """A broker that accepts no logins now is a normal absence."""
    async with peer(says(b"\x20\x02\x00\x03")) as broker:
        trouble, _ = await trouble_of(publisher(broker, tmp_path))

    assert isinstance(trouble, SourceUnavailable)
    assert "is unavailable" in str(trouble)


async def test_a_peer_that_hangs_up_at_once_may_want_tls(tmp_path: Path):
    """A peer that ends the connection without an answer is unavailable, with a hint at TLS."""
    async with peer(hang_up) as broker:
        trouble, _ = await trouble_of(publisher(broker, tmp_path, answer_seconds=0.3))

    assert isinstance(trouble, SourceUnavailable)
    assert str(trouble).endswith("try MQTT_TLS=yes")


async def test_a_broker_that_stalls_is_left(tmp_path: Path):
    """A broker that acknowledges nothing is left after a while, and unacknowledged messages are dropped."""
    async with peer(says(CONNACK)) as broker:
        trouble, _ = await trouble_of(publisher(broker, tmp_path, answer_seconds=0.3))

    assert isinstance(trouble, SourceUnavailable)


async def test_a_broker_that_sends_too_much_is_a_failure(tmp_path: Path):
    """A message of 200 MB is refused because of its length, and health says so."""
    async with peer(says(CONNACK, b"\x40\x02\x00\x01", b"\x30\x80\x80\x80\x64")) as broker:
        trouble, _ = await trouble_of(publisher(broker, tmp_path))

    assert isinstance(trouble, SourceFailed)
    assert str(trouble) == "the broker sent a message of 209715200 bytes"


@pytest.mark.parametrize(
    "noise",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x20\x00",
        b"\xff" * 40,
        b"\x20\x02\x00\x00\x00",
        b"\x30\x02\xff\xff",
        b"\x90\x01",
    ],
)
async def test_noise_is_an_absence_or_a_failure(tmp_path: Path, noise: bytes):
    """Any answer leads to one of the two, with a text."""
    async with peer(says(noise)) as broker:
        trouble, _ = await trouble_of(publisher(broker, tmp_path, answer_seconds=0.3))
    assert str(trouble)


async def test_a_readable_password_is_reported_once(tmp_path: Path):
    """Even after many connections the log has one line that explains how to fix it, without the password."""
    password = Host(tmp_path).mqtt_password
    password.parent.mkdir(parents=True)
    password.write_text("s3cret")
    password.chmod(0o644)
    async with peer(says(NOT_AUTHORISED)) as broker:
        reader = publisher(broker, tmp_path, mqtt_user="uma")
        with capture_logs() as logs:
            for _ in range(3):
                await trouble_of(reader)

    assert [line["advice"] for line in logs] == [f"chmod 600 {password}"]
    assert "s3cret" not in str(logs)


def test_a_feed_that_is_switched_off_is_not_reported_as_unknown(tmp_path: Path):
    """The default of MQTT_FEEDS names feeds that other settings may switch off; the settings' own check names
    unknown ones.
    """
    with capture_logs() as logs:
        publisher(Broker("127.0.0.1", 1883, False, None, None, None), tmp_path, mqtt_feeds=("summary", "stats"))

    assert logs == []


async def test_no_subscription_is_left(tmp_path: Path):
    """After a lost connection it leaves no subscription, and it never took a client's place."""
    async with peer(says(CONNACK, b"\x40\x02\x00\x01")) as broker:
        reader = publisher(broker, tmp_path, answer_seconds=0.3)
        reader._streams[SYSTEM].publish(stats())
        await trouble_of(reader)

    assert not any(stream._subscriptions for stream in reader._streams.values())


async def test_a_broker_that_drops_it_after_signing_on(tmp_path: Path):
    """If dropped right after logging in, it reports possible causes and retries ever more rarely."""
    delays: list[float] = []
    board = HealthBoard()

    async def sleep(seconds: float) -> None:
        delays.append(seconds)
        if len(delays) == 5:
            raise asyncio.CancelledError

    async def drop(stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_packet(stream)
        writer.write(CONNACK)
        await read_packet(stream)
        writer.write(b"\x40\x02\x00\x01")
        await writer.drain()
        await read_packet(stream)

    with capture_logs() as logs:
        async with peer(drop) as broker:
            reader = publisher(broker, tmp_path)
            task = asyncio.ensure_future(supervise(reader, lambda _: None, board, sleep=sleep))
            async with asyncio.timeout(20):
                await asyncio.gather(task, return_exceptions=True)

    assert [round(math.log2(delay)) for delay in delays[:4]] == [0, 1, 2, 3]
    assert "access list" in board.sources["mqtt"].detail
    assert "another server of this id" in board.sources["mqtt"].detail
    assert "uma/tower/server" in board.sources["mqtt"].detail
    assert len([line for line in logs if line.get("source") == "mqtt"]) <= 5
