"""The listening side: aiohttp's protocol inside UMA's guards, on an address that can
change while clients stay.
"""

import asyncio
import errno
import os
import socket
import time
import traceback
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web

from uma.core_settings import EVERYWHERE
from uma.errors import PortTaken
from uma.listener.connection import SEND_BUFFER, GuardedConnection
from uma.listener.fd_limits import allow_many, for_connections
from uma.listener.limits import ConnectionLimiter
from uma.listener.request_head import MAX_HEAD
from uma.runtime.log_limits import LogLimit
from uma.web.app import IDLE_SECONDS, make_app
from uma.web.problems import problem
from uma.web.state import CONTAINERS, AppState

if TYPE_CHECKING:
    from uma.web.tls import Certificate

EXTRA_SOCKETS = 700
"""Open sockets in addition to three times a stream's capacity: REST, pages, running
handshakes.
"""

IDLE_TIMEOUT = IDLE_SECONDS + 2.0
"""Seconds; longer than announced to clients, so that no request meets a closing
connection.
"""

SHUTDOWN_TIMEOUT = 0.6
"""Seconds; longer than a client gets to close, and short enough to stop within a
second.
"""

BACKLOG = 1024
"""Connections that the kernel holds until they are accepted."""

ACCEPTED_AT_ONCE = 8
"""Each has its descriptor before it is counted. If none is left, asyncio logs once for
each of these.
"""

EXHAUSTED = "socket.accept() out of system resource"

HANDLER_OPTIONS: dict[str, Any] = {
    "access_log": None,
    "keepalive_timeout": IDLE_TIMEOUT,
    "lingering_time": 0,
    # The guard limits the head.
    "max_line_size": MAX_HEAD,
    "max_field_size": MAX_HEAD,
    "max_headers": MAX_HEAD,
}

log = structlog.get_logger()

ProtocolFactory = Callable[[], GuardedConnection]


@asynccontextmanager
async def serving(served: AppState) -> AsyncIterator[ProtocolFactory]:
    """Run the application; yield the factory of the protocol for new connections. On
    exit every connection has ended.
    """
    runner = web.AppRunner(make_app(served), shutdown_timeout=SHUTDOWN_TIMEOUT)
    await runner.setup()
    handlers = runner.server
    if handlers is None:
        raise RuntimeError("aiohttp set up no server")
    allow_many()
    gate = ConnectionLimiter(lambda: min(3 * served.max_connections + EXTRA_SOCKETS, for_connections()))
    limit = LogLimit()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(AcceptErrorFilter().handle)

    def takes_body(head: bytes) -> bool:
        return served.control is not None and head.startswith(b"POST " + CONTAINERS.encode())

    def protocol() -> GuardedConnection:
        return GuardedConnection(RequestHandler(handlers, limit, loop=loop, **HANDLER_OPTIONS), gate, takes_body)

    try:
        yield protocol
    finally:
        await runner.cleanup()
        gate.abort_all()


class AcceptErrorFilter:
    """The loop's exception handler: it logs each kind of failure once a minute, asyncio
    a thousand times.

    No connection can be accepted when this process or the whole system has no file
    descriptor left; asyncio itself retries each second.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = LogLimit(clock)

    def handle(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log the failure."""
        message, error = str(context["message"]), context.get("exception")
        # Without the objects in asyncio's message.
        left_out = self._limit.admit((message.partition("<")[0], type(error)))
        if left_out is None:
            return
        if message.startswith(EXHAUSTED):
            log.error("connections not accepted", reason=str(error), others_since=left_out)
        else:
            loop.default_exception_handler(context)


