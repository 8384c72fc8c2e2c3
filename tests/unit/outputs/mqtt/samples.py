"""Messages for these tests."""

from tests.array_writer import array, disk, nvme, parity, pool
from uma.feeds.docker.model import DockerEvent
from uma.feeds.storage.emhttp import parse_state
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.status import status_from
from uma.feeds.system.model import DiskIO, NetworkIO, SystemStats


def stats(cpu_percent: float = 15.2, cpu_temperature: float | None = 41.0) -> SystemStats:
    return SystemStats(
        cpu_percent=cpu_percent,
        memory_percent=45.8,
        memory_used=7868518236,
        memory_total=17179869184,
        uptime=86400,
        load_average=(0.5, 0.7, 0.9),
        disk_io=DiskIO(read_bytes=1048576, write_bytes=2097152, read_bytes_per_sec=0, write_bytes_per_sec=0),
        network_io=NetworkIO(bytes_sent=1048576, bytes_recv=2097152, bytes_sent_per_sec=0, bytes_recv_per_sec=0),
        cpu_cores=(15.2, 15.2),
        cpu_temperature=cpu_temperature,
    )


def storage(*, disks: int = 2, temperature: str = "34") -> StorageStatus:
    texts = array(
        parity=[parity("8TB")],
        disks=[disk("8TB", used="4.2TB", temp=temperature)] * disks,
        pools=[pool("cache", nvme("1TB"), nvme("1TB"), used="256GB")],
    )
    return status_from(parse_state(texts.texts()), {})


def event(action: str = "start", name: str = "plex", seq: int = 1) -> DockerEvent:
    return DockerEvent(
        action=action,
        container_id="abc123def456",
        container_name=name,
        image="plexinc/pms-docker:latest",
        status="running",
        attributes={"exitCode": "0", "signal": ""},
        container_id_full="abc123def456" + "0" * 52,
        time_nano=1_750_028_400_000_000_000 + seq,
        seq=seq,
    )


ID = "0123456789abcdef0123456789abcdef"
"""Id of a server."""


class Clock:
    """Seconds that a test advances."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
