"""The connection to a stream. It reconnects unless the server refuses permanently."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import (
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWSTimeout,
    ServerDisconnectedError,
    WebSocketError,
    WSMsgType,
    WSServerHandshakeError,
)

from uma.model.close_codes import CLOSE_CODES
from uma.watch.address import without_query

CONNECT_TIMEOUT: Final = 10.0
HEARTBEAT: Final = 30.0
"""Seconds between pings, which tell a cut cable from a silent stream."""

LARGEST_MESSAGE: Final = 4 * 1024 * 1024
FIRST_DELAY, LAST_DELAY = 1.0, 30.0

REFUSALS: Final[Mapping[int, str]] = {
    400: "it takes this for no WebSocket handshake",
    401: "it wants a token: set UMA_TOKEN, or append ?token=…",
    403: "it does not let this client read",
    404: "not found; it may be an older UMA, or another program",
    421: "it is not known by this name: use its IP address, or add the name to its ALLOWED_ORIGINS",
    426: "a proxy on the way does not pass WebSockets on",
}
"""HTTP statuses after which a retry is useless."""

UNAUTHORIZED: Final = 401
OTHER_TOKEN: Final = "the token in UMA_TOKEN is not the one that it wants"  # noqa: S105 - words, not a token

LASTING_CODE: Final = 1008


@dataclass(frozen=True, slots=True)
class Line:
    """Connection to a stream. *delays* are the seconds before the second and before the
    last attempt.
    """

    url: str
    headers: Mapping[str, str]
    delays: tuple[float, float] = (FIRST_DELAY, LAST_DELAY)


async def follow(line: Line, take: Callable[[str], None], say: Callable[[str], None]) -> str:
    """Pass every message to *take* and every change of the connection to *say*; return
    the reason to stop.
    """
    shown, (first, last) = without_query(line.url), line.delays
    delay = first
    # Of reading only the answer to the handshake: a quiet stream is checked by pings.
    timeout = ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT, sock_read=CONNECT_TIMEOUT)
    async with ClientSession(timeout=timeout, headers=line.headers) as session:
        while True:
            try:
                async with session.ws_connect(
                    line.url,
                    heartbeat=HEARTBEAT,
                    max_msg_size=LARGEST_MESSAGE,
                    timeout=ClientWSTimeout(ws_close=2.0),
                ) as ws:
                    say(f"connected to {shown}")
                    async for message in ws:
                        if message.type is WSMsgType.TEXT:
                            delay = first
                            take(message.data)
                        elif isinstance(message.data, WebSocketError):
                            # Found here: the close code is not the server's.
                            raise message.data
                    code = ws.close_code or 0
                trouble = f"closed with {code}. {CLOSE_CODES.get(code, 'The connection was lost.')}"
                if code == LASTING_CODE:
                    return trouble
            except WSServerHandshakeError as refused:
                if refused.status in REFUSALS:
                    is_wrong = refused.status == UNAUTHORIZED and "Authorization" in line.headers
                    reason = OTHER_TOKEN if is_wrong else REFUSALS[refused.status]
                    return f"{shown} answers {refused.status}: {reason}"
                trouble = f"{shown} answers {refused.status}"
            except ClientConnectorError as error:
                trouble = _unreachable(error)
            except ServerDisconnectedError:
                trouble = f"{shown} closes connections without an answer; if it has TLS, use a wss:// URL"
            except TimeoutError:
                trouble = f"{shown} does not answer"
            except (ClientError, OSError, WebSocketError) as error:
                trouble = f"{shown}: {error}"
            say(f"{trouble}; next try in {delay:g} s")
            await asyncio.sleep(delay)
            delay = min(delay * 2, last)


def _unreachable(error: ClientConnectorError) -> str:
    host = f"[{error.host}]" if ":" in error.host else error.host
    if isinstance(error, ClientConnectorDNSError):
        return f"{error.host}: no such name"
    if isinstance(error.os_error, ConnectionRefusedError):
        return f"nothing listens at {host}:{error.port}"
    return f"{host}:{error.port} can't be reached: {error.os_error.strerror or error.os_error}"
