"""Checks of a server's address, before an entry uses it."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_TOKEN
from homeassistant.core import HomeAssistant

from .client import (
    CannotConnect,
    CertificateRejected,
    HostUnknown,
    InvalidToken,
    NotUma,
    ServerIdentity,
    TooOld,
    UmaError,
)
from .const import LOGGER
from .coordinator import client_of
from .issues import note_shared_id

ERRORS: Final[tuple[tuple[type[UmaError], str], ...]] = (
    (CertificateRejected, "certificate"),
    (CannotConnect, "cannot_connect"),
    (InvalidToken, "invalid_auth"),
    (HostUnknown, "host_unknown"),
    (TooOld, "too_old"),
    (NotUma, "not_uma"),
)


async def try_connection(hass: HomeAssistant, data: Mapping[str, Any]) -> tuple[ServerIdentity | None, str | None]:
    """Return the server at an address, and the key of the error if it can't be used."""
    client = client_of(hass, data)
    identity = None
    try:
        identity = await client.identity()
        await client.verify_token()
    except UmaError as error:
        LOGGER.debug("%s: %s", data[CONF_HOST], error)
        key = next((key for kind, key in ERRORS if isinstance(error, kind)), "unavailable")
        return identity, key
    return identity, None


async def is_silent(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Check whether the server does not answer at its own address."""
    old = await identity_at(hass, entry.data)
    return old is None or old.id != entry.unique_id


async def note_clone(hass: HomeAssistant, entry: ConfigEntry, address: Mapping[str, Any]) -> bool:
    """Check whether another server at *address* has the entry's id; raise a repair.

    Two addresses of one server give the same message, to the second of its time. If
    their messages differ, two servers share an id: a cloned flash drive.
    """
    old, new, again = [await identity_at(hass, data) for data in (entry.data, {**entry.data, **address}, entry.data)]
    if None in (old, new) or new in (old, again):
        return False
    note_shared_id(hass, entry, (entry.data[CONF_HOST], address[CONF_HOST]))
    return True


async def identity_at(hass: HomeAssistant, data: Mapping[str, Any]) -> ServerIdentity | None:
    """Return the server that answers at an address; None without one."""
    try:
        # Without the token: any machine can announce the server's id.
        return await client_of(hass, {**data, CONF_TOKEN: None}).identity()
    except UmaError:
        return None
