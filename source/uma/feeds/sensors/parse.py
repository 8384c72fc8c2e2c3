"""Names and texts of sensor chips, and the user's sensors.conf.

Facts: lm-sensors' lib/sysfs.c for the names and sensors.conf(5) for the file; the
kernel's Documentation/hwmon/sysfs-interface for attributes. Dynamix System Temp writes
the file.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

MAX_LABEL_CHARACTERS = 48
MAX_CONF_LINES = 2000
MAX_CONF_LINE_CHARACTERS = 512
"""Characters of a line: shlex takes quadratic time, a minute for half a megabyte."""
MAX_PATTERN_CHARACTERS = 64
MAX_PATTERN_STARS = 4
MIN_CELSIUS, MAX_CELSIUS = -40.0, 125.0
MAX_CRITICAL_CELSIUS = 150.0
MAX_RPM = 30_000.0

KINDS = {"temp": ("temperature", "celsius"), "fan": ("fan", "rpm"), "in": ("voltage", "volts")}
"""Kind and unit by a channel's first letters, in the order of listing."""

ROLES = {"cpu temp": "cpu", "mb temp": "motherboard", "array fan": "array_fan"}
"""Labels by which Dynamix System Temp marks the values in the webGUI's footer."""

CPU_CHIPS = frozenset({"coretemp", "k10temp", "k8temp", "zenpower", "via_cputemp"})
_PACKAGE = re.compile(r"Package id \d+|Tdie|Tctl")
_CORE = re.compile(r"Core \d+")

_UNCONNECTED = re.compile(r"(CPUTIN|AUXTIN|PCH_).*")
"""Channels of Nuvoton's chips that boards leave unconnected
(groeck/nct6775#46, lm-sensors#144).
"""

_CHANNEL = re.compile(r"(temp|fan|in)(\d{1,3})_input")
_I2C = re.compile(r"(\d+)-([0-9a-f]{4})")
_PCI = re.compile(r"([0-9a-f]{4,8}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])")
_SPI = re.compile(r"spi(\d+)\.(\d+)")
_PLATFORM = re.compile(r"[a-z0-9_]+\.(\d{1,9})")
_MDIO = re.compile(r"[^:]+:(\d{1,9})")
_HID = re.compile(r"([0-9A-Fa-f]{4}):[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}\.([0-9A-Fa-f]{4})")


@dataclass(frozen=True, slots=True)
class Choices:
    """User settings for one chip: labels by channel, and channels to ignore."""

    labels: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    computed: frozenset[str] = frozenset()
    """Channels with a formula, which is not evaluated here."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of sensors.conf, with the chips it applies to."""

    patterns: Sequence[str]
    verb: str
    channel: str
    text: str


def parse_chip_place(subsystem: str, device: str) -> str | None:
    """Return the end of libsensors' name of a chip, such as ``isa-0290``; None if the
    chip's place is that of the device above.

    Args:
        subsystem: the bus or class of a device.
        device: its name.
    """
    place = None
    if subsystem == "i2c" and (match := _I2C.fullmatch(device)):
        place = f"i2c-{match[1]}-{int(match[2], 16):02x}"
    elif subsystem == "pci" and (match := _PCI.fullmatch(device)):
        domain, bus, slot, function = (int(part, 16) for part in match.groups())
        place = f"pci-{(domain << 16) + (bus << 8) + (slot << 3) + function:04x}"
    elif subsystem == "spi" and (match := _SPI.fullmatch(device)):
        place = f"spi-{match[1]}-{int(match[2]):x}"
    elif subsystem == "hid" and (match := _HID.fullmatch(device)):
        place = f"hid-{int(match[1], 16)}-{int(match[2], 16):x}"
    elif subsystem in {"platform", "of_platform"}:
        match = _PLATFORM.fullmatch(device)
        place = f"isa-{int(match[1]) if match else 0:04x}"
    elif subsystem == "mdio_bus":
        match = _MDIO.fullmatch(device)
        place = f"mdio-{int(match[1]) if match else 0:x}"
    elif subsystem == "acpi":
        place = "acpi-0"
    return place


