"""One connection to a WebSocket address, shared by all its sensors, and reconnected
when it is lost.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util.json import json_loads
from yarl import URL

_LOGGER = logging.getLogger(__name__)

DOMAIN = "websocket"
FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0
HANDSHAKE_SECONDS = 10.0
HEARTBEAT_SECONDS = 30.0
"""Seconds between pings; without an answer for half as long again, the server is gone.
"""


@dataclass(frozen=True)
class Address:
    """Server's address and headers; sensors with equal ones share a connection."""

    resource: str
    headers: tuple[tuple[str, str], ...] = ()
    verify_ssl: bool = True

    def __str__(self) -> str:
        """Return it for logs: without parts that may be secret, in the query, in the
        user's part or in headers.
        """
        return str(URL(self.resource).with_user(None).with_query(None).with_fragment(None))


@dataclass(frozen=True)
class Message:
    """One text frame for templates: ``value``, and ``value_json`` if it is JSON."""

    value: str
    variables: dict[str, Any]


Listener = Callable[[Message | None], None]
"""Called with each message, and with None when the connection was made or lost."""


def message_from(text: str) -> Message:
    """Return *text* as a message; without ``value_json`` if it is not JSON."""
    try:
        return Message(text, {"value": text, "value_json": json_loads(text)})
    except ValueError:
        return Message(text, {"value": text})


def delays() -> Iterator[float]:
    """Yield the seconds to wait before each further attempt: 1, 2, 4, … 60, 60, …"""
    delay = FIRST_DELAY
    while True:
        yield delay
        delay = min(delay * 2, LONGEST_DELAY)


class Connection:
    """Connection that exists while it has a listener. ``newest`` is the last message
    since it has been connected.
    """

    def __init__(self, hass: HomeAssistant, address: Address) -> None:
        self.connected = False
        self.newest: Message | None = None
        self._hass = hass
        self._address = address
        self._listeners: list[Listener] = []
        self._task: asyncio.Task[None] | None = None
        self._forget_stop: Callable[[], None] | None = None
        self._trouble: str | None = None

    @callback
    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call *listener* from now on, until the returned function is called."""
        self._listeners.append(listener)
        if self._task is None:
            self._task = self._hass.async_create_background_task(self._keep_connected(), f"websocket {self._address}")
            self._forget_stop = self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._stop)

        @callback
        def end() -> None:
            self._listeners.remove(listener)
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task, self.connected, self.newest = None, False, None
                if self._forget_stop is not None:
                    self._forget_stop()

        return end

    async def _stop(self, _event: Event) -> None:
        """Close the connection before Home Assistant closes the session."""
        self._forget_stop = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _keep_connected(self) -> None:
        clock = self._hass.loop.time
        waits = delays()
        while True:
            since = clock()
            try:
                trouble = await self._read_until_closed()
            except aiohttp.WSServerHandshakeError as error:
                trouble = f"it answered {_status_words(error.status)}"
            except TimeoutError:
                trouble = f"no answer in {HANDSHAKE_SECONDS:.0f} s"
            # ValueError: aiohttp's error for headers and addresses that it cannot send.
            except (aiohttp.ClientError, OSError, ValueError) as error:
                trouble = f"{type(error).__name__}: {error}"
            # A server that accepts clients and drops them at once is no better than one
            # that is down.
            if self.newest is not None or clock() - since >= LONGEST_DELAY:
                waits = delays()
                self._trouble = None
            self._lost(trouble)
            await asyncio.sleep(next(waits))

    async def _read_until_closed(self) -> str:
        """Connect and pass on every message; return the reason of the end."""
        session = async_get_clientsession(self._hass, self._address.verify_ssl)
        async with asyncio.timeout(HANDSHAKE_SECONDS):
            socket = await session.ws_connect(
                self._address.resource, headers=dict(self._address.headers), heartbeat=HEARTBEAT_SECONDS
            )
        try:
            self._made()
            async for frame in socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self.newest = message_from(frame.data)
                    self._tell(self.newest)
                elif frame.type is aiohttp.WSMsgType.ERROR:
                    return f"it broke: {frame.data}"
        finally:
            await socket.close()
        return f"it was closed with code {socket.close_code}"

    def _made(self) -> None:
        if self._trouble is not None:
            _LOGGER.info("%s: connected again", self._address)
        self.connected = True
        self._tell(None)

    def _lost(self, trouble: str) -> None:
        # Each reason once in a row: a server may be off for days.
        if trouble != self._trouble:
            _LOGGER.warning("%s: not connected, %s; trying again by itself", self._address, trouble)
            self._trouble = trouble
        self.newest = None
        if self.connected:
            self.connected = False
            self._tell(None)

    def _tell(self, message: Message | None) -> None:
        for listener in tuple(self._listeners):
            listener(message)


@callback
def connection_to(hass: HomeAssistant, address: Address) -> Connection:
    """Return the connection to *address*, shared by all callers."""
    connections: dict[Address, Connection] = hass.data.setdefault(DOMAIN, {})
    if address not in connections:
        connections[address] = Connection(hass, address)
    return connections[address]


def _status_words(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
