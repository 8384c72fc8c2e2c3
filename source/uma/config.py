"""The settings: the text of uma.cfg, the environment and the command line become one Config and a list of problems.

A problem costs its setting and nothing else, so nothing here raises. Keys, ranges and defaults are the wire contract's
(section 7). A value is never evaluated by a shell, nor quoted back where it may be a secret.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

LARGEST_FILE = 65536
"""Bytes of a uma.cfg that are looked at: 100 times what the settings page writes."""

MOST_PROBLEMS = 100
"""Problems listed of one text; a file of noise has one in every line."""

OTHER_VARIABLES = frozenset({"UMA_CONFIG", "UMA_ROOT", "UMA_DOCKER_SOCKET", "UMA_LOG_FORMAT"})
"""Environment variables that stand for flags of the command line without being settings."""

# The webGUI writes KEY="value"; PHP and shells, which read the file too, also take a bare or single-quoted value.
_LINE = re.compile(
    r"""\s* (?P<key>[A-Za-z_][A-Za-z0-9_]*) \s*=\s*
        (?: "(?P<double>[^"]*)" | '(?P<single>[^']*)' | (?P<bare>[^\s"'\#;]*) ) \s* (?:[#;].*)?""",
    re.VERBOSE,
)
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_HOST_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})")
_TOPIC = re.compile(r"(?=.{1,64}$)[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_ORIGIN = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?(?:\[[0-9A-Fa-f:.]+\]|[^\s\[\]@:/?#\\%*]+)(?::[0-9]{1,5})?/?")


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, named as its key in uma.cfg. Intervals are seconds; ``token_sha256`` is empty for no token.

    ``mqtt_host`` is empty for no broker, ``mqtt_ca_file`` for the system's own authorities, ``mqtt_user`` for none.
    """

    service: Literal["enable", "disable"] = "enable"
    bind: str = "0.0.0.0"  # noqa: S104 - the LAN is who it serves (wire contract, section 5)
    port: int = 34600
    system_stats: bool = True
    docker_events: bool = True
    storage_status: bool = True
    stats_interval: int = 5
    storage_interval: int = 30
    max_connections: int = 100
    exec_events: bool = False
    smart: Literal["cached", "query", "off"] = "cached"
    metrics: bool = True
    webgui: bool = True
    allowed_origins: tuple[str, ...] = ()
    token_sha256: str = ""
    control: bool = False
    mqtt_host: str = ""
    mqtt_port: int = 1883
    mqtt_tls: bool = False
    mqtt_ca_file: str = ""
    mqtt_user: str = ""
    mqtt_prefix: str = "uma"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one setting and what stands instead; ``str()`` is the whole sentence.

    ``line`` counts from 1, 0 for none; ``key`` is empty for a line without one; ``source`` is a file's name,
    ``environment`` or ``command line``. What is no error is merely unknown: another version may know it.
    """

    line: int
    key: str
    message: str
    source: str = ""
    is_error: bool = True

    def __str__(self) -> str:
        """For a log or a terminal: ``uma.cfg, line 3: PORT: …``."""
        place = f"{self.source}, line {self.line}" if self.line else self.source
        return ": ".join(part for part in (place, self.key, self.message) if part)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a setting may hold: in *words* for a person, and as a function of its text that says None to all else."""

    words: str
    value_of: Callable[[str], object | None]
    is_secret: bool = False


def _one_of(*words: str) -> Rule:
    return Rule(f"{', '.join(words[:-1])} or {words[-1]}", {word: word for word in words}.get)


def _number(low: int, high: int) -> Rule:
    def value_of(text: str) -> int | None:
        number = int(text) if _WHOLE_NUMBER.fullmatch(text) else None
        return number if number is not None and low <= number <= high else None

    return Rule(f"a whole number from {low} to {high}", value_of)


def _address_of(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _origins_of(text: str) -> tuple[str, ...] | None:
    entries = tuple(text.split())
    return entries if all(_ORIGIN.fullmatch(entry) for entry in entries) else None


def _sha256_of(text: str) -> str | None:
    return text.lower() if not text or _SHA256.fullmatch(text) else None


def _broker_of(text: str) -> str | None:
    return text if not text or _HOST_NAME.fullmatch(text) else _address_of(text)


def _path_of(text: str) -> str | None:
    return text if not text or (text.startswith("/") and text.isprintable()) else None


_YES_OR_NO = Rule("yes or no", {"yes": True, "no": False}.get)

RULES: Mapping[str, Rule] = {
    "SERVICE": _one_of("enable", "disable"),
    "BIND": Rule("an IP address", _address_of),
    "PORT": _number(1, 65535),
    "SYSTEM_STATS": _YES_OR_NO,
    "DOCKER_EVENTS": _YES_OR_NO,
    "STORAGE_STATUS": _YES_OR_NO,
    "STATS_INTERVAL": _number(1, 3600),
    "STORAGE_INTERVAL": _number(5, 3600),
    "MAX_CONNECTIONS": _number(1, 1000),
    "EXEC_EVENTS": _YES_OR_NO,
    "SMART": _one_of("cached", "query", "off"),
    "METRICS": _YES_OR_NO,
    "WEBGUI": _YES_OR_NO,
    "ALLOWED_ORIGINS": Rule("a list of host names or scheme://host, with blanks between", _origins_of),
    "TOKEN_SHA256": Rule("a SHA-256 in 64 hexadecimal digits", _sha256_of, is_secret=True),
    "CONTROL": _YES_OR_NO,
    "MQTT_HOST": Rule("a host name or an IP address", _broker_of),
    "MQTT_PORT": _number(1, 65535),
    "MQTT_TLS": _YES_OR_NO,
    "MQTT_CA_FILE": Rule("the whole path of a file", _path_of),
    "MQTT_USER": Rule(
        "a name of printable characters", lambda text: text if text.isprintable() else None, is_secret=True
    ),
    "MQTT_PREFIX": Rule(
        "letters, digits and _.-, with / between levels", lambda text: text if _TOPIC.fullmatch(text) else None
    ),
    "LOG_LEVEL": _one_of("debug", "info", "warning", "error"),
}
"""What each key of uma.cfg may hold; the keys are Config's names in capitals, in the same order."""

