"""NVIDIA's GPUs by NVML, opened and closed for each sample.

While a program holds NVML open, the GPU can't be passed to a VM: unbinding waits for
ever (kubevirt#8549). Only this file imports pynvml, and only if there is an NVIDIA GPU.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any

from uma.feeds.gpu.parse import MAX_CELSIUS, MAX_MHZ, MAX_WATTS, MIN_CELSIUS, Figures

MILLIWATTS = 1000


class NvmlFault(Exception):
    """Raised when a GPU has fallen off the bus; ``str()`` says so in NVML's words."""


def read_nvidia(addresses: Sequence[str]) -> Mapping[str, Figures]:
    """Return the figures of the GPUs at *addresses*, without lost ones.

    Blocks, perhaps for ever: a GPU that fell off the bus hangs NVML inside the kernel.
    Empty without NVML.
    """
    import pynvml  # noqa: PLC0415 - 2 MB, for those who have such a GPU

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return {}
    try:
        found: dict[str, Figures] = {}
        for address in addresses:
            with suppress(NvmlFault):
                found[address] = _read_one(pynvml, address)
        return found
    finally:
        with suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


def _read_one(nvml: ModuleType, address: str) -> Figures:
    try:
        handle = nvml.nvmlDeviceGetHandleByPciBusId(f"0000{address}".encode())
    except nvml.NVMLError as error:
        raise NvmlFault(str(error)) from error

    def ask(function: str, *arguments: object) -> Any:  # noqa: ANN401 - NVML's own types
        return _ask(nvml, getattr(nvml, function), handle, *arguments)

    use, memory = ask("nvmlDeviceGetUtilizationRates"), ask("nvmlDeviceGetMemoryInfo")
    encoder, decoder = ask("nvmlDeviceGetEncoderUtilization"), ask("nvmlDeviceGetDecoderUtilization")
    loads = {
        "render": None if use is None else use.gpu,
        "encoder": None if encoder is None else encoder[0],
        "decoder": None if decoder is None else decoder[0],
    }
    engines = {name: float(load) for name, load in loads.items() if load is not None and 0 <= load <= 100}
    return Figures(
        busy_percent=max(engines.values(), default=None),
        engines=engines,
        memory_used_bytes=None if memory is None else int(memory.used),
        memory_total_bytes=None if memory is None else int(memory.total),
        temperature=_within(ask("nvmlDeviceGetTemperature", nvml.NVML_TEMPERATURE_GPU), MIN_CELSIUS, MAX_CELSIUS),
        power_watts=_watts(ask("nvmlDeviceGetPowerUsage")),
        power_scope="gpu",
        power_limit_watts=_watts(ask("nvmlDeviceGetEnforcedPowerLimit")),
        fan_percent=_within(ask("nvmlDeviceGetFanSpeed"), 0, 100),
        frequency_mhz=_whole(_within(ask("nvmlDeviceGetClockInfo", nvml.NVML_CLOCK_GRAPHICS), 0, MAX_MHZ)),
        integrated=False,
    )


def _ask(nvml: ModuleType, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - NVML's own types
    """Return NVML's answer; None if this card or driver does not support the query."""
    try:
        return function(*arguments)
    except nvml.NVMLError as error:
        if error.value == nvml.NVML_ERROR_GPU_IS_LOST:
            raise NvmlFault(str(error)) from error
        return None


def _within(value: float | None, low: float, high: float) -> float | None:
    return float(value) if value is not None and low <= value <= high else None


def _watts(milliwatts: int | None) -> float | None:
    return None if milliwatts is None else _within(round(milliwatts / MILLIWATTS, 1), 0, MAX_WATTS)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
