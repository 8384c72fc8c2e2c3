"""Publishes the sensors of the mainboard and the processor. Values are read on demand
only.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn

from uma.aio.deadline import within
from uma.aio.ticks import tick_after
from uma.counted import counted
from uma.feeds.blocking import BlockingReads
from uma.feeds.feed import Context, Publish, Report, registered
from uma.feeds.recording import play, read_recording
from uma.feeds.sensors.chips import Channel, Reading, list_chips, read_channels, read_conf, read_values
from uma.feeds.sensors.demo import moved
from uma.feeds.sensors.model import Sensor, SensorsStatus
from uma.feeds.sensors.parse import is_plausible

NAME = "sensors/status"
HEARTBEAT_SECONDS = 30.0
SAMPLE_SECONDS = 10.0
CHIP_SECONDS = 2.0
"""Seconds for one chip: a full read of a super-I/O chip takes 1 to 20 ms."""

UNREAD = Reading()


class SensorsSource:
    """Publishes SensorsStatus at once, every 30 s, and every 10 s on demand."""

    name = "sensors"

    def __init__(self, context: Context, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = context.host
        self._demand = context.demand(NAME)
        self._hint = context.hint
        self._clock = clock
        self._wake = asyncio.Event()
        self._looks = BlockingReads("sensor chips")
        self._chips: Sequence[Sequence[Channel]] = ()
        self._reads: dict[str, BlockingReads] = {}
        self._seen: object = None
        self._is_hinted = True

    async def run(self, publish: Publish, report: Report) -> NoReturn:
        """Observe until cancelled. Sensors that can't be read have no value; no error
        is raised.
        """
        if (recording := await asyncio.to_thread(read_recording, self._host, "sensors", SensorsStatus)) is not None:
            await play(recording, moved, publish, report, time.time)
        self._is_hinted = True
        with (
            registered(self._demand.listeners, self._wake.set),
            registered(self._hint.listeners, self._take_hint),
        ):
            await self._follow(publish, report)

    def _take_hint(self) -> None:
        self._is_hinted = True
        self._wake.set()

    async def _follow(self, publish: Publish, report: Report) -> NoReturn:
        heartbeat_due = sample_due = 0.0
        while True:
            now = self._clock()
            is_sampled = self._demand.wanted and now >= sample_due
            is_new = (is_sampled or self._is_hinted) and await self._look(report)
            if is_sampled:
                sample_due = now + SAMPLE_SECONDS
                publish(status_from(self._chips, [await self._read(chip) for chip in self._chips]))
                heartbeat_due = tick_after(now, HEARTBEAT_SECONDS)
            elif is_new or now >= heartbeat_due:
                publish(status_from(self._chips, [[UNREAD] * len(chip) for chip in self._chips]))
                heartbeat_due = tick_after(now, HEARTBEAT_SECONDS)
            due = sample_due if self._demand.wanted else heartbeat_due
            try:
                async with within(max(0.0, due - self._clock())):
                    await self._wake.wait()
            except TimeoutError:
                continue
            self._wake.clear()

    async def _look(self, report: Report) -> bool:
        """Find the chips again if they or the user's labels changed; return whether
        they did.
        """
        self._is_hinted = False
        seen = await self._looks.run(lambda: (list_chips(self._host.sys), read_conf(self._host)))
        if seen is None or seen == self._seen:
            return False
        chips = await self._looks.run(lambda: read_channels(self._host))
        if chips is None:
            return False
        self._seen, self._chips = seen, chips
        if chips:
            report("ok", f"{counted(sum(map(len, chips)), 'sensor')} of {counted(len(chips), 'chip')}")
        else:
            report("unavailable", "no sensor driver is loaded")
        return True

    async def _read(self, chip: Sequence[Channel]) -> Sequence[Reading]:
        """Return a reading of each channel; None for those of a chip that hangs."""
        chip_id = chip[0].id.partition("/")[0]
        if chip_id not in self._reads:
            self._reads[chip_id] = BlockingReads(f"sensors of {chip_id}", seconds=CHIP_SECONDS)
        readings = await self._reads[chip_id].run(partial(read_values, chip))
        return [UNREAD] * len(chip) if readings is None else readings


def status_from(chips: Sequence[Sequence[Channel]], readings: Sequence[Sequence[Reading]]) -> SensorsStatus:
    """Build the message of all channels and their readings."""
    return SensorsStatus(
        tuple(
            _sensor_from(channel, reading)
            for chip, of_chip in zip(chips, readings, strict=True)
            for channel, reading in zip(chip, of_chip, strict=True)
        )
    )


def _sensor_from(channel: Channel, reading: Reading) -> Sensor:
    value = None if reading.fault else reading.value
    return Sensor(
        id=channel.id,
        kind=channel.kind,
        label=channel.label,
        role=channel.role,
        value=value,
        unit=channel.unit,
        critical=channel.critical,
        trusted=channel.is_connected and is_plausible(channel.kind, value),
        fault=reading.fault,
    )
