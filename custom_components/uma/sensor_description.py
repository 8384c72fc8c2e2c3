"""The description of a sensor, and how its value is found in a message."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeassistant.components.sensor import SensorEntityDescription
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .entity import Data, UmaDescription

Value = StateType | datetime


@dataclass(frozen=True, kw_only=True)
class UmaSensorDescription(UmaDescription, SensorEntityDescription):
    """A sensor whose state is ``value`` of its part's data.

    A measurement that has moved less than ``least_change`` is not written again:
    a fan that trembles would fill the database.
    """

    value: Callable[[Data], Value]
    least_change: float = 0


def moment(text: Any) -> datetime | None:
    """Return the time that an RFC 3339 text names."""
    return dt_util.parse_datetime(text) if isinstance(text, str) else None


def field(name: str) -> Callable[[Data], Any]:
    """Return what gives the field *name*; None where it is missing."""
    return lambda data: data.get(name)


def nested(outer: str, name: str) -> Callable[[Data], Any]:
    """Return what gives the field *name* of the object *outer*."""
    return lambda data: (data.get(outer) or {}).get(name)


def known(value: Callable[[Data], Any]) -> Callable[[Data], bool]:
    """Return what checks that *value* gives something: there is such a sensor then."""
    return lambda data: value(data) is not None
