"""Descriptions of Home Assistant entities, which MQTT discovery announces.

A template computes the entity's state from one frame of the feed. For null it gives
``none``, which Home Assistant shows as unknown. It never fails, which would fill Home
Assistant's log. ``value_json`` is the frame, so a message's fields are at
``value_json.data``.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from uma.feeds.feed.fields import Rule

Component = Literal["sensor", "binary_sensor", "event"]
Options = Mapping[str, Any]

MESSAGE: Final = "value_json.data"
"""The expression for the whole message."""

OTHER: Final = "other"
"""Replacement for a word that was not announced: Home Assistant accepts no other."""

MEASUREMENT: Final[Options] = {"state_class": "measurement"}
IN_PERCENT: Final[Options] = {**MEASUREMENT, "unit_of_measurement": "%", "suggested_display_precision": 1}
IN_CELSIUS: Final[Options] = {**MEASUREMENT, "device_class": "temperature", "unit_of_measurement": "°C"}
IN_GIBIBYTES: Final[Options] = {**MEASUREMENT, "device_class": "data_size", "unit_of_measurement": "GiB"}
IN_MEGABYTES_PER_SECOND: Final[Options] = {
    **MEASUREMENT,
    "device_class": "data_rate",
    "unit_of_measurement": "MB/s",
}
IN_WATTS: Final[Options] = {**MEASUREMENT, "device_class": "power", "unit_of_measurement": "W"}
IN_VOLTS: Final[Options] = {**MEASUREMENT, "device_class": "voltage", "unit_of_measurement": "V"}
IN_HERTZ: Final[Options] = {**MEASUREMENT, "device_class": "frequency", "unit_of_measurement": "Hz"}
IN_MINUTES: Final[Options] = {**MEASUREMENT, "device_class": "duration", "unit_of_measurement": "min"}
IN_RPM: Final[Options] = {**MEASUREMENT, "unit_of_measurement": "rpm"}
A_PROBLEM: Final[Options] = {"device_class": "problem"}
A_TIME: Final[Options] = {"device_class": "timestamp"}


@dataclass(frozen=True, slots=True)
class Device:
    """A part of the server that is a device of its own: one disk, container or UPS.

    ``key`` is stable across restarts and reboots and has ``[a-z0-9_-]`` only.
    """

    key: str
    name: str
    model: str | None = None
    manufacturer: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity. ``key`` is unique on this server, ``[a-z0-9_-]``, and never changes.

    ``options`` are Home Assistant's. Without a device the entity belongs to the server
    itself.
    """

    component: Component
    key: str
    name: str
    template: str
    options: Options = field(default_factory=dict)
    device: Device | None = None


def sensor(  # noqa: PLR0917 - key, name, template and options read as a table's columns
    key: str,
    name: str,
    template: str,
    options: Options = MEASUREMENT,
    icon: str | None = None,
    device: Device | None = None,
) -> Entity:
    """Describe a sensor; *template* is from a function below, or Jinja of your own."""
    return Entity("sensor", key, name, template, {**options, **({"icon": icon} if icon else {})}, device)


def word_sensor(key: str, name: str, expression: str, rule: Rule, icon: str | None = None) -> Entity:
    """Describe a sensor that shows one word of *rule* (Words or KnownWords)."""
    words = words_of(rule)
    return sensor(key, name, one_word(expression, words, otherwise=OTHER), as_words(words), icon)


def problem(key: str, name: str, expression: str, *, ok: Iterable[str], device: Device | None = None) -> Entity:
    """Describe a binary sensor that is on unless *expression* is one of the
    words *ok*.
    """
    return Entity("binary_sensor", key, name, not_one_of(expression, ok), A_PROBLEM, device)


def event(key: str, name: str, template: str, types: Iterable[str], icon: str | None = None) -> Entity:
    """Describe an event entity; *template* gives JSON with an
    ``event_type`` of *types*.
    """
    return Entity("event", key, name, template, {"event_types": list(types), **({"icon": icon} if icon else {})})


def path(field_path: str) -> str:
    """Return the expression for a field of the message: ``battery.volts``."""
    return f"{MESSAGE}.{field_path}"


def in_list(list_path: str, key: str, value: str, attribute: str) -> str:
    """Return the expression for *attribute* of the list item whose *key* is *value*."""
    found = f"{path(list_path)} | selectattr('{key}', 'eq', {json.dumps(value)}) | map(attribute='{attribute}')"
    return f"({found} | first | default(none))"


def show(expression: str) -> str:
    """Return a template that shows *expression* unchanged."""
    return f"{{{{ {expression} }}}}"


def scaled(expression: str, divisor: int, digits: int) -> str:
    """Return a template for a number in a larger unit; none without a number."""
    rounded = f"round({digits})" if digits else "round | int"
    return f"{{% set number = {expression} %}}{{{{ (number / {divisor}) | {rounded} if number is number else none }}}}"


def one_word(expression: str, words: Iterable[str], *, otherwise: str) -> str:
    """Return a template that shows one of *words*, or *otherwise* for any other."""
    return f"{{% set word = {expression} %}}{{{{ word if word in {list(words)} else '{otherwise}' }}}}"


def not_one_of(expression: str, words: Iterable[str]) -> str:
    """Return a template that is OFF for *words*, ON for other text,
    none without any.
    """
    return (
        f"{{% set word = {expression} %}}"
        f"{{{{ none if word is not string else 'OFF' if word in {list(words)} else 'ON' }}}}"
    )


def as_words(words: Iterable[str]) -> Options:
    """Return the options of a sensor that shows one of *words*."""
    return {"device_class": "enum", "options": list(words)}


def words_of(rule: Rule) -> list[str]:
    """Return the words of *rule*, and ``other`` if it lets unknown ones through."""
    return [*rule.words, OTHER] if rule.is_open else list(rule.words)
