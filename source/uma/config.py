"""The settings: the text of uma.cfg, the environment and the command line become one
Config and a list of problems.

An invalid setting falls back to its default; nothing here raises. Keys, ranges and
defaults are in the wire contract (section 7). No shell evaluates a value, and a value
that may be secret is never quoted.

Security settings fail closed: an invalid one must not open what the user had closed
(``GUARDS``).
"""

import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from uma.core_settings import CORE, CORE_KEYS
from uma.settings import AnySetting, Choice, Setting
from uma.spelling import closest

LARGEST_FILE = 65536
"""Bytes of a uma.cfg that are parsed: 100 times the settings page's output."""

MOST_PROBLEMS = 100
"""Problems listed of one text; a damaged file has one in every line."""

OTHER_VARIABLES = frozenset(
    {"UMA_CONFIG", "UMA_ROOT", "UMA_DOCKER_SOCKET", "UMA_LOG_FORMAT", "UMA_SERVER", "UMA_SUPERVISED", "UMA_TOKEN"}
)
"""Environment variables that are not settings: flags, and variables of clients."""

TOKEN_FILE = "token-sha256"  # noqa: S105 - a name, not a secret
"""Name of the file beside uma.cfg with the token's hash; it overrides TOKEN_SHA256."""

MAX_TOKEN_FILE_BYTES = 4096

NOBODY = "0" * 64
"""A hash that no token has, in force if a token is wanted and its hash can't
be read.
"""

LOOPBACK = "127.0.0.1"


_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")

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
    bind: str = "0.0.0.0"  # noqa: S104 - the LAN is who it serves (wire contract, section 5)
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

_DEFAULTS = Config()


def read_config(path: Path, settings: Sequence[AnySetting] = CORE) -> tuple[Config, list[Problem]]:
    """Read the values in *path* of *settings*, the daemon's and the feeds', and the
    token's hash beside it. Blocks.

    A missing file is normal: the user never saved settings. An unreadable file, or an
    empty one as after a power cut, is a problem; UMA then listens on loopback only.
    """
    config, problems = _read_file(path, settings)
    token, problem = read_token(path.with_name(TOKEN_FILE))
    if token is not None:
        config = replace(config, token_sha256=token)
    return config, problems if problem is None else [*problems, problem]


def kept(before: Config, damaged: Config) -> Config:
    """Return the settings *before* the file was *damaged*, with the token that was set
    since in its own file.
    """
    return replace(before, token_sha256=damaged.token_sha256 or before.token_sha256)


def read_token(path: Path) -> tuple[str | None, Problem | None]:
    """Read the token's hash at *path*; None without a file, NOBODY if the file has no
    hash.
    """
    guard = GUARDS["TOKEN_SHA256"]
    fault = "holds no SHA-256"
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                text = file.read(MAX_TOKEN_FILE_BYTES).decode(errors="replace").strip()
                if _SHA256.fullmatch(text):
                    return text.lower(), None
    except FileNotFoundError:
        return None, None
    except OSError as error:
        fault = f"can't be read ({error.strerror or error})"
    return NOBODY, Problem(0, "", f"{fault}; {guard.words}", str(path), is_closed=True)


def _read_file(path: Path, settings: Sequence[AnySetting]) -> tuple[Config, list[Problem]]:
    fault, content = "", b"?"
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            content = file.read(LARGEST_FILE + 1) if is_file else content
        if not is_file:
            fault = "is not a file"
        elif not content:
            fault = "is empty"
        elif len(content) > LARGEST_FILE:
            fault = f"is over {LARGEST_FILE} bytes"
        elif b"\0" in content:
            fault = "is damaged: it holds zeros"
    except FileNotFoundError:
        return _DEFAULTS, []
    except OSError as error:
        fault = f"can't be read ({error.strerror or error})"
    if fault:
        words = f"{fault}; keeping the settings in force, at a start the defaults at {LOOPBACK} only"
        closed = replace(_DEFAULTS, bind=LOOPBACK)
        # No alarm for an empty file: it may have been created just now.
        return closed, [Problem(0, "", words, str(path), is_damage=True, is_closed=bool(content))]
    return parse_config(content.decode(errors="replace"), settings, source=str(path))


