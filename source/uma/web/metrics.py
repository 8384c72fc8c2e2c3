"""``GET /metrics``: what is known, gathered without asking anything of the server, in Prometheus' words."""

import asyncio
import os
import time
from pathlib import Path

from aiohttp import hdrs, web

import uma
from uma.feeds.storage.model import StorageStatus
from uma.feeds.system.model import SystemStats
from uma.streams import Multiplex, Stream
from uma.web.chunked_body import ChunkedBody
from uma.web.state import DOCKER, MESSAGE_TYPES, SERVED, STORAGE, SYSTEM, AppState
from uma.wire.prometheus import OPENMETRICS, PLAIN_TEXT, Endpoint, Process, Snapshot, expose, wants_openmetrics


async def metrics(request: web.Request) -> web.Response:
    """The newest messages and the daemon's own counts, in the format that ``Accept`` prefers."""
    openmetrics = wants_openmetrics(",".join(request.headers.getall(hdrs.ACCEPT, [])))
    served = request.app[SERVED]

    async def make() -> bytes:
        process = await asyncio.to_thread(_read_process, served.started_at, len(asyncio.all_tasks()))
        snapshot = snapshot_of(served, process)
        return await asyncio.to_thread(_write, snapshot, openmetrics=openmetrics)

    body = await served.scrapes.get(openmetrics, make)
    content_type = OPENMETRICS if openmetrics else PLAIN_TEXT
    headers = {hdrs.CONTENT_TYPE: content_type, hdrs.CACHE_CONTROL: "no-store", hdrs.VARY: hdrs.ACCEPT}
    return web.Response(body=ChunkedBody([body]), headers=headers)


def _write(snapshot: Snapshot, *, openmetrics: bool) -> bytes:
    # With what it needs, imported at the first scrape: it costs memory.
    from uma.wire.families import FAMILIES  # noqa: PLC0415

    return expose(FAMILIES, snapshot, openmetrics=openmetrics)


def snapshot_of(served: AppState, process: Process) -> Snapshot:
    """What *served* holds now; nothing of a stream that is switched off."""
    system = None if SYSTEM in served.disabled else served.streams[SYSTEM].newest
    storage = None if STORAGE in served.disabled else served.streams[STORAGE].newest
    docker = served.sources.get("docker")
    is_docker_there = docker is not None and docker.status == "ok"
    return Snapshot(
        version=uma.__version__,
        system=system if isinstance(system, SystemStats) else None,
        storage=storage if isinstance(storage, StorageStatus) else None,
        smart=served.smart(),
        containers=served.containers() if is_docker_there else {},
        events={} if DOCKER in served.disabled else served.events.by_action,
        endpoints=[
            *(_endpoint_of(stream, is_off=name in served.disabled) for name, stream in served.streams.items()),
            _multiplex_endpoint(served.multiplex),
        ],
        sources=dict(served.sources),
        process=process,
    )


def _endpoint_of(stream: Stream, *, is_off: bool) -> Endpoint:
    return Endpoint(
        path=f"/api/v1/ws/{stream.name}",
        message_type=MESSAGE_TYPES[stream.name],
        connections=stream.connections,
        messages=stream.messages,
        dropped_clients=stream.dropped_clients,
        # Of a stream that is off it would look like one that stands still.
        last_message_at=None if is_off else stream.last_message_at,
    )


def _multiplex_endpoint(multiplex: Multiplex) -> Endpoint:
    return Endpoint(
        path="/api/v1/ws",
        message_type="",
        connections=multiplex.connections,
        # What it carries is counted at the streams.
        messages=None,
        dropped_clients=multiplex.dropped_clients,
        last_message_at=None,
    )


def _read_process(started_at: float, tasks: int) -> Process:
    """What this process costs (proc(5): statm's second number is resident pages)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Process(
        cpu_seconds=time.process_time(),
        resident_bytes=pages * os.sysconf("SC_PAGE_SIZE"),
        # The listing has itself open.
        open_files=sum(1 for _ in Path("/proc/self/fd").iterdir()) - 1,
        tasks=tasks,
        started_at=started_at,
    )
