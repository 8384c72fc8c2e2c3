"""One WebSocket at ``/api/v1/ws``: it sends commands and returns parsed frames."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from .errors import CannotConnect, Lost

Position = tuple[str, int]
"""Epoch and seq of a message: the daemon's life, and a number in it."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of ``stream``; ``data`` is its payload."""

    stream: str
    position: Position
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gap:
    """Events of ``stream`` are lost; the next one follows ``position``."""

    stream: str
    position: Position


@dataclass(frozen=True, slots=True)
class Subscribed:
    """``stream`` is followed, from the message after ``position`` on."""

    stream: str
    position: Position


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """``stream`` has ended: by a command, or because it was disabled."""

    stream: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A command failed: ``code`` is for programs, ``detail`` for people."""

    stream: str
    code: str
    detail: str


Received = Message | Gap | Subscribed | Unsubscribed | Refused


class Connection:
    """Follower of streams until it is closed. Iterate over it; it ends with Lost."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def subscribe(
        self, stream: str, *, interval: int | None = None, wants_figures: bool = True, after: Position | None = None
    ) -> None:
        """Follow *stream*, from *after* on where that is given. Raises CannotConnect.

        *interval* is in seconds, of ``system/stats`` alone. Without *wants_figures* the
        daemon samples no figures on demand for this subscription.
        """
        command: dict[str, object] = {"action": "subscribe", "stream": stream, "id": stream}
        if interval is not None:
            command["interval"] = interval
        if not wants_figures:
            command["figures"] = False
        if after is not None:
            command["epoch"], command["seq"] = after
        await self._send(command)

    async def unsubscribe(self, stream: str) -> None:
        """End following *stream*. Raises CannotConnect."""
        await self._send({"action": "unsubscribe", "stream": stream, "id": stream})

    async def close(self) -> None:
        """Close it; twice does no harm."""
        await self._socket.close()

    async def __aiter__(self) -> AsyncIterator[Received]:
        """Yield parsed frames. Raises Lost when the connection has ended."""
        async for frame in self._socket:
            if frame.type is aiohttp.WSMsgType.TEXT:
                received = parse_frame(frame.data)
                if received is not None:
                    yield received
        raise Lost(self._socket.close_code)

    async def _send(self, command: Mapping[str, object]) -> None:
        try:
            await self._socket.send_str(json.dumps(command))
        except (aiohttp.ClientError, OSError) as error:
            raise CannotConnect(str(error)) from error


def parse_frame(text: str) -> Received | None:
    """Parse a frame; None for one that this client does not know."""
    try:
        frame = json.loads(text)
    except ValueError, RecursionError:
        return None
    match frame:
        case {
            "type": "message",
            "stream": str(stream),
            "epoch": str(epoch),
            "seq": int(seq),
            "message": {"data": dict(data)},
        }:
            return Message(stream, (epoch, seq), data)
        case {"type": "gap", "stream": str(stream), "epoch": str(epoch), "seq": int(seq)}:
            return Gap(stream, (epoch, seq))
        case {"type": "subscribed", "stream": str(stream), "epoch": str(epoch), "seq": int(seq)}:
            return Subscribed(stream, (epoch, seq))
        case {"type": "unsubscribed", "stream": str(stream)}:
            return Unsubscribed(stream)
        case {"type": "error", "id": str(stream), "code": str(code), "detail": str(detail)}:
            return Refused(stream, code, detail)
    return None