def _open_at_once(path: str, flags: int) -> int:
    """Open *path*; a FIFO in its place must not block."""
    return os.open(path, flags | os.O_NONBLOCK)


def parse_config(text: str, settings: Sequence[AnySetting] = CORE, *, source: str) -> tuple[Config, list[Problem]]:
    """Parse the values of *settings* in *text*, the content of a uma.cfg; *source* is
    its name in problems. Never raises.

    If a key occurs twice, the last one counts, as in the webGUI. An invalid value falls
    back to the key's default, or to its entry in GUARDS. At most ``MOST_PROBLEMS``
    problems are listed.
    """
    known = {setting.key: setting for setting in settings}
    values: dict[str, Any] = {}
    closed: dict[str, Guard] = {}
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        pair = _pair_of(line)
        if pair is None:
            key = _key_of(line)
            guard = GUARDS.get(key)
            words = "ignored" if guard is None else guard.words
            if guard is not None:
                closed[key] = guard
            shown = "" if guard is None else key
            message = f'is not of the form KEY="value"; {words}'
            problems.append(Problem(number, shown, message, source, is_closed=guard is not None))
            continue
        key, raw = pair
        if key in lines:
            problems.append(
                Problem(number, _shown(key), f"is set in line {lines[key]} already; this line counts", source)
            )
        lines[key] = number
        values.pop(key, None)
        closed.pop(key, None)
        setting = known.get(key)
        if setting is None:
            problems.append(_unknown(source, number, key, known))
            continue
        value = setting.value_of(raw)
        if value is not None:
            values[key] = value
            continue
        guard = GUARDS.get(key)
        if guard is not None:
            closed[key] = guard
        effect = f"using the default, {_shown_value(setting, setting.default)}" if guard is None else guard.words
        problems.append(Problem(number, key, f"{_fault(setting, raw)}; {effect}", source, is_closed=guard is not None))
    return _closed(_with_values(_DEFAULTS, values, known), closed.values()), _bounded(source, problems)


def _pair_of(line: str) -> tuple[str, str] | None:
    """Split *line* into key and value; return None if it is not an assignment.

    The webGUI writes KEY="value"; PHP and shells also accept a bare or single-quoted
    value. No regular expression is used: one for all forms took quadratic time.
    """
    name, equals, rest = line.partition("=")
    key, rest = name.strip(), rest.strip()
    if not equals or not _KEY.fullmatch(key):
        return None
    if rest[:1] in ('"', "'"):
        value, quote, tail = rest[1:].partition(rest[0])
        tail = tail.lstrip()
        return (key, value.strip()) if quote and tail[:1] in ("", "#", ";") else None
    end = min((at for mark in "#;" if (at := rest.find(mark)) >= 0), default=len(rest))
    value = rest[:end].rstrip()
    if not value and key in GUARDS:
        # The webGUI writes quotes, so the file was cut here: not a wish for no value.
        return None
    return None if len(value.split()) > 1 or "'" in value or '"' in value else (key, value)


def _key_of(line: str) -> str:
    """Guess the key of a broken *line*."""
    return (line.replace("=", " ").split(None, 1) or [""])[0]


def _closed(config: Config, guards: Iterable[Guard]) -> Config:
    for guard in guards:
        config = replace(config, **guard.values)
    return config


