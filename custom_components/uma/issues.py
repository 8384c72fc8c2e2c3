"""Repair issues, only for problems that the user can solve. A hot disk is a binary
sensor.
"""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN


@callback
def note_too_old(hass: HomeAssistant, entry: ConfigEntry, *, is_present: bool) -> None:
    """Ask the user to update UMA on the server, if *is_present*."""
    _note(hass, "too_old", entry, {} if is_present else None)


@callback
def note_shared_id(hass: HomeAssistant, entry: ConfigEntry, hosts: tuple[str, str] | None) -> None:
    """Ask the user to give one of two servers, at *hosts*, a new id; None clears the
    issue.
    """
    _note(hass, "shared_id", entry, None if hosts is None else {"first": hosts[0], "second": hosts[1]})


@callback
def note_containers_feed(hass: HomeAssistant, entry: ConfigEntry, *, is_missing: bool) -> None:
    """Ask the user to enable a feed, or disable the option, if *is_missing*."""
    _note(hass, "containers_feed", entry, {} if is_missing else None)


def _note(hass: HomeAssistant, issue: str, entry: ConfigEntry, placeholders: dict[str, str] | None) -> None:
    issue_id = f"{issue}_{entry.entry_id}"
    if placeholders is None:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=issue,
        translation_placeholders={"name": entry.title, **placeholders},
    )
