"""Names and limits."""

from logging import Logger, getLogger
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "uma"
LOGGER: Logger = getLogger(__package__)

PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SENSOR,
    Platform.SWITCH,
]

DEFAULT_PORT: Final = 34600

CONF_INTERVAL: Final = "interval"
CONF_CONTAINERS: Final = "containers"

DEFAULT_INTERVAL_SECONDS: Final = 30
"""13 figures every 5 s would be 225,000 rows a day in the recorder."""

MIN_INTERVAL_SECONDS: Final = 5
MAX_INTERVAL_SECONDS: Final = 300

MAX_CONTAINERS_PER_ACTION: Final = 100
"""The daemon takes as many in one request."""

MANUFACTURER: Final = "Lime Technology"
MODEL: Final = "Unraid server"
