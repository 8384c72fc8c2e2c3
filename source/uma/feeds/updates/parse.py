"""Unraid's files about updates as the message. Pure."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from uma.feeds.ini import parse
from uma.feeds.moments import moment
from uma.feeds.updates.model import OsUpdate, PluginUpdate, Status
from uma.feeds.updates.versions import is_newer

MAX_NAME_CHARACTERS: Final = 100
MAX_VERSION_CHARACTERS: Final = 50
LEAST_RELEASE: Final = "1.0"
GREATEST_RELEASE: Final = "999.9.9"
"""The webGUI's default for a plugin without ``min`` or ``max``."""

Attributes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """Result of a check: a plugin's attributes, and its time in Unix seconds."""

    at: float
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Plugin:
    """An installed plugin: file name, attributes, and the last check's find."""

    file_name: str
    attributes: Attributes
    found: Found | None


def parse_root(text: bytes) -> Attributes:
    """Return the attributes of a plugin file's first element; empty if it is not XML.

    Only the head is read: a plugin file holds megabytes. Its entities are resolved.
    """
    try:
        return _first_element(text)
    except (ValueError, LookupError):
        # It declares an encoding that expat does not know, such as gb2312.
        return _first_element(text.decode(errors="replace"))


def _first_element(text: bytes | str) -> Attributes:
    # Imported here, so that a server without plugins does not load it.
    import pyexpat  # noqa: PLC0415

    found: list[dict[str, str]] = []
    parser = pyexpat.ParserCreate()

    def start(_name: str, attributes: dict[str, str]) -> None:
        found.append(attributes)
        # The rest of the file is not needed.
        parser.StartElementHandler = None

    parser.StartElementHandler = start
    # Damage after the first element does no harm.
    with suppress(pyexpat.ExpatError):
        parser.Parse(text, False)
    return found[0] if found else {}


def plugin_from(plugin: Plugin, release: str | None) -> PluginUpdate:
    """Return the state of one plugin on *release*, by the rules of ShowPlugins.php."""
    installed = _version(plugin.attributes)
    newest = _version(plugin.found.attributes) if plugin.found else None
    return PluginUpdate(
        name=(plugin.attributes.get("name") or plugin.file_name.removesuffix(".plg"))[:MAX_NAME_CHARACTERS],
        installed=installed,
        available=newest,
        status=_plugin_status(plugin.found, installed, newest, release),
        checked_at=moment(plugin.found.at) if plugin.found else None,
    )


def os_from(release: str | None, result: tuple[float, str] | None, ignored: str, older: Found | None) -> OsUpdate:
    """Return the state of Unraid itself.

    Args:
        release: the running one.
        result: when /tmp/unraidcheck/result.json was written, and its text.
        ignored: the text of ignored.json beside it.
        older: the result of a check before 6.12.7.
    """
    if result is None and older is not None:
        newest = _version(older.attributes)
        return OsUpdate(release, newest, _older_status(release, newest), moment(older.at), None, None)
    answer = parse_object(result[1]) if result else {}
    newest = _text(answer.get("version"))
    status: Status = "unknown"
    if newest is not None and isinstance(answer.get("isNewer"), bool):
        # The check may have been made before the last update.
        status = "available" if answer["isNewer"] and newest != release else "up_to_date"
    return OsUpdate(
        installed=release,
        available=newest,
        status=status,
        checked_at=moment(result[0]) if result and newest is not None else None,
        eligible=eligible if isinstance(eligible := answer.get("isEligible"), bool) else None,
        ignored=None if newest is None else newest in _ignored_releases(ignored),
    )


def parse_release(text: str) -> str | None:
    """Return the release in the text of /etc/unraid-version."""
    return _text(parse(text).get("", {}).get("version"))


def parse_object(text: str) -> Mapping[str, Any]:
    """Return a JSON object; an empty one for anything else, such as half a file."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def containers_available(words: Iterable[str | None]) -> int | None:
    """Return the number of containers with an update; None if no update state
    is known.
    """
    known = [word for word in words if word in {"up_to_date", "available"}]
    return known.count("available") if known else None


def _plugin_status(found: Found | None, installed: str | None, newest: str | None, release: str | None) -> Status:
    if found is None or installed is None or newest is None:
        return "unknown"
    # Compared like strcmp: plugins' versions are dates, perhaps with a letter.
    if newest.encode() <= installed.encode():
        return "up_to_date"
    least = found.attributes.get("min") or LEAST_RELEASE
    greatest = found.attributes.get("max") or GREATEST_RELEASE
    if release is not None and (is_newer(least, release) or is_newer(release, greatest)):
        return "incompatible"
    return "available"


def _older_status(release: str | None, newest: str | None) -> Status:
    if release is None or newest is None:
        return "unknown"
    return "available" if is_newer(newest, release) else "up_to_date"


def _ignored_releases(text: str) -> list[Any]:
    releases = parse_object(text).get("updateOsIgnoredReleases")
    return releases if isinstance(releases, list) else []


def _version(attributes: Attributes) -> str | None:
    return _text(attributes.get("version"))


def _text(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    # JSON may spell half a surrogate pair, which no UTF-8 frame can carry.
    return value[:MAX_VERSION_CHARACTERS].encode(errors="replace").decode()