def parse_channel(attribute: str) -> tuple[str, int] | None:
    """Return type and number of ``fan2_input``; None for any other attribute."""
    match = _CHANNEL.fullmatch(attribute)
    return None if match is None else (match[1], int(match[2]))


def parse_conf(text: str) -> Sequence[Statement]:
    """Return the statements of a sensors.conf, without damaged lines."""
    patterns: Sequence[str] = ()
    statements: list[Statement] = []
    for line in text.splitlines()[:MAX_CONF_LINES]:
        try:
            words = shlex.split(line, comments=True) if len(line) <= MAX_CONF_LINE_CHARACTERS else []
        except ValueError:
            # Unclosed quote.
            words = []
        if not words and line.lstrip().startswith("chip"):
            # The following statements are for an unknown chip, not for the previous
            # one.
            patterns = ()
        match words:
            case ["chip", *chips]:
                patterns = [chip for chip in chips if _is_simple(chip)]
            case ["label", channel, label]:
                statements.append(Statement(patterns, "label", channel, parse_label(label)))
            case ["ignore", channel]:
                statements.append(Statement(patterns, "ignore", channel, ""))
            case ["compute", channel, *_]:
                statements.append(Statement(patterns, "compute", channel, ""))
    return statements


def choices_for(chip_id: str, statements: Sequence[Statement]) -> Choices:
    """Return the *statements* for one chip. The last label counts."""
    own = [each for each in statements if any(fnmatchcase(chip_id, pattern) for pattern in each.patterns)]
    return Choices(
        labels={each.channel: each.text for each in own if each.verb == "label" and each.text},
        ignored=frozenset(each.channel for each in own if each.verb == "ignore"),
        computed=frozenset(each.channel for each in own if each.verb == "compute"),
    )


def parse_label(text: str) -> str:
    """Return printable text of at most 48 characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:MAX_LABEL_CHARACTERS]


def parse_value(kind: str, text: str) -> float | None:
    """Return a reading in the wire's unit; the kernel uses thousandths, and RPM."""
    try:
        number = int(text)
    except ValueError:
        return None
    if abs(number) > 10**9:
        return None
    if kind == "fan":
        return float(number) if number >= 0 else None
    return round(number / 1000, 1 if kind == "temperature" else 3)


def parse_critical(text: str) -> float | None:
    """Return a critical temperature in °C; None for 0 and 255, which chips report
    without one.
    """
    value = parse_value("temperature", text)
    return value if value is not None and 0 < value <= MAX_CRITICAL_CELSIUS else None


def role_of(label: str, *, is_users: bool, chip: str) -> str | None:
    """Return the role from the user's label, or the processor's from its driver's
    label.
    """
    if is_users:
        return ROLES.get(label.casefold())
    return "cpu" if chip in CPU_CHIPS and _PACKAGE.fullmatch(label) else None


def is_core(label: str) -> bool:
    """Return whether *label* is that of one processor core."""
    return _CORE.fullmatch(label) is not None


def is_connected(label: str, *, is_users: bool) -> bool:
    """Return whether a channel is connected on usual boards; the user's label overrides
    this.
    """
    return is_users or not _UNCONNECTED.fullmatch(label)


def is_plausible(kind: str, value: float | None) -> bool:
    """Return whether *value* is possible. A possible value may still be wrong: AUXTIN
    reports 112.
    """
    if value is None or kind == "voltage":
        return True
    if kind == "fan":
        return value <= MAX_RPM
    # Channels without a sensor read 0, such as PECI, SMBus and chipset
    # (lm-sensors#144), or -40, as of ASUS's EC (zeule/asus-ec-sensors#26).
    return MIN_CELSIUS < value <= MAX_CELSIUS and value != 0


def _is_simple(pattern: str) -> bool:
    return len(pattern) <= MAX_PATTERN_CHARACTERS and pattern.count("*") <= MAX_PATTERN_STARS and "[" not in pattern
