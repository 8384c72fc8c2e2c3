"""Publishes the server's GPUs. Figures are read on demand only, and never of a sleeping
GPU.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from uma.aio.deadline import within
from uma.aio.ticks import tick_after
from uma.counted import counted
from uma.feeds.blocking import BlockingReads
from uma.feeds.feed import Context, Publish, Report, registered
from uma.feeds.gpu.demo import moved
from uma.feeds.gpu.devices import Device, has_nvidia_clients, read_addresses, read_devices
from uma.feeds.gpu.model import Gpu, GpuStatus
from uma.feeds.gpu.parse import Figures
from uma.feeds.recording import play, read_recording

if TYPE_CHECKING:
    from uma.feeds.gpu.intel import IntelGpus

NAME = "gpu/status"
HEARTBEAT_SECONDS = 30.0
SAMPLE_SECONDS = 5.0
PRIMING_SECONDS = 1.0
"""Seconds over which the first load is measured on demand."""
SLOW_SAMPLE_SECONDS = 10.0
"""Seconds between two samples of NVIDIA's and AMD's GPUs: a read keeps the GPU awake
for 5 s.
"""
DRIVER_SECONDS = 5.0
REST_SECONDS = 600.0
"""Seconds for which NVML is not called after a call has hung."""
MIN_BUSY_PERCENT = 1.0
NVML_DRIVER = "nvidia"

All = Mapping[str, Figures]


def read_nvml(addresses: Sequence[str]) -> All:
    """Return the figures of NVIDIA's GPUs. Blocks."""
    from uma.feeds.gpu.nvidia import read_nvidia  # noqa: PLC0415 - for those who have one

    return read_nvidia(addresses)