class RequestHandler(web.RequestHandler):
    """aiohttp's protocol of one connection, with its own handling of requests that
    can't be parsed. It reports each answer to the guard.

    aiohttp's answer to an invalid request would quote it, and its log would too, with a
    traceback. The request may contain a token, and any client on the LAN could fill the
    server's log.
    """

    def __init__(self, manager: web.Server, limit: LogLimit, **options: Any) -> None:  # noqa: ANN401 - aiohttp's own
        super().__init__(manager, **options)
        self._limit = limit

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; then the guard forwards the next request, or ends the
        connection if no more will come.
        """
        finished = await super().finish_response(request, resp, start_time)
        if self.transport is not None:
            guard = self.transport.get_protocol()
            # Of a lost TLS connection asyncio has forgotten it, before aiohttp knows.
            if isinstance(guard, GuardedConnection):
                guard.note_answered()
        return finished

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - what quotes the request
    ) -> web.StreamResponse:
        """Answer a request that could not be parsed, or whose handler failed."""
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            if exc is not None:
                # The traceback's frames hold the head and all it refers to.
                exc.__traceback__ = None
            return problem(status, "the request head is malformed, or lacks a header, or has one twice", close=True)
        if not isinstance(exc, ConnectionError):
            # A client's own fault: it left while it was answered.
            left_out = self._limit.admit(_place_of(exc))
            if left_out is not None:
                log.error("request failed", exc_info=exc, others_since=left_out)
        if request.writer.output_size > 0:
            raise ConnectionError("part of another answer has been sent")
        return problem(status, "internal error; see the log", close=True)


def _place_of(error: BaseException | None) -> Hashable:
    """Identify a failure by type and place in the code, which no client can forge."""
    frames = traceback.extract_tb(error.__traceback__, limit=-1) if error is not None else ()
    return (type(error), *((frame.filename, frame.lineno) for frame in frames))


async def listen(
    factory: ProtocolFactory, bind: str, port: int, certificate: "Certificate | None" = None
) -> asyncio.Server:
    """Accept connections at *port* of the addresses in *bind*. See ``queue_at``."""
    server = await queue_at(factory, bind, port, certificate)
    await accept(server)
    return server


async def queue_at(
    factory: ProtocolFactory, bind: str, port: int, certificate: "Certificate | None" = None
) -> asyncio.Server:
    """Listen at *port* of the addresses in *bind* (see ``Config.bind``).

    Connections wait in the kernel's queue until ``accept``. With a *certificate* only
    TLS connections are accepted.

    Raises PortTaken, and OSError for an address that this host does not have.
    """
    addresses = _addresses_of(bind)
    made = factory if certificate is None else certificate.around(factory, shutdown_seconds=SHUTDOWN_TIMEOUT)
    try:
        server = await asyncio.get_running_loop().create_server(
            made,
            addresses,
            port,
            backlog=ACCEPTED_AT_ONCE,
            reuse_address=True,
            start_serving=False,
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"{bind}:{port} is taken: another UMA, an older UMA plugin, a container or another service may "
                f"hold it; ss -tanp 'sport = :{port}' names it"
            ) from error
        raise
    for listener in server.sockets:
        # Accepted sockets inherit it, and only a value set before the handshake affects
        # the window.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    _lengthen_queues(server)
    return server


async def accept(server: asyncio.Server) -> None:
    """Accept waiting and new connections."""
    await server.start_serving()
    # start_serving has shortened the queues.
    _lengthen_queues(server)


def _lengthen_queues(server: asyncio.Server) -> None:
    for listener in server.sockets:
        with socket.socket(fileno=os.dup(listener.fileno())) as queue:
            queue.listen(BACKLOG)


def _addresses_of(bind: str) -> list[str]:
    """Return the addresses in *bind*; for EVERYWHERE those of this host's address
    families.

    Raises OSError for an address that this host does not have: from Python 3.13 on,
    asyncio silently skips it if there are several, and gives the error no number if
    there is one.
    """
    if bind == EVERYWHERE:
        return [address for address in ("0.0.0.0", "::") if _is_own(address)]  # noqa: S104 - what was asked for
    addresses = bind.split()
    for address in addresses:
        if not _is_own(address):
            raise OSError(f"{address} is not one of this machine's addresses")
    return addresses


def _is_own(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError as error:
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            return False
        raise
    return True


def port_of(server: asyncio.Server) -> int:
    """Return the port of *server*, chosen by the kernel if 0 was requested."""
    port: int = server.sockets[0].getsockname()[1]
    return port
