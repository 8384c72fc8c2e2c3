"""One WebSocket client: a subscription pumped out, and what the client sends counted and forgotten.

A client that reads is never dropped, pongs or no pongs (the guide's curl can't answer). One that stops reading is
aborted after SEND_TIMEOUT; one whose cable was cut is given up by the kernel, for which idle clients are pinged.
"""

import asyncio
import base64
import binascii
import hashlib
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import WSCloseCode, WSMsgType, hdrs, web
from multidict import CIMultiDict

from uma.errors import StreamClosed, StreamFull
from uma.streams import Stream, Subscription
from uma.web.access import TOKEN_SUBPROTOCOL
from uma.web.problems import problem

SEND_TIMEOUT = 10.0
PING_INTERVAL = 20.0
GOODBYE_TIMEOUTS: dict[int, float] = {1001: 0.25, 1012: 0.25, 1013: 10.0}
GOODBYE_TIMEOUT = 2.0
"""Seconds a client gets to answer our close: hardly any when the daemon stops, and as long as a send to one that lags,
since our close waits behind all it has not read."""

MAX_CLIENT_MESSAGE = 4096
FLOOD_FRAMES = 40
FLOOD_SECONDS = 2.0
RETRY_AFTER = 5

GUIDE_KEY_LENGTH = 13
KEY_LENGTH = 16
_ACCEPT_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
OFFERED_KEY = web.RequestKey("offered_key", str)


@dataclass(eq=False, slots=True)
class Client:
    """One connected client, as the sweep sees it; times are the loop's."""

    ws: web.WebSocketResponse
    transport: asyncio.Transport
    subscription: Subscription
    sent_at: float
    blocked_since: float | None = None


class Clients:
    """Every connected client, and the one timer for them all: a timeout per message would cost more than sending."""

    def __init__(self) -> None:
        self._clients: set[Client] = set()

    def add(self, client: Client) -> None:
        """Look after *client* from now on."""
        self._clients.add(client)

    def discard(self, client: Client) -> None:
        """Look after *client* no longer."""
        self._clients.discard(client)

    async def sweep(self) -> None:
        """Each second: abort who stopped reading, ping who has heard nothing for a while. Runs until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(1)
            now = loop.time()
            for client in tuple(self._clients):
                if client.blocked_since is not None:
                    if now - client.blocked_since > SEND_TIMEOUT:
                        client.subscription.close(WSCloseCode.TRY_AGAIN_LATER, "stopped reading")
                        client.transport.abort()
                elif now - client.sent_at > PING_INTERVAL and not client.transport.get_write_buffer_size():
                    # With an empty buffer a ping is written without waiting.
                    client.sent_at = now
                    try:
                        await client.ws.ping()
                    except ConnectionError:
                        client.transport.abort()


async def serve_stream(request: web.Request, stream: Stream, clients: Clients) -> web.StreamResponse:
    """Upgrade *request* and send it every frame of *stream* until either side ends it."""
    refusal = _refuse_handshake(request)
    if refusal is not None:
        return refusal
    request, protocols = _make_acceptable(request)
    try:
        with stream.subscribe() as subscription:
            ws = web.WebSocketResponse(
                timeout=SEND_TIMEOUT,
                autoping=False,
                compress=False,
                max_msg_size=MAX_CLIENT_MESSAGE + 1,  # aiohttp refuses what reaches the limit
                writer_limit=0,  # a send waits while the transport is full, so that a newer state replaces an older
                protocols=protocols,
            )
            await ws.prepare(request)
            transport = request.transport
            if transport is None:
                return ws
            client = Client(ws, transport, subscription, asyncio.get_running_loop().time())
            clients.add(client)
            try:
                await _converse(client)
            finally:
                clients.discard(client)
    except StreamFull as full:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(full), headers={"Retry-After": str(RETRY_AFTER)}, close=True)
    return ws


async def _converse(client: Client) -> None:
    """Pump and listen until the subscription is closed, by the stream or because the client left; then part."""
    async with asyncio.TaskGroup() as tasks:
        talking = (
            tasks.create_task(_pump(client), name="pump"),
            tasks.create_task(_listen(client), name="listen"),
        )
        closed = await client.subscription.closed()
        # With the pump still there: to cancel it while it waits for the transport would cancel aiohttp's one waiter
        # for that, which the goodbye waits for too.
        await _part(client, closed)
        for task in talking:
            task.cancel()


async def _pump(client: Client) -> None:
    loop = asyncio.get_running_loop()
    subscription = client.subscription
    try:
        while True:
            frame = await subscription.next_frame()
            client.sent_at = client.blocked_since = loop.time()
            await client.ws.send_frame(frame, WSMsgType.TEXT)
            client.blocked_since = None
    except ConnectionError:
        subscription.close(WSCloseCode.ABNORMAL_CLOSURE, "the connection was lost")
    except StreamClosed:
        return


async def _listen(client: Client) -> None:
    """Answer pings, notice that the client left, and close on one that floods."""
    loop = asyncio.get_running_loop()
    ws, subscription = client.ws, client.subscription
    arrivals: deque[float] = deque(maxlen=FLOOD_FRAMES + 1)
    try:
        while True:
            message = await ws.receive()
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                break
            arrivals.append(loop.time())
            if len(arrivals) > FLOOD_FRAMES and arrivals[-1] - arrivals[0] <= FLOOD_SECONDS:
                subscription.close(WSCloseCode.POLICY_VIOLATION, "too many frames")
                return
            if message.type is WSMsgType.PING:
                await ws.pong(message.data)
    except ConnectionError:
        pass
    subscription.close(WSCloseCode.ABNORMAL_CLOSURE, "the client left")


async def _part(client: Client, closed: StreamClosed) -> None:
    """Say goodbye with the close code, and don't wait long for an answer."""
    try:
        async with asyncio.timeout(GOODBYE_TIMEOUTS.get(closed.code, GOODBYE_TIMEOUT)):
            await client.ws.close(code=closed.code, message=closed.reason.encode(), drain=False)
    except TimeoutError:
        client.transport.abort()


