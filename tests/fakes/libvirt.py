"""A libvirtd that speaks the real protocol, and misbehaves on command; tests with a real one are in integration."""

import asyncio
import struct
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

PROGRAM = 0x20008086
HEADER = struct.Struct(">IIIIIII")

AUTH_LIST, OPEN, NODE_INFO, XML, INFO, BLOCK, LIST, REGISTER, STATS, LIFECYCLE = (
    66,
    1,
    6,
    14,
    16,
    64,
    273,
    316,
    344,
    318,
)

Answer = bytes | None
"""The body of a reply; None is silence."""


def text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">I", len(encoded)) + encoded + bytes(-len(encoded) % 4)


class FakeDomain:
    """A machine of the fake."""

    def __init__(
        self, name: str, number: int = 1, *, active: int = -1, state: int = 5, autostart: bool = False
    ) -> None:
        self.name, self.uuid, self.id, self.state = name, bytes([number]) * 16, active, state
        self.autostart = autostart
        self.xml = (
            f"<domain><name>{number}</name><metadata><vmtemplate name='Linux' xmlns='unraid'/></metadata><devices>"
            "<disk type='file' device='disk'><target dev='vda'/></disk>"
            "<disk type='file' device='cdrom'><target dev='sdb'/></disk>"
            "<disk type='file' device='disk'><target dev='hda'/></disk></devices></domain>"
        )
        self.statistics: dict[str, int | str] = {}
        self.block = (100, 200)

    @property
    def packed(self) -> bytes:
        return text(self.name) + self.uuid + struct.pack(">i", self.id)


class FakeLibvirt:
    """Server at *path*. ``answers`` replaces a procedure's answer; ``asked`` are the called procedures, in order."""

    def __init__(self, path: Path, *domains: FakeDomain) -> None:
        self._path = path
        self.domains = list(domains)
        self.asked: list[int] = []
        self.blocks_asked: list[bytes] = []
        self.stats_flags: list[int] = []
        self.answers: dict[int, Callable[[bytes], Answer]] = {}
        self.garbage: bytes | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self._path)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        self._path.unlink(missing_ok=True)

    def hang_up(self) -> None:
        """End every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def emit(self, domain: FakeDomain, event: int, detail: int = 0) -> None:
        """Send a lifecycle event to all."""
        body = struct.pack(">i", 0) + domain.packed + struct.pack(">ii", event, detail)
        self.send(HEADER.pack(HEADER.size + len(body), PROGRAM, 1, LIFECYCLE, 2, 0, 0) + body)

    def send(self, data: bytes) -> None:
        for writer in self._writers:
            writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            while True:
                head = await reader.readexactly(HEADER.size)
                length, _, _, procedure, _, serial, _ = HEADER.unpack(head)
                body = await reader.readexactly(length - HEADER.size)
                self.asked.append(procedure)
                if self.garbage is not None:
                    writer.write(self.garbage)
                    continue
                status, answer = self._answer(procedure, body)
                if answer is not None:
                    writer.write(
                        HEADER.pack(HEADER.size + len(answer), PROGRAM, 1, procedure, 1, serial, status) + answer
                    )
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, procedure: int, body: bytes) -> tuple[int, Answer]:
        if procedure in self.answers:
            return 0, self.answers[procedure](body)
        match procedure:
            case 66:
                return 0, struct.pack(">II", 1, 0)
            case 6:
                return 0, bytes(128) + struct.pack(">Qiiiiii", 1 << 24, 4, 3000, 1, 1, 4, 1)
            case 273:
                _, flags = struct.unpack(">iI", body)
                chosen = [domain for domain in self.domains if not flags or domain.autostart]
                packed = b"".join(domain.packed for domain in chosen)
                return 0, struct.pack(">I", len(chosen)) + packed + struct.pack(">I", len(chosen))
            case 344:
                self.stats_flags.append(struct.unpack(">III", body)[2])
                return 0, self._statistics()
            case 14 | 16 | 64:
                domain = next((each for each in self.domains if each.uuid in body), None)
                if domain is None:
                    return 1, struct.pack(">iiI", 42, 10, 1) + text("Domain not found") + bytes(40)
                return 0, self._described(procedure, domain, body)
            case _:
                return 0, struct.pack(">i", 0)

    def _described(self, procedure: int, domain: FakeDomain, body: bytes) -> bytes:
        if procedure == XML:
            return text(domain.xml)
        if procedure == INFO:
            return struct.pack(">IQQIQ", domain.state, 4 << 20, 2 << 20, 2, 0)
        self.blocks_asked.append(body[-4:])
        return struct.pack(">qqqqq", 1, domain.block[0], 1, domain.block[1], 0)

    def _statistics(self) -> bytes:
        active = [domain for domain in self.domains if domain.id != -1]
        records = b""
        for domain in active:
            records += domain.packed + struct.pack(">I", len(domain.statistics))
            for name, value in domain.statistics.items():
                records += text(name)
                records += (
                    struct.pack(">i", 7) + text(value) if isinstance(value, str) else struct.pack(">iQ", 4, value)
                )
        return struct.pack(">I", len(active)) + records
