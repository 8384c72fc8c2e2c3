"""The webGUI's channels: each stream's frames posted to nchan, the message broker in
Unraid's own nginx.

A page of the webGUI reads them at ``/sub/uma_stats`` and so on, behind its login, at
the webGUI's own address. The frames are the same bytes that a WebSocket client gets.

* **State** channels keep the newest frame. While a page reads it, and for a minute
  after that, each frame is posted. Later one frame in REFRESH seconds is posted, so
  that a new page finds current data. In between the channel is only asked for readers:
  if there is one, the newest frame follows at once.
* **Event** channels get every event, watched or not, and keep the last KEPT_EVENTS:
  they are their own history. Events during nginx's absence are posted when it is back,
  up to that number.

A frame is posted once; the newest state again to a new nginx, and after a reload. nchan
drops frames after an hour (up to Unraid 7.3; later versions keep them), so a page must
check a frame's own timestamp; it gets the hour of samples from ``include/relay.php``.
Without nginx, or without free shared memory, health says ``unavailable``, which is
normal. No client is created before the socket exists.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import NoReturn

from uma.aio.deadline import within
from uma.aio.task_groups import together
from uma.aio.ticks import sleep_to_tick, tick_after
from uma.errors import SourceFailed, SourceUnavailable, StreamClosed
from uma.feeds.feed import Feed
from uma.feeds.feed.fields import has_demand
from uma.model import Message
from uma.model.health import SourceState
from uma.outputs.nginx import ANSWER_SECONDS, NginxClient
from uma.streams import Stream, Subscription

KEPT_EVENTS = 50
"""As many as a page requests from the daemon when it opens."""

WATCHED_SECONDS = 60.0
REFRESH_SECONDS = 30.0
REFRESH_SLACK = 0.1
ASK_SECONDS = 5.0
ASK_REST = 0.02
"""Share of ASK_SECONDS for which an answer counts: a sample comes just after the tick
at which the channel was asked for the one before.
"""
ROOM_SECONDS = 30.0
"""Seconds before an nginx without memory is tried again: the webGUI restarts it when it
notices.
"""

LOOK_SECONDS = 1.0
"""Seconds between looks for a missing socket: one stat(2) each."""

HEADERS = "Accept: text/json\r\nContent-Type: application/json\r\n"
"""With the first, nchan returns the number of readers; frames of an unknown type would
be sent as binary.
"""

OUT_OF_MEMORY = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.INSUFFICIENT_STORAGE)
"""nchan's statuses without memory for a new channel, and for a message."""


class OutOfRoom(SourceUnavailable):
    """Raised when nginx's shared memory is full."""


