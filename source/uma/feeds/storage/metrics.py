"""Metric families of the array and its parity operations."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from uma.feeds.feed import Gauge, Sample, one_hot, ratio
from uma.feeds.feed.fields import rule_of
from uma.feeds.storage.disk_metrics import disks_of
from uma.feeds.storage.model import Disk, ParityCheck, ParityResult, StorageStatus

DEGRADED = ("degraded", "invalid")
"""Protections that require action by the user. A running rebuild does not."""

Value = float | None | Iterable[Sample]


def _one_hot(name: str, model: type, field: str) -> Callable[[object], Iterator[Sample]]:
    words = rule_of(model, field).words
    return lambda message: one_hot(name, words, getattr(message, field))


def _of_parity(values: Callable[[ParityCheck], Value]) -> Callable[[StorageStatus], Value]:
    # Without state files the message says "idle" and 0 errors, which nobody knows.
    return lambda status: None if status.array_status == "unknown" else values(status.parity_check)


def _of_last_parity(values: Callable[[ParityResult], Value]) -> Callable[[StorageStatus], Value]:
    return _of_parity(lambda parity: None if parity.last is None else values(parity.last))


def _all_slots(count: Callable[[Disk], int]) -> Callable[[StorageStatus], int | None]:
    """Return a sum over all slots. An unknown value is not 0, or rules would see a rise
    later.
    """
    return lambda status: (
        None
        if status.array_status == "unknown"
        else sum(count(disk) for _, disk in disks_of(status) if isinstance(disk, Disk))
    )


def _is_degraded(status: StorageStatus) -> float | None:
    return None if status.array_status == "unknown" else float(status.array_protection in DEGRADED)


METRICS = (
    # One series per server, for rules that watch many servers.
    Gauge(
        "uma_disks_errors",
        "Read and write errors of all disks, as Unraid counts them.",
        _all_slots(lambda disk: disk.errors or 0),
    ),
    Gauge(
        "uma_disks_smart_failed",
        "Disks whose own verdict by SMART is bad.",
        _all_slots(lambda disk: disk.health == "failed"),
    ),
    Gauge(
        "uma_array_degraded",
        "1 while a disk of the array is lost and not being rebuilt, or no parity is valid.",
        _is_degraded,
    ),
    Gauge(
        "uma_parity_last_failed",
        "1 if the last parity operation failed or found errors.",
        _of_last_parity(lambda last: float(last.result == "failed" or bool(last.errors))),
    ),
    Gauge(
        "uma_array_state",
        "1 for the state the array is in.",
        _one_hot("state", StorageStatus, "array_status"),
        labels=("state",),
    ),
    Gauge(
        "uma_array_protection",
        "1 for the protection the array has.",
        _one_hot("protection", StorageStatus, "array_protection"),
        labels=("protection",),
    ),
    Gauge(
        "uma_parity_operation_state",
        "1 for the state of the parity operation.",
        _of_parity(_one_hot("state", ParityCheck, "status")),
        labels=("state",),
    ),
    Gauge(
        "uma_parity_operation_action",
        "1 for the running or last parity operation.",
        _of_parity(_one_hot("action", ParityCheck, "action")),
        labels=("action",),
    ),
    Gauge(
        "uma_parity_operation_progress_ratio",
        "Share of the running or paused parity operation that is done.",
        _of_parity(lambda parity: ratio(parity.percent)),
    ),
    Gauge(
        "uma_parity_operation_speed_bytes_per_second",
        "Speed of the running parity operation.",
        _of_parity(lambda parity: parity.speed_bytes_per_sec),
    ),
    Gauge(
        "uma_parity_operation_remaining_seconds",
        "Estimated time until the running parity operation ends.",
        _of_parity(lambda parity: parity.eta_seconds),
    ),
    Gauge(
        "uma_parity_operation_errors",
        "Errors the parity operation found, this one or the last.",
        _of_parity(lambda parity: parity.errors),
    ),
    Gauge(
        "uma_parity_last_result",
        "1 for how the last parity operation ended.",
        _of_last_parity(_one_hot("result", ParityResult, "result")),
        labels=("result",),
    ),
    Gauge(
        "uma_parity_last_errors",
        "Errors the last parity operation found.",
        _of_last_parity(lambda last: last.errors),
    ),
    Gauge(
        "uma_parity_last_duration_seconds",
        "How long the last parity operation took.",
        _of_last_parity(lambda last: last.duration_seconds or None),
    ),
    Gauge(
        "uma_parity_last_end_timestamp_seconds",
        "When the last parity operation ended, in Unix time.",
        _of_last_parity(lambda last: datetime.fromisoformat(last.at).timestamp()),
    ),
)
