"""The connection to a server: the followed streams, with or without figures."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .client import (
    CannotConnect,
    Connection,
    Gap,
    InvalidToken,
    Message,
    Refused,
    Subscribed,
    UmaClient,
    UmaError,
    Unsubscribed,
)
from .const import DOMAIN, LOGGER
from .parts import SERVER_INFO, STATS

EVENT_STREAMS: Final = ("docker/events", "storage/events", "vms/events", "notifications/events")
CONTAINER_STREAMS: Final = frozenset({"docker/containers", "docker/events"})
STATE_STREAMS: Final = (
    SERVER_INFO,
    "server/summary",
    "server/health",
    STATS,
    "system/details",
    "storage/status",
    "storage/details",
    "docker/containers",
    "vms/status",
    "shares/status",
    "ups/status",
    "network/status",
    "sensors/status",
    "gpu/status",
    "updates/status",
    "notifications/status",
)
PROBED: Final = {"sensors/status": ("_reading",), "gpu/status": (":gpu_load", ":gpu_temperature")}
"""Streams whose figures decide which entities exist, and the suffixes of their ids."""

FIRST_STATE_SECONDS: Final = 10
RESUME_SECONDS: Final = 60
"""Older events are outdated."""

MIN_DELAY_SECONDS: Final = 1
MAX_DELAY_SECONDS: Final = 60
SILENT_INTERVALS: Final = 3


class Receiver(Protocol):
    """Receiver of what the followed streams say: the entry's coordinator."""

    hass: HomeAssistant
    config_entry: ConfigEntry[Any]
    client: UmaClient
    interval: int
    wants_containers: bool
    data: dict[str, Mapping[str, Any]]

    def take_identity(self, info: Mapping[str, Any]) -> None:
        """Check that it is the same server. Raises UmaError."""
        ...

    def take(self, message: Message) -> None:
        """Make *message* the newest of its stream."""
        ...

    def forget(self, stream: str) -> None:
        """Drop the data of *stream*, which was disabled."""
        ...

    def note_loss(self, error: UmaError) -> None:
        """Make everything unavailable, now or soon."""
        ...

    def seconds_since_loss(self) -> float:
        """Return the seconds since the connection was lost; many before the first."""
        ...