class WebGui:
    """Poster of the frames of *streams* to the nginx that listens at *socket*; it runs
    like a source and publishes nothing.
    """

    name = "webgui"

    def __init__(
        self,
        socket: Path,
        feeds: Sequence[Feed],
        streams: Mapping[str, Stream],
        *,
        watched_seconds: float = WATCHED_SECONDS,
        refresh_seconds: float = REFRESH_SECONDS,
        ask_seconds: float = ASK_SECONDS,
        room_seconds: float = ROOM_SECONDS,
    ) -> None:
        self._socket = socket
        self._feeds = feeds
        self._streams = streams
        self._watched_seconds = watched_seconds
        self._refresh_seconds = refresh_seconds
        self._ask_seconds = ask_seconds
        self._room_seconds = room_seconds
        self._on_demand: frozenset[str] = frozenset()
        # Set while a page reads any channel: it may also read those with on-demand
        # figures.
        self._seen = asyncio.Event()
        # For each stream of events, the number of posted or dropped messages.
        self._posted = {name: stream.messages for name, stream in streams.items()}

    async def run(
        self,
        publish: Callable[[Message], None],  # noqa: ARG002 - it hands on what others published
        report: Callable[[SourceState, str], None],
    ) -> None:
        """Post until cancelled. Raises SourceUnavailable when nginx goes, SourceFailed
        when it knows no channels.
        """
        while not self._socket.is_socket():
            report("unavailable", f"the webGUI's nginx is not running: no socket at {self._socket}")
            await asyncio.sleep(LOOK_SECONDS)
        identity = self._identity()
        # Not before there is an nginx: a demo, or a server without the webGUI, need not
        # look at every message.
        self._on_demand = frozenset(feed.name for feed in self._feeds if has_demand(feed.message))
        with closing(NginxClient(self._socket)) as nginx:
            parts = {"webgui_socket": partial(self._guard_socket, identity)}
            for feed in self._feeds:
                name, stream = feed.nchan_channel, self._streams[feed.name]
                channel = Channel(nginx, name, 1 if feed.retained else KEPT_EVENTS, report)
                follow = self._feed_state if feed.retained else self._feed_events
                parts[name] = partial(follow, stream, channel)
            try:
                await together(**parts)
            except OutOfRoom as full:
                # Some channels may have memory while others have none: with the
                # supervisor's delays alone the state would change several times a
                # second.
                report("unavailable", str(full))
                await asyncio.sleep(self._room_seconds)
                raise

    async def _guard_socket(self, identity: tuple[int, int] | None) -> NoReturn:
        """Leave an nginx that has gone: the next one has none of the messages, even if
        no request failed.
        """
        while True:
            await sleep_to_tick(self._ask_seconds)
            if self._identity() != identity:
                raise SourceUnavailable("the webGUI's nginx was stopped or restarted")

    def _identity(self) -> tuple[int, int] | None:
        """Read the identity of nginx's socket,
        which differs after a restart; None without one.
        """
        try:
            status = self._socket.stat()
        except OSError:
            return None
        # Not the inode's number, which may be reused at once.
        return status.st_dev, status.st_ctime_ns

    async def _feed_events(self, stream: Stream, channel: "Channel") -> NoReturn:
        while True:
            with stream.subscribe(takes_place=False) as subscription, suppress(StreamClosed):
                # The stream may have forgotten some: texts that need a token.
                missed = min(stream.messages - self._posted[stream.name], len(stream.recent), KEPT_EVENTS)
                self._posted[stream.name] = stream.messages - missed
                for frame in tuple(stream.recent)[len(stream.recent) - missed :]:
                    await channel.post(frame)
                    self._posted[stream.name] += 1
                while True:
                    await channel.post(await subscription.next_frame())
                    self._posted[stream.name] += 1

    async def _feed_state(self, stream: Stream, channel: "Channel") -> NoReturn:
        while True:
            with stream.subscribe(takes_place=False) as subscription, suppress(StreamClosed):
                if stream.name in self._on_demand:
                    await together(
                        **{
                            f"{stream.name} frames": partial(self._feed_newest, stream, subscription, channel),
                            f"{stream.name} demand": partial(self._ask_for_demand, stream, channel),
                        }
                    )
                else:
                    await self._feed_newest(stream, subscription, channel)

    async def _ask_for_demand(self, stream: Stream, channel: "Channel") -> NoReturn:
        """While a page reads any channel, ask whether one reads this: its figures are
        due within 5 s.
        """
        while True:
            await self._seen.wait()
            self._seen.clear()
            self._note(stream, await channel.ask())
            await sleep_to_tick(self._ask_seconds)

    def _note(self, stream: Stream, readers: int) -> bool:
        """Record the number of pages that read the channel of *stream*; return whether
        there is one.
        """
        if readers:
            stream.demand.touch(self._watched_seconds)
            self._seen.set()
        return readers > 0

    async def _feed_newest(self, stream: Stream, subscription: Subscription, channel: "Channel") -> NoReturn:
        now = asyncio.get_running_loop().time
        posted_at = watched_at = asked_at = float("-inf")
        frame: bytes | None = None
        while True:
            # Without a held-back frame a new page lacks nothing.
            due_after = self._refresh_seconds + self._ask_seconds
            with suppress(TimeoutError):
                async with within(None if frame is None else tick_after(now(), self._ask_seconds) - now()):
                    frame = await subscription.next_frame()
                    # Frames at REFRESH_SECONDS may come slightly early or late. One
                    # that was held back waits longer: if it were posted just before
                    # the next one, that would be held back in turn, and so on.
                    due_after = self._refresh_seconds * (1 - REFRESH_SLACK)
            assert frame is not None
            is_wanted = now() - posted_at >= due_after or now() - watched_at < self._watched_seconds
            if not is_wanted and now() - asked_at >= self._ask_seconds * ASK_REST:
                is_wanted = self._note(stream, await channel.ask())
                asked_at = now()
            if is_wanted:
                posted_at, held, frame = now(), frame, None
                if self._note(stream, await channel.post(held)):
                    watched_at = posted_at


class Channel:
    """One nchan channel. Both methods return the number of pages that read it, and
    raise SourceError if nginx fails.
    """

    def __init__(self, nginx: NginxClient, name: str, kept: int, report: Callable[[SourceState, str], None]) -> None:
        self._nginx = nginx
        self._target = f"/pub/{name}?buffer_length={kept}"
        self._report = report

    async def post(self, frame: bytes) -> int:
        """Post *frame*."""
        return await self._request("POST", frame)

    async def ask(self) -> int:
        """Query it without a post."""
        return await self._request("GET", None)

    async def _request(self, method: str, frame: bytes | None) -> int:
        try:
            answer = await self._nginx.request(method, self._target, headers=HEADERS, body=frame)
        except (OSError, ValueError) as error:
            # A timeout has no text.
            reason = str(error) or f"nothing came within {ANSWER_SECONDS:g} s"
            raise SourceUnavailable(f"the webGUI's nginx does not answer: {reason}") from error
        status = answer.status
        if status in OUT_OF_MEMORY:
            raise OutOfRoom(f"the webGUI's nginx has no shared memory left for messages (HTTP {status})")
        if status == HTTPStatus.NOT_FOUND and method == "GET":
            # The channel has vanished with its last message.
            return 0
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise SourceFailed(f"the webGUI's nginx refuses messages (HTTP {status})")
        self._report("ok", "posting to the webGUI's channels")
        return _subscribers_in(answer.body)


def _subscribers_in(body: bytes) -> int:
    try:
        return int(json.loads(body)["subscribers"])
    except (ValueError, KeyError, TypeError):
        # The answer has an unexpected form: an extra post is better than a page without
        # updates.
        return 1
