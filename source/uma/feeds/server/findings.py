"""The one judgement of "is all well?": a pure function, from which page, tile,
MQTT and metrics take it.

Each rule is one function of one message. A state that the user chose, such as an array
without parity, is not a finding.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from uma.counted import counted
from uma.feeds.server.model import Finding

NOTICE: Final = "notice"
WARNING: Final = "warning"
CRITICAL: Final = "critical"
RANK: Final = {CRITICAL: 0, WARNING: 1, NOTICE: 2}
MAX_TEXT: Final = 90
MAX_SUBJECT: Final = 48
MAX_PARITY_AGE: Final = timedelta(days=90)
FULL_LOG_PERCENT: Final = 90
"""Without room in /var/log, which is 128 MB of RAM, Unraid's log and its plugins stop
working.
"""
CLEAN_EXITS: Final = frozenset({0, 130, 143})
"""Exit codes of a container that ended without an error, or by the signal of a stop."""
KILLED: Final = 137
"""Exit code after SIGKILL: a stop took too long, or the kernel ran out of memory."""

PROTECTIONS: Final = {
    "degraded": (CRITICAL, "the array is not protected: a disk is disabled, missing or wrong"),
    "invalid": (CRITICAL, "the array is not protected: no parity disk is valid"),
    "rebuilding": (WARNING, "a disk is being rebuilt"),
    "syncing": (NOTICE, "parity is being built"),
}
DISK_STATES: Final = {
    "disabled": (CRITICAL, "is disabled"),
    "emulated": (CRITICAL, "is emulated by parity"),
    "missing": (CRITICAL, "is missing"),
    "wrong": (CRITICAL, "is the wrong disk"),
    "invalid": (CRITICAL, "has no valid content"),
    "new": (NOTICE, "is new and not in use"),
    "rebuilding": (WARNING, "is being rebuilt"),
    "syncing": (NOTICE, "is being built"),
}
SERVICES: Final = {"docker": "Docker", "vms": "the VM service", "ups": "the UPS service"}
WELL: Final = frozenset({"active", "standby"})
UPS_STATES: Final = {
    "on_battery": (WARNING, "runs on battery"),
    "low_battery": (CRITICAL, "is about to run out of battery"),
    "shutting_down": (CRITICAL, "is shutting the server down"),
    "overload": (WARNING, "is overloaded"),
    "replace_battery": (WARNING, "needs a new battery"),
    "no_battery": (WARNING, "has no battery"),
    "communication_lost": (WARNING, "does not answer"),
    "unavailable": (WARNING, "is not available"),
}

UPS_ALARM: Final = "ALARM"
"""NUT's word for anything else, such as a failed self test or overheating. The NUT
plugin shows it in red; some UPSes always report one.
"""

UPS_FLAGS: Final = {"OFF": "is switched off", UPS_ALARM: "reports an alarm"}
"""NUT's words that, alone, tell nothing about the mains."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The newest message of each enabled feed, or None; and the daemon's own state.

    The types are Any: the server's feed imports no other feed and works without each.
    """

    storage: Any = None
    details: Any = None
    containers: Any = None
    ups: Any = None
    notifications: Any = None
    system: Any = None
    """The message of system/details."""
    sources: Any = None
    """Mapping of a source's name to its ``status`` and ``detail``."""
    stale: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    """Services that are enabled in Unraid, and have not run for a while."""


def findings_of(evidence: Evidence, *, now: datetime) -> tuple[Finding, ...]:
    """Return all findings, the worst first; equal ones in the order of the rules."""
    found = [
        *_storage(evidence.storage, now),
        *_details(evidence.details),
        *_ups(evidence.ups),
        *_containers(evidence.containers),
        *_notifications(evidence.notifications),
        *_services(evidence.stopped),
        *_system(evidence.system),
        *_daemon(evidence.sources or {}, evidence.stale),
    ]
    return tuple(sorted(found, key=lambda finding: RANK[finding.severity]))