def _refuse_handshake(request: web.Request) -> web.Response | None:
    """Why *request* can't be upgraded, as a response, or None."""
    asked = request.headers.get(hdrs.UPGRADE, "").strip().lower()
    connection = {option.strip().lower() for option in request.headers.get(hdrs.CONNECTION, "").split(",")}
    if asked != "websocket" or "upgrade" not in connection:
        return problem(
            HTTPStatus.UPGRADE_REQUIRED, f"{request.path} speaks WebSocket only", headers={hdrs.UPGRADE: "websocket"}
        )
    if request.headers.get(hdrs.SEC_WEBSOCKET_VERSION) != "13":
        headers: dict[str, str] = {hdrs.UPGRADE: "websocket", hdrs.SEC_WEBSOCKET_VERSION: "13"}
        return problem(HTTPStatus.UPGRADE_REQUIRED, "Sec-WebSocket-Version must be 13", headers=headers, close=True)
    try:
        length = len(base64.b64decode(request.headers.get(hdrs.SEC_WEBSOCKET_KEY, ""), validate=True))
    except (binascii.Error, ValueError):
        length = 0
    if length not in (KEY_LENGTH, GUIDE_KEY_LENGTH):
        return problem(HTTPStatus.BAD_REQUEST, "Sec-WebSocket-Key must be 16 bytes in base64", close=True)
    return None


def _make_acceptable(request: web.Request) -> tuple[web.Request, tuple[str, ...]]:
    """*request* as aiohttp takes it, and the subprotocols to accept.

    The guide's curl line sends a key of 13 bytes: aiohttp gets one of 16, and ``answer_offered_key`` answers the one
    that came. Subprotocols other than a token are not offered to aiohttp, which would log each as unknown.
    """
    headers = CIMultiDict(request.headers)
    offered = headers[hdrs.SEC_WEBSOCKET_KEY]
    tokens = tuple(protocol for protocol in subprotocols(request) if protocol.startswith(TOKEN_SUBPROTOCOL))
    headers.popall(hdrs.SEC_WEBSOCKET_PROTOCOL, None)
    if tokens:
        headers[hdrs.SEC_WEBSOCKET_PROTOCOL] = ", ".join(tokens)
    headers[hdrs.SEC_WEBSOCKET_KEY] = base64.b64encode(bytes(KEY_LENGTH)).decode()
    acceptable = request.clone(headers=headers)
    acceptable[OFFERED_KEY] = offered
    return acceptable, tokens


async def answer_offered_key(request: web.Request, response: web.StreamResponse) -> None:
    """Signal ``on_response_prepare``: put the accept of the key that came where aiohttp put that of its own."""
    offered = request.get(OFFERED_KEY)
    if offered is not None and hdrs.SEC_WEBSOCKET_ACCEPT in response.headers:
        digest = hashlib.sha1(offered.encode() + _ACCEPT_GUID).digest()  # noqa: S324 - RFC 6455 names SHA-1
        response.headers[hdrs.SEC_WEBSOCKET_ACCEPT] = base64.b64encode(digest).decode()


def subprotocols(request: web.Request) -> list[str]:
    """The subprotocols a client offers."""
    offered = ",".join(request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, []))
    return [protocol.strip() for protocol in offered.split(",") if protocol.strip()]
