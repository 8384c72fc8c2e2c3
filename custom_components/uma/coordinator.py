"""The push coordinator: one WebSocket, whose messages become the entities' data."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SSL, CONF_TOKEN, CONF_VERIFY_SSL
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .client import (
    Address,
    CannotConnect,
    InvalidToken,
    Lost,
    Message,
    TooOld,
    UmaClient,
    UmaError,
)
from .const import (
    CONF_CONTAINERS,
    CONF_INTERVAL,
    DEFAULT_INTERVAL_SECONDS,
    DOMAIN,
    LOGGER,
    MANUFACTURER,
    MODEL,
)
from .following import EVENT_STREAMS, FIRST_STATE_SECONDS, Following
from .issues import note_containers_feed, note_shared_id, note_too_old
from .parts import CONTAINER, SERVER_INFO, Part, parts_of
from .removals import Removals

RESTART_SECONDS: Final = 10
"""Seconds in which a restarting daemon (1012) is back: entities keep their states."""

type UmaConfigEntry = ConfigEntry[UmaCoordinator]
type Feeds = dict[str, Mapping[str, Any]]


def client_of(hass: HomeAssistant, data: Mapping[str, Any]) -> UmaClient:
    """Return a client for the server in a config entry's *data*."""
    return UmaClient(
        async_get_clientsession(hass, verify_ssl=data.get(CONF_VERIFY_SSL, True)),
        Address(data[CONF_HOST], data[CONF_PORT], data.get(CONF_SSL, False)),
        data.get(CONF_TOKEN),
    )


class WrongServer(UmaError):
    """Another server answers at the address."""


