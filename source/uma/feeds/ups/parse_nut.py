"""Parser for the answers of NUT's upsd.

Variables and the words of ``ups.status`` are NUT's own (docs/nut-names.txt). Watts are
computed as in the Unraid plugin (desertwitch/NUT-unRAID: nut_status.php).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from uma.feeds.ups.model import MAX_LOAD_PERCENT, Ups
from uma.feeds.ups.parse import (
    MAX_TEXT_CHARACTERS,
    estimated_watts,
    parse_battery_volts,
    parse_celsius,
    parse_day,
    parse_hertz,
    parse_load,
    parse_percent,
    parse_seconds,
    parse_text,
    parse_volts,
    parse_watts,
)

STATUS = "ups.status"
WAITING = "WAIT"
"""Word of ``ups.status`` while upsd waits for the driver; other values are old."""
LOST = frozenset({"DATA-STALE", "DRIVER-NOT-CONNECTED"})
"""Errors by which upsd reports that it has lost the UPS (docs/net-protocol.txt)."""

USED_VARIABLES = (
    "device.mfr",
    "device.model",
    "ups.mfr",
    "ups.model",
    "ups.status",
    "ups.load",
    "ups.realpower",
    "ups.realpower.nominal",
    "ups.power",
    "ups.power.nominal",
    "ups.temperature",
    "ups.test.result",
    "battery.charge",
    "battery.charge.low",
    "battery.runtime",
    "battery.runtime.low",
    "battery.voltage",
    "battery.temperature",
    "battery.date",
    "input.voltage",
    "input.frequency",
    "input.transfer.reason",
    "output.voltage",
)
"""Variables fetched one by one if ``LIST VAR`` fails, as with UniFi's UPSes."""

