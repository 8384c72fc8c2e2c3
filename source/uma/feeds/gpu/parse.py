"""Parsers for the figures that GPU drivers report.

Sources: the kernel's drivers/gpu/drm/amd/include/kgd_pp_interface.h (gpu_metrics),
drivers/gpu/drm/i915/i915_pmu.c and xe/xe_pmu.c (events and formats).
"""

import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MAX_NAME_CHARACTERS = 64
MIN_CELSIUS, MAX_CELSIUS = -40.0, 120.0
MAX_WATTS = 2000.0
MAX_CHIP_WATTS = 500
"""Power of a processor with graphics. With some firmware, Renoir and Cezanne report
watts in the field for milliwatts (kernel, smu12/renoir_ppt.c).
"""
MAX_MHZ = 10_000
MAX_RPM = 30_000
UNKNOWN_16, UNKNOWN_32 = 0xFFFF, 0xFFFFFFFF

VENDORS = {"0x10de": "nvidia", "0x8086": "intel", "0x1002": "amd"}
"""PCI vendors. Those of board management controllers, ASPEED and Matrox, are
left out.
"""

_ENGINES = {"rcs": "render", "bcs": "blitter", "vcs": "video", "vecs": "video_enhance", "ccs": "compute"}
_BUSY = re.compile(r"(rcs|bcs|vcs|vecs|ccs)\d{1,2}-busy")
XE_ENGINES = ("render", "blitter", "video", "video_enhance", "compute")
"""xe's engine classes by number (include/uapi/drm/xe_drm.h)."""