def severity_of(findings: Iterable[Finding]) -> str:
    """Return the severity of the worst of *findings*, which come first;
    ok without any.
    """
    return next((finding.severity for finding in findings), "ok")


def stopped_by_error(container: Any) -> bool:  # noqa: ANN401 - see Evidence
    """Check whether *container* ended with an error or keeps restarting, and was not
    stopped by a user.
    """
    if container.state == "restarting":
        return True
    code = container.exit_code
    if container.stopped or container.state not in ("exited", "dead") or code is None or code in CLEAN_EXITS:
        return False
    return code != KILLED or bool(container.oom_kills)


def failed(disk: Any) -> bool:  # noqa: ANN401 - see Evidence
    """Check whether *disk* is there and has failed."""
    return disk.health == "failed" or disk.status in ("disabled", "wrong", "invalid")


def members_of(storage: Any) -> tuple[Any, ...]:  # noqa: ANN401 - see Evidence
    """Return the disks of parity, the array and the pools."""
    return (*storage.parity_disks, *storage.disks, *storage.cache_disks)


def _finding(severity: str, subject: str, text: str) -> Finding:
    return Finding(severity, _short(subject, MAX_SUBJECT), _short(text, MAX_TEXT))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _storage(storage: Any, now: datetime) -> Iterator[Finding]:  # noqa: ANN401 - see Evidence
    if storage is None or storage.array_status == "unknown":
        return
    if storage.array_protection in PROTECTIONS:
        severity, text = PROTECTIONS[storage.array_protection]
        yield _finding(severity, "array", text)
    boot = () if storage.boot is None else (storage.boot,)
    for disk in {disk.name: disk for disk in (*boot, *members_of(storage))}.values():
        yield from _disk(disk)
    for device in storage.unassigned:
        yield from _health(device)
        yield from _heat(device)
    yield from _parity(storage, now)


def _disk(disk: Any) -> Iterator[Finding]:  # noqa: ANN401 - see Evidence
    if disk.status not in WELL:
        severity, text = DISK_STATES.get(disk.status, (WARNING, f"is {disk.status}"))
        yield _finding(severity, disk.name, f"{disk.name} {text}")
    yield from _health(disk)
    yield from _heat(disk)
    if disk.errors:
        yield _finding(WARNING, disk.name, f"{disk.name} has {counted(disk.errors, 'read or write error')}")
    if disk.usage_state == CRITICAL:
        subject = getattr(disk, "pool", disk.name)
        yield _finding(WARNING, subject, f"{subject} is {disk.usage_percent:.0f} % full")


def _health(device: Any) -> Iterator[Finding]:  # noqa: ANN401 - see Evidence
    if device.health == "failed":
        yield _finding(CRITICAL, device.name, f"{device.name}: SMART says it has failed or will fail soon")


def _heat(device: Any) -> Iterator[Finding]:  # noqa: ANN401 - see Evidence
    if device.temperature_state in ("hot", CRITICAL):
        severity = CRITICAL if device.temperature_state == CRITICAL else WARNING
        yield _finding(severity, device.name, f"{device.name} is hot: {device.temperature} °C")


def _parity(storage: Any, now: datetime) -> Iterator[Finding]:  # noqa: ANN401 - see Evidence
    check = storage.parity_check
    if not storage.parity_disks or check.status != "idle" or check.last is None:
        return
    last = check.last
    if last.result == "failed":
        yield _finding(WARNING, "parity", "the last parity operation failed")
    if last.errors:
        yield _finding(WARNING, "parity", f"the last parity operation found {counted(last.errors, 'error')}")
    ended = datetime.fromisoformat(last.at)
    age = now - (ended if ended.tzinfo else ended.replace(tzinfo=UTC))
    if age > MAX_PARITY_AGE:
        yield _finding(NOTICE, "parity", f"the last parity operation was {age.days} days ago")


