"""The metric families of UPSes."""

import pytest

from uma.feeds.ups.metrics import METRICS
from uma.feeds.ups.model import UpsStatus
from uma.feeds.ups.parse_nut import NO_OVERRIDES, lost_ups, ups_from_variables


def samples(**variables):
    variables = {name.replace("_", "."): value for name, value in variables.items()}
    ups = ups_from_variables("ups", variables, NO_OVERRIDES, read_at="", on_battery_since=None)
    return values(UpsStatus("running", (ups,)))


def values(status):
    found = {family.name: [(labels, value) for labels, value in family.values(status)] for family in METRICS}
    return {name: value for name, ((_, value),) in found.items() if value is not None}


def test_figures_are_in_base_units():
    """Ratios from 0 to 1; a value that the UPS does not report has no sample."""
    found = samples(ups_status="OL", battery_charge="90", ups_load="17", battery_runtime="2040")

    assert found == {
        "uma_ups_up": 1.0,
        "uma_ups_mains_up": 1.0,
        "uma_ups_battery_low": 0.0,
        "uma_ups_overloaded": 0.0,
        "uma_ups_battery_worn": 0.0,
        "uma_ups_battery_charge_ratio": 0.9,
        "uma_ups_load_ratio": 0.17,
        "uma_ups_runtime_seconds": 2040,
    }


@pytest.mark.parametrize(
    ("status", "on"),
    [
        ("OB", set()),
        ("OB LB", {"uma_ups_battery_low"}),
        ("OL OVER", {"uma_ups_mains_up", "uma_ups_overloaded"}),
        ("OL RB", {"uma_ups_mains_up", "uma_ups_battery_worn"}),
    ],
)
def test_states_are_gauges(status, on):
    """One for each alert; low implies no mains."""
    assert {name for name, value in samples(ups_status=status).items() if value == 1.0} == {"uma_ups_up", *on}


def test_a_lost_ups_is_down_and_nothing_else():
    """Running on battery is unknown as well."""
    lost = lost_ups("ups", "communication_lost", {}, NO_OVERRIDES)

    assert values(UpsStatus("running", (lost,))) == {"uma_ups_up": 0.0}
