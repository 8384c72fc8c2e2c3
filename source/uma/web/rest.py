"""REST: the newest message of a stream, the same bytes a subscriber got, and kept
messages.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from http import HTTPStatus

import msgspec
from aiohttp import hdrs, web

import uma
from uma.aio.deadline import within
from uma.errors import BadRequest, StreamClosed
from uma.feeds.feed import Resource
from uma.streams import Multiplex, Stream
from uma.web.chunked_body import ChunkedBody
from uma.web.problems import problem
from uma.web.state import SERVED, AppState
from uma.wire.answers import FeedAnswer, FenceAnswer, Health, MultiplexAnswer, SourceAnswer, StreamAnswer
from uma.wire.envelope import timestamp
from uma.wire.names import REFERENCE, message_name

DEFAULT_LIMIT = 50
MAX_LIMIT = 1000
STALE_INTERVALS = 3

FIRST_MESSAGE_SECONDS = 2.0
"""Seconds that a GET waits for a stream's first message, right after the daemon's
start.
"""


def json_response(*parts: bytes) -> web.Response:
    """Join *parts* into one JSON response that is not cached."""
    return web.Response(body=ChunkedBody(parts), content_type="application/json", headers={"Cache-Control": "no-store"})


async def newest_message(stream: Stream) -> web.Response:
    """Answer with the newest message of *stream*, after a short wait for the first; 503
    without one.
    """
    if await _has_message(stream):
        return json_response(stream.recent[-1])
    return _no_message(stream)


async def _has_message(stream: Stream) -> bool:
    """Wait briefly for the first message of *stream*; return whether there is one."""
    if not stream.recent:
        with suppress(TimeoutError, StreamClosed):
            async with within(FIRST_MESSAGE_SECONDS):
                with stream.subscribe(takes_place=False) as subscription:
                    await subscription.next_frame()
    return bool(stream.recent)


def _no_message(stream: Stream) -> web.Response:
    detail = f"{stream.name} has no message yet"
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": "1"})


def recent_messages(request: web.Request, stream: Stream) -> web.Response:
    """Serve the newest ``limit`` messages of *stream*, oldest first,
    as a JSON array.
    """
    limits = request.query.getall("limit", [str(DEFAULT_LIMIT)])
    if len(limits) != 1 or not _is_limit(limits[0]):
        return problem(HTTPStatus.BAD_REQUEST, f"limit must be one whole number from 1 to {MAX_LIMIT}")
    frames = tuple(stream.recent)[-int(limits[0]) :]
    return json_response(b"[", *_separated(frames), b"]")


def _separated(frames: Iterable[bytes]) -> Iterator[bytes]:
    for at, frame in enumerate(frames):
        if at:
            yield b","
        yield frame


def _is_limit(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(MAX_LIMIT)) and 1 <= int(text) <= MAX_LIMIT


async def resource_answer(request: web.Request, name: str, resource: Resource) -> web.Response:
    """Serve *resource* of the feed *name*; 503 if its source was never enabled, 400 for
    an invalid query.
    """
    source = request.app[SERVED].source_of(name)
    if source is None:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{name} has not started yet", headers={"Retry-After": "1"})
    # A token may stand beside the resource's own parameters, more than once.
    if any(len(request.query.getall(key, ())) > 1 for key in resource.query or ()):
        return problem(HTTPStatus.BAD_REQUEST, "a query parameter may be given once")
    try:
        answer = resource.answer(source, dict(request.query))
        if isinstance(answer, Awaitable):
            answer = await answer
    except BadRequest as bad:
        return problem(bad.status, str(bad))
    return json_response(answer if isinstance(answer, bytes) else msgspec.json.encode(answer))


async def feeds(request: web.Request) -> web.Response:
    """``GET /api/v1/feeds``: every feed, disabled ones too."""
    return json_response(feeds_body(request.app[SERVED]))


def feeds_body(served: AppState) -> bytes:
    """Describe every feed as JSON."""
    return msgspec.json.encode(
        [
            FeedAnswer(
                name=feed.name,
                title=feed.title,
                kind=feed.kind,
                retained=feed.retained,
                interval_seconds=served.intervals.get(feed.name),
                setting=feed.switch.key,
                enabled=feed.name not in served.disabled,
                panel=feed.panel,
                schema=REFERENCE.format(name=message_name(feed)),
                channel=feed.nchan_channel,
            )
            for feed in served.feeds
        ]
    )


async def public_part(request: web.Request) -> web.Response | None:
    """Return what a GET or HEAD of a feed returns without the token; None if that is
    nothing.

    It is the message with its public fields only; 503 if there is none within a moment.
    """
    served = request.app[SERVED]
    for feed in served.feeds:
        is_read = request.method in (hdrs.METH_GET, hdrs.METH_HEAD)
        if feed.public and is_read and request.path == f"/api/v1/{feed.name}":
            stream = served.streams[feed.name]
            if feed.name in served.disabled:
                return None
            if not await _has_message(stream) or stream.newest is None or stream.last_message_at is None:
                return _no_message(stream)
            data = {name: getattr(stream.newest, name) for name in feed.public}
            message = {"type": feed.kind, "timestamp": timestamp(stream.last_message_at), "data": data}
            return json_response(msgspec.json.encode(message))
    return None


async def health(request: web.Request) -> web.Response:
    """``GET /api/v1/health``: state of the daemon, its streams and its sources."""
    return json_response(health_body(request.app[SERVED]))


def health_body(served: AppState) -> bytes:
    """Describe the daemon's state as JSON."""
    now = time.monotonic()
    is_degraded = (
        served.is_shut
        or any(source.status == "failed" for source in served.sources.values())
        or any(is_stale(served, stream, now) for stream in served.streams.values())
    )
    return msgspec.json.encode(
        Health(
            status="degraded" if is_degraded else "healthy",
            service="uma",
            version=uma.__version__,
            started_at=timestamp(served.started_at),
            streams={name: _stream_health(stream) for name, stream in served.streams.items()},
            multiplex=_multiplex_health(served.multiplex),
            sources={
                name: SourceAnswer(source.status, source.detail, timestamp(source.since))
                for name, source in served.sources.items()
            },
            ignored_settings=served.ignored_settings,
            demo=served.is_demo,
            fences={name: FenceAnswer(fence.state, fence.detail) for name, fence in served.fences().items()},
        )
    )


