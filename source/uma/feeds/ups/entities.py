"""Home Assistant's entities of UPSes; each UPS is a device."""

from collections.abc import Sequence

from uma.feeds.feed import (
    A_TIME,
    IN_CELSIUS,
    IN_HERTZ,
    IN_MINUTES,
    IN_PERCENT,
    IN_VOLTS,
    IN_WATTS,
    Device,
    Entity,
    as_words,
    in_list,
    one_word,
    problem,
    scaled,
    sensor,
    show,
)
from uma.feeds.feed.object_ids import object_part
from uma.feeds.ups.model import STATUSES, Ups, UpsStatus

A_BATTERY = {**IN_PERCENT, "device_class": "battery"}
MINUTE = 60


def entities_of(status: UpsStatus) -> Sequence[Entity] | None:
    """Return the entities of each UPS; None while none is known, so that an absence
    removes no entity.
    """
    if not status.ups:
        return None
    return [entity for ups in status.ups for entity in _entities_of(ups)]


def _entities_of(ups: Ups) -> Sequence[Entity]:
    key = _key_of(ups.id)
    device = Device(key, f"UPS {ups.name or ups.id}", ups.model)

    def of(attribute: str) -> str:
        return in_list("ups", "id", ups.id, attribute)

    return [
        sensor(
            f"{key}_status",
            "Status",
            one_word(of("status"), STATUSES, otherwise="None"),
            as_words(STATUSES),
            None,
            device,
        ),
        problem(f"{key}_problem", "Problem", of("status"), ok=("online",), device=device),
        sensor(f"{key}_battery", "Battery", show(of("battery_percent")), A_BATTERY, None, device),
        sensor(f"{key}_runtime", "Time left", scaled(of("runtime_seconds"), MINUTE, 0), IN_MINUTES, None, device),
        sensor(f"{key}_load", "Load", show(of("load_percent")), IN_PERCENT, "mdi:gauge", device),
        sensor(f"{key}_power", "Power", show(of("power_watts")), IN_WATTS, None, device),
        sensor(f"{key}_input", "Input voltage", show(of("input_volts")), IN_VOLTS, None, device),
        sensor(f"{key}_output", "Output voltage", show(of("output_volts")), IN_VOLTS, None, device),
        sensor(f"{key}_frequency", "Mains frequency", show(of("frequency_hz")), IN_HERTZ, None, device),
        sensor(f"{key}_temperature", "Temperature", show(of("temperature")), IN_CELSIUS, None, device),
        sensor(f"{key}_on_battery_since", "On battery since", show(of("on_battery_since")), A_TIME, None, device),
    ]


def _key_of(identity: str) -> str:
    """Return an id, such as ``nut:ups``, in the characters of a key; different ids give
    different keys.
    """
    program, mark, name = identity.partition(":")
    return f"ups_{program}_{object_part(name)}" if mark else f"ups_{program}"