def _details(details: Any) -> Iterator[Finding]:  # noqa: ANN401 - see Evidence
    if details is None:
        return
    for pool in details.pools:
        if pool.state is not None and pool.state != "online":
            severity = WARNING if pool.state == "online - errors" else CRITICAL
            yield _finding(severity, pool.name, f"pool {pool.name} is {pool.state}")
        elif pool.errors_total:
            yield _finding(WARNING, pool.name, f"pool {pool.name} has counted {counted(pool.errors_total, 'error')}")
        if pool.scrub.errors:
            found = counted(pool.scrub.errors, "error")
            yield _finding(WARNING, pool.name, f"the last scrub of {pool.name} found {found}")
    for disk in details.boot_disks:
        if disk.status == "missing":
            yield _finding(CRITICAL, disk.name, f"boot disk {disk.name} is missing")
    for disk in [disk for disk in details.boot_disks if disk.read_only][:1]:
        # One file system, whatever the number of its disks.
        yield _finding(CRITICAL, disk.name, f"{disk.name} is mounted read-only: no setting can be saved")
    for disk in details.disks:
        if disk.mount_error is not None:
            yield _finding(WARNING, disk.name, f"{disk.name} can't be mounted: {disk.mount_error}")
        for name in disk.failing_attributes:
            yield _finding(WARNING, disk.name, f"{disk.name}: {name} has reached its SMART threshold")
        for name, value in disk.watched_attributes.items():
            # The counter rises with a bad cable and never falls: the drive itself is
            # fine.
            yield _finding(NOTICE if name == "CRC errors" else WARNING, disk.name, f"{disk.name}: {value} {name}")


def _ups(ups: Any) -> Iterator[Finding]:  # noqa: ANN401 - see Evidence
    for each in () if ups is None else ups.ups:
        name = each.name or each.id
        if each.status in UPS_STATES:
            severity, text = UPS_STATES[each.status]
            if each.status == "unavailable":
                text = next((words for flag, words in UPS_FLAGS.items() if flag in each.flags), text)
            yield _finding(severity, name, f"UPS {name} {text}")
        elif UPS_ALARM in each.flags:
            yield _finding(NOTICE, name, f"UPS {name} {UPS_FLAGS[UPS_ALARM]}")


def _containers(containers: Any) -> Iterator[Finding]:  # noqa: ANN401 - see Evidence
    storage = None if containers is None else containers.image_storage
    if storage is not None and storage.usage_state == CRITICAL:
        yield _finding(WARNING, "docker", f"Docker's image is {storage.usage_percent:.0f} % full")
    for each in () if containers is None else containers.containers:
        if each.state == "restarting":
            yield _finding(WARNING, each.name, f"{each.name} keeps restarting")
        elif stopped_by_error(each):
            memory = each.exit_code == KILLED and each.oom_kills
            how = "was killed for lack of memory" if memory else f"ended with exit code {each.exit_code}"
            yield _finding(WARNING, each.name, f"{each.name} {how}")
        elif each.state == "running" and each.health == "unhealthy":
            yield _finding(WARNING, each.name, f"{each.name} is unhealthy")


def _notifications(notifications: Any) -> Iterator[Finding]:  # noqa: ANN401 - see Evidence
    alerts = 0 if notifications is None else notifications.unread.alert
    if alerts:
        yield _finding(WARNING, "notifications", f"{counted(alerts, 'unread alert')} of Unraid")


def _system(system: Any) -> Iterator[Finding]:  # noqa: ANN401 - see Evidence
    used = None if system is None else system.log_used_percent
    if used is not None and used >= FULL_LOG_PERCENT:
        yield _finding(WARNING, "log", f"/var/log is {used:.0f} % full")


def _services(stopped: tuple[str, ...]) -> Iterator[Finding]:
    for name in stopped:
        yield _finding(WARNING, name, f"{SERVICES[name]} is enabled and does not run")


def _daemon(sources: Any, stale: tuple[str, ...]) -> Iterator[Finding]:  # noqa: ANN401 - see Evidence
    for name, source in sorted(sources.items()):
        if source.status == "failed":
            yield _finding(WARNING, name, f"{name} failed: {source.detail}")
    for name in stale:
        yield _finding(WARNING, name, f"{name} has nothing new for too long")
