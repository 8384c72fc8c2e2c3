"""Requests to nginx over one connection, against a scripted server; and its answers, whole, in parts and damaged."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.supervised import until
from uma.outputs.nginx import MAX_ANSWER_BYTES, Answer, NginxClient, parse_answer

HEADERS = "Accept: text/json\r\n"
OK = b"HTTP/1.1 200 OK\r\nServer: nginx/1.27.0\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}"


@dataclass
class Scripted:
    """Server that gives each connection the next of *scripts*: an answer a request, None for none, b"" to close."""

    scripts: list[list[bytes | None]]
    requests: list[list[bytes]] = field(default_factory=list)
    served: int = 0
    """Connections that have ended."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = self.scripts[len(self.requests)]
        requests: list[bytes] = []
        self.requests.append(requests)
        # The client leaves without a farewell.
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            for answer in script:
                if answer == b"":
                    break
                head = await reader.readuntil(b"\r\n\r\n")
                _, _, length = head.partition(b"Content-Length: ")
                requests.append(head + await reader.readexactly(int(length or b"0")))
                writer.write(answer or b"")
            else:
                await reader.read()
        self.served += 1


@asynccontextmanager
async def scripted(folder: Path, *scripts: Sequence[bytes | None]) -> AsyncIterator[tuple[NginxClient, Scripted]]:
    script = Scripted([list(each) for each in scripts])
    server = await asyncio.start_unix_server(script.serve, folder / "nginx.socket")
    async with server:
        with closing(NginxClient(folder / "nginx.socket")) as client:
            yield client, script
        await until(lambda: script.served == len(script.requests))


async def test_requests_share_a_connection(tmp_path: Path) -> None:
    """Requests made together go one after the other over one connection, with a length only where there is a body."""
    async with scripted(tmp_path, [OK, OK]) as (client, script):
        answers = await asyncio.gather(
            client.request("POST", "/pub/a", headers=HEADERS, body=b"[1]"),
            client.request("GET", "/pub/a", headers=HEADERS),
        )

    assert list(answers) == [Answer(200, b"{}", is_last=False)] * 2
    assert script.requests == [
        [
            b"POST /pub/a HTTP/1.1\r\nHost: localhost\r\nAccept: text/json\r\nContent-Length: 3\r\n\r\n[1]",
            b"GET /pub/a HTTP/1.1\r\nHost: localhost\r\nAccept: text/json\r\n\r\n",
        ]
    ]


@pytest.mark.parametrize(
    "last",
    [
        OK.replace(b"keep-alive", b"close"),
        OK + b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ],
    ids=["closing", "with too much", "without a length"],
)
async def test_an_irregular_answer_is_a_connections_last(tmp_path: Path, last: bytes) -> None:
    """The next request gets a connection of its own, and so its own answer."""
    async with scripted(tmp_path, [last, OK], [OK]) as (client, script):
        first = await client.request("GET", "/1", headers=HEADERS)
        second = await client.request("GET", "/2", headers=HEADERS)

    assert (first.status, first.is_last) == (200, True)
    assert second == Answer(200, b"{}", is_last=False)
    assert [len(each) for each in script.requests] == [1, 1]


async def test_a_closed_connection_is_replaced(tmp_path: Path) -> None:
    """A connection that nginx closed while nothing was asked fails no request."""
    async with scripted(tmp_path, [OK, b""], [OK]) as (client, script):
        await client.request("GET", "/1", headers=HEADERS)
        await until(lambda: client._connection is not None and client._connection.has_ended)
        await client.request("GET", "/2", headers=HEADERS)

    assert [len(each) for each in script.requests] == [1, 1]


async def test_an_answer_that_breaks_off_raises(tmp_path: Path) -> None:
    """A connection that ends within an answer is a ConnectionError; the next request gets another."""
    async with scripted(tmp_path, [OK[:-1], b""], [OK]) as (client, _):
        with pytest.raises(ConnectionResetError, match="closed the connection"):
            await client.request("GET", "/1", headers=HEADERS)
        answer = await client.request("GET", "/2", headers=HEADERS)

    assert answer.body == b"{}"


async def test_a_silent_nginx_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an answer a request ends by TimeoutError, and so does not hold up the others for ever."""
    async with scripted(tmp_path, [OK, None]) as (client, _):
        await client.request("GET", "/1", headers=HEADERS)
        monkeypatch.setattr("uma.outputs.nginx.ANSWER_SECONDS", 0.0)
        with pytest.raises(TimeoutError):
            await client.request("GET", "/2", headers=HEADERS)


async def test_a_cancelled_request_leaves_no_answer_behind(tmp_path: Path) -> None:
    """The answer that a cancelled request might still get is not taken for the next one's."""
    async with scripted(tmp_path, [None, OK], [OK]) as (client, script):
        cancelled = asyncio.create_task(client.request("GET", "/1", headers=HEADERS))
        await until(lambda: [len(each) for each in script.requests] == [1])
        cancelled.cancel()
        await client.request("GET", "/2", headers=HEADERS)

    assert [len(each) for each in script.requests] == [1, 1]


@pytest.mark.parametrize("answer", [b"220 mail ready\r\n\r\n", b"x" * (MAX_ANSWER_BYTES + 1)], ids=["mail", "endless"])
async def test_what_is_not_http_raises(tmp_path: Path, answer: bytes) -> None:
    """Another service at the socket, and an answer without end, raise ValueError."""
    async with scripted(tmp_path, [answer]) as (client, _):
        with pytest.raises(ValueError, match="an answer"):
            await client.request("GET", "/", headers=HEADERS)


async def test_without_nginx_it_raises(tmp_path: Path) -> None:
    """A missing socket is an OSError."""
    with pytest.raises(FileNotFoundError):
        await NginxClient(tmp_path / "nginx.socket").request("GET", "/", headers=HEADERS)


def test_an_answer_in_parts_is_awaited() -> None:
    """No part of an answer is an answer, whatever its length."""
    parts = [parse_answer(OK[:length]) for length in range(len(OK))]

    assert parts == [None] * len(OK)
    assert parse_answer(OK) == Answer(200, b"{}", is_last=False)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"HTTP/1.0 404 Not Found\r\ncontent-length:0\r\n\r\n", Answer(404, b"", is_last=False)),
        (b"HTTP/1.1 507\r\nContent-Length: 1\r\n\r\nx", Answer(507, b"x", is_last=False)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx", Answer(200, b"", is_last=True)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx", Answer(200, b"", is_last=True)),
        (b"HTTP/1.1 200 OK\r\n\r\n", Answer(200, b"", is_last=True)),
        (b"HTTP/1.1 200 OK\r\n: \r\n\0\r\nContent-Length: 0\r\n\r\n", Answer(200, b"", is_last=False)),
    ],
)
def test_answers_are_parsed(data: bytes, expected: Answer) -> None:
    """Status and body are read; without a valid length the answer is its connection's last."""
    assert expected == parse_answer(data)


@pytest.mark.parametrize("data", [b"\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 OK 200\r\n\r\n"])
def test_other_protocols_are_refused(data: bytes) -> None:
    """A first line without HTTP/1 and a status raises ValueError."""
    with pytest.raises(ValueError, match="begins with"):
        parse_answer(data)
