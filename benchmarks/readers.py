"""The load: WebSocket clients of any server, in a separate process, so that their cost is not counted to the server.

It runs as a program; its arguments are a port, a number of clients and paths, among which the clients are divided. It
reads frames from plain sockets, parses only the necessary parts, and answers two lines on its standard input: ``mark``
(count from here on) and ``report`` (a line of JSON: see ``Report``).
"""

import base64
import json
import os
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

TEXT, PING = 1, 9
TIME_NANO = re.compile(rb'"time_nano":(\d+)')


@dataclass(frozen=True, slots=True)
class Report:
    """Frames of the clients since the mark: their number; by number of the message,
    when the last client had it (both clocks, nanoseconds) and its ``time_nano``; number
    of clients that the server has dropped.
    """

    frames: int
    last_had: list[int]
    last_had_unix: list[int]
    time_nano: list[int]
    fewest: int
    dropped: int


class Readers:
    """The process of clients, as its parent sees it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def mark(self) -> None:
        """Count from here on."""
        self._ask("mark")

    def report(self) -> Report:
        """Return the frames since the mark."""
        return Report(**json.loads(self._ask("report")))

    def _ask(self, question: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{question}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the readers have ended")
        return answer


@contextmanager
def readers(port: int, clients: int, *paths: str) -> Iterator[Readers]:
    """Yield *clients* connected clients of the server at *port*, divided among *paths*."""
    command = [sys.executable, __file__, str(port), str(clients), *paths]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            if process.stdout.readline() != "connected\n":
                raise RuntimeError(f"{clients} clients did not connect")
            yield Readers(process)
        finally:
            process.kill()


def frames_in(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return opcode and payload of each whole server frame in *data*, and the remaining bytes."""
    frames = []
    at = 0
    while len(data) - at >= 2:
        length, head = data[at + 1], 2
        if length == 126:
            length, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
        elif length == 127:
            length, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
        if len(data) - at < head + length:
            break
        frames.append((data[at] & 15, data[at + head : at + head + length]))
        at += head + length
    return frames, data[at:]


class _Client:
    def __init__(self, port: int, path: str) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.sock.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            chunk = self.sock.recv(4096)
            if not chunk:
                raise RuntimeError("closed in the handshake")
            self.rest += chunk
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise RuntimeError(head.decode())
        self.sock.setblocking(False)
        self.count = 0


class _Tally:
    def __init__(self, clients: Sequence[_Client]) -> None:
        self._clients = clients
        self.clear()
        self.dropped = 0

    def clear(self) -> None:
        self.frames = 0
        self.last_had: list[int] = []
        self.last_had_unix: list[int] = []
        self.time_nano: list[int] = []
        for client in self._clients:
            client.count = 0

    def take(self, client: _Client, payload: bytes) -> None:
        now, unix = time.monotonic_ns(), time.time_ns()
        number = client.count
        client.count += 1
        self.frames += 1
        if number < len(self.last_had):
            self.last_had[number] = now
            self.last_had_unix[number] = unix
            return
        stamp = TIME_NANO.search(payload)
        self.last_had.append(now)
        self.last_had_unix.append(unix)
        self.time_nano.append(int(stamp[1]) if stamp else 0)

    def report(self) -> str:
        fewest = min((client.count for client in self._clients), default=0)
        answer = Report(self.frames, self.last_had, self.last_had_unix, self.time_nano, fewest, self.dropped)
        return json.dumps({name: getattr(answer, name) for name in Report.__slots__})


def _main(port: int, count: int, paths: Sequence[str]) -> None:
    clients = [_Client(port, paths[number % len(paths)]) for number in range(count)]
    tally = _Tally(clients)
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.sock, selectors.EVENT_READ, client)
        selector.register(sys.stdin, selectors.EVENT_READ)
        print("connected", flush=True)
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    _answer(sys.stdin.readline(), tally)
                elif not _read(key.data, tally):
                    selector.unregister(key.data.sock)
                    tally.dropped += 1


def _read(client: _Client, tally: _Tally) -> bool:
    try:
        chunk = client.sock.recv(1 << 14)
    except ConnectionError:
        chunk = b""
    frames, client.rest = frames_in(client.rest + chunk)
    for opcode, payload in frames:
        if opcode == TEXT:
            tally.take(client, payload)
        elif opcode == PING:
            client.sock.send(bytes([0x80 | 10, 0x80, 0, 0, 0, 0]))
    return bool(chunk)


def _answer(question: str, tally: _Tally) -> None:
    if not question:
        sys.exit()
    if question == "mark\n":
        tally.clear()
        print("marked", flush=True)
    else:
        print(tally.report(), flush=True)


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
