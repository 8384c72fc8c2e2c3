"""Parser for the answers of apcupsd's NIS.

The records are ``NAME     : value``, 46 to 58 of them; any may be missing
(therealbstern/apcupsd: src/lib/apcstatus.c; tried with apcupsd 3.14.14).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from uma.feeds.ups.model import Ups
from uma.feeds.ups.parse import (
    estimated_watts,
    parse_battery_volts,
    parse_celsius,
    parse_day,
    parse_hertz,
    parse_load,
    parse_number,
    parse_percent,
    parse_seconds,
    parse_text,
    parse_volts,
    parse_watts,
    utc_of,
)

ID = "apcupsd"
MINUTE = 60
NO_TRANSFER = "No transfers since turnon"

_STATUSES = (
    # The worst first. Mains power decides: a low battery that is charging raises no
    # alarm.
    ("SHUTTING DOWN", "shutting_down"),
    ("COMMLOST", "communication_lost"),
    ("ONBATT", "on_battery"),
    ("OVERLOAD", "overload"),
    ("NOBATT", "no_battery"),
    ("REPLACEBATT", "replace_battery"),
    ("ONLINE", "online"),
)
_SELF_TESTS = {"OK": "passed", "NG": "failed", "BT": "failed", "WN": "warning", "IP": "in_progress"}


@dataclass(frozen=True, slots=True)
class Overrides:
    """Values from Unraid's UPS settings. ``watts`` is the rated power,
    None if not set.
    """

    watts: float | None = None


NO_OVERRIDES = Overrides()


def parse_records(records: Iterable[bytes]) -> Mapping[str, str]:
    """Return the fields of a ``status`` answer; names and values are stripped."""
    texts = (record.decode(errors="replace").partition(":") for record in records)
    return {name.strip(): value.strip() for name, _, value in texts}


def freshness_of(fields: Mapping[str, str]) -> tuple[str | None, ...]:
    """Return the times of the last values: this daemon's, and its master's.

    Only these show that values are current: with a dead master, STATUS stays ONLINE.
    """
    return tuple(fields.get(name) for name in ("DATE", "MASTERUPD") if name in fields)


def ups_from_fields(fields: Mapping[str, str], overrides: Overrides, *, is_fresh: bool) -> Ups:
    """Build the UPS. Without *is_fresh* the daemon has lost it, even if STATUS says
    otherwise.
    """
    flags = _flags(fields.get("STATUS", ""))
    status = _status(flags) if is_fresh or "SHUTTING DOWN" in flags else "communication_lost"
    nominal = overrides.watts or parse_watts(fields.get("NOMPOWER"))
    is_known = status not in {"communication_lost", "unavailable"}
    measured = fields if is_known else {}
    load = parse_load(measured.get("LOADPCT"))
    watts = estimated_watts(nominal, load)
    transfers = parse_number(fields.get("NUMXFERS"), 0, 2**31)
    reason = parse_text(fields.get("LASTXFER"))
    return Ups(
        id=ID,
        source="apcupsd",
        name=parse_text(fields.get("UPSNAME")),
        model=parse_text(fields.get("MODEL") or fields.get("APCMODEL")),
        status=status,
        flags=flags,
        battery_percent=parse_percent(measured.get("BCHARGE")),
        runtime_seconds=parse_seconds(measured.get("TIMELEFT"), MINUTE),
        load_percent=load,
        power_watts=watts,
        power_estimated=None if watts is None else True,
        nominal_power_watts=nominal,
        input_volts=parse_volts(measured.get("LINEV")),
        output_volts=parse_volts(measured.get("OUTPUTV")),
        battery_volts=parse_battery_volts(measured.get("BATTV")),
        frequency_hz=parse_hertz(measured.get("LINEFREQ")),
        temperature=parse_celsius(measured.get("ITEMP")),
        on_battery_since=utc_of(measured.get("XONBATT")) if "ONBATT" in flags else None,
        transfers=None if transfers is None else int(transfers),
        last_transfer_reason=None if reason == NO_TRANSFER else reason,
        self_test=_SELF_TESTS.get(fields.get("SELFTEST", "")),
        battery_date=parse_day(fields.get("BATTDATE")),
        shutdown_battery_percent=parse_percent(fields.get("MBATTCHG")),
        shutdown_runtime_seconds=parse_seconds(fields.get("MINTIMEL"), MINUTE),
        read_at=utc_of(fields.get("DATE")),
    )


def _flags(status: str) -> tuple[str, ...]:
    if "SHUTTING DOWN" in status:
        return ("SHUTTING DOWN",)
    return tuple(filter(None, map(parse_text, status.split()[:16])))


def _status(flags: Sequence[str]) -> str:
    status = next((status for flag, status in _STATUSES if flag in flags), "unavailable")
    return "low_battery" if status == "on_battery" and "LOWBATT" in flags else status
