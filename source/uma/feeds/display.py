"""The webGUI's [display] settings: how it writes numbers and times,
and its thresholds.
"""

from pathlib import Path
from typing import Final

from uma.feeds import ini
from uma.feeds.files import read_optional
from uma.feeds.ini_values import Section, whole
from uma.host import Host

NUMBERS_AND_TIMES: Final = frozenset(
    {"unit", "number", "scale", "date", "time", "locale", "warning", "critical", "hot", "max", "hotssd", "maxssd"}
)
"""The settings that the dashboard follows."""

USAGE_DEFAULTS: Final[Section] = {"warning": "70", "critical": "90"}
"""plugins/dynamix/default.cfg, for a host without the file."""


def read_display(host: Host) -> Section:
    """Return the settings for numbers and times, without those for colours and layout.
    Blocks.
    """
    defaults, own = (read_optional(path) for path in dynamix_files(host))
    return {name: value for name, value in display_from(defaults, own).items() if name in NUMBERS_AND_TIMES}


def dynamix_files(host: Host) -> tuple[Path, Path]:
    """Return the webGUI's settings files: the defaults, and the user's own."""
    return host.webgui / "plugins/dynamix/default.cfg", host.flash_config / "plugins/dynamix/dynamix.cfg"


def display_from(defaults: str, own: str) -> Section:
    """Return the [display] sections of the two files' texts as one;
    the user's own wins.
    """
    return ini.parse(defaults).get("display", {}) | ini.parse(own).get("display", {})


def usage_limits(display: Section) -> tuple[int, int]:
    """Return the limits of usage in percent, warning and critical; 0 is off, and so is
    an empty one.
    """
    settings = {**USAGE_DEFAULTS, **display}
    return max(0, whole(settings, "warning") or 0), max(0, whole(settings, "critical") or 0)


def usage_level(percent: int, limits: tuple[int, int]) -> str:
    """Return ok, warning or critical (at its limit or above)."""
    warning, critical = limits
    if 0 < critical <= percent:
        return "critical"
    return "warning" if 0 < warning <= percent else "ok"
