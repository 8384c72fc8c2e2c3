"""Publishes the server's summary, identity and health: on change, and every minute.

It looks when one of the feeds that it judges has a new message. Its only timer is the
heartbeat.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uma
from uma.aio.deadline import within
from uma.aio.ticks import tick_after
from uma.feeds import ini
from uma.feeds.feed import Context, Publish, Report, registered
from uma.feeds.files import read_optional
from uma.feeds.moments import moment, parse_booted_at
from uma.feeds.server.findings import Evidence, findings_of
from uma.feeds.server.hardware import read_cpu, read_dmi, read_memory
from uma.feeds.server.model import Cpu, Finding, Memory, ServerHealth, ServerInfo, ServerSummary, SourceState
from uma.feeds.server.services import StoppedLog, stopped_services
from uma.feeds.server.settings import SITE
from uma.feeds.server.summary import Identity, evidence_from, facts_of, summary_from
from uma.feeds.server_identity import read_server_identity
from uma.host import Host

JUDGED: Final = {
    "storage/status": "storage",
    "storage/details": "storage-details",
    "docker/containers": "containers",
    "ups/status": "ups",
    "notifications/status": "notifications",
}
"""Feeds that are judged, and their sources."""
STATS: Final = "system/stats"
VMS: Final = "vms/status"
DETAILS: Final = "system/details"
ROOT: Final = Path("/")
HEARTBEAT_SECONDS: Final = 60.0
MOVING_SECONDS: Final = 15.0
"""Minimum between two summaries while a parity operation or a UPS's battery runs."""
NAMES_SECONDS: Final = 30.0
SETTLE_SECONDS: Final = 0.2
FIRST_SECONDS: Final = 5.0
"""Time that the first summary waits for the feeds that it judges. Without them it would
say that all is well, on each start of the daemon.
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """Facts that don't change while the daemon runs."""

    board: str | None
    bios: str | None
    cpu: Cpu
    memory: Memory
    kernel: str | None
    booted_at: str | None


@dataclass(frozen=True, slots=True)
class Names:
    """Names and versions that Unraid reports; they can change at any time."""

    id: str | None
    name: str
    unraid_version: str | None
    webgui_url: str | None
    model: str | None
    licence: str | None