_DEFAULTS = Config()


def read_config(path: Path) -> tuple[Config, list[Problem]]:
    """The settings in *path*. A missing file is normal (nothing was ever saved); an unreadable one is a problem."""
    fault = f"is over {LARGEST_FILE} bytes"
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) <= LARGEST_FILE:
            return parse_config(content.decode(errors="replace"), source=str(path))
    except FileNotFoundError:
        return _DEFAULTS, []
    except OSError as error:
        fault = f"can't be read ({error.strerror or error})"
    return _DEFAULTS, [Problem(0, "", f"{fault}; the defaults stand", str(path))]


def parse_config(text: str, *, source: str) -> tuple[Config, list[Problem]]:
    """The settings in *text*, the content of a uma.cfg; *source* is its name in problems. Never raises.

    Of a key given twice the last one counts, as it does for the webGUI's own reader. A value that may not be costs its
    key's default, which then stands. At most ``MOST_PROBLEMS`` problems are listed.
    """
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            problems.append(Problem(number, "", 'is not of the form KEY="value"; it is left out', source))
            continue
        key = match["key"]
        if key in lines:
            problems.append(
                Problem(number, _shown(key), f"is set in line {lines[key]} already; this line counts", source)
            )
        lines[key] = number
        values.pop(key, None)
        rule = RULES.get(key)
        if rule is None:
            problems.append(_unknown(source, number, key))
            continue
        raw = (match["double"] or match["single"] or match["bare"] or "").strip()
        value = rule.value_of(raw)
        if value is None:
            stands = _text_of(getattr(_DEFAULTS, key.lower()))
            problems.append(Problem(number, key, f"{_fault(rule, raw)}; the default stands: {stands}", source))
        else:
            values[key] = value
    return _with_values(_DEFAULTS, values), _bounded(source, problems)


def with_overrides(
    config: Config, environment: Mapping[str, str], flags: Mapping[str, str]
) -> tuple[Config, list[Problem]]:
    """*config* with what *environment* (``UMA_PORT``, …) and, over it, *flags* (``port``, …: Config's names) say.

    A value that may not be leaves what stood before. Port 0, any free one, is for tests and only to be had here.
    Variables that do not begin with ``UMA_`` are none of ours; an unknown one that does is a problem, no error.
    """
    problems: list[Problem] = []
    variables = {name: text for name, text in environment.items() if name.startswith("UMA_")}
    for source, prefix, texts in (("environment", "UMA_", variables), ("command line", "", flags)):
        values: dict[str, Any] = {}
        for name, text in texts.items():
            if name in OTHER_VARIABLES:
                continue
            key = name.removeprefix(prefix).upper()
            rule = RULES.get(key)
            if rule is None:
                problems.append(_unknown(source, 0, name))
                continue
            value = 0 if (key, text.strip()) == ("PORT", "0") else rule.value_of(text.strip())
            if value is None:
                stands = _text_of(getattr(config, key.lower()))
                shown = name if prefix else f"--{name.replace('_', '-')}"
                problems.append(Problem(0, shown, f"{_fault(rule, text)}; it stays {stands}", source))
            else:
                values[key] = value
        config = _with_values(config, values)
    return config, problems


def conflicts(config: Config, *, source: str) -> list[Problem]:
    """Settings of *config*, each right by itself, that don't do what they say because of another one."""
    if config.control and not config.token_sha256:
        return [Problem(0, "CONTROL", "yes needs a token, and TOKEN_SHA256 is empty; control stays off", source)]
    return []


def _with_values(config: Config, values: Mapping[str, Any]) -> Config:
    return replace(config, **{key.lower(): value for key, value in values.items()})


def _unknown(source: str, line: int, key: str) -> Problem:
    return Problem(line, _shown(key), "is unknown to this version; it is left out", source, is_error=False)


def _fault(rule: Rule, text: str) -> str:
    if not text:
        return f"is empty, where {rule.words} is wanted"
    return f"is not {rule.words}" if rule.is_secret else f'"{_shown(text)}" is not {rule.words}'


def _shown(text: str) -> str:
    # What a file holds may be anything, and ends in a log or on a terminal.
    start = text if len(text) <= 40 else text[:40] + "…"
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in start)


def _text_of(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " ".join(value) or "empty"
    return str(value) or "empty"


def _bounded(source: str, problems: list[Problem]) -> list[Problem]:
    left_out = len(problems) - MOST_PROBLEMS
    if left_out <= 0:
        return problems
    return [*problems[:MOST_PROBLEMS], Problem(0, "", f"{left_out} more problems are not listed", source)]
