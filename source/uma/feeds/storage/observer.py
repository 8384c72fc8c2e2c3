"""The feed's source: storage itself, with SMART data and udev's hints beside it."""

from collections.abc import Iterator, Mapping
from typing import Literal, cast

from uma.feeds.feed import Choice, Context, Publish, Report, Seconds, Source
from uma.feeds.moments import moment
from uma.feeds.smart.drives import DriveToQuery, drives_of
from uma.feeds.smart.model import DriveSmart, SmartReading
from uma.feeds.smart.source import SmartSource
from uma.feeds.smart.texts import SmartTexts
from uma.feeds.storage.emhttp import EmhttpState
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.source import StorageSource, snapshot
from uma.feeds.udev import UdevSource
from uma.host import Host


class StorageObserver:
    """Publisher of the state of storage. ``newest`` is its last message."""

    name = StorageSource.name

    def __init__(self, context: Context, interval: Seconds, smart: Choice) -> None:
        self._settings = context.settings
        self._host = context.host
        self._interval = interval
        self._smart_mode = smart
        self._smart = SmartSource(
            host=context.host,
            mode="cached",
            changed=lambda: self._storage.nudge(),  # noqa: PLW0108 - storage is made next, and needs smart's readings
            drives=self._drives_to_ask,
        )
        self._storage = StorageSource(
            host=context.host,
            smart=lambda: self.readings,
            seated=self._smart.seat,
            renamed=context.hint.give,
        )
        self._udev = UdevSource(context.hint.give)
        self.newest: StorageStatus | None = None
        context.hint.listeners.add(self.look_again)

    @property
    def readings(self) -> Mapping[str, SmartReading]:
        """Last SMART reading of each drive, by slot name."""
        return self._smart.readings

    @property
    def state(self) -> EmhttpState | None:
        """The last valid state of emhttpd's files; None before the first one."""
        return self._storage.state

    def drives(self) -> list[DriveSmart]:
        """Return the readings by slot name, as REST returns them."""
        return [
            DriveSmart(
                name=name,
                health=reading.health,
                temperature=reading.temperature,
                power_on_hours=reading.power_on_hours,
                attributes=reading.attributes,
                wear_percent=reading.wear_percent,
                spare_percent=reading.spare_percent,
                grown_defects=reading.grown_defects,
                uncorrected_errors=reading.uncorrected_errors,
                failing_attributes=reading.failing,
                at=moment(reading.at) or "",
            )
            for name, reading in sorted(self.readings.items())
        ]

    def _drives_to_ask(self) -> tuple[DriveToQuery, ...]:
        """Return the drives of the last valid state: with a torn file a drive would be
        forgotten, and queried again. Blocks.
        """
        state = self._storage.state
        return () if state is None else drives_of(state, self._host)

    def look_again(self) -> None:
        """Look now, not at the next interval: the devices may have changed."""
        self._storage.nudge()
        self._smart.nudge()

    def companions(self) -> Iterator[Source]:
        """Return the sources that run beside it, by the settings."""
        mode = self._settings.of(self._smart_mode)
        if mode == "off":
            self._smart.readings = {}
        else:
            self._smart.mode = cast(Literal["cached", "query"], mode)
            yield self._smart
        yield self._udev

    async def run(self, publish: Publish, report: Report) -> None:
        """Observe until cancelled."""
        self._storage.interval = self._settings.of(self._interval)

        def keep(status: StorageStatus) -> None:
            self.newest = status
            publish(status)

        await self._storage.run(keep, report)


def snapshot_once(host: Host) -> StorageStatus:
    """Read the state as it is now. Blocks. Raises Unreadable.

    SMART data come from Unraid's own polling: a snapshot queries no drive.
    """
    smart = SmartTexts(host.smart_texts)
    smart.look()
    return snapshot(host, smart.readings)
