"""Times in the wire's format."""

from datetime import UTC, datetime


def moment(unix_seconds: float) -> str | None:
    """Return *unix_seconds* as UTC, to the second: ``2025-06-15T23:00:00Z``.

    None for a number that is out of range, as in a damaged file.
    """
    try:
        # strftime writes the year 68 with two digits.
        return f"{datetime.fromtimestamp(int(unix_seconds), UTC).replace(tzinfo=None).isoformat()}Z"
    except (ValueError, OverflowError, OSError):
        return None


def parse_booted_at(text: str) -> str | None:
    """Parse ``btime`` of ``/proc/stat``. It never jitters, unlike now - uptime."""
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key == "btime" and value.strip().isdecimal():
            return moment(float(value))
    return None