class GpuSource:
    """Publishes GpuStatus at once, on change, every 30 s, and every 5 s on demand."""

    name = "gpu"

    def __init__(
        self,
        context: Context,
        *,
        clock: Callable[[], float] = time.monotonic,
        read_nvml: Callable[[Sequence[str]], All] = read_nvml,
    ) -> None:
        self._host = context.host
        self._demand = context.demand(NAME)
        self._hint = context.hint
        self._clock = clock
        self._read_nvml = read_nvml
        self._wake = asyncio.Event()
        self._is_hinted = True
        self._addresses: Sequence[str] = ()
        self._intel: IntelGpus | None = None
        self._reads = {
            name: BlockingReads(f"GPUs by {name}", seconds=DRIVER_SECONDS) for name in ("PCI", "Intel", "AMD", "NVML")
        }
        self._figures: dict[str, Figures] = {}
        self._slow_due = 0.0
        self._nvml_rests_until = 0.0
        self._lasting: dict[str, Figures] = {}
        """Facts by driver that remain valid while no client wants figures."""
        self._lost: set[str] = set()
        self._idle: set[str] = set()

    async def run(self, publish: Publish, report: Report) -> NoReturn:
        """Observe until cancelled. A driver that hangs affects only its own figures."""
        if (recording := await asyncio.to_thread(read_recording, self._host, "gpu", GpuStatus)) is not None:
            await play(recording, moved, publish, report, time.time)
        self._is_hinted = True
        with (
            registered(self._demand.listeners, self._wake.set),
            registered(self._hint.listeners, self._take_hint),
        ):
            try:
                await self._follow(publish, report)
            finally:
                self._release()

    def _take_hint(self) -> None:
        self._is_hinted = True
        self._wake.set()

    async def _follow(self, publish: Publish, report: Report) -> NoReturn:
        heartbeat_due = 0.0
        is_primed = False
        published: GpuStatus | None = None
        while True:
            devices = await self._look(report)
            is_wanted = self._demand.wanted and bool(devices)
            if is_wanted:
                await self._sample(devices)
            else:
                self._forget()
            status = GpuStatus(tuple(self._gpu_from(device) for device in devices))
            if is_wanted or status != published or self._clock() >= heartbeat_due:
                publish(status)
                published, heartbeat_due = status, tick_after(self._clock(), HEARTBEAT_SECONDS)
            seconds = HEARTBEAT_SECONDS
            if is_wanted:
                seconds = SAMPLE_SECONDS if is_primed else PRIMING_SECONDS
            is_primed = is_wanted
            await self._pause(seconds, was_wanted=is_wanted)

    async def _look(self, report: Report) -> Sequence[Device]:
        """Return the GPUs. At start and after a hint the whole bus is searched."""
        is_search, self._is_hinted = self._is_hinted, False
        devices = await self._reads["PCI"].run(
            lambda: read_devices(self._host, read_addresses(self._host) if is_search else self._addresses)
        )
        if devices is None:
            self._is_hinted = is_search
            devices = ()
        elif is_search:
            self._addresses = [device.address for device in devices]
        nvidia = {device.address for device in devices if _has_nvml(device)}
        self._idle = nvidia if nvidia and not has_nvidia_clients(self._host) else set()
        if devices:
            report("ok", counted(len(devices), "GPU"))
        else:
            report("unavailable", "no GPU")
        return devices

    async def _pause(self, seconds: float, *, was_wanted: bool) -> None:
        """Wait *seconds*, or until a hint or new demand."""
        now = self._clock()
        due = now + seconds if was_wanted else tick_after(now, seconds)
        while (left := due - self._clock()) > 0:
            try:
                async with within(left):
                    await self._wake.wait()
            except TimeoutError:
                return
            self._wake.clear()
            if not was_wanted:
                return

    async def _sample(self, devices: Sequence[Device]) -> None:
        """Read the figures of every GPU that is awake and has a driver."""
        awake = [device for device in devices if device.state == "active"]
        addresses = {device.address for device in awake}
        for address in self._figures.keys() - addresses:
            del self._figures[address]
        for device in devices:
            if device.vendor == "intel" and device.address not in addresses:
                self._release(device.address)
        for device in awake:
            if device.vendor == "intel":
                self._keep(device.address, await self._reads["Intel"].run(partial(self._read_intel, device)))
        if self._clock() >= self._slow_due:
            self._slow_due = self._clock() + SLOW_SAMPLE_SECONDS
            for device in awake:
                if device.vendor == "amd":
                    self._keep(device.address, await self._reads["AMD"].run(partial(_read_amd, device)))
            await self._sample_nvidia([device.address for device in awake if _has_nvml(device)])

    async def _sample_nvidia(self, addresses: Sequence[str]) -> None:
        """Query NVML, unless no program uses a GPU: NVML would start it for seconds."""
        if not addresses or self._clock() < self._nvml_rests_until:
            return
        if self._idle:
            for address in addresses:
                self._figures.pop(address, None)
                self._lost.discard(address)
            return
        found = await self._reads["NVML"].run(lambda: self._read_nvml(addresses))
        if found is None:
            self._nvml_rests_until = self._clock() + REST_SECONDS
        for address in addresses:
            self._keep(address, None if found is None else found.get(address))

    def _keep(self, address: str, figures: Figures | None) -> None:
        """Keep the figures; without any, report that the driver does not answer."""
        if figures is None:
            self._figures.pop(address, None)
            self._lost.add(address)
        else:
            self._figures[address] = figures
            self._lost.discard(address)
            self._lasting[address] = Figures(
                memory_total_bytes=figures.memory_total_bytes,
                power_scope=figures.power_scope,
                power_limit_watts=figures.power_limit_watts,
                integrated=figures.integrated,
            )

    def _forget(self) -> None:
        """Release every GPU for lack of demand."""
        self._release()
        self._figures, self._slow_due = {}, 0.0

    def _release(self, address: str | None = None) -> None:
        # A hanging thread may still use the counters.
        if self._intel is not None and not self._reads["Intel"].is_stuck:
            self._intel.close(address)

    def _read_intel(self, device: Device) -> Figures:
        from uma.feeds.gpu.intel import IntelGpus  # noqa: PLC0415 - for those who have one

        self._intel = self._intel or IntelGpus(self._host)
        return self._intel.read(device)

    def _gpu_from(self, device: Device) -> Gpu:
        figures = self._figures.get(device.address, Figures())
        lasting = self._lasting.get(device.address, Figures())
        return Gpu(
            id=device.address,
            vendor=device.vendor,
            name=device.name,
            driver=device.driver,
            integrated=device.integrated if lasting.integrated is None else lasting.integrated,
            state=self._state_of(device, figures),
            busy_percent=figures.busy_percent,
            engines=dict(figures.engines) or None,
            memory_used_bytes=figures.memory_used_bytes,
            memory_total_bytes=lasting.memory_total_bytes,
            temperature=figures.temperature,
            power_watts=figures.power_watts,
            power_scope=lasting.power_scope,
            power_limit_watts=lasting.power_limit_watts,
            fan_percent=figures.fan_percent,
            fan_rpm=figures.fan_rpm,
            frequency_mhz=figures.frequency_mhz,
        )

    def _state_of(self, device: Device, figures: Figures) -> str:
        if device.state != "active":
            return device.state
        if device.address in self._lost:
            return "unavailable"
        is_idle = figures.busy_percent is not None and figures.busy_percent < MIN_BUSY_PERCENT
        return "idle" if is_idle or device.address in self._idle else "active"


def _has_nvml(device: Device) -> bool:
    """Return whether NVML knows *device*: with nouveau it does not, and nothing is
    wrong.
    """
    return device.vendor == "nvidia" and device.driver == NVML_DRIVER


def _read_amd(device: Device) -> Figures:
    from uma.feeds.gpu.amd import read_amd  # noqa: PLC0415 - for those who have one

    return read_amd(device)
