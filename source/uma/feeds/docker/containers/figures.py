"""Figures of containers from two samples of each, without I/O.

CPU is in percent of the whole server: the webGUI, too, divides Docker's figure by the
number of threads (DockerContainers.page).
"""

from dataclasses import dataclass
from typing import Final

from uma.feeds.docker.containers.cgroups import Sample
from uma.feeds.docker.containers.model import ContainerTraffic

MIN_SPAN_SECONDS: Final = 0.2
"""Minimum seconds between two samples: rates over less time are noise."""

MAX_SPAN_SECONDS: Final = 60.0
"""Maximum age in seconds of a sample: an older one would give a mean over a time
without demand.
"""

MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one container; unknown ones are None."""

    cpu_percent: float | None = None
    cpu_cores_used: float | None = None
    memory_used_bytes: int | None = None
    memory_cache_bytes: int | None = None
    pids: int | None = None
    network: ContainerTraffic | None = None


NO_FIGURES: Final = Figures()


@dataclass(frozen=True, slots=True)
class Timed:
    """A sample and its time, in monotonic seconds."""

    at: float
    sample: Sample


def figures_from(now: Timed, before: Timed | None, *, cpus: int) -> Figures:
    """Return the figures of *now*; rates need an earlier sample *before* of the same
    run.
    """
    sample, seconds, earlier = now.sample, 0.0, Sample()
    if before is not None and MIN_SPAN_SECONDS <= now.at - before.at <= MAX_SPAN_SECONDS:
        seconds, earlier = now.at - before.at, before.sample
    usec = _rate(sample.cpu_usec, earlier.cpu_usec, seconds)
    cores = None if usec is None else usec / MICROSECONDS
    return Figures(
        cpu_percent=None if cores is None else round(min(100.0, 100 * cores / cpus), 2),
        cpu_cores_used=None if cores is None else round(cores, 3),
        memory_used_bytes=sample.memory_used_bytes,
        memory_cache_bytes=sample.memory_cache_bytes,
        pids=sample.pids,
        network=_network(sample, earlier, seconds),
    )


def _network(sample: Sample, earlier: Sample, seconds: float) -> ContainerTraffic | None:
    if sample.bytes_sent is None or sample.bytes_recv is None:
        return None
    sent = _rate(sample.bytes_sent, earlier.bytes_sent, seconds)
    recv = _rate(sample.bytes_recv, earlier.bytes_recv, seconds)
    return ContainerTraffic(
        bytes_sent=sample.bytes_sent,
        bytes_recv=sample.bytes_recv,
        bytes_sent_per_sec=None if sent is None else round(sent),
        bytes_recv_per_sec=None if recv is None else round(recv),
    )


def _rate(now: int | None, before: int | None, seconds: float) -> float | None:
    """Return the growth per second; None if the counter ran backwards."""
    if now is None or before is None or seconds <= 0 or now < before:
        return None
    return (now - before) / seconds