def with_overrides(
    config: Config,
    environment: Mapping[str, str],
    flags: Mapping[str, str],
    settings: Sequence[AnySetting] = CORE,
) -> tuple[Config, list[Problem]]:
    """Apply *environment* (``UMA_PORT``, …), then *flags* (``port``, …: Config's
    names), to *config*.

    An invalid value leaves the setting unchanged. Port 0, any free one, is for tests
    and accepted only here. Variables without ``UMA_`` are ignored; an unknown one with
    it is a problem, but not an error.
    """
    known = {setting.key: setting for setting in settings}
    problems: list[Problem] = []
    variables = {name: text for name, text in environment.items() if name.startswith("UMA_")}
    for source, prefix, texts in (("environment", "UMA_", variables), ("command line", "", flags)):
        values: dict[str, Any] = {}
        closed: list[Guard] = []
        for name, text in texts.items():
            if name in OTHER_VARIABLES:
                continue
            key = name.removeprefix(prefix).upper()
            setting = known.get(key)
            if setting is None:
                problems.append(_unknown(source, 0, name, known, prefix))
                continue
            value = 0 if (key, text.strip()) == ("PORT", "0") else setting.value_of(text.strip())
            if value is None:
                guard = GUARDS.get(key)
                effect = f"it stays {_shown_value(setting, config.of(setting))}" if guard is None else guard.words
                shown = name if prefix else f"--{name.replace('_', '-')}"
                message = f"{_fault(setting, text)}; {effect}"
                problems.append(Problem(0, shown, message, source, is_closed=guard is not None))
                if guard is not None:
                    closed.append(guard)
            else:
                values[key] = value
        config = _closed(_with_values(config, values, known), closed)
    return config, problems


def conflicts(config: Config, settings: Iterable[AnySetting], *, source: str) -> list[Problem]:
    """Return problems of *settings* that are valid by themselves, but have no effect
    because of another one.
    """
    problems = [
        Problem(
            0,
            setting.key,
            f"{config.feeds[setting.key]} needs a token, and TOKEN_SHA256 is empty; using {setting.default}",
            source,
        )
        for setting in settings
        if config.lacks_token(setting)
    ]
    if config.control and not config.token_sha256:
        problems.append(
            Problem(0, "CONTROL", "yes needs a token, and TOKEN_SHA256 is empty; control stays off", source)
        )
    if config.mqtt_user and not config.mqtt_host:
        problems.append(Problem(0, "MQTT_USER", "needs MQTT_HOST, which is empty; nothing is published", source))
    return problems


def read_missing(config: Config, root: Path, *, source: str) -> list[Problem]:
    """Read whether the files named in *config* exist below *root*; return a problem for
    each missing one. Blocks.
    """
    path = root / config.mqtt_ca_file.lstrip("/")
    if not config.mqtt_ca_file or path.is_file():
        return []
    return [Problem(0, "MQTT_CA_FILE", f"{path} is not a file; nothing is published", source)]


def _with_values(config: Config, values: Mapping[str, Any], known: Mapping[str, AnySetting]) -> Config:
    own = {key.lower(): value for key, value in values.items() if key in CORE_KEYS}
    feeds = {**config.feeds, **{key: value for key, value in values.items() if key not in CORE_KEYS}}
    return replace(config, **own, feeds={key: value for key, value in feeds.items() if value != known[key].default})


def _unknown(source: str, line: int, key: str, known: Iterable[str], prefix: str = "") -> Problem:
    meant = closest(key.removeprefix(prefix).upper(), known)
    hint = f"; did you mean {prefix}{meant}?" if meant else ""
    return Problem(line, _shown(key), f"is unknown to this version and ignored{hint}", source, is_error=False)


def _fault(setting: AnySetting, text: str) -> str:
    if not text:
        return f"is empty, where {setting.rule} is wanted"
    # A user may have typed a login into the broker's address: user:password@host.
    is_secret = setting.is_secret or setting.key.startswith("MQTT_") or "@" in text
    return f"is not {setting.rule}" if is_secret else f'"{_shown(text)}" is not {setting.rule}'


def _shown(text: str) -> str:
    # A file's content may be anything, and ends up in a log or on a terminal.
    start = text if len(text) <= 40 else text[:40] + "…"
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in start)


def _shown_value(setting: Setting[T], value: T) -> str:
    return setting.text_of(value) or "empty"


def _bounded(source: str, problems: list[Problem]) -> list[Problem]:
    left_out = len(problems) - MOST_PROBLEMS
    if left_out <= 0:
        return problems
    return [*problems[:MOST_PROBLEMS], Problem(0, "", f"{left_out} more problems are not listed", source)]
