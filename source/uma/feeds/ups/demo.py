"""The demo tree's UPS, with a changing load."""

from dataclasses import replace

from uma.feeds.moments import moment
from uma.feeds.recording import swing
from uma.feeds.ups.model import Ups, UpsStatus
from uma.feeds.ups.parse import estimated_watts


def moved(recording: UpsStatus, unix: float) -> UpsStatus:
    """Return the recording for the time *unix*, as if read just then."""
    return replace(recording, ups=tuple(_moved_ups(ups, unix) for ups in recording.ups), demo=True)


def _moved_ups(ups: Ups, unix: float) -> Ups:
    load = None if ups.load_percent is None else round(swing(ups.load_percent, unix, ups.id), 1)
    return replace(
        ups,
        load_percent=load,
        power_watts=estimated_watts(ups.nominal_power_watts, load),
        read_at=moment(unix),
    )
