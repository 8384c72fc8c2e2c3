"""The description of a sensor, and functions that find its value in a message."""

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

    A change smaller than ``least_change`` is not written: a fan whose speed fluctuates
    would fill the database.
    """

    value: Callable[[Data], Value]
    least_change: float = 0


def moment(text: Any) -> datetime | None:
    """Return the time in an RFC 3339 text."""
    return dt_util.parse_datetime(text) if isinstance(text, str) else None


def field(name: str) -> Callable[[Data], Any]:
    """Return a function for the field *name*; its result is None if it is missing."""
    return lambda data: data.get(name)


def nested(outer: str, name: str) -> Callable[[Data], Any]:
    """Return a function for the field *name* of the object *outer*."""
    return lambda data: (data.get(outer) or {}).get(name)


def known(value: Callable[[Data], Any]) -> Callable[[Data], bool]:
    """Return a function that checks if *value* has a result: then the sensor exists."""
    return lambda data: value(data) is not None
