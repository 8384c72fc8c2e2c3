"""``GET /metrics``: known values in Prometheus' format; a scrape reads nothing from the
server.
"""

import asyncio
import os
import time
import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

import uma
from uma.aio.executor import Executor
from uma.feeds.feed import Feed
from uma.streams import Multiplex, Stream
from uma.web.chunked_body import ChunkedBody
from uma.web.pages import GZIP, takes_gzip
from uma.web.rest import is_stale
from uma.web.state import SERVED, AppState
from uma.wire.prometheus import OPENMETRICS, PLAIN_TEXT, Daemon, Endpoint, Process, expose, wants_openmetrics

if TYPE_CHECKING:
    from uma.wire.families import Observed, Tables


MAX_ACCEPT_CHARACTERS = 1024
"""Characters of an Accept header that are parsed; Prometheus sends some 300."""

GZIP_LEVEL = 1
"""It compresses to a tenth; a higher level takes three times as long for a
fifth less.
"""


async def metrics(request: web.Request) -> web.Response:
    """Return the newest messages and the daemon's own counts in the format and encoding
    that the client accepts.
    """
    openmetrics = wants_openmetrics(",".join(request.headers.getall(hdrs.ACCEPT, []))[:MAX_ACCEPT_CHARACTERS])
    is_packed = takes_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, ""))
    served = request.app[SERVED]
    for feed in served.feeds:
        if feed.name not in served.disabled:
            served.streams[feed.name].demand.touch()

    async def make() -> bytes:
        # Not in the threads of the feeds: a read may hang in those for ever.
        with Executor(1, "scrape") as thread:
            in_thread = partial(asyncio.get_running_loop().run_in_executor, thread)
            process = await in_thread(_read_process, served.started_at, len(asyncio.all_tasks()))
            tables = await in_thread(_tables, served.feeds)
            observed = _observe(served, tables)
            write = partial(_write, openmetrics=openmetrics)
            text = await in_thread(write, tables, observed, daemon_of(served, process))
            return await in_thread(_packed, text) if is_packed else text

    body = await served.scrapes.get((openmetrics, is_packed), make)
    content_type = OPENMETRICS if openmetrics else PLAIN_TEXT
    headers = {
        hdrs.CONTENT_TYPE: content_type,
        hdrs.CACHE_CONTROL: "no-store",
        hdrs.VARY: f"{hdrs.ACCEPT}, {hdrs.ACCEPT_ENCODING}",
    }
    if is_packed:
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    return web.Response(body=ChunkedBody([body]), headers=headers)


def _packed(text: bytes) -> bytes:
    return zlib.compress(text, GZIP_LEVEL, wbits=GZIP)


def _tables(feeds: Sequence[Feed]) -> "Tables":
    # Imported at the first scrape, since it costs memory.
    from uma.wire.families import tables_of  # noqa: PLC0415

    return tables_of(feeds)


def _observe(served: AppState, tables: "Tables") -> dict[str, "Observed"]:
    """Collect the tables of the enabled feeds."""
    from uma.wire.families import observe  # noqa: PLC0415 - see _tables

    observed = {}
    for name, metrics in tables.items():
        if name not in served.disabled:
            observed[name] = observe(metrics, served.streams[name].newest, served.source_of(name))
    return observed


def _write(tables: "Tables", observed: Mapping[str, "Observed"], daemon: Daemon, *, openmetrics: bool) -> bytes:
    from uma.wire.families import families_of  # noqa: PLC0415 - see _tables

    return expose(families_of(tables, observed, daemon), openmetrics=openmetrics)


def daemon_of(served: AppState, process: Process) -> Daemon:
    """Collect the daemon's own figures from *served*."""
    now = time.monotonic()
    return Daemon(
        version=uma.__version__,
        endpoints=[
            *(
                _endpoint_of(feed, served.streams[feed.name], is_off=feed.name in served.disabled)
                for feed in served.feeds
            ),
            _multiplex_endpoint(served.multiplex),
        ],
        sources=dict(served.sources),
        process=process,
        stale_streams=sum(is_stale(served, stream, now) for stream in served.streams.values()),
    )


def _endpoint_of(feed: Feed, stream: Stream, *, is_off: bool) -> Endpoint:
    return Endpoint(
        path=f"/api/v1/ws/{stream.name}",
        message_type=feed.kind,
        connections=stream.connections,
        messages=stream.messages,
        dropped_clients=stream.dropped_clients,
        # A disabled stream would look like a stalled one.
        last_message_at=None if is_off else stream.last_message_at,
    )


def _multiplex_endpoint(multiplex: Multiplex) -> Endpoint:
    return Endpoint(
        path="/api/v1/ws",
        message_type="",
        connections=multiplex.connections,
        # Its messages are counted at the streams.
        messages=None,
        dropped_clients=multiplex.dropped_clients,
        last_message_at=None,
    )


def _read_process(started_at: float, tasks: int) -> Process:
    """Read this process's cost (proc(5): the second number of statm is resident
    pages).
    """
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Process(
        cpu_seconds=time.process_time(),
        resident_bytes=pages * os.sysconf("SC_PAGE_SIZE"),
        # The listing includes its own descriptor.
        open_files=sum(1 for _ in Path("/proc/self/fd").iterdir()) - 1,
        tasks=tasks,
        started_at=started_at,
    )
