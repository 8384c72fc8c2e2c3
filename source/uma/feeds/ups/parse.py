"""Parsers for values that apcupsd and NUT write as text, and for their settings files.

An impossible value gives None: some UPSes report 255 %, 3,932,100 s or 255 °C
(home-assistant/core#79703).
"""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime

from uma.feeds import ini
from uma.feeds.moments import moment
from uma.feeds.ups.model import MAX_LOAD_PERCENT, MAX_RUNTIME_SECONDS

MAX_TEXT_CHARACTERS = 64
MAX_PORT_DIGITS = 5
MAX_VOLTS = 1000.0
MAX_HERTZ = 100.0
MAX_WATTS = 100_000.0
MIN_CELSIUS, MAX_CELSIUS = -40.0, 120.0
MAX_ROUNDED_PERCENT = 110.0
"""Charge up to which a value above 100 % is a rounding error."""

FIRST_YEAR, LAST_YEAR = 1990, 2089
"""Years of a battery: those that two digits can mean, from the first Smart-UPS on."""

_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_AMERICAN_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})")


def parse_number(text: str | None, low: float, high: float) -> float | None:
    """Return the number at the start of *text*, such as ``230.4 Volts``.

    None if there is none, or if it is outside *low* to *high*.
    """
    word = (text or "").split(maxsplit=1)[:1]
    try:
        number = float(word[0]) if word else math.nan
    except ValueError:
        return None
    return number if low <= number <= high else None


def parse_percent(text: str | None) -> float | None:
    """Return a charge from 0 to 100."""
    percent = parse_number(text, 0, MAX_ROUNDED_PERCENT)
    return None if percent is None else min(percent, 100.0)


def parse_load(text: str | None) -> float | None:
    """Return a load, which is more than 100 % for an overloaded UPS."""
    return parse_number(text, 0, MAX_LOAD_PERCENT)


def parse_seconds(text: str | None, unit_seconds: int = 1) -> int | None:
    """Return a time in seconds; *text* has it in units of *unit_seconds*."""
    number = parse_number(text, 0, MAX_RUNTIME_SECONDS / unit_seconds)
    return None if number is None else round(number * unit_seconds)


def parse_celsius(text: str | None) -> float | None:
    """Return a temperature inside a UPS: one without a sensor reports 0."""
    return parse_number(text, MIN_CELSIUS, MAX_CELSIUS) or None


def parse_volts(text: str | None) -> float | None:
    """Return a voltage."""
    return parse_number(text, 0, MAX_VOLTS)


def parse_battery_volts(text: str | None) -> float | None:
    """Return the voltage of a battery above 0: a UPS without the figure reports 0."""
    return parse_volts(text) or None


def parse_hertz(text: str | None) -> float | None:
    """Return a frequency."""
    return parse_number(text, 0, MAX_HERTZ)


def parse_watts(text: str | None) -> float | None:
    """Return a power above 0: a UPS without the figure reports 0."""
    return parse_number(text, 0, MAX_WATTS) or None


def parse_text(text: str | None) -> str | None:
    """Return printable text of at most 64 characters, None if nothing is left."""
    cleaned = " ".join("".join(each if each.isprintable() else " " for each in text or "").split())
    return None if cleaned.upper() in {"", "N/A", "UNKNOWN", "(NULL)"} else cleaned[:MAX_TEXT_CHARACTERS]


def parse_day(text: str | None) -> str | None:
    """Return ``2024-05-01`` from that, ``2024/05/01`` or ``05/01/24``; None for a year
    in which no battery was made.
    """
    stripped = (text or "").strip()
    if match := _DAY.fullmatch(stripped):
        year, month, day = map(int, match.groups())
    elif match := _AMERICAN_DAY.fullmatch(stripped):
        month, day, year = map(int, match.groups())
        if year < 100:
            year += 2000 if year + 2000 <= LAST_YEAR else 1900
    else:
        return None
    try:
        return date(year, month, day).isoformat() if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def parse_time(text: str | None) -> datetime | None:
    """Parse apcupsd's ``2026-11-29 16:15:26 +0000``."""
    try:
        return datetime.strptime((text or "").strip(), "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return None


def utc_of(text: str | None) -> str | None:
    """Return apcupsd's time as the wire has it; None if it is invalid."""
    parsed = parse_time(text)
    return None if parsed is None else moment(parsed.timestamp())


def estimated_watts(nominal: float | None, load: float | None) -> float | None:
    """Return the webGUI's estimate of the power: rated power × load.

    None for a load of 0: UPSes that can't measure their load report that, and at least
    this server draws power (networkupstools/nut#2874).
    """
    return None if nominal is None or not load else round(nominal * load / 100, 1)


def parse_settings(text: str) -> Mapping[str, str]:
    """Return the keys of a ``KEY="value"`` file, as the webGUI's plugins write them."""
    return ini.parse(text).get("", {})


def parse_directives(text: str) -> Mapping[str, str]:
    """Return the directives of an apcupsd.conf: ``NISPORT 3551``.
    The last one counts. A key may be in any case, and a comment may follow a value
    (therealbstern/apcupsd: src/lib/apcconfig.c).
    """
    words = (line.partition("#")[0].split(maxsplit=1) for line in text.splitlines())
    return {pair[0].upper(): pair[1].strip() for pair in words if len(pair) == 2}


def parse_address(text: str, default_host: str, default_port: int) -> tuple[str, int]:
    """Return host and port of ``host``, ``host:port`` or ``[ip6]:port``."""
    stripped = text.strip()
    host, separator, port = stripped.rpartition(":")
    if not separator or (":" in host and not host.endswith("]")):
        host, port = stripped, ""
    number = (
        int(port)
        if port.isascii() and port.isdigit() and len(port) <= MAX_PORT_DIGITS and int(port) < 65536
        else default_port
    )
    return host.strip("[]") or default_host, number
