"""The listening side: aiohttp's protocol inside our guards, on an address that can
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
from uma.listener.connection import HEAD_TIMEOUT, MAX_HEAD, SEND_BUFFER, GuardedConnection
from uma.listener.fd_limits import allow_many, for_connections
from uma.listener.limits import ConnectionLimiter
from uma.runtime.log_limits import LogLimit
from uma.web.app import IDLE_SECONDS, make_app
from uma.web.problems import problem
from uma.web.state import CONTAINERS, AppState

if TYPE_CHECKING:
    from uma.web.tls import Certificate

EXTRA_SOCKETS = 700
"""Open sockets beyond three times a stream's capacity: REST, pages,
handshakes under way.
"""

IDLE_TIMEOUT = IDLE_SECONDS + 2.0
"""Seconds; longer than announced to clients,
so that none asks just when its connection ends.
"""

SHUTDOWN_TIMEOUT = 0.6
"""Longer than a client gets to say goodbye, short enough to stop within a second."""

BACKLOG = 1024
"""Connections that the kernel holds until they are accepted."""

ACCEPTED_AT_ONCE = 8
"""Each has its descriptor before it is counted.
Where none is left asyncio complains once for each of these.
"""

EXHAUSTED = "socket.accept() out of system resource"

HANDLER_OPTIONS: dict[str, Any] = {
    "access_log": None,
    "keepalive_timeout": IDLE_TIMEOUT,
    "lingering_time": 0,
    # What a head may hold is the guard's to say.
    "max_line_size": MAX_HEAD,
    "max_field_size": MAX_HEAD,
    "max_headers": MAX_HEAD,
}

log = structlog.get_logger()

ProtocolFactory = Callable[[], asyncio.Protocol]


@asynccontextmanager
async def serving(served: AppState) -> AsyncIterator[ProtocolFactory]:
    """Run the application; yields what makes the protocol of each new connection.
    On exit every one has ended.
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
    """The loop's exception handler: it logs each kind of failure once a minute,
    asyncio a thousand times.

    No connection can be accepted when this process or the whole system has no file
    descriptor left; asyncio itself tries again each second.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = LogLimit(clock)

    def handle(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log what has happened."""
        message, error = str(context["message"]), context.get("exception")
        # Without the objects that asyncio names.
        left_out = self._limit.admit((message.partition("<")[0], type(error)))
        if left_out is None:
            return
        if message.startswith(EXHAUSTED):
            log.error("connections not accepted", reason=str(error), others_since=left_out)
        else:
            loop.default_exception_handler(context)


class RequestHandler(web.RequestHandler):
    """aiohttp's protocol of one connection, but for requests it can't parse; and it
    reports each answer to the guard.

    Its own answer to the former would quote the request, and its log would too, with a
    traceback: there may be a token in it, and anyone on the LAN could fill the
    server's log.
    """

    def __init__(self, manager: web.Server, limit: LogLimit, **options: Any) -> None:  # noqa: ANN401 - aiohttp's own
        super().__init__(manager, **options)
        self._limit = limit

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; the guard hands the next request on,
        or ends a connection of which no more will come.
        """
        finished = await super().finish_response(request, resp, start_time)
        if self.transport is not None:
            guard = self.transport.get_protocol()
            assert isinstance(guard, GuardedConnection)
            guard.note_answered()
        return finished

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - what quotes the request
    ) -> web.StreamResponse:
        """Answer a request that could not be parsed, or whose handler has a defect."""
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            if exc is not None:
                # Its frames have the head, and what has the frames is in them.
                exc.__traceback__ = None
            return problem(status, "the request head is malformed, or lacks a header, or has one twice", close=True)
        if not isinstance(exc, ConnectionError):
            # One is the client's own: it left while it was answered.
            left_out = self._limit.admit(_place_of(exc))
            if left_out is not None:
                log.error("request failed", exc_info=exc, others_since=left_out)
        if request.writer.output_size > 0:
            raise ConnectionError("part of another answer has been sent")
        return problem(status, "a defect, which the log describes", close=True)


def _place_of(error: BaseException | None) -> Hashable:
    """Identify a failure by its type and place, which no client can forge."""
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
    """Listen at *port* of the addresses in *bind*, as ``Config.bind`` has them.

    Connections wait in the kernel's queue until ``accept``. With a *certificate* only
    those by TLS count.

    Raises PortTaken, and OSError for an address that this host does not have.
    """
    addresses = _addresses_of(bind)
    try:
        server = await asyncio.get_running_loop().create_server(
            factory,
            addresses,
            port,
            backlog=ACCEPTED_AT_ONCE,
            reuse_address=True,
            start_serving=False,
            **_tls_options(certificate),
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"{bind}:{port} is taken: another UMA, an older UMA plugin, a container or another service may "
                f"hold it; ss -ltnp 'sport = :{port}' names it"
            ) from error
        raise
    for listener in server.sockets:
        # Accepted sockets inherit it, and only what is set before the
        # handshake counts for the window.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    _lengthen_queues(server)
    return server


async def accept(server: asyncio.Server) -> None:
    """Accept the connections that wait, and all that come."""
    await server.start_serving()
    # It shortens them.
    _lengthen_queues(server)


def _lengthen_queues(server: asyncio.Server) -> None:
    for listener in server.sockets:
        with socket.socket(fileno=os.dup(listener.fileno())) as queue:
            queue.listen(BACKLOG)


def _tls_options(certificate: "Certificate | None") -> dict[str, Any]:
    if certificate is None:
        return {}
    return {
        "ssl": certificate.context,
        "ssl_handshake_timeout": HEAD_TIMEOUT,
        "ssl_shutdown_timeout": SHUTDOWN_TIMEOUT,
    }


def _addresses_of(bind: str) -> list[str]:
    """Return the addresses in *bind*; of EVERYWHERE those of the
    families that this host has.

    Raises OSError for an address that this host does not have: from Python 3.13 on
    asyncio leaves it out without a word where there are several, and has no number for
    the error where there is one.
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
    """Return the port that *server* listens at:
    the kernel's choice if 0 was requested.
    """
    port: int = server.sockets[0].getsockname()[1]
    return port
