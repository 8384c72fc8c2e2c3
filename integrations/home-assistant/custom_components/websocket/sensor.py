"""The platform ``websocket`` of ``sensor``: each message of a WebSocket address, through a template, is a state."""

import logging
import re
from datetime import date, datetime
from math import isfinite

import homeassistant.helpers.config_validation as cv
import voluptuous as vol
from homeassistant.components.sensor import (
    CONF_STATE_CLASS,
    DEVICE_CLASSES_SCHEMA,
    PLATFORM_SCHEMA,
    STATE_CLASSES_SCHEMA,
    SensorDeviceClass,
    SensorEntity,
)
from homeassistant.components.sensor.helpers import async_parse_date_datetime
from homeassistant.const import (
    CONF_DEVICE_CLASS,
    CONF_HEADERS,
    CONF_NAME,
    CONF_RESOURCE,
    CONF_UNIQUE_ID,
    CONF_UNIT_OF_MEASUREMENT,
    CONF_VALUE_TEMPLATE,
    CONF_VERIFY_SSL,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import TemplateError
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.template import Template
from homeassistant.helpers.typing import ConfigType, DiscoveryInfoType
from homeassistant.util.logging import catch_log_exception
from yarl import URL

from .connection import Address, Connection, Message, connection_to

_LOGGER = logging.getLogger(__name__)

LONGEST_STATE = 255
"""Home Assistant's limit."""

NOT_A_NUMBER = (SensorDeviceClass.DATE, SensorDeviceClass.ENUM, SensorDeviceClass.TIMESTAMP)
NOTHING = ("", "None")
"""Text that Jinja writes for an undefined value and for JSON's null."""

# RFC 9110, 5.6.2 and 5.5.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def websocket_address(value: object) -> str:
    """Return *value* if it is the address of a WebSocket."""
    text = cv.string(value).strip()
    try:
        url = URL(text)
        port = url.port
    except ValueError as error:
        raise vol.Invalid(f"not an address: {error}") from error
    if url.scheme not in ("ws", "wss") or not url.host or port == 0:
        raise vol.Invalid("the address of a WebSocket begins with ws:// or wss:// and a host")
    return text


def header_name(value: object) -> str:
    """Return *value* if it can be the name of a header."""
    name = cv.string(value)
    if not _HEADER_NAME.fullmatch(name):
        raise vol.Invalid("not the name of an HTTP header")
    return name


def header_value(value: object) -> str:
    """Return *value* if it can be the value of a header."""
    text = cv.string(value)
    if _NOT_IN_HEADER.search(text):
        raise vol.Invalid("line breaks and control characters cannot be in an HTTP header")
    return text


def fitting_unit(config: ConfigType) -> ConfigType:
    """Return *config* if its unit is valid: Home Assistant would refuse every state
    otherwise.
    """
    if config.get(CONF_DEVICE_CLASS) in NOT_A_NUMBER and CONF_UNIT_OF_MEASUREMENT in config:
        raise vol.Invalid(f"device class {config[CONF_DEVICE_CLASS]} has no unit_of_measurement")
    return config


PLATFORM_SCHEMA = vol.All(
    PLATFORM_SCHEMA.extend(
        {
            vol.Required(CONF_RESOURCE): websocket_address,
            vol.Optional(CONF_NAME, default="WebSocket Sensor"): cv.string,
            vol.Optional(CONF_VALUE_TEMPLATE): cv.template,
            vol.Optional(CONF_UNIT_OF_MEASUREMENT): cv.string,
            vol.Optional(CONF_DEVICE_CLASS): DEVICE_CLASSES_SCHEMA,
            vol.Optional(CONF_STATE_CLASS): STATE_CLASSES_SCHEMA,
            vol.Optional(CONF_UNIQUE_ID): cv.string,
            vol.Optional(CONF_HEADERS, default={}): {header_name: header_value},
            vol.Optional(CONF_VERIFY_SSL, default=True): cv.boolean,
        }
    ),
    fitting_unit,
)


async def async_setup_platform(
    hass: HomeAssistant,
    config: ConfigType,
    async_add_entities: AddEntitiesCallback,
    discovery_info: DiscoveryInfoType | None = None,  # noqa: ARG001 - Home Assistant passes it
) -> None:
    """Add the sensor that *config* describes; a missing server shows later."""
    address = Address(config[CONF_RESOURCE], tuple(sorted(config[CONF_HEADERS].items())), config[CONF_VERIFY_SSL])
    async_add_entities([WebSocketSensor(connection_to(hass, address), config)])


class WebSocketSensor(SensorEntity):
    """Sensor whose state is the newest message through the template; unknown if that
    gives no valid state.
    """

    _attr_should_poll = False

    def __init__(self, connection: Connection, config: ConfigType) -> None:
        self._connection = connection
        self._template: Template | None = config.get(CONF_VALUE_TEMPLATE)
        self._attr_name = config[CONF_NAME]
        self._attr_unique_id = config.get(CONF_UNIQUE_ID)
        self._attr_native_unit_of_measurement = config.get(CONF_UNIT_OF_MEASUREMENT)
        self._attr_device_class = config.get(CONF_DEVICE_CLASS)
        self._attr_state_class = config.get(CONF_STATE_CLASS)
        self._attr_available = False
        self._undefined: list[str] = []
        self._complaints: set[str] = set()

    async def async_added_to_hass(self) -> None:
        """Start to listen."""
        if self._template is not None:
            self._template.hass = self.hass
        # A state that Home Assistant refuses must not affect other sensors of the
        # connection.
        self.async_on_remove(self._connection.listen(catch_log_exception(self._changed, self._refused)))
        self._attr_available = self._connection.connected
        if self._connection.newest is not None:
            self._attr_native_value = self._value(self._connection.newest)

    @callback
    def _changed(self, message: Message | None) -> None:
        """Handle a message, or a made or lost connection: the last value may no longer
        be true.
        """
        self._attr_available = self._connection.connected
        self._attr_native_value = None if message is None else self._value(message)
        self.async_write_ha_state()

    def _refused(self, _message: Message | None) -> str:
        return f"{self.entity_id}: Home Assistant does not take its state"

    def _value(self, message: Message) -> float | str | date | datetime | None:
        text = self._text(message)
        if text is None:
            return None
        if self.device_class in (SensorDeviceClass.TIMESTAMP, SensorDeviceClass.DATE):
            return async_parse_date_datetime(text, self.entity_id, self.device_class)
        if self._is_numeric() and not _is_number(text):
            self._complain("number", f"its value is not a number: {text[:80]!r}")
            return None
        if len(text) > LONGEST_STATE:
            self._complain("length", f"its value is longer than {LONGEST_STATE} characters; use a value_template")
            return None
        return text

    def _text(self, message: Message) -> str | None:
        """Render the template for *message*; None if the result is empty."""
        if self._template is None:
            return message.value.strip() or None
        self._undefined.clear()
        try:
            text = self._template.async_render(message.variables, parse_result=False, log_fn=self._note_undefined)
        except TemplateError as error:
            self._complain("template", f"its value_template fails: {error}")
            return None
        if self._undefined:
            self._complain("undefined", f"its value_template does not fit the message: {self._undefined[0]}")
        return None if text in NOTHING else text

    def _is_numeric(self) -> bool:
        """Return True if Home Assistant accepts only numbers."""
        if self.device_class is not None:
            return self.device_class not in NOT_A_NUMBER
        return self.native_unit_of_measurement is not None or self.state_class is not None

    @callback
    def _note_undefined(self, _level: int, text: str) -> None:
        self._undefined.append(text)

    def _complain(self, kind: str, text: str) -> None:
        # Once per kind: the next message comes in seconds, with the same fault.
        if kind not in self._complaints:
            self._complaints.add(kind)
            _LOGGER.warning("%s: %s", self.entity_id, text)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
