"""Moments as the wire has them."""

from datetime import UTC, datetime


def moment(unix_seconds: float) -> str | None:
    """Return *unix_seconds* as UTC, to the second: ``2025-06-15T23:00:00Z``.

    None for a number that is no time, as a damaged file may hold.
    """
    try:
        return datetime.fromtimestamp(int(unix_seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return None
