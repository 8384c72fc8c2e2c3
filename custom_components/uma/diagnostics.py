"""Diagnostics: the newest messages, without names, addresses and serials."""

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_TOKEN
from homeassistant.core import HomeAssistant

from .coordinator import UmaConfigEntry

TO_REDACT: Final = {
    CONF_HOST,
    CONF_TOKEN,
    "bios",
    "board",
    "description",
    "host_ip",
    "id",
    "items",
    "serial_tail",
    "site",
    "title",
    "unique_id",
    "uuid",
    "webgui_url",
    "webui",
}

REMOTE_SOURCES: Final = frozenset({"heartbeat", "mqtt", "ups"})
"""Sources whose detail names another machine."""

_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:.]{2,45}")


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: UmaConfigEntry) -> dict[str, Any]:
    """Return the entry, the connection's state and each stream's newest message."""
    is_loaded = entry.state is ConfigEntryState.LOADED
    feeds: Mapping[str, Mapping[str, Any]] = entry.runtime_data.data if is_loaded else {}
    name = feeds.get("server/info", {}).get("name")
    found = async_redact_data(
        {
            "entry": {
                "title": entry.title,
                "unique_id": entry.unique_id,
                "data": dict(entry.data),
                "options": dict(entry.options),
                "state": entry.state.value,
                "reason": entry.reason,
                "error": (entry.error_reason_translation_placeholders or {}).get("error"),
            },
            "is_connected": is_loaded and entry.runtime_data.is_connected,
            "feeds": dict(feeds),
        },
        TO_REDACT,
    )
    health = found["feeds"].get("server/health", {})
    if "sources" in health:
        found["feeds"]["server/health"] = {**health, "sources": _without_remotes(health["sources"])}
    names = {str(each) for each in (name, entry.title, entry.data[CONF_HOST], entry.unique_id) if each}
    scrubbed: dict[str, Any] = _scrub(found, re.compile("|".join(_as_words(names)), re.IGNORECASE))
    return scrubbed


def _without_remotes(sources: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {**one, "detail": REDACTED} if name in REMOTE_SOURCES and one.get("detail") else one
        for name, one in sources.items()
    }


def _as_words(names: Iterable[str]) -> list[str]:
    """Return patterns of *names* as whole words, the longest first."""
    return [rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(names, key=len, reverse=True)]


def _scrub(value: Any, names: re.Pattern[str]) -> Any:
    """Return *value* without *names* and IP addresses in its texts."""
    match value:
        case str():
            return _ADDRESS.sub(_redacted, names.sub(REDACTED, value))
        case dict():
            return {key: _scrub(each, names) for key, each in value.items()}
        case list() | tuple():
            return [_scrub(each, names) for each in value]
    return value


def _redacted(found: re.Match[str]) -> str:
    """Return a substitute for a text that may be an IP address."""
    try:
        ip_address(found[0].rstrip(".:"))
    except ValueError:
        return found[0]
    return str(REDACTED)
