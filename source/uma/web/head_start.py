"""Data that the dashboard's document contains, so that its first picture needs no
request.

Only a daemon without a token puts data into the page, which anyone may read there. They
are the bodies and messages that the page would request, with their positions, so
that its socket continues after them.
"""

import time
from collections.abc import Awaitable, Iterator

import msgspec

from uma.errors import BadRequest
from uma.streams import Stream
from uma.web import rest
from uma.web.state import AppState

MAX_BYTES = 256 * 1024
"""Limit of all data together. A stream that does not fit is left out."""
MAX_EVENTS = 50
"""Events of each stream, as many as the page requests."""

HISTORY = "/api/v1/system/stats/history"
"""Resource with which the tiles' charts begin."""
FINDINGS = "/api/v1/server/findings"
"""Resource with all problems, of which the summary has the worst only."""


async def head_start(served: AppState) -> bytes | None:
    """Return the data as JSON; None if a token is required to read them."""
    if served.policy.refuse_token(()) is not None:
        return None
    room = MAX_BYTES
    streams: dict[str, dict[str, object]] = {}
    for name, stream, frames in _streams(served):
        size = sum(map(len, frames))
        if size <= room:
            room -= size
            streams[name] = {"seq": stream.seq, "messages": [msgspec.Raw(frame) for frame in frames]}
    return msgspec.json.encode(
        {
            "served_at": round(time.time() * 1000),
            "epoch": served.multiplex.epoch,
            "feeds": msgspec.Raw(rest.feeds_body(served)),
            "health": msgspec.Raw(rest.health_body(served)),
            "history": await _resource(served, HISTORY),
            "findings": await _resource(served, FINDINGS),
            "streams": streams,
        }
    )


def _streams(served: AppState) -> Iterator[tuple[str, Stream, list[bytes]]]:
    """Yield name, stream and frames of each stream with current data."""
    now = time.monotonic()
    for feed in served.feeds:
        stream = served.streams[feed.name]
        # Old data arrive by the socket, which renews those that are sampled on demand.
        is_current = feed.name not in served.disabled and not rest.is_stale(served, stream, now)
        frames = list(stream.recent)[-(1 if feed.retained else MAX_EVENTS) :]
        if is_current and (frames or not feed.retained):
            yield feed.name, stream, frames


async def _resource(served: AppState, path: str) -> object:
    """Return the answer of the resource at *path* without a query, or None."""
    for feed in served.feeds:
        for resource in feed.resources:
            source = served.source_of(feed.name)
            if resource.path == path and source is not None and feed.name not in served.disabled:
                try:
                    answer = resource.answer(source, {})
                    answer = await answer if isinstance(answer, Awaitable) else answer
                except BadRequest:
                    return None
                return msgspec.Raw(answer) if isinstance(answer, bytes) else answer
    return None
