"""The metric families of network interfaces, by the interface's name."""

from collections.abc import Callable, Iterator

from uma.feeds.feed import Counter, Gauge, Metric, Sample
from uma.feeds.network.model import Bond, Interface, NetworkStatus

BYTES_PER_SECOND = 125_000
"""Bytes per second of one Mbit/s."""
LABELS = ("interface",)
BOND_LABELS = ("bond",)


def _each(value: Callable[[Interface], float | None]) -> Callable[[NetworkStatus], Iterator[Sample]]:
    return lambda status: (({"interface": each.name}, value(each)) for each in status.interfaces)


def _each_bond(value: Callable[[Bond], float]) -> Callable[[NetworkStatus], Iterator[Sample]]:
    return lambda status: (
        ({"bond": each.name}, value(each.bond)) for each in status.interfaces if each.bond is not None
    )


def _speed(interface: Interface) -> float | None:
    return None if interface.speed_mbps is None else interface.speed_mbps * BYTES_PER_SECOND


METRICS: tuple[Metric, ...] = (
    # One series per server, for rules that watch many servers.
    Gauge(
        "uma_bonds_degraded",
        "Bonds that are short of a member.",
        lambda status: float(
            sum(each.bond.members_up < each.bond.members for each in status.interfaces if each.bond is not None)
        ),
    ),
    Gauge(
        "uma_interface_up",
        "1 if the interface has a link, 0 if not.",
        _each(lambda each: float(each.state == "up")),
        labels=LABELS,
    ),
    Gauge(
        "uma_interface_enabled",
        "1 if the interface is switched on, 0 if not.",
        _each(lambda each: float(each.state != "down")),
        labels=LABELS,
    ),
    Gauge("uma_interface_speed_bytes_per_second", "Speed of the link.", _each(_speed), labels=LABELS),
    Counter(
        "uma_interface_carrier_changes_total",
        "Times the link came or went.",
        _each(lambda each: each.carrier_changes),
        labels=LABELS,
    ),
    Counter("uma_interface_sent_bytes_total", "Bytes sent.", _each(lambda each: each.bytes_sent), labels=LABELS),
    Counter(
        "uma_interface_received_bytes_total", "Bytes received.", _each(lambda each: each.bytes_recv), labels=LABELS
    ),
    Counter(
        "uma_interface_send_errors_total",
        "Packets that could not be sent.",
        _each(lambda each: each.errors_sent),
        labels=LABELS,
    ),
    Counter(
        "uma_interface_receive_errors_total",
        "Packets that came damaged.",
        _each(lambda each: each.errors_recv),
        labels=LABELS,
    ),
    Counter(
        "uma_interface_send_drops_total",
        "Packets dropped before they were sent.",
        _each(lambda each: each.drops_sent),
        labels=LABELS,
    ),
    Counter(
        "uma_interface_receive_drops_total",
        "Packets dropped after they came.",
        _each(lambda each: each.drops_recv),
        labels=LABELS,
    ),
    Gauge(
        "uma_bond_members",
        "Members that the bond has, or should have.",
        _each_bond(lambda bond: float(bond.members)),
        labels=BOND_LABELS,
    ),
    Gauge(
        "uma_bond_members_up",
        "Members of the bond with a link.",
        _each_bond(lambda bond: float(bond.members_up)),
        labels=BOND_LABELS,
    ),
)
