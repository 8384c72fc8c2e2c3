"""One WebSocket client: it gets a subscription's frames; its own messages are counted
and mostly ignored.

A client that reads is never dropped, pongs or no pongs (the guide's curl can't answer).
A client that stops reading is aborted after SEND_TIMEOUT. After a cut cable the kernel
gives the connection up, which is why idle clients are pinged.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from http import HTTPStatus
from typing import TypeVar

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from uma.aio.deadline import within
from uma.errors import StreamClosed, StreamFull
from uma.listener.lingering import LingeringTransport
from uma.web.client import SEND_TIMEOUT, Client, FrameSource, Turns, WebSocket
from uma.web.handshake import make_acceptable, refuse_handshake
from uma.web.problems import problem

PING_INTERVAL = 20.0
GOODBYE_TIMEOUTS: dict[int, float] = {1001: 0.25, 1012: 0.25, 1013: 10.0}
GOODBYE_TIMEOUT = 2.0
"""Seconds a client gets to answer our close: few when the daemon stops, and as long as
a send if it lags, since the close waits behind all unread frames.
"""

NO_LIMIT = sys.maxsize
"""Bytes after which aiohttp would wait for a full connection to drain: the guard
reports that instead.
"""

MAX_CLIENT_MESSAGE = 4096
RETRY_AFTER = 5


P = TypeVar("P", bound=FrameSource)


class Clients:
    """Every connected client, and one timer for all of them: a timer each would cost
    more than the pings.
    """

    def __init__(self) -> None:
        self.turns = Turns()
        self._clients: set[Client] = set()
        self._joined = asyncio.Event()

    def __iter__(self) -> Iterator[Client]:
        return iter(tuple(self._clients))

    def add(self, client: Client) -> None:
        """Serve *client* from now on."""
        self._clients.add(client)
        self.turns.served = len(self._clients)
        self._joined.set()

    def discard(self, client: Client) -> None:
        """Stop serving *client*."""
        self._clients.discard(client)
        self.turns.served = len(self._clients)

    async def ping_the_silent(self) -> None:
        """Ping each client that was sent nothing for PING_INTERVAL. Without clients it
        sleeps; it never returns.
        """
        loop = asyncio.get_running_loop()
        while True:
            if not self._clients:
                self._joined.clear()
                await self._joined.wait()
            now = loop.time()
            oldest = min((client.sent_at for client in self._clients if not client.is_full), default=now)
            # Sending only delays a ping, so none is due earlier; those due in the next
            # second are sent together.
            await asyncio.sleep(max(oldest + PING_INTERVAL - now, PING_INTERVAL / 20))
            now = loop.time()
            for client in self:
                if now - client.sent_at >= PING_INTERVAL and not client.is_full:
                    client.sent_at = now
                    try:
                        await client.ws.ping()
                    except ConnectionError:
                        client.transport.abort()


def _forget(_place: FrameSource, _message: WSMessage) -> None:
    """Ignore messages from clients of a single stream."""


async def serve_frames(
    request: web.Request,
    joining: AbstractContextManager[P],
    clients: Clients,
    on_message: Callable[[P, WSMessage], None] = _forget,
) -> web.StreamResponse:
    """Upgrade *request* and send it every frame of the place that *joining* yields,
    until either side ends the connection.

    *on_message* gets that place and the client's message, within the general limits.
    """
    refusal = refuse_handshake(request)
    if refusal is not None:
        return refusal
    request, protocols = make_acceptable(request)
    try:
        with joining as subscription:
            ws = WebSocket(
                timeout=SEND_TIMEOUT,
                autoping=False,
                compress=False,
                max_msg_size=MAX_CLIENT_MESSAGE + 1,  # aiohttp refuses a message that reaches the limit
                writer_limit=NO_LIMIT,
                protocols=protocols,
            )
            await ws.prepare(request)
            transport = request.transport
            if transport is None:
                return ws
            assert isinstance(transport, LingeringTransport)
            client = Client(ws, transport, subscription, clients.turns)
            clients.add(client)
            try:
                await _converse(client, partial(on_message, subscription))
            finally:
                clients.discard(client)
                client.end()
                if (broken := ws.exception()) is not None:
                    # The handshake's frames refer to the WebSocket, which refers to
                    # them.
                    broken.__traceback__ = broken.__context__ = None
    except StreamFull as full:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(full), headers={"Retry-After": str(RETRY_AFTER)}, close=True)
    return ws


async def _converse(client: Client, on_message: Callable[[WSMessage], None]) -> None:
    """Send and listen until the subscription is closed, by the stream or because the
    client left; then close.
    """
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(_listen(client, on_message), name="listen")
        client.begin()
        closed = await client.subscription.closed()
        await _part(client, closed)
        listening.cancel()


async def _listen(client: Client, on_message: Callable[[WSMessage], None]) -> None:
    """Receive the client's messages, answer pings, and notice its end."""
    ws, subscription = client.ws, client.subscription
    try:
        while True:
            message = await ws.receive()
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                break
            if message.type is WSMsgType.PING:
                await ws.pong(message.data)
            elif message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                on_message(message)
    except ConnectionError:
        pass
    subscription.close(WSCloseCode.ABNORMAL_CLOSURE, "the client left")


async def _part(client: Client, closed: StreamClosed) -> None:
    """Send the close code, and wait briefly for the client's."""
    # The close follows all sent frames.
    client.write_held()
    try:
        async with within(GOODBYE_TIMEOUTS.get(closed.code, GOODBYE_TIMEOUT)):
            # aiohttp closes as soon as it has passed on its frames, and a closing
            # connection lingers only briefly.
            await client.drained()
            await client.ws.close(code=closed.code, message=closed.reason.encode(), drain=False)
    except TimeoutError:
        if client.transport.get_write_buffer_size():
            client.transport.abort()
        else:
            # The client has all frames, and a reset might lose the close code.
            client.transport.close()
