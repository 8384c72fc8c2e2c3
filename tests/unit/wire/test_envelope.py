"""Messages as frames: the contract's own examples, key by key."""

import json

from tests.support.feeds import encode
from uma.feeds.docker.model import DockerEvent
from uma.feeds.system.model import DiskIO, NetworkIO, SystemStats
from uma.wire.envelope import timestamp

STATS = SystemStats(
    cpu_percent=15.2,
    memory_percent=45.8,
    memory_used=7868518236,
    memory_total=17179869184,
    uptime=86400,
    load_average=(0.5, 0.7, 0.9),
    disk_io=DiskIO(read_bytes=1048576, write_bytes=2097152, read_bytes_per_sec=0, write_bytes_per_sec=0),
    network_io=NetworkIO(bytes_sent=1048576, bytes_recv=2097152, bytes_sent_per_sec=0, bytes_recv_per_sec=0),
    cpu_cores=(15.2,),
    cpu_temperature=None,
)

EVENT = DockerEvent(
    action="die",
    container_id="abc123def456",
    container_name="plex",
    image="plex",
    status="exited",
    attributes={"exitCode": "3", "signal": ""},
    container_id_full="abc123def456" * 5,
    time_nano=1_750_028_400_999_999_999,
    seq=7,
)


def test_stats_repeat_two_numbers_at_the_top():
    """The two numbers that the guide's Python client reads at the top repeat those in data."""
    message = json.loads(encode(STATS, 1_750_028_400.9))

    assert list(message) == ["type", "timestamp", "cpu_percent", "memory_percent", "data"]
    assert message["type"] == "stats"
    assert message["timestamp"] == "2025-06-15T23:00:00Z"
    assert message["cpu_percent"] == message["data"]["cpu_percent"] == 15.2
    assert message["memory_percent"] == message["data"]["memory_percent"] == 45.8
    assert message["data"]["load_average"] == [0.5, 0.7, 0.9]
    assert message["data"]["cpu_temperature"] is None


def test_an_event_has_dockers_own_time():
    """An event's timestamp is its own time, not the time of sending."""
    message = json.loads(encode(EVENT, 1_800_000_000))

    assert message["timestamp"] == "2025-06-15T23:00:00Z"
    assert message["data"]["attributes"] == {"exitCode": "3", "signal": ""}
    assert message["data"]["time_nano"] == 1_750_028_400_999_999_999
    assert "kind" not in message["data"]


def test_timestamps_are_whole_seconds_of_utc():
    """Times are UTC to the second, whatever the fraction."""
    assert timestamp(0) == "1970-01-01T00:00:00Z"
    assert timestamp(1_750_028_399.999) == "2025-06-15T22:59:59Z"
