"""Simulated UMA servers at a broker: one MQTT connection each, a summary with figures that move, a will."""

import asyncio
import json
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

KEEPALIVE_SECONDS = 60
SITES = ("Berlin", "Zürich", "Cabin", "")
CONNECT, CONNACK, PUBLISH, PUBACK = 0x10, 2, 0x30, 4
WILL_FLAGS = 0x02 | 0x04 | 0x08 | 0x20
"""A clean session, and a retained will of QoS 1 (MQTT 3.1.1, 3.1.2.3)."""
TROUBLE = (
    ("critical", "disk3", "SMART failed"),
    ("warning", "disk1", "Hot, 52 °C"),
    ("notice", "parity", "Last check 120 days ago"),
)


def summary(number: int, *, at: float | None = None) -> dict[str, Any]:
    """Return the ``server/summary`` message of server *number*: one in 20 has a warning."""
    kind = number % 20
    trouble = [TROUBLE[number // 20 % len(TROUBLE)]] if kind == 0 else []
    moment = datetime.fromtimestamp(time.time() if at is None else at, UTC)
    return {
        "type": "server_summary",
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {
            "id": f"{number:032x}",
            "name": f"tower-{number:04d}",
            "site": SITES[number % len(SITES)],
            "webgui_url": f"http://tower-{number:04d}.lan",
            "version": "2026.11.23",
            "unraid_version": "7.2.0",
            "booted_at": "2026-11-01T06:00:00Z",
            "severity": trouble[0][0] if trouble else "ok",
            "findings": [{"severity": word, "subject": subject, "text": text} for word, subject, text in trouble],
            "findings_more": 0,
            "array_status": "started",
            "array_protection": "protected",
            "parity_percent": None,
            "disks": {
                "total": 4 + number % 27,
                "hot": int(kind == 0 and trouble[0][1] == "disk1"),
                "failed": int(kind == 0 and trouble[0][1] == "disk3"),
                "missing": 0,
                "asleep": number % 4,
                "nearly_full": 0,
            },
            "hottest": {"name": "disk1", "temperature": 52 if kind == 0 else 30 + number % 10},
            "fullest": {"name": "disk2", "usage_percent": float(20 + number * 7 % 75)},
            "cpu_percent": round((number * 13 + moment.timestamp()) % 100, 1),
            "memory_percent": float(20 + number % 60),
            "ups_on_battery": None,
            "containers": {"running": number % 30, "unhealthy": 0, "stopped_by_error": 0},
            "unread_alerts": 0,
        },
    }


class SimulatedServer:
    """One server; *hosts* and *ports* are its brokers; it begins with the one of its *number*."""

    def __init__(
        self, number: int, ports: Sequence[int], *, hosts: Sequence[str] = ("127.0.0.1",), prefix: str = "uma"
    ) -> None:
        self.number = number
        self.base = f"{prefix}/tower-{number:04d}"
        self.lost = 0
        self.seconds_away: list[float] = []
        self._brokers = [(host, port) for host in hosts for port in ports]
        self._turn = number
        self._writer: asyncio.StreamWriter | None = None

    @property
    def is_connected(self) -> bool:
        return self._writer is not None and not self._writer.is_closing()

    async def connect(self, *, seconds: float = 30.0) -> None:
        """Log in at the next broker that accepts it, and publish the retained state."""
        until = time.monotonic() + seconds
        while True:
            try:
                async with asyncio.timeout(5):
                    await self._sign_on(*self._brokers[self._turn % len(self._brokers)])
                return
            except (OSError, TimeoutError, EOFError):
                self._turn += 1
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.2)

    async def publish(self) -> None:
        """Publish the current summary."""
        assert self._writer is not None
        payload = json.dumps(summary(self.number), ensure_ascii=False, separators=(",", ":")).encode()
        self._writer.write(_publish(f"{self.base}/server/summary", payload))
        await self._writer.drain()

    async def live(self, seconds: float) -> None:
        """Publish every *seconds*, from a different moment in each server; reconnect when the broker ends."""
        await asyncio.sleep(seconds * (self.number * 0.618 % 1))
        while True:
            try:
                if not self.is_connected:
                    raise ConnectionError
                await self.publish()
            except OSError:
                self.lost += 1
                began = time.monotonic()
                await self.connect()
                self.seconds_away.append(time.monotonic() - began)
            await asyncio.sleep(seconds)

    def abort(self) -> None:
        """End the connection as a power cut does."""
        if self._writer is not None:
            self._writer.transport.abort()

    async def _sign_on(self, host: str, port: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        body = _text("MQTT") + bytes([4, WILL_FLAGS]) + struct.pack(">H", KEEPALIVE_SECONDS)
        body += _text(f"uma{self.number:020x}") + _text(f"{self.base}/availability") + _text("offline")
        writer.write(_packet(CONNECT, body))
        head = await reader.readexactly(4)
        if head[0] >> 4 != CONNACK or head[3] != 0:
            writer.close()
            raise ConnectionRefusedError(f"CONNACK {head.hex()}")
        self._writer = writer
        writer.write(_publish(f"{self.base}/availability", b"online"))
        await self.publish()
        asyncio.get_running_loop().create_task(_drain(reader, writer), name=f"server {self.number}")


async def _drain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while await reader.read(4096):
            pass
    writer.close()


def _publish(topic: str, payload: bytes) -> bytes:
    """Return a retained message of QoS 0."""
    return _packet(PUBLISH | 1, _text(topic) + payload)


def _packet(first: int, body: bytes) -> bytes:
    length, digits = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        digits.append(digit | (128 if length else 0))
        if not length:
            return bytes([first, *digits]) + body


def _text(value: str) -> bytes:
    content = value.encode()
    return struct.pack(">H", len(content)) + content