_FIELD = re.compile(r"config:(\d{1,2})(?:-(\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class Figures:
    """Readings of one GPU; a field is None if the driver does not report it."""

    busy_percent: float | None = None
    engines: Mapping[str, float] = field(default_factory=dict)
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    temperature: float | None = None
    power_watts: float | None = None
    power_scope: str | None = None
    power_limit_watts: float | None = None
    fan_percent: float | None = None
    fan_rpm: int | None = None
    frequency_mhz: int | None = None
    integrated: bool | None = None


def figures_of_engines(engines: Mapping[str, float]) -> Figures:
    """Return figures with the busiest engine's load: a mean would hide a busy
    engine.
    """
    return Figures(busy_percent=max(engines.values(), default=None), engines=engines)


def parse_name(text: str) -> str | None:
    """Return printable text of at most 64 characters; None for empty text."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:MAX_NAME_CHARACTERS] or None


def parse_udev_name(text: str) -> str | None:
    """Return the model of a udev record: a line ``E:ID_MODEL_FROM_DATABASE=…``."""
    key = "E:ID_MODEL_FROM_DATABASE="
    return next((parse_name(line.removeprefix(key)) for line in text.splitlines() if line.startswith(key)), None)


def parse_nvidia_name(text: str) -> str | None:
    """Return the model of ``/proc/driver/nvidia/gpus/ADDRESS/information``."""
    lines = (line.partition(":") for line in text.splitlines())
    return next((parse_name(value) for key, _, value in lines if key.strip() == "Model"), None)


def parse_whole(text: str, most: int) -> int | None:
    """Return a whole number from 0 to *most*."""
    stripped = text.strip()
    number = int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 20 else None
    return number if number is not None and number <= most else None


def engine_of(event: str) -> str | None:
    """Return the engine of an i915 event such as ``vcs1-busy``."""
    match = _BUSY.fullmatch(event)
    return _ENGINES[match[1]] if match else None


def parse_config(text: str, formats: Mapping[str, str], **parameters: int) -> int | None:
    """Return perf's ``config`` of an event: ``config=0x10``, or ``event=0x02`` by
    *formats*.

    *parameters* are fields that the caller sets. None if a part is unknown.
    """
    config = 0
    terms = [term.partition("=") for term in text.strip().split(",")]
    for name, _, value in (*terms, *((name, "=", str(value)) for name, value in parameters.items())):
        match = _FIELD.fullmatch("config:0-63" if name == "config" else formats.get(name, ""))
        try:
            number = int(value, 0)
        except ValueError:
            return None
        if match is None:
            return None
        first, last = int(match[1]), int(match[2] or match[1])
        if not (first <= last < 64 and 0 <= number < 1 << (last - first + 1)):
            return None
        config |= number << first
    return config


def busiest(loads: Iterable[tuple[str, float]]) -> Mapping[str, float]:
    """Return the load of each class of engines: the busiest one's."""
    engines: dict[str, float] = {}
    for engine, load in loads:
        engines[engine] = max(engines.get(engine, 0.0), round(min(max(load, 0.0), 100.0), 1))
    return engines


def parse_gpu_metrics(data: bytes) -> Figures:
    """Return the figures of amdgpu's ``gpu_metrics``; empty figures for an unknown
    layout.

    It has everything that its hwmon has, in one read. Layouts 1.x are for cards. 2.x
    and 3.0 are for processors with graphics, whose power is the whole chip's, and whose
    video load is in hundredths of a percent (kernel, smu12/renoir_ppt.c and others).
    """
    if len(data) < 4:
        return Figures()
    size, layout, revision = struct.unpack_from("<HBB", data)
    whole = data if size <= len(data) else b""
    if layout == 1 and revision <= 3:
        at = 16 if revision == 0 else 4
        return _metrics(
            temperature=_celsius(_u16(whole, at), 1),
            video=_percent(_u16(whole, at + 16), 1),
            power_watts=_watts(_u16(whole, at + 18), 1),
            frequency_mhz=_mhz(_u16(whole, 54)),
            fan_rpm=_rpm(_u16(whole, 72)),
            integrated=False,
        )
    if layout == 2 and revision >= 1:
        return _metrics(
            temperature=_celsius(_u16(whole, 4), 100),
            video=_percent(_u16(whole, 30), 100),
            power_watts=_chip_watts(_u16(whole, 40)),
            frequency_mhz=_mhz(_u16(whole, 76)),
            integrated=True,
        )
    if layout == 3 and revision == 0:
        return _metrics(
            temperature=_celsius(_u16(whole, 4), 100),
            video=_percent(_u16(whole, 44), 100),
            power_watts=_watts(_u32(whole, 112), 1000),
            frequency_mhz=_mhz(_u16(whole, 174)),
            integrated=True,
        )
    return Figures()


def _metrics(
    *,
    temperature: float | None,
    video: float | None,
    power_watts: float | None,
    frequency_mhz: int | None,
    integrated: bool,
    fan_rpm: int | None = None,
) -> Figures:
    return Figures(
        engines={} if video is None else {"video": video},
        temperature=temperature,
        power_watts=power_watts,
        power_scope="soc" if integrated else "gpu",
        fan_rpm=fan_rpm,
        frequency_mhz=frequency_mhz,
        integrated=integrated,
    )


def _u16(data: bytes, offset: int) -> int | None:
    value = int(struct.unpack_from("<H", data, offset)[0]) if offset + 2 <= len(data) else UNKNOWN_16
    return None if value == UNKNOWN_16 else value


def _u32(data: bytes, offset: int) -> int | None:
    value = int(struct.unpack_from("<I", data, offset)[0]) if offset + 4 <= len(data) else UNKNOWN_32
    return None if value == UNKNOWN_32 else value


def _celsius(value: int | None, divisor: int) -> float | None:
    celsius = None if value is None else round(value / divisor, 1)
    return celsius if celsius is not None and 0 < celsius <= MAX_CELSIUS else None


def _percent(value: int | None, divisor: int) -> float | None:
    percent = None if value is None else round(value / divisor, 1)
    return percent if percent is not None and percent <= 100 else None


def _watts(value: int | None, divisor: int) -> float | None:
    watts = None if value is None else round(value / divisor, 1)
    return watts if watts is not None and watts <= MAX_WATTS else None


def _chip_watts(value: int | None) -> float | None:
    """Convert milliwatts, or watts: no chip that is awake takes less than 0.5 W, and 0
    is unknown.
    """
    return _watts(value, 1 if value is not None and value <= MAX_CHIP_WATTS else 1000) or None


def _mhz(value: int | None) -> int | None:
    return value if value is not None and value <= MAX_MHZ else None


def _rpm(value: int | None) -> int | None:
    return value if value is not None and value <= MAX_RPM else None
