"""The message of the sensors feed."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from uma.feeds.feed import ON_DEMAND, Doc, Words

KINDS = ("temperature", "fan", "voltage")
UNITS = ("celsius", "rpm", "volts")
ROLES = ("cpu", "motherboard", "array_fan")


@dataclass(frozen=True, slots=True)
class Sensor:
    """One channel of one chip. A field is None if it is not known now."""

    about: ClassVar[str] = "One channel of a sensor chip."

    id: Annotated[str, Doc("Stable identity: chip and channel, such as `nct6798-isa-0290/fan2`.")]
    kind: Annotated[str, Doc("What it measures."), Words(*KINDS)]
    label: Annotated[str, Doc("The user's label, else the driver's, else the channel.")]
    role: Annotated[
        str | None,
        Doc("The part it measures, by the user's own labels in Unraid or the processor's driver."),
        Words(*ROLES),
    ]
    value: Annotated[float | None, Doc("The reading."), ON_DEMAND]
    unit: Annotated[str, Doc("Unit of the value."), Words(*UNITS)]
    critical: Annotated[float | None, Doc("Temperature at which the hardware protects itself, in °C.")]
    trusted: Annotated[
        bool,
        Doc("False: a channel that boards often leave unconnected, or a reading that can't be true. Never an alarm."),
    ]
    fault: Annotated[bool | None, Doc("True: the chip finds the sensor disconnected; null: not known."), ON_DEMAND]


@dataclass(frozen=True, slots=True)
class SensorsStatus:
    """The mainboard's and processor's sensors, without those of disks and GPUs."""

    kind: ClassVar[str] = "sensors_status"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "The mainboard's and processor's sensors; never those of disks and GPUs."

    sensors: Annotated[tuple[Sensor, ...], Doc("The channels, at most 64; none if no sensor driver is loaded.")]
    demo: Annotated[bool, Doc("Whether this is the demo tree's recording.")] = False
