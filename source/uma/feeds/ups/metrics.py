"""The metric families of UPSes, by the UPS's id."""

from collections.abc import Callable, Iterator

from uma.feeds.feed import Counter, Gauge, Metric, Sample, ratio
from uma.feeds.ups.model import Ups, UpsStatus

UNKNOWN = frozenset({"communication_lost", "unavailable"})
ON_BATTERY = frozenset({"on_battery", "low_battery"})
LABELS = ("ups",)


def _each(value: Callable[[Ups], float | None]) -> Callable[[UpsStatus], Iterator[Sample]]:
    return lambda status: (({"ups": ups.id}, value(ups)) for ups in status.ups)


def _is(*words: str) -> Callable[[UpsStatus], Iterator[Sample]]:
    """Yield 1 for a UPS whose status is one of *words*, else 0; nothing for a
    lost UPS.
    """
    return _each(lambda ups: None if ups.status in UNKNOWN else float(ups.status in words))


METRICS: tuple[Metric, ...] = (
    Gauge(
        "uma_ups_up",
        "1 if the UPS's state is known; 0 if its daemon does not answer, has lost it, or names no state of the mains.",
        _each(lambda ups: float(ups.status not in UNKNOWN)),
        labels=LABELS,
    ),
    Gauge(
        "uma_ups_mains_up",
        "1 if the UPS has mains, 0 if not.",
        _each(lambda ups: None if ups.status in UNKNOWN else float(ups.status not in ON_BATTERY)),
        labels=LABELS,
    ),
    Gauge(
        "uma_ups_battery_low",
        "1 if the battery is nearly empty, without mains; 0 if not.",
        _is("low_battery"),
        labels=LABELS,
    ),
    Gauge("uma_ups_overloaded", "1 if the UPS is overloaded, 0 if not.", _is("overload"), labels=LABELS),
    Gauge(
        "uma_ups_battery_worn",
        "1 if the battery needs to be replaced, 0 if not.",
        _is("replace_battery"),
        labels=LABELS,
    ),
    Gauge(
        "uma_ups_battery_charge_ratio",
        "Charge of the battery.",
        _each(lambda ups: ratio(ups.battery_percent)),
        labels=LABELS,
    ),
    Gauge(
        "uma_ups_runtime_seconds",
        "Estimated time left on battery.",
        _each(lambda ups: ups.runtime_seconds),
        labels=LABELS,
    ),
    Gauge("uma_ups_load_ratio", "Load, of the rated power.", _each(lambda ups: ratio(ups.load_percent)), labels=LABELS),
    Gauge("uma_ups_power_watts", "Power drawn.", _each(lambda ups: ups.power_watts), labels=LABELS),
    Gauge("uma_ups_nominal_power_watts", "Rated power.", _each(lambda ups: ups.nominal_power_watts), labels=LABELS),
    Gauge("uma_ups_input_volts", "Mains voltage.", _each(lambda ups: ups.input_volts), labels=LABELS),
    Gauge("uma_ups_output_volts", "Output voltage.", _each(lambda ups: ups.output_volts), labels=LABELS),
    Gauge("uma_ups_battery_volts", "Voltage of the battery.", _each(lambda ups: ups.battery_volts), labels=LABELS),
    Gauge(
        "uma_ups_temperature_celsius", "Temperature inside the UPS.", _each(lambda ups: ups.temperature), labels=LABELS
    ),
    Counter(
        "uma_ups_transfers_total",
        "Transfers to battery since the UPS's daemon started.",
        _each(lambda ups: ups.transfers),
        labels=LABELS,
    ),
)
