"""HTTP/1.1, case by case: malformed heads, smuggled requests, unwanted bodies, and their answers."""

import asyncio
import json
import re

import pytest

from tests.support.raw_sockets import Connection, upgrade_head

CANARY = "Tk-canary-7f3a9"
LINE = f"GET /api/v1/health?token={CANARY} HTTP/1.1\r\n".encode()
GET = LINE + b"Host: tower\r\n"
POST = GET.replace(b"GET", b"POST")
SECOND = b"GET /smuggled HTTP/1.1\r\nHost: tower\r\n\r\n"

REFUSED = {
    # The request line
    "no version": (b"GET /?token=" + CANARY.encode() + b"\r\nHost: tower\r\n\r\n", 400),
    "HTTP/0.9": (GET.replace(b"HTTP/1.1", b"HTTP/0.9") + b"\r\n", 400),
    "HTTP/1.2": (GET.replace(b"HTTP/1.1", b"HTTP/1.2") + b"\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "another protocol": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", 400),
    "RTSP": (GET.replace(b"HTTP/1.1", b"RTSP/1.0") + b"\r\n", 400),
    "a method in lower case": (GET.replace(b"GET", b"get") + b"\r\n", 400),
    "a method nobody knows": (GET.replace(b"GET", b"FETCH") + b"\r\n", 405),
    "two blanks": (GET.replace(b"GET ", b"GET  ") + b"\r\n", 400),
    "a tab": (GET.replace(b"GET ", b"GET\t") + b"\r\n", 400),
    "a blank in the target": (GET.replace(b"/health", b"/ health") + b"\r\n", 400),
    "bytes that are no ASCII in the target": (GET.replace(b"/health", b"/h\xc3\xa4") + b"\r\n", 400),
    "NUL in the target": (GET.replace(b"/health", b"/\0") + b"\r\n", 400),
    "a target of another host": (GET.replace(b" /", b" http://evil.example/") + b"\r\n", 421),
    "a target of no host": (GET.replace(b" /", b" http://[::1/") + b"\r\n", 400),
    "a target with a login": (GET.replace(b" /", b" http://evil.example@tower:99999/") + b"\r\n", 400),
    "CONNECT": (b"CONNECT tower:22 HTTP/1.1\r\nHost: tower\r\n\r\n" + SECOND, 404),
    "TRACE": (b"TRACE / HTTP/1.1\r\nHost: tower\r\nConnection: close\r\nCookie: " + CANARY.encode() + b"\r\n\r\n", 405),
    "a TLS handshake": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "a byte that begins nothing": (b"\0", 400),
    # Header lines
    "no Host": (LINE + b"\r\n", 400),
    "two Hosts": (GET + b"Host: tower\r\n\r\n", 400),
    "another Host": (LINE + b"Host: evil.example\r\n\r\n", 421),
    "bare line feeds": (GET.replace(b"\r\n", b"\n") + b"\n", 400),
    "a bare line feed among others": (GET + b"X: y\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "a bare line feed at the end": (GET + b"X: y\r\n\n", 400),
    "a bare carriage return": (GET + b"X: y\rTransfer-Encoding: chunked\r\n\r\n", 400),
    "a folded line": (GET + b"X: y\r\n Transfer-Encoding: chunked\r\n\r\n", 400),
    "a blank before the colon": (GET + b"Content-Length : 5\r\n\r\n", 400),
    "no colon": (GET + b"Content-Length\r\n\r\n", 400),
    "no name": (GET + b": 5\r\n\r\n", 400),
    "NUL in a value": (GET + b"X: y\0z\r\n\r\n", 400),
    "NUL in a name": (GET + b"X\0: y\r\n\r\n", 400),
    "a control character in a value": (GET + b"Cookie: a=\x01\r\n\r\n", 400),
    # Ambiguous ends of the request
    "a length and chunks": (POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SECOND, 400),
    "chunks and a length": (GET + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + SECOND, 400),
    "two lengths": (GET + b"Content-Length: 0\r\nContent-Length: 38\r\n\r\n" + SECOND, 400),
    "a list of lengths": (GET + b"Content-Length: 0, 38\r\n\r\n" + SECOND, 400),
    **{
        f"a length of {length}": (GET + f"Content-Length: {length}\r\n\r\n".encode() + SECOND, 400)
        for length in ("+38", "-1", "0x26", "3 8", "9" * 30, "1e1", "\x0b38")
    },
    **{
        f"chunks spelt {spelling!r}": (GET + f"Transfer-Encoding: {spelling}\r\n\r\n0\r\n\r\n".encode() + SECOND, 400)
        for spelling in ("xchunked", "identity", "\x0bchunked", "chunked, identity")
    },
    "chunks twice": (GET + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + SECOND, 400),
    # Bodies
    "a body": (GET + b"Content-Length: 38\r\n\r\n" + SECOND, 413),
    "chunks": (GET + b"Transfer-Encoding: chunked\r\n\r\n26\r\n" + SECOND + b"\r\n0\r\n\r\n", 413),
    "chunks in capitals": (GET + b"TRANSFER-ENCODING:\tChunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" + SECOND, 413),
    "a trailer": (GET + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n" + SECOND, 413),
    "an extension of a chunk": (GET + b"Transfer-Encoding: chunked\r\n\r\n0;x\r\n\r\n" + SECOND, 413),
    "too many zeros": (GET + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 40 + b"\r\n\r\n" + SECOND, 413),
    "no zero": (GET + b"Transfer-Encoding: chunked\r\n\r\n\r\n\r\n" + SECOND, 413),
    "a chunk that begins with zeros": (GET + b"Transfer-Encoding: chunked\r\n\r\n005\r\nhello\r\n0\r\n\r\n", 413),
    "a body that is waited for": (GET + b"Expect: 100-continue\r\nContent-Length: 38\r\n\r\n" + SECOND, 413),
    "a body of a foreign page": (
        LINE + b"Host: evil.example\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
        421,
    ),
    "a compressed body": (GET + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\x1f\x8b", 413),
    "a body of 5 GB": (GET + b"Content-Length: 5000000000\r\n\r\n" + bytes(100_000), 413),
    "a body posted": (POST + b"Content-Length: 38\r\n\r\n" + SECOND, 405),
    "a handshake with a body": (upgrade_head().replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n") + b"GET /", 413),
    "a handshake in HTTP/1.0": (upgrade_head().replace(b"HTTP/1.1", b"HTTP/1.0"), 426),
    "a handshake to two protocols": (upgrade_head(Upgrade="h2c\r\nUpgrade: foo"), 426),
}

SERVED = {
    "HTTP/1.0": GET.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Connection: keep-alive\r\n\r\n",
    "a target that names this host": GET.replace(b" /", b" http://tower:34600/") + b"\r\n",
    "blank lines before it": b"\r\n\r\n\r\n" + GET + b"\r\n",
    "a length of 0": GET + b"Content-Length: 0\r\n\r\n",
    "an expectation without a body": GET + b"Expect: 100-continue\r\n\r\n",
    "an expectation nobody knows": GET + b"Expect: the-unexpected\r\n\r\n",
    "a colon without blanks": GET + b"X:y\r\n\r\n",
    "bytes that are no ASCII in a value": GET + b"X: \xff\xfe\r\n\r\n",
    # HAProxy, Caddy and nginx forward an HTTP/2 request this way if its stream ends by an empty frame.
    "chunks without a byte": GET + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks in capitals without a byte": GET + b"TRANSFER-ENCODING:\tChunked \r\n\r\n0\r\n\r\n",
    "chunks without a byte, in several zeros": GET + b"Transfer-Encoding: chunked\r\n\r\n000\r\n\r\n",
    "chunks without a byte that were expected": GET
    + b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "tags nobody sent": GET + b'If-None-Match: "\r\nRange: bytes=5-1\r\nIf-Modified-Since: x\r\n\r\n',
}


async def everything(client: Connection) -> bytes:
    return b"".join([chunk async for chunk in client.reader])


@pytest.mark.parametrize(("sent", "status"), REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("is_split", [False, True], ids=["whole", "bytewise"])
async def test_refused(server, caplog, sent, status, is_split):
    """One answer, a problem, and the end of the connection: no part counts as a second request or is quoted."""
    client = await server.connect()
    for chunk in [bytes([byte]) for byte in sent[:2000]] if is_split else [sent]:
        client.send(chunk)
        await client.writer.drain()

    answer = await everything(client)
    head, _, body = answer.partition(b"\r\n\r\n")
    got = re.fullmatch(rb"HTTP/1\.[01] (\d{3}) [ -~]+", head.partition(b"\r\n")[0])

    assert got is not None, answer
    assert status == int(got[1])
    assert status == json.loads(body)["status"]
    assert b"\r\nContent-Type: application/problem+json" in head
    assert CANARY.encode() not in answer
    assert b"smuggled" not in answer
    assert not caplog.records


@pytest.mark.parametrize("sent", SERVED.values(), ids=SERVED.keys())
@pytest.mark.parametrize("is_split", [False, True], ids=["whole", "bytewise"])
async def test_served(server, caplog, sent, is_split):
    """Unusual but valid requests get their answer, and the connection stays open."""
    client = await server.connect()
    for chunk in [bytes([byte]) for byte in sent] if is_split else [sent]:
        client.send(chunk)
        await client.writer.drain()
    client.send(GET + b"\r\n")

    assert [200, 200] == [(await client.response())[0] for _ in range(2)]
    assert not caplog.records


PAGE = b"GET / HTTP/1.1\r\nHost: tower\r\n\r\n"
WAITED_FOR = {
    "nothing": (b"", 0),
    "a request": (GET + b"\r\n", 1),
    "one that is answered by a thread": (PAGE, 1),
    "several": ((GET + b"\r\n") * 5, 5),
    "more than are taken at once": ((GET + b"\r\n") * 500, 500),
    "one and the beginning of another": (PAGE + GET, 1),
    "the beginning of one": (GET, 0),
    "a body that is cut short": (POST + b"Content-Length: 38\r\n\r\n" + SECOND[:10], 1),
}


@pytest.mark.parametrize(("sent", "answers"), WAITED_FOR.values(), ids=WAITED_FOR.keys())
async def test_a_half_closed_client_is_answered(server, caplog, sent, answers):
    """A client may half-close (``printf … | ncat``): its request is answered, then the connection ends."""
    client = await server.connect()
    client.send(sent)
    client.writer.write_eof()

    async with asyncio.timeout(7.5):
        assert answers == (await everything(client)).count(b"HTTP/1.1 ")
    assert not caplog.records


async def test_a_client_that_closes_between_requests_is_dropped(server):
    """A kept connection ends at once when the client half-closes, not after the keep-alive time."""
    client = await server.connect()
    for _ in range(2):
        client.send(GET + b"\r\n")
        assert 200 == (await client.response())[0]
    client.writer.write_eof()

    async with asyncio.timeout(7.5):
        assert b"" == await everything(client)