_STATUSES = (
    # The worst first. Mains power decides: a low battery that is charging raises no
    # alarm.
    ("FSD", "shutting_down"),
    ("OB", "on_battery"),
    ("OVER", "overload"),
    ("RB", "replace_battery"),
    ("OL", "online"),
    ("BYPASS", "online"),
    # Without a word for mains, as of some UPSes (networkupstools/nut#1942), others
    # imply it.
    ("LB", "low_battery"),
    ("DISCHRG", "on_battery"),
    ("CHRG", "online"),
    ("TRIM", "online"),
    ("BOOST", "online"),
)
_SELF_TESTS = (
    # Texts differ from driver to driver; these are parts of them, in lower case.
    ("progress", "in_progress"),
    ("passed", "passed"),
    ("warning", "warning"),
    ("error", "failed"),
    ("failed", "failed"),
)
_NO_TRANSFER = ("no transfer", "notransfer")
"""Start of the reason, in lower case, by drivers of APC's UPSes without a transfer."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """Values set in the NUT plugin: rated power in W and VA, and the name of the
    runtime's variable.

    A power is None unless the user set it by hand. *keeps_measured* is for a rated
    power that does not replace the UPS's own measurement.
    """

    watts: float | None = None
    volt_amperes: float | None = None
    runtime_variable: str = "battery.runtime"
    runtime_unit_seconds: int = 1
    keeps_measured: bool = False


NO_OVERRIDES = Overrides()


def parse_words(line: str) -> Sequence[str]:
    r"""Return the words of a line; ``"a \"b\" c"`` is one word."""
    words: list[str] = []
    word: list[str] | None = None
    is_quoted = is_escaped = False
    for character in line:
        if character.isspace() and not is_quoted and not is_escaped:
            if word is not None:
                words.append("".join(word))
            word = None
            continue
        word = word or []
        if is_escaped or character not in '\\"':
            word.append(character)
            is_escaped = False
        elif character == '"':
            is_quoted = not is_quoted
        else:
            is_escaped = True
    if word is not None:
        words.append("".join(word))
    return words


def ups_from_variables(
    name: str, variables: Mapping[str, str], overrides: Overrides, *, read_at: str, on_battery_since: str | None
) -> Ups:
    """Build the UPS *name*. *on_battery_since* is the caller's observation; NUT has no
    such variable.
    """
    flags = tuple(filter(None, map(parse_text, variables.get(STATUS, "").split()[:16])))
    status = status_of(flags)
    if not flags or WAITING in flags:
        return lost_ups(name, status, variables, overrides, flags=flags)
    nominal, load = _nominal_watts(variables, overrides), _load(variables, overrides)
    is_replaced = overrides.watts is not None and not overrides.keeps_measured
    measured = None if is_replaced else parse_watts(variables.get("ups.realpower"))
    if measured is not None and nominal is not None and measured > nominal * MAX_LOAD_PERCENT / 100:
        # 65535 and the like.
        measured = None
    watts = estimated_watts(nominal, load) if measured is None else measured
    return Ups(
        id=f"nut:{name}"[:MAX_TEXT_CHARACTERS],
        source="nut",
        name=parse_text(name),
        model=_model(variables),
        status=status,
        flags=flags,
        battery_percent=parse_percent(variables.get("battery.charge")),
        runtime_seconds=parse_seconds(variables.get(overrides.runtime_variable), overrides.runtime_unit_seconds),
        load_percent=load,
        power_watts=watts,
        power_estimated=None if watts is None else measured is None,
        nominal_power_watts=nominal,
        input_volts=parse_volts(variables.get("input.voltage")),
        output_volts=parse_volts(variables.get("output.voltage")),
        battery_volts=parse_battery_volts(variables.get("battery.voltage")),
        frequency_hz=parse_hertz(variables.get("input.frequency")),
        temperature=parse_celsius(variables.get("ups.temperature"))
        or parse_celsius(variables.get("battery.temperature")),
        on_battery_since=on_battery_since,
        transfers=None,
        last_transfer_reason=_transfer_reason(variables),
        self_test=_self_test(variables),
        battery_date=parse_day(variables.get("battery.date")),
        shutdown_battery_percent=parse_percent(variables.get("battery.charge.low")),
        shutdown_runtime_seconds=parse_seconds(variables.get("battery.runtime.low")),
        read_at=read_at,
    )


def lost_ups(
    name: str, status: str, variables: Mapping[str, str], overrides: Overrides, *, flags: Sequence[str] = ()
) -> Ups:
    """Build the UPS *name* without measured values. *variables* are the last known
    ones.
    """
    return Ups(
        id=f"nut:{name}"[:MAX_TEXT_CHARACTERS],
        source="nut",
        name=parse_text(name),
        model=_model(variables),
        status=status,
        flags=tuple(flags),
        battery_percent=None,
        runtime_seconds=None,
        load_percent=None,
        power_watts=None,
        power_estimated=None,
        nominal_power_watts=_nominal_watts(variables, overrides),
        input_volts=None,
        output_volts=None,
        battery_volts=None,
        frequency_hz=None,
        temperature=None,
        on_battery_since=None,
        transfers=None,
        last_transfer_reason=None,
        self_test=None,
        battery_date=parse_day(variables.get("battery.date")),
        shutdown_battery_percent=parse_percent(variables.get("battery.charge.low")),
        shutdown_runtime_seconds=parse_seconds(variables.get("battery.runtime.low")),
        read_at=None,
    )


def status_of(flags: Sequence[str]) -> str:
    """Return the wire's word for upsd's; ``ALARM``, ``OFF`` and ``WAIT`` alone don't
    tell about the mains.
    """
    status = next((status for flag, status in _STATUSES if flag in flags), "unavailable")
    return "low_battery" if status == "on_battery" and "LB" in flags else status


def _model(variables: Mapping[str, str]) -> str | None:
    maker, model = (
        parse_text(variables.get(f"device.{name}")) or parse_text(variables.get(f"ups.{name}")) or ""
        for name in ("mfr", "model")
    )
    return parse_text(model if model.casefold().startswith(maker.casefold()) else f"{maker} {model}")


def _nominal_watts(variables: Mapping[str, str], overrides: Overrides) -> float | None:
    # Never ups.power.nominal: that is VA.
    return overrides.watts or parse_watts(variables.get("ups.realpower.nominal"))


def _load(variables: Mapping[str, str], overrides: Overrides) -> float | None:
    load = parse_load(variables.get("ups.load"))
    if load:
        return load
    shares = (
        (parse_watts(variables.get("ups.realpower")), _nominal_watts(variables, overrides)),
        (
            parse_watts(variables.get("ups.power")),
            overrides.volt_amperes or parse_watts(variables.get("ups.power.nominal")),
        ),
    )
    for power, nominal in shares:
        if power and nominal and power <= nominal * MAX_LOAD_PERCENT / 100:
            return round(100 * power / nominal, 1)
    return load


def _self_test(variables: Mapping[str, str]) -> str | None:
    text = variables.get("ups.test.result", "").strip().casefold()
    # APC's by SNMP; the word alone, as "ok" may be a part of others.
    if text == "ok":
        return "passed"
    return next((word for part, word in _SELF_TESTS if part in text), None)


def _transfer_reason(variables: Mapping[str, str]) -> str | None:
    reason = parse_text(variables.get("input.transfer.reason"))
    return None if reason is None or reason.casefold().startswith(_NO_TRANSFER) else reason