async def openapi(request: web.Request) -> web.Response:
    """``GET /api/v1/openapi.json``: the HTTP side."""
    # Imported here, since few servers need it, and only once.
    from uma.wire.openapi import openapi_document  # noqa: PLC0415

    return _document(request, "openapi", lambda: openapi_document(request.app[SERVED].feeds))


async def asyncapi(request: web.Request) -> web.Response:
    """``GET /api/v1/asyncapi.json``: the WebSocket side."""
    from uma.wire.asyncapi import asyncapi_document  # noqa: PLC0415

    return _document(request, "asyncapi", lambda: asyncapi_document(request.app[SERVED].feeds))


def _document(request: web.Request, name: str, make: Callable[[], Mapping[str, object]]) -> web.Response:
    documents = request.app[SERVED].documents
    if name not in documents:
        documents[name] = msgspec.json.encode(make())
    return json_response(documents[name])


def is_stale(served: AppState, stream: Stream, now: float) -> bool:
    """Check whether a stream with a heartbeat has been silent for over three intervals;
    *now* is monotonic.

    A disabled stream has no heartbeat, nor does one whose source has nothing to
    observe.
    """
    interval = served.intervals.get(stream.name)
    if interval is None or stream.name in served.disabled:
        return False
    source = served.sources.get(getattr(served.source_of(stream.name), "name", ""))
    if source is not None and source.status == "unavailable":
        return False
    awaited_since = stream.published_at or max(served.began, stream.forgotten_at)
    return now - awaited_since > STALE_INTERVALS * interval


def _multiplex_health(multiplex: Multiplex) -> MultiplexAnswer:
    return MultiplexAnswer(
        connections=multiplex.connections,
        limit=multiplex.capacity,
        dropped_clients=multiplex.dropped_clients,
        subscriptions=multiplex.followers,
    )


def _stream_health(stream: Stream) -> StreamAnswer:
    last = stream.last_message_at
    return StreamAnswer(
        connections=stream.connections,
        limit=stream.capacity,
        messages=stream.messages,
        dropped_clients=stream.dropped_clients,
        last_message_at=None if last is None else timestamp(last),
    )