class UmaCoordinator(DataUpdateCoordinator[Feeds]):
    """State of one server: ``data`` by stream, the newest; ``parts`` its parts."""

    config_entry: UmaConfigEntry

    def __init__(self, hass: HomeAssistant, entry: UmaConfigEntry) -> None:
        """Prepare; ``start`` connects."""
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title, update_interval=None)
        assert entry.unique_id is not None
        self.server_id = entry.unique_id
        self.client = client_of(hass, entry.data)
        self.interval: int = int(entry.options.get(CONF_INTERVAL, DEFAULT_INTERVAL_SECONDS))
        self.wants_containers: bool = entry.options.get(CONF_CONTAINERS, True)
        self.data = {}
        self.parts: dict[str, dict[str, Part]] = {}
        self.is_connected = False
        self.device_id = ""
        self.newest_event: tuple[str, Mapping[str, Any]] | None = None
        self._first: asyncio.Event = asyncio.Event()
        self._first_error: UmaError | None = None
        self._lost_at = 0.0
        self._is_logged = False
        self.removals = Removals(
            hass,
            entry_id=entry.entry_id,
            server_id=self.server_id,
            present=self._containers,
            forget=self.forget_device,
        )
        self.following = Following(self)
        self.known: list[set[str]] = []
        self._cancel_grace: CALLBACK_TYPE | None = None

    async def start(self) -> None:
        """Connect, and wait for the first complete state.

        Raises ConfigEntryNotReady or ConfigEntryAuthFailed.
        """
        try:
            identity = await self.client.identity()
            if identity.id != self.server_id:
                raise ConfigEntryNotReady(
                    translation_domain=DOMAIN, translation_key="wrong_server", translation_placeholders=self._words()
                )
            await self.client.verify_token()
        except InvalidToken as error:
            raise ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key="invalid_auth") from error
        except UmaError as error:
            note_too_old(self.hass, self.config_entry, is_present=isinstance(error, TooOld))
            raise self._not_ready(error) from error
        note_too_old(self.hass, self.config_entry, is_present=False)
        note_shared_id(self.hass, self.config_entry, None)
        self.config_entry.async_create_background_task(self.hass, self.following.run(), f"{DOMAIN} {self.name}")
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_STATE_SECONDS):
                await self._first.wait()
        if SERVER_INFO not in self.data:
            if self._first_error is not None:
                raise self._not_ready(self._first_error)
            raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key="no_message")

    def part(self, kind: str, key: str) -> Part | None:
        """Return a part, such as ("disk", "disk1"); None while it is not listed."""
        return self.parts.get(kind, {}).get(key)

    def _containers(self) -> Collection[str] | None:
        """Return the names of all containers; None while Docker is not running."""
        is_running = self.data.get("docker/containers", {}).get("service") == "running"
        return self.parts.get(CONTAINER, {}).keys() if is_running else None

    @callback
    def forget_device(self, key: str) -> None:
        """Add the entities of the removed device *key* again if its part comes back."""
        for known in self.known:
            known -= {each for each in known if each.startswith(f"{key}:")}

    def is_fresh(self, stream: str) -> bool:
        """Check whether there is a message of *stream* that still counts."""
        return stream in self.data and stream not in self.data.get("server/health", {}).get("stale", ())

    @property
    def may_control(self) -> bool:
        """Return True if containers may be controlled."""
        return self.data.get(SERVER_INFO, {}).get("control") is True

    @callback
    def take_identity(self, info: Mapping[str, Any]) -> None:
        """Check that it is the same server. Raises WrongServer."""
        if info.get("id") != self.server_id:
            raise WrongServer("another server answers at this address")
        note_containers_feed(
            self.hass,
            self.config_entry,
            is_missing=self.wants_containers and "docker/containers" not in info.get("feeds", ()),
        )

    @callback
    def take(self, message: Message) -> None:
        """Make *message* the newest of its stream, and update its entities."""
        if message.stream in EVENT_STREAMS:
            self.newest_event = (message.stream, message.data)
            self.removals.note_event(message.stream, message.data)
            self._update(message.stream)
            self.newest_event = None
            return
        parts = parts_of(message.stream, message.data)
        is_back = not self.is_connected
        if is_back or self._cancel_grace is not None:
            self._note_connection()
        before = self.data.get(message.stream)
        self.data[message.stream] = message.data
        self.parts.update(parts)
        if message.stream == SERVER_INFO and before != message.data:
            self.register_server()
        if message.stream == "docker/containers":
            self.removals.look()
        if self.following.streams(self.data.get(SERVER_INFO, {})) and self._has_whole_state():
            self._first.set()
        # A stale stream affects all entities, and so does a restored connection.
        if is_back or message.stream == "server/health":
            self.async_update_listeners()
        else:
            self._update(message.stream)

    @callback
    def register_server(self) -> None:
        """Update the server's device; a name chosen by the user stays."""
        info = self.data.get(SERVER_INFO, {})
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.config_entry.entry_id,
            identifiers={(DOMAIN, self.server_id)},
            name=info.get("name") or self.config_entry.title,
            manufacturer=MANUFACTURER,
            model=MODEL,
            sw_version=info.get("unraid_version"),
            configuration_url=info.get("webgui_url"),
        )
        self.device_id = device.id

    def _has_whole_state(self) -> bool:
        return all(
            stream in self.data
            for stream in self.following.streams(self.data[SERVER_INFO])
            if stream not in EVENT_STREAMS
        )

    @callback
    def _update(self, stream: str) -> None:
        """Call the listeners of *stream*, and those of all."""
        for listener, context in list(self._listeners.values()):
            if context is None or context == stream:
                listener()

    @callback
    def forget(self, stream: str) -> None:
        """Drop the data of *stream*, which was disabled."""
        self.data.pop(stream, None)
        self._update(stream)

    @callback
    def _note_connection(self) -> None:
        if self._cancel_grace is not None:
            self._cancel_grace()
            self._cancel_grace = None
        self.is_connected = self.last_update_success = True
        for flow in list(self.config_entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})):
            # The server accepts the token again.
            self.hass.config_entries.flow.async_abort(flow["flow_id"])
        if self._is_logged:
            LOGGER.info("%s is back", self.name)
            self._is_logged = False

    @callback
    def note_loss(self, error: UmaError) -> None:
        """Make everything unavailable: at once, or after the time of a restart."""
        if not self._first.is_set():
            self._first_error = error
            self._first.set()
        if not self._is_lost:
            self._lost_at = self._clock()
        if self._cancel_grace is not None:
            return
        if isinstance(error, Lost) and error.is_restart and self.is_connected:
            self._cancel_grace = async_call_later(self.hass, RESTART_SECONDS, self._end_grace)
        else:
            self._disconnect(error)

    @callback
    def _end_grace(self, now: datetime) -> None:
        self._cancel_grace = None
        self._disconnect(CannotConnect("it has not come back after its restart"))

    @callback
    def _disconnect(self, error: UmaError) -> None:
        if not self._is_logged:
            LOGGER.info("%s is unavailable: %s", self.name, error)
            self._is_logged = True
        if self.is_connected:
            self.is_connected = self.last_update_success = False
            self.data.clear()
            self.parts.clear()
            self.async_update_listeners()

    @property
    def _is_lost(self) -> bool:
        return not self.is_connected or self._cancel_grace is not None

    def seconds_since_loss(self) -> float:
        """Return the seconds since the connection was lost; many before the first."""
        return self._clock() - self._lost_at

    def _clock(self) -> float:
        return asyncio.get_running_loop().time()

    def _not_ready(self, error: UmaError) -> ConfigEntryNotReady:
        return ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key="cannot_connect", translation_placeholders=self._words(error)
        )

    def _words(self, error: UmaError | None = None) -> dict[str, str]:
        """Return the placeholders of a translated error."""
        return {"name": self.name, "host": self.client.address.host, "error": str(error or "")}

    @override
    async def async_shutdown(self) -> None:
        """Stop the timer of a restart, in addition to every coordinator's own."""
        if self._cancel_grace is not None:
            self._cancel_grace()
            self._cancel_grace = None
        await super().async_shutdown()