class ServerSource:
    """Publishes ServerSummary, ServerInfo and ServerHealth."""

    name = "server"

    def __init__(
        self,
        context: Context,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        settle: float = SETTLE_SECONDS,
    ) -> None:
        self._context = context
        self._clock = clock
        self._wall = wall
        self._settle = settle
        self._news = asyncio.Event()
        self._stopped = StoppedLog()
        self._machine: Machine | None = None
        self._known_names: Names | None = None
        self._names_at = float("-inf")
        self._published: dict[type, object] = {}
        self._heartbeat_at = float("-inf")
        self._began_at = float("-inf")

    async def run(self, publish: Publish, report: Report) -> None:
        """Publish until cancelled."""
        listeners = [self._context.listeners(name) for name in (*JUDGED, VMS)]
        listeners.append(self._context.health_listeners)
        self._published.clear()
        self._began_at = self._clock()
        with ExitStack() as stack:
            for each in listeners:
                stack.enter_context(registered(each, self._news.set))
            stack.enter_context(registered(self._context.hint.listeners, self._forget_names))
            machine = self._machine
            if machine is None:
                self._machine = machine = await asyncio.to_thread(read_machine, self._context.host)
            report("ok", "judging all feeds")
            while True:
                await self._look(publish, machine)
                await self._wait()

    def findings(self) -> tuple[Finding, ...]:
        """Return all present findings, worst first; the summary has room for a few
        only.
        """
        return findings_of(self._evidence(), now=datetime.fromtimestamp(self._wall(), UTC))

    def _evidence(self) -> Evidence:
        daemon = self._context.daemon()
        newest = self._context.newest
        stopped = self._stopped.note(stopped_services(newest), self._clock())
        # The log of a test or demo tree is on this machine's disk.
        system = newest(DETAILS) if self._context.host.root == ROOT else None
        return evidence_from(newest, sources=daemon.sources, stale=daemon.stale, stopped=stopped, system=system)

    async def _look(self, publish: Publish, machine: Machine) -> None:
        self._news.clear()
        names = await self._names()
        newest, daemon = self._context.newest, self._context.daemon()
        now = datetime.fromtimestamp(self._wall(), UTC)
        identity = Identity(
            id=names.id,
            name=names.name,
            site=self._context.settings.of(SITE),
            webgui_url=names.webgui_url,
            version=uma.__version__,
            unraid_version=names.unraid_version,
            booted_at=machine.booted_at,
        )
        summary = summary_from(identity, self._evidence(), newest(STATS), now=now)
        is_due = self._clock() >= tick_after(self._heartbeat_at, self._heartbeat(summary)) - 1
        if is_due:
            self._heartbeat_at = self._clock()
        info = ServerInfo(
            id=names.id,
            name=names.name,
            version=uma.__version__,
            unraid_version=names.unraid_version,
            webgui_url=names.webgui_url,
            auth="token" if daemon.has_token else "none",
            control=daemon.has_control,
            feeds=daemon.feeds,
            model=names.model,
            board=machine.board,
            bios=machine.bios,
            kernel=machine.kernel,
            licence=names.licence,
            cpu=machine.cpu,
            memory=machine.memory,
        )
        health = ServerHealth(
            status="degraded" if daemon.is_degraded else "healthy",
            service="uma",
            version=uma.__version__,
            started_at=moment(daemon.started_at) or "",
            sources={
                name: SourceState(source.status, source.detail, moment(source.since))
                for name, source in sorted(daemon.sources.items())
            },
            stale=daemon.stale,
        )
        summaries = () if self._is_early() else ((summary, facts_of(summary)),)
        for message, facts in (*summaries, (info, info), (health, health)):
            if is_due or self._published.get(type(message)) != facts:
                self._published[type(message)] = facts
                publish(message)

    async def _names(self) -> Names:
        """Return Unraid's names and versions, read again after NAMES_SECONDS: only
        settings change them.
        """
        names = self._known_names
        if names is None or self._clock() >= self._names_at + NAMES_SECONDS:
            names = await asyncio.to_thread(read_names, self._context.host, self._context.server_id)
            self._known_names, self._names_at = names, self._clock()
        return names

    def _forget_names(self) -> None:
        """Read the names again at once: storage has seen new ones, or a user asks."""
        self._names_at = float("-inf")
        self._news.set()

    def _is_early(self) -> bool:
        """Return whether the first message of a judged feed is still to come."""
        newest, daemon = self._context.newest, self._context.daemon()
        missing = {feed: source for feed, source in JUDGED.items() if newest(feed) is None}
        if daemon.started_at:
            # A source also runs for another of its feeds; one that failed is a finding
            # itself.
            states = {name: source.status for name, source in daemon.sources.items()}
            missing = {
                feed: source
                for feed, source in missing.items()
                if feed in daemon.feeds and states.get(source) in ("starting", "ok")
            }
        return bool(missing) and self._clock() < self._began_at + FIRST_SECONDS

    def _heartbeat(self, summary: ServerSummary) -> float:
        is_moving = summary.parity_percent is not None or summary.ups_on_battery
        return MOVING_SECONDS if is_moving else HEARTBEAT_SECONDS

    async def _wait(self) -> None:
        """Wait for a new message, and briefly for others at the same time, or for the
        next heartbeat.
        """
        published = self._published.get(ServerSummary)
        if isinstance(published, ServerSummary):
            look_at = tick_after(self._heartbeat_at, self._heartbeat(published))
        else:
            look_at = self._began_at + FIRST_SECONDS
        try:
            async with within(max(0.0, look_at - self._clock())):
                await self._news.wait()
        except TimeoutError:
            return
        await asyncio.sleep(self._settle)


def read_machine(host: Host) -> Machine:
    """Read the facts that don't change while the daemon runs. Blocks."""
    board, bios = read_dmi(host)
    return Machine(
        board=board,
        bios=bios,
        cpu=read_cpu(host),
        memory=read_memory(host),
        kernel=read_optional(host.proc / "sys/kernel/osrelease").strip() or None,
        booted_at=parse_booted_at(read_optional(host.proc / "stat")),
    )


def read_names(host: Host, server_id: Callable[[], str]) -> Names:
    """Read Unraid's names and versions. Blocks for small files in RAM; before
    emhttpd has started, also for one on the flash drive.
    """
    identity = read_server_identity(host, server_id)
    return names_from(
        identity.name,
        identity.unraid_version,
        id=identity.id or None,
        var=ini.parse(read_optional(host.state / "var.ini")).get("", {}),
        nginx=ini.parse(read_optional(host.state / "nginx.ini")).get("", {}),
    )


def names_from(
    name: str,
    unraid_version: str | None,
    *,
    id: str | None = None,  # noqa: A002 - as the field is called
    var: Mapping[str, str],
    nginx: Mapping[str, str],
) -> Names:
    """Build the names from keys of var.ini and nginx.ini."""
    return Names(
        id=id,
        name=name,
        unraid_version=unraid_version,
        webgui_url=parse_url(nginx.get("NGINX_DEFAULTURL", "")),
        model=_plain(var.get("SYS_MODEL", "")),
        licence=_plain(var.get("regTy", "")),
    )


def parse_url(text: str) -> str | None:
    """Return *text* if it is an http or https address that a page may link to."""
    is_plain = text.isprintable() and not set(text) & set(" \"'<>\\")
    return text if is_plain and text.startswith(("http://", "https://")) and len(text) <= MAX_URL else None


MAX_URL: Final = 200
MAX_PLAIN: Final = 120


def _plain(text: str) -> str | None:
    return "".join(character for character in text if character.isprintable())[:MAX_PLAIN].strip() or None
