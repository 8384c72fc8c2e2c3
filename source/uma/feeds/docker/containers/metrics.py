"""Metric families of containers; an unknown value has no sample."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from uma.feeds.docker.containers.model import Container, ContainersStatus
from uma.feeds.feed import Counter, Gauge, Metric, Sample, ratio


def _each(value: Callable[[Container], float | None]) -> Callable[[Any], Iterable[Sample]]:
    """Return a function that yields *value* of each container, by name."""
    return lambda status: [({"container": container.name}, value(container)) for container in status.containers]


def _info(status: ContainersStatus) -> Iterable[Sample]:
    for c in status.containers:
        labels = {"image": c.image, "managed_by": c.managed_by, "compose_project": c.compose_project or ""}
        yield {"container": c.name, **labels}, 1


def _is_healthy(container: Container) -> float | None:
    return {"healthy": 1.0, "unhealthy": 0.0}.get(container.health or "")


def _is_outdated(container: Container) -> float | None:
    return {"available": 1.0, "up_to_date": 0.0}.get(container.update)


def _started(container: Container) -> float | None:
    return None if container.started_at is None else datetime.fromisoformat(container.started_at).timestamp()


def _received(container: Container) -> float | None:
    return container.network.bytes_recv if container.network else None


def _sent(container: Container) -> float | None:
    return container.network.bytes_sent if container.network else None


def _storage(value: Callable[[Any], float]) -> Callable[[Any], float | None]:
    return lambda status: None if status.image_storage is None else value(status.image_storage)


def _gauge(name: str, text: str, value: Callable[[Container], float | None]) -> Metric:
    return Gauge(f"uma_container_{name}", text, _each(value), labels=("container",))


def _counter(name: str, text: str, value: Callable[[Container], float | None]) -> Metric:
    return Counter(f"uma_container_{name}_total", text, _each(value), labels=("container",))


METRICS: tuple[Metric, ...] = (
    Gauge(
        "uma_container_info",
        "Always 1; the labels describe the container.",
        _info,
        labels=("container", "image", "managed_by", "compose_project"),
    ),
    _gauge("running", "1 while the container runs.", lambda c: float(c.state == "running")),
    _gauge("healthy", "1 if its health check passes, 0 if not.", _is_healthy),
    _gauge("exit_code", "Exit code of one that has ended.", lambda c: c.exit_code),
    _gauge("start_time_seconds", "Last start, in Unix time.", _started),
    _counter("restarts", "Restarts by its restart policy.", lambda c: c.restart_count),
    _counter("oom_kills", "Processes killed for memory.", lambda c: c.oom_kills),
    _gauge("cpu_usage_ratio", "CPU as a share of the whole server.", lambda c: ratio(c.cpu_percent)),
    _gauge("memory_used_bytes", "Memory without inactive cache.", lambda c: c.memory_used_bytes),
    _gauge("memory_cache_bytes", "Inactive file cache.", lambda c: c.memory_cache_bytes),
    _gauge("memory_limit_bytes", "Memory limit.", lambda c: c.memory_limit_bytes),
    _gauge("pids", "Processes and threads.", lambda c: c.pids),
    _counter("received_bytes", "Bytes received over a network of its own.", _received),
    _counter("sent_bytes", "Bytes sent over a network of its own.", _sent),
    _gauge("update_available", "1 if Unraid's last check found a newer image, 0 if not.", _is_outdated),
    Gauge(
        "uma_docker_image_storage_size_bytes",
        "Size of the file system for images and containers.",
        _storage(lambda storage: storage.size_bytes),
    ),
    Gauge(
        "uma_docker_image_storage_used_bytes",
        "Space used in the file system for images and containers.",
        _storage(lambda storage: storage.used_bytes),
    ),
)
