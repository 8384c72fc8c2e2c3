"""The summary of a server, from the newest messages of all feeds."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from uma.feeds.server.findings import Evidence, failed, findings_of, members_of, severity_of, stopped_by_error
from uma.feeds.server.model import ContainerCounts, DiskCounts, Finding, FullestDisk, HottestDisk, ServerSummary

MAX_FINDINGS: Final = 5
MAX_DATA_BYTES: Final = 920
"""Bytes left by the envelope of the message's 1,000."""
MAX_NAME: Final = 64

Newest = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """Part of the server's identity that the summary repeats."""

    id: str | None
    name: str
    site: str
    webgui_url: str | None
    version: str
    unraid_version: str | None
    booted_at: str | None


def evidence_from(
    newest: Newest,
    *,
    sources: Any,  # noqa: ANN401 - see Evidence
    stale: tuple[str, ...],
    stopped: tuple[str, ...] = (),
    system: Any = None,  # noqa: ANN401 - see Evidence
) -> Evidence:
    """Collect the evidence from the feeds' newest messages."""
    return Evidence(
        storage=newest("storage/status"),
        details=newest("storage/details"),
        containers=newest("docker/containers"),
        ups=newest("ups/status"),
        notifications=newest("notifications/status"),
        sources=sources,
        stale=stale,
        stopped=stopped,
        system=system,
    )


def summary_from(identity: Identity, evidence: Evidence, stats: Any, *, now: datetime) -> ServerSummary:  # noqa: ANN401 - the message of system/stats, see Evidence
    """Build the summary. Findings beyond its 1,000 bytes are only counted."""
    findings = findings_of(evidence, now=now)
    storage = evidence.storage if evidence.storage is not None and evidence.storage.array_status != "unknown" else None
    summary = ServerSummary(
        id=identity.id,
        name=identity.name[:MAX_NAME],
        site=identity.site[:MAX_NAME],
        webgui_url=identity.webgui_url,
        version=identity.version,
        unraid_version=identity.unraid_version,
        booted_at=identity.booted_at,
        severity=severity_of(findings),
        findings=(),
        findings_more=len(findings),
        array_status=getattr(evidence.storage, "array_status", None),
        array_protection=getattr(evidence.storage, "array_protection", None),
        parity_percent=None if storage is None else storage.parity_check.percent,
        parity_action=None if storage is None else _operation(storage.parity_check),
        disks=None if storage is None else _counts(storage),
        hottest=None if storage is None else _hottest(storage),
        fullest=None if storage is None else _fullest(storage),
        cpu_percent=None if stats is None else stats.cpu_percent,
        memory_percent=None if stats is None else stats.memory_percent,
        ups_on_battery=_on_battery(evidence.ups),
        containers=_containers(evidence.containers),
        unread_alerts=None if evidence.notifications is None else evidence.notifications.unread.alert,
    )
    return _with_findings(summary, findings)


def facts_of(summary: ServerSummary) -> ServerSummary:
    """Return *summary* without figures that change all the time; heartbeats carry
    those.
    """
    return replace(
        summary,
        cpu_percent=None,
        memory_percent=None,
        hottest=None,
        fullest=None,
        parity_percent=None if summary.parity_percent is None else 0.0,
    )


def _with_findings(summary: ServerSummary, findings: tuple[Finding, ...]) -> ServerSummary:
    """Return *summary* with as many of *findings* as fit."""
    for count in range(min(MAX_FINDINGS, len(findings)), -1, -1):
        whole = replace(summary, findings=findings[:count], findings_more=len(findings) - count)
        if len(json.dumps(asdict(whole), ensure_ascii=False, separators=(",", ":")).encode()) <= MAX_DATA_BYTES:
            return whole
    # A long address and long names, even without a finding.
    return replace(summary, webgui_url=None)


def _operation(check: Any) -> str | None:  # noqa: ANN401 - part of the message of storage/status
    """Return the kind of the operation under way. When idle, *check* has the last."""
    return None if check.status == "idle" else check.action


def _counts(storage: Any) -> DiskCounts:  # noqa: ANN401 - the message of storage/status
    disks = members_of(storage)
    return DiskCounts(
        total=len(disks),
        hot=sum(disk.temperature_state in ("hot", "critical") for disk in disks),
        failed=sum(failed(disk) for disk in disks),
        missing=sum(disk.status == "missing" for disk in disks),
        asleep=sum(disk.spun_down for disk in disks),
        nearly_full=sum(disk.usage_state in ("warning", "critical") for disk in disks),
    )


def _hottest(storage: Any) -> HottestDisk | None:  # noqa: ANN401 - the message of storage/status
    awake = [disk for disk in members_of(storage) if disk.temperature is not None]
    hottest = max(awake, key=lambda disk: disk.temperature, default=None)
    return None if hottest is None else HottestDisk(hottest.name, hottest.temperature)


def _fullest(storage: Any) -> FullestDisk | None:  # noqa: ANN401 - the message of storage/status
    mounted = [disk for disk in members_of(storage) if disk.usage_percent is not None]
    fullest = max(mounted, key=lambda disk: disk.usage_percent, default=None)
    return None if fullest is None else FullestDisk(getattr(fullest, "pool", fullest.name), fullest.usage_percent)


def _on_battery(ups: Any) -> bool | None:  # noqa: ANN401 - the message of ups/status
    if ups is None or not ups.ups:
        return None
    # The power source of a UPS that does not answer is not known.
    known = [each for each in ups.ups if each.status not in ("communication_lost", "unavailable")]
    return any(map(_runs_on_battery, known)) if known else None


def _runs_on_battery(ups: Any) -> bool:  # noqa: ANN401 - one of the message of ups/status
    return ups.on_battery_since is not None or ups.status in ("on_battery", "low_battery")


def _containers(containers: Any) -> ContainerCounts | None:  # noqa: ANN401 - the message of docker/containers
    if containers is None or containers.service != "running":
        return None
    return ContainerCounts(
        running=sum(each.state == "running" for each in containers.containers),
        unhealthy=sum(each.state == "running" and each.health == "unhealthy" for each in containers.containers),
        stopped_by_error=sum(map(stopped_by_error, containers.containers)),
    )
