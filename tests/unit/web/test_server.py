"""The listening address: taken, returned, refused."""

import asyncio
import socket

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from tests.support.feeds import STORAGE
from uma.errors import PortTaken
from uma.listener.connection import SEND_BUFFER
from uma.web.server import EXHAUSTED, AcceptErrorFilter, RequestHandler, listen


async def test_a_taken_port_is_named():
    """The error names the taken address, and a way to find its holder."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        with pytest.raises(PortTaken, match=f"127.0.0.1:{port} is taken.*ss -tanp"):
            await listen(asyncio.Protocol, "127.0.0.1", port)


async def test_an_answer_on_a_lost_tls_connection(monkeypatch: pytest.MonkeyPatch):
    """aiohttp finishes an answer although asyncio's transport has already forgotten the protocol."""
    finished = (web.Response(), False)

    async def finish(*_: object) -> tuple[web.Response, bool]:
        return finished

    class Lost(asyncio.Transport):
        def get_protocol(self) -> None:  # type: ignore[override]
            return None

    monkeypatch.setattr(web.RequestHandler, "finish_response", finish)
    handler = RequestHandler.__new__(RequestHandler)
    handler.transport = Lost()

    assert await handler.finish_response(None, finished[0], None) == finished  # type: ignore[arg-type]


async def test_an_address_of_another_host_is_an_os_error():
    """An address that this host does not have is not a taken port."""
    with pytest.raises(OSError, match=r"192\.0\.2\.1"):
        await listen(asyncio.Protocol, "192.0.2.1", 0)


@pytest.mark.parametrize(
    ("bind", "addresses"),
    [
        ("127.0.0.1 127.0.0.2", ["127.0.0.1", "127.0.0.2"]),
        ("*", ["0.0.0.0", "::"]),
        ("::1 127.0.0.1", ["127.0.0.1", "::1"]),
    ],
)
async def test_several_addresses(bind: str, addresses: list[str]):
    """Each address of a list is opened; * is every address of both families."""
    server = await listen(asyncio.Protocol, bind, 0)
    taken = sorted(each.getsockname()[0] for each in server.sockets)
    server.close()

    assert taken == addresses


async def test_a_foreign_address_among_own():
    """One address that this host does not have is an error, and none of the others is opened."""
    with pytest.raises(OSError, match=r"^192\.0\.2\.1 is not one of this machine's addresses$"):
        await listen(asyncio.Protocol, "127.0.0.1 192.0.2.1", 0)


async def test_everywhere_without_ipv6(monkeypatch: pytest.MonkeyPatch):
    """On a host without IPv6, * is every address of IPv4."""
    monkeypatch.setattr("uma.web.server._is_own", lambda address: ":" not in address)
    server = await listen(asyncio.Protocol, "*", 0)
    taken = [each.getsockname()[0] for each in server.sockets]
    server.close()

    assert taken == ["0.0.0.0"]


async def test_many_may_wait_to_be_accepted():
    """The kernel queues hundreds of connections that arrive at the same moment."""
    server = await listen(asyncio.Protocol, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    clients = [socket.socket() for _ in range(300)]
    for client in clients:
        # Before the loop can accept one.
        client.settimeout(1)
        client.connect(address)
    for client in clients:
        client.close()
    server.close()


async def test_descriptors_run_out(monkeypatch):
    """A failure to accept connections is logged once, in one line; other messages are asyncio's own."""
    complaints = AcceptErrorFilter()
    loop = asyncio.get_running_loop()
    others = []
    monkeypatch.setattr(loop, "default_exception_handler", others.append)
    exhausted = {"message": f"{EXHAUSTED}\nsocket: 5", "exception": OSError(24, "Too many open files")}
    with capture_logs() as logs:
        for _ in range(1000):
            complaints.handle(loop, exhausted)
        complaints.handle(loop, {"message": "something else"})

    assert [(line["event"], line["reason"]) for line in logs] == [
        ("connections not accepted", "[Errno 24] Too many open files")
    ]
    assert others == [{"message": "something else"}]


async def test_the_kernel_buffers_little_for_a_client():
    """The kernel's buffers are bounded on each accepted socket."""
    accepted: asyncio.Queue[asyncio.BaseTransport] = asyncio.Queue()

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport):
            accepted.put_nowait(transport)

    server = await listen(Protocol, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    transport = await accepted.get()

    assert transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * SEND_BUFFER

    transport.close()
    writer.close()
    server.close()


async def test_a_defect_is_logged_once_a_minute(server, client):
    """A request that causes a defect does not fill the log, however often it is sent; another defect is
    another line.
    """

    def broken():
        raise KeyError("a")

    def broken_elsewhere():
        raise ValueError("b")

    with capture_logs() as logs:
        for reading in (broken, broken_elsewhere, broken):
            server.sources[STORAGE].drives = reading
            for _ in range(20):
                async with client.get(server.url + "/api/v1/storage/smart") as response:
                    assert response.status == 500

    assert [(line["event"], type(line["exc_info"])) for line in logs] == [
        ("request failed", KeyError),
        ("request failed", ValueError),
    ]


async def test_a_failed_callback_is_logged_once_a_minute(monkeypatch):
    """A line that asyncio would log for each connection is logged once, whatever object it names."""
    filter_ = AcceptErrorFilter()
    loop = asyncio.get_running_loop()
    logged = []
    monkeypatch.setattr(loop, "default_exception_handler", logged.append)
    for number in range(100):
        filter_.handle(loop, {"message": f"Exception in callback <Handle {number}>", "exception": KeyError(number)})
        filter_.handle(loop, {"message": "Fatal write error on socket transport", "exception": OSError(number)})

    assert len(logged) == 2
