"""The connection to a stream, against real WebSockets."""

import asyncio

import pytest

from tests.supervised import until
from uma.watch import client
from uma.watch.client import REFUSALS, Line, follow

from .peer import peer

QUICK = (0.01, 0.02)


async def followed(url: str, **headers: str) -> tuple[list[str], list[str]]:
    """Return messages and reports until it stopped trying."""
    taken: list[str] = []
    said: list[str] = []
    said.append(await asyncio.wait_for(follow(Line(url, headers, QUICK), taken.append, said.append), 20))
    return taken, said


async def test_it_reconnects_until_it_is_useless():
    """It reconnects after a stop, a move, a lag, a lost connection and a full server; 1008 ends it."""
    async with peer((["1"], 1001), (["2"], 1012), (["3"], 1013), (["4"], 0), 503, (["5"], 1008)) as server:
        taken, said = await followed(server.url)

    assert taken == ["1", "2", "3", "4", "5"]
    assert [text.split(".")[0] for text in said if text.startswith("closed")] == [
        "closed with 1001",
        "closed with 1012",
        "closed with 1013",
        "closed with 1006",
        "closed with 1008",
    ]
    assert any("answers 503; next try" in text for text in said)


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_permanent_refusal_ends_it(status: int):
    """A permanent status ends it, with the remedy; the address's token is not shown."""
    async with peer(status) as server:
        _, said = await followed(server.url + "?token=secret")

    assert len(server.requests) == 1
    assert said == [f"{server.url} answers {status}: {REFUSALS[status]}"]


async def test_a_wrong_token_is_called_wrong():
    """If a token was sent and refused, the message does not ask to set one."""
    said: list[str] = []
    async with peer(401) as server:
        refusal = await follow(Line(server.url, {"Authorization": "Bearer x"}, QUICK), said.append, said.append)

    assert refusal == f"{server.url} answers 401: the token in UMA_TOKEN is not the one that it wants"


async def reports_of(url: str, *, count: int = 1) -> list[str]:
    """Follow *url*; return the first *count* reports, or more."""
    said: list[str] = []
    task = asyncio.create_task(follow(Line(url, {}, QUICK), said.append, said.append))
    await until(lambda: len(said) >= count)
    task.cancel()
    await asyncio.wait([task])
    return said


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ws://127.0.0.1:1/x", "nothing listens at 127.0.0.1:1"),
        ("ws://no.such.invalid/x", "no.such.invalid: no such name"),
    ],
)
async def test_a_missing_peer_is_named(url: str, words: str):
    """A name without an address and a closed port are reported in plain words."""
    said = await reports_of(url)

    assert said[0].startswith(f"{words}; next try")


async def test_a_port_with_tls_is_suspected():
    """A server that ends the connection of a plain handshake may speak TLS only."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
    said = await reports_of(url)
    server.close()

    assert said[0].startswith(f"{url} closes connections without an answer; if it has TLS, use a wss:// URL; next try")


async def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch):
    """A server that accepts the connection and answers nothing is reported and tried again."""
    monkeypatch.setattr(client, "CONNECT_TIMEOUT", 0.05)
    silent = asyncio.Event()

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
    said = await reports_of(url)
    silent.set()
    server.close()

    assert said[0].startswith(f"{url} does not answer; next try")


async def test_a_server_that_is_not_there_is_tried_again():
    """A closed port is reported with the time of the next attempt; the waits grow up to their limit."""
    said = await reports_of("ws://127.0.0.1:1/x", count=3)

    assert [text.rpartition("; ")[2] for text in said[:3]] == [
        "next try in 0.01 s",
        "next try in 0.02 s",
        "next try in 0.02 s",
    ]


async def test_a_message_over_its_own_limit_is_not_blamed_on_the_client(monkeypatch: pytest.MonkeyPatch):
    """The report gives the size of such a message, not the server's meaning of 1009."""
    monkeypatch.setattr(client, "LARGEST_MESSAGE", 4)
    async with peer((["12345"], 1001), ([], 1009), ([], 1008)) as server:
        _, said = await followed(server.url)

    problems = [text.partition("; next try")[0] for text in said if "connected" not in text]
    assert problems[0] == f"{server.url}: Message size 5 exceeds limit 4"
    assert problems[1].startswith("closed with 1009. The client sent a message over 4096 bytes")


async def test_only_text_is_a_message():
    """Binary frames are ignored; headers are sent."""
    async with peer(([b"x", "1"], 1008)) as server:
        taken, _ = await followed(server.url, Authorization="Bearer x")

    assert taken == ["1"]
    assert server.requests[0].headers["Authorization"] == "Bearer x"
