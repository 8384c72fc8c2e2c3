"""The message of the GPU feed."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from uma.feeds.feed import CELSIUS, COUNT, ON_DEMAND, PERCENT, Doc, Words

VENDORS = ("nvidia", "intel", "amd")
STATES = ("active", "idle", "suspended", "passed_through", "unavailable")
SCOPES = ("gpu", "soc")
ENGINES = ("render", "video", "video_enhance", "blitter", "compute", "encoder", "decoder")


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU. A field is None if it is not known now."""

    about: ClassVar[str] = "One GPU. A sleeping one is left asleep, so its figures are null."

    id: Annotated[str, Doc("Its PCI address, such as `0000:01:00.0`.")]
    vendor: Annotated[str, Doc("Maker of the chip."), Words(*VENDORS)]
    name: Annotated[str | None, Doc("Model.")]
    driver: Annotated[str | None, Doc("The kernel's driver; null without one.")]
    integrated: Annotated[bool | None, Doc("Whether it is a part of the processor.")]
    state: Annotated[
        str,
        Doc(
            "`active`: awake. `idle`: awake, without work. `suspended`: asleep, and not woken to be looked at. "
            "`passed_through`: it belongs to a VM. `unavailable`: no driver, or the driver does not answer."
        ),
        Words(*STATES),
    ]
    busy_percent: Annotated[float | None, Doc("Load: that of the busiest engine."), PERCENT, ON_DEMAND]
    engines: Annotated[
        dict[str, float] | None, Doc(f"Load of each engine in percent: {', '.join(ENGINES)}."), ON_DEMAND
    ]
    memory_used_bytes: Annotated[int | None, Doc("Video memory in use."), COUNT, ON_DEMAND]
    memory_total_bytes: Annotated[int | None, Doc("Video memory; known once it has been read."), COUNT]
    temperature: Annotated[float | None, Doc("Temperature in °C."), CELSIUS, ON_DEMAND]
    power_watts: Annotated[float | None, Doc("Power drawn, in W."), COUNT, ON_DEMAND]
    power_scope: Annotated[str | None, Doc("Scope of the power reading; `soc` includes the processor."), Words(*SCOPES)]
    power_limit_watts: Annotated[float | None, Doc("Power at which it slows down, in W."), COUNT]
    fan_percent: Annotated[float | None, Doc("Fan, in percent of its full speed."), PERCENT, ON_DEMAND]
    fan_rpm: Annotated[int | None, Doc("Fan, in revolutions per minute."), COUNT, ON_DEMAND]
    frequency_mhz: Annotated[int | None, Doc("Clock of the render engine, in MHz."), COUNT, ON_DEMAND]


@dataclass(frozen=True, slots=True)
class GpuStatus:
    """The server's GPUs, including those of VMs; not the board management
    controller's.
    """

    kind: ClassVar[str] = "gpu_status"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "The server's GPUs, those passed through to VMs too."

    gpus: Annotated[tuple[Gpu, ...], Doc("By PCI address; empty without a GPU.")]
    demo: Annotated[bool, Doc("Whether this is the demo tree's recording.")] = False
