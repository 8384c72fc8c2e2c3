"""User shares: protection, placement, export and free space."""

from collections.abc import Callable, Iterable
from typing import Any

from uma.feeds.feed import Context, Feed, Gauge, Sample, Source, Switch, path, sensor, show
from uma.feeds.shares.model import Share, SharesStatus


def _source(context: Context) -> Source:
    from uma.feeds.shares.source import SharesSource  # noqa: PLC0415 - only while it is on

    return SharesSource(context)


def _each(value: Callable[[Share], float | None]) -> Callable[[Any], Iterable[Sample]]:
    """Return a function that yields *value* of each share, by name."""
    return lambda status: [({"share": share.name}, value(share)) for share in status.shares]


def _is_protected(share: Share) -> float | None:
    return None if share.protection == "unknown" else float(share.protection == "protected")


def _count(attribute: str, value: str) -> str:
    """Return a template for the number of shares whose *attribute* is *value*."""
    return show(f"{path('shares')} | selectattr('{attribute}', 'eq', {value}) | list | count")


FEEDS = (
    Feed(
        name="shares/status",
        title="Shares",
        summary="Every user share: at once, every 30 s, and within 1 s of a change of more than free space.",
        message=SharesStatus,
        source=_source,
        switch=Switch("SHARES_STATUS", "Shares", "Protection, placement, export and free space of each user share."),
        metrics=(
            Gauge(
                "uma_share_free_bytes", "Free space of the disks that the share may use.", _each(lambda s: s.free_bytes)
            ),
            Gauge("uma_share_protected", "1 if all files survive the loss of a disk, 0 if not.", _each(_is_protected)),
            Gauge(
                "uma_share_valid",
                "1 if the storage that the share refers to exists, 0 if not.",
                _each(lambda share: share.valid),
            ),
            Gauge(
                "uma_share_computed_size_bytes",
                "Size that the user had Unraid compute.",
                _each(lambda share: share.computed_size.bytes if share.computed_size else None),
            ),
        ),
        entities=(
            sensor("shares", "Shares", show(f"{path('shares')} | count"), icon="mdi:folder-network"),
            sensor(
                "shares_unprotected",
                "Shares unprotected",
                _count("protection", "'unprotected'"),
                icon="mdi:folder-alert",
            ),
            sensor("shares_invalid", "Shares invalid", _count("valid", "false"), icon="mdi:folder-remove"),
        ),
        facts=lambda status: tuple((share.name, share.protection, share.valid) for share in status.shares),
        panel="panels/shares.js",
    ),
)