class Following:
    """Follower of one server's streams for as long as its entry is loaded."""

    def __init__(self, coordinator: Receiver) -> None:
        """Prepare; ``run`` connects."""
        self._coordinator = coordinator
        self._connection: Connection | None = None
        self._followed: set[str] = set()
        self._positions: dict[str, tuple[str, int]] = {}
        self._has_received = False
        self._wanted: Counter[str] = Counter()
        self._probed = self._unknown_streams()
        self._sampled: set[str] = set()
        self._turning: Counter[str] = Counter()
        self._odd: set[str] = set()

    async def run(self) -> None:
        """Connect, and reconnect after a loss, until cancelled."""
        coordinator = self._coordinator
        delay = MIN_DELAY_SECONDS
        while True:
            try:
                self._connection = await coordinator.client.connect()
                try:
                    self._followed.clear()
                    self._turning.clear()
                    await self._subscribe(self._connection, SERVER_INFO)
                    await self._receive(self._connection)
                finally:
                    await self._connection.close()
                    self._connection = None
            except InvalidToken as error:
                # The token may also be corrected on the server.
                delay = MAX_DELAY_SECONDS
                self._has_received = False
                coordinator.note_loss(error)
                coordinator.config_entry.async_start_reauth(coordinator.hass)
            except UmaError as error:
                if self._has_received:
                    delay = MIN_DELAY_SECONDS
                self._has_received = False
                coordinator.note_loss(error)
            await asyncio.sleep(delay)
            delay = min(delay * 2, MAX_DELAY_SECONDS)

    def streams(self, info: Mapping[str, Any]) -> list[str]:
        """Return the enabled streams to follow, events last."""
        feeds = info.get("feeds", ())
        return [
            stream
            for stream in (*STATE_STREAMS, *EVENT_STREAMS)
            if stream in feeds and (self._coordinator.wants_containers or stream not in CONTAINER_STREAMS)
        ]

    @callback
    def want_figures(self, stream: str) -> CALLBACK_TYPE:
        """Have the figures of *stream* sampled until the returned function is
        called.
        """

        @callback
        def release() -> None:
            self._wanted[stream] -= 1
            self._probed.discard(stream)
            self._turn(stream)

        self._wanted[stream] += 1
        self._turn(stream)
        return release

    def _wants_figures(self, stream: str) -> bool:
        return self._wanted[stream] > 0 or stream in self._probed

    def _unknown_streams(self) -> set[str]:
        """Return the probed streams without entities of figures, enabled or not."""
        coordinator = self._coordinator
        registry = er.async_get(coordinator.hass)
        ids = [
            each.unique_id for each in er.async_entries_for_config_entry(registry, coordinator.config_entry.entry_id)
        ]
        return {stream for stream, ends in PROBED.items() if not any(each.endswith(ends) for each in ids)}

    @callback
    def _turn(self, stream: str) -> None:
        """Follow *stream* again if demand for its figures has changed."""
        is_unloading = self._coordinator.config_entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS
        if self._connection is None or stream not in self._followed or is_unloading:
            return
        if self._wants_figures(stream) != (stream in self._sampled):
            self._coordinator.config_entry.async_create_background_task(
                self._coordinator.hass, self._follow_again(self._connection, stream), f"{DOMAIN} figures of {stream}"
            )

    async def _follow_again(self, connection: Connection, stream: str) -> None:
        self._followed.discard(stream)
        self._turning[stream] += 1
        try:
            await connection.unsubscribe(stream)
            await self._subscribe(connection, stream)
        except CannotConnect as error:
            LOGGER.debug("%s is followed again later: %s", stream, error)

    async def _receive(self, connection: Connection) -> None:
        """Process messages until the connection is lost. Raises UmaError."""
        coordinator = self._coordinator
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(FIRST_STATE_SECONDS) as deadline:
                async for received in connection:
                    match received:
                        case Message() if received.stream == SERVER_INFO:
                            if STATS not in coordinator.data:
                                deadline.reschedule(None)
                            coordinator.take_identity(received.data)
                            self._take(received)
                            for stream in self.streams(received.data):
                                await self._subscribe(connection, stream)
                        case Message():
                            if received.stream == STATS:
                                deadline.reschedule(loop.time() + SILENT_INTERVALS * coordinator.interval)
                            self._take(received)
                        case Gap() | Subscribed():
                            self._positions[received.stream] = received.position
                        case Unsubscribed():
                            if received.stream == STATS:
                                deadline.reschedule(None)
                            self._note_end(received.stream)
                        case Refused():
                            if received.code == "not_subscribed":
                                self._turning[received.stream] -= 1
                            LOGGER.debug("%s is not followed: %s", received.stream, received.detail)
        except TimeoutError as error:
            raise CannotConnect("messages stopped coming") from error

    @callback
    def _take(self, message: Message) -> None:
        self._positions[message.stream] = message.position
        self._has_received = True
        try:
            self._coordinator.take(message)
        except Exception:  # noqa: BLE001 - whatever it was, the other streams go on
            # It may come again every few seconds.
            if message.stream not in self._odd:
                self._odd.add(message.stream)
                title = self._coordinator.config_entry.title
                LOGGER.exception("%s: a message of %s can't be used", title, message.stream)

    @callback
    def _note_end(self, stream: str) -> None:
        """Drop *stream*, which was disabled, unless it is being followed again."""
        if self._turning[stream] > 0:
            self._turning[stream] -= 1
            return
        self._followed.discard(stream)
        self._coordinator.forget(stream)

    async def _subscribe(self, connection: Connection, stream: str) -> None:
        if stream in self._followed:
            return
        self._followed.add(stream)
        coordinator = self._coordinator
        wants_figures = self._wants_figures(stream)
        (self._sampled.add if wants_figures else self._sampled.discard)(stream)
        after = None
        if stream in EVENT_STREAMS and coordinator.seconds_since_loss() < RESUME_SECONDS:
            after = self._positions.get(stream)
        await connection.subscribe(
            stream, interval=coordinator.interval if stream == STATS else None, wants_figures=wants_figures, after=after
        )
