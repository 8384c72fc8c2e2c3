"""State of apcupsd and NUT on the host: installed, enabled, running, and their
addresses.

apcupsd is part of Unraid, off by default (webgui: plugins/dynamix.apcupsd, rc.apcupsd).
NUT comes with the plugin nut-dw (desertwitch/NUT-unRAID: rc.nut, nut_config.php). Both
settings files hold secrets; only the keys below are used.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from uma.feeds.files import read_optional
from uma.feeds.ups import nis, parse_apcupsd, parse_nut, upsd
from uma.feeds.ups.parse import (
    parse_address,
    parse_directives,
    parse_number,
    parse_settings,
    parse_text,
    parse_watts,
)
from uma.host import Host

DEFAULT_POLL_SECONDS = 60.0
MIN_POLL_SECONDS, MAX_POLL_SECONDS = 1.0, 300.0
DEFAULT_EVENTS_FILE = "/var/log/apcupsd.events"
LOOPBACK = "127.0.0.1"
ANY_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - what others listen at


@dataclass(frozen=True, slots=True)
class Apcupsd:
    """apcupsd on this host. ``poll_seconds`` is the time between new values from the
    UPS.
    """

    service: str
    host: str = LOOPBACK
    port: int = nis.DEFAULT_PORT
    poll_seconds: float = DEFAULT_POLL_SECONDS
    overrides: parse_apcupsd.Overrides = parse_apcupsd.NO_OVERRIDES


@dataclass(frozen=True, slots=True)
class Nut:
    """NUT on this host, or the remote upsd that this host's upsmon uses."""

    service: str
    host: str = LOOPBACK
    port: int = upsd.DEFAULT_PORT
    name: str = "ups"
    overrides: parse_nut.Overrides = parse_nut.NO_OVERRIDES


def apcupsd_files(host: Host) -> Sequence[Path]:
    """Return the files that change when apcupsd is started or stopped."""
    return host.root / "var/run/apcupsd.pid", host.flash_config / "plugins/dynamix.apcupsd/dynamix.apcupsd.cfg"


def nut_files(host: Host) -> Sequence[Path]:
    """Return the files that change when NUT is started or stopped."""
    return host.root / "var/run/nut/upsmon.pid", host.flash_config / "plugins/nut-dw/nut-dw.cfg"


def read_apcupsd(host: Host) -> Apcupsd:
    """Read the state of apcupsd. Blocks on flash."""
    pid_file, settings_file = apcupsd_files(host)
    settings = parse_settings(read_optional(settings_file))
    is_running = _is_running(host, pid_file)
    is_installed = bool(settings) or (host.webgui / "plugins/dynamix.apcupsd").is_dir()
    service = _service(settings.get("SERVICE", ""), is_running=is_running, is_installed=is_installed)
    if service != "running":
        return Apcupsd(service)
    directives = _read_directives(host)
    address = directives.get("NISIP", "")
    poll_seconds = parse_number(directives.get("POLLTIME"), MIN_POLL_SECONDS, MAX_POLL_SECONDS)
    return Apcupsd(
        service=service,
        host=LOOPBACK if address in ANY_ADDRESS else address,
        port=int(parse_number(directives.get("NISPORT"), 1, 65535) or nis.DEFAULT_PORT),
        poll_seconds=poll_seconds or DEFAULT_POLL_SECONDS,
        overrides=parse_apcupsd.Overrides(watts=parse_watts(settings.get("OVERRIDE_UPS_CAPACITY"))),
    )


def read_events_file(host: Host) -> Path:
    """Return the file to which apcupsd appends its events."""
    path = _read_directives(host).get("EVENTSFILE", "")
    return host.root / (path if path.startswith("/") else DEFAULT_EVENTS_FILE).lstrip("/")


def read_nut(host: Host) -> Nut:
    """Read the state of NUT. Blocks on flash."""
    pid_file, settings_file = nut_files(host)
    settings = parse_settings(read_optional(settings_file))
    is_running = _is_running(host, pid_file)
    is_installed = bool(settings) or (host.webgui / "plugins/nut-dw").is_dir()
    service = _service(settings.get("SERVICE", ""), is_running=is_running, is_installed=is_installed)
    if service != "running":
        return Nut(service)
    address, port = parse_address(settings.get("IPADDR", ""), LOOPBACK, upsd.DEFAULT_PORT)
    is_manual = settings.get("POWER") == "manual"
    return Nut(
        service=service,
        host=address,
        port=port,
        name=parse_text(settings.get("NAME")) or "ups",
        overrides=parse_nut.Overrides(
            watts=_rated(settings.get("POWERW", "")) if is_manual else None,
            volt_amperes=_rated(settings.get("POWERVA", "")) if is_manual else None,
            keeps_measured=settings.get("POWERW", "").startswith("-"),
            runtime_variable=settings.get("RUNTIME") or "battery.runtime",
            runtime_unit_seconds=60 if settings.get("RTUNIT") == "minutes" else 1,
        ),
    )


def read_ports(host: Host) -> Iterable[int]:
    """Read the ports of both programs, even if they don't run. Blocks on flash."""
    yield int(parse_number(_read_directives(host).get("NISPORT"), 1, 65535) or nis.DEFAULT_PORT)
    _, settings_file = nut_files(host)
    address = parse_settings(read_optional(settings_file)).get("IPADDR", "")
    yield parse_address(address, LOOPBACK, upsd.DEFAULT_PORT)[1]
    yield from (nis.DEFAULT_PORT, upsd.DEFAULT_PORT)


def _rated(text: str) -> float | None:
    """Return the rated power of the NUT plugin: a negative one is rated only,
    and -1 means the UPS's own (nut_status.php).
    """
    return None if text == "-1" else parse_watts(text.removeprefix("-"))


def _service(setting: str, *, is_running: bool, is_installed: bool) -> str:
    if is_running:
        return "running"
    if setting == "enable":
        return "stopped"
    return "disabled" if is_installed else "absent"


def _is_running(host: Host, pid_file: Path) -> bool:
    """Return whether the process lives, checked as in the webGUI; a pid file may be
    stale.
    """
    pid = read_optional(pid_file).strip()
    return pid.isascii() and pid.isdigit() and (host.proc / pid).is_dir()


def _read_directives(host: Host) -> Mapping[str, str]:
    return parse_directives(read_optional(host.root / "etc/apcupsd/apcupsd.conf"))
