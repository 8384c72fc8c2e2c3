"""Values of all settings, their problems, and the settings that fail closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from uma.core_settings import CORE_KEYS
from uma.settings import AnySetting, Choice, Setting

NOBODY = "0" * 64
"""A hash that no token has, in force if a token is wanted and its hash can't
be read.
"""

LOOPBACK = "127.0.0.1"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, named like its key in uma.cfg. Intervals are in seconds;
    ``token_sha256`` is empty without a token.

    ``bind`` has IP addresses separated by blanks, or is EVERYWHERE. ``mqtt_host`` is
    empty for no broker, ``mqtt_ca_file`` for the system's own authorities,
    ``mqtt_user`` for none. ``feeds`` holds feeds' settings by key unless they have
    their defaults; ``of`` returns any setting.
    """

    service: Literal["enable", "disable"] = "enable"
    bind: str = "0.0.0.0"  # noqa: S104 - it serves the LAN (docs/security.md)
    port: int = 34600
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    fence_calls: bool = True
    fence_files: bool = True
    fence_rights: bool = True
    fence_user: bool = True
    webgui: bool = True
    control: bool = False
    metrics: bool = True
    max_connections: int = 100
    allowed_origins: tuple[str, ...] = ()
    tls_certificate: str = ""
    tls_key: str = ""
    announce: bool = True
    heartbeat_url: str = ""
    token_sha256: str = ""
    mqtt_host: str = ""
    mqtt_port: int = 1883
    mqtt_tls: bool = False
    mqtt_ca_file: str = ""
    mqtt_user: str = ""
    mqtt_prefix: str = "uma"
    mqtt_feeds: tuple[str, ...] = ("summary", "stats", "storage", "events")
    mqtt_discovery: bool = True
    mqtt_discovery_prefix: str = "homeassistant"
    feeds: Mapping[str, Any] = field(default_factory=dict)

    def of(self, setting: Setting[T]) -> T:
        """Return the value of any setting, the daemon's or a feed's."""
        value: T = (
            getattr(self, setting.key.lower())
            if setting.key in CORE_KEYS
            else self.feeds.get(setting.key, setting.default)
        )
        return setting.default if self.lacks_token(setting) else value

    def lacks_token(self, setting: AnySetting) -> bool:
        """Return whether *setting* has no effect because no token is set."""
        needs_token = isinstance(setting, Choice) and self.feeds.get(setting.key) in setting.needs_token
        return needs_token and not self.token_sha256


@dataclass(frozen=True, slots=True)
class Problem:
    """Problem with one setting and the value used instead; ``str()`` is the whole
    sentence.

    ``line`` counts from 1, and is 0 without one; ``key`` is empty for a line without
    one; ``source`` is a file's name, ``environment`` or ``command line``. A key that is
    only unknown is not an error: another version may know it. ``is_damage``: the whole
    file can't be read. ``is_closed``: access is denied until it is corrected.
    """

    line: int
    key: str
    message: str
    source: str = ""
    is_error: bool = True
    is_damage: bool = False
    is_closed: bool = False

    def __str__(self) -> str:
        """Return it for a log or a terminal: ``uma.cfg, line 3: PORT: …``."""
        place = f"{self.source}, line {self.line}" if self.line else self.source
        return ": ".join(part for part in (place, self.key, self.message) if part)


@dataclass(frozen=True, slots=True)
class Guard:
    """Fallback for an invalid security setting: *values* of Config,
    described by *words*.
    """

    words: str
    values: Mapping[str, Any]


_NO_PORT = Guard("no port is opened until it is corrected", {"tls_certificate": "/dev/null", "tls_key": "/dev/null"})
_NO_BROKER = Guard("nothing is published to a broker", {"mqtt_host": "", "mqtt_user": ""})

GUARDS: Mapping[str, Guard] = {
    "BIND": Guard(f"UMA listens at {LOOPBACK} only", {"bind": LOOPBACK}),
    "TOKEN_SHA256": Guard("nobody can read UMA until it is corrected", {"token_sha256": NOBODY}),
    "TLS_CERTIFICATE": _NO_PORT,
    "TLS_KEY": _NO_PORT,
    "MQTT_TLS": _NO_BROKER,
    "MQTT_CA_FILE": _NO_BROKER,
}
"""The settings that fail closed, by key."""
