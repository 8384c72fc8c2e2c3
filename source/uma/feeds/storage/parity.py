"""The parity part of the message: progress of the running operation, and result of the
last one.

Facts: var.ini's mdResync… and sb… keys as the webGUI reads them (nchan/parity_list),
and its parity-checks.log, whose lines are ``date|seconds|bytes a
second|exit|errors|action|size``, the date in the server's time zone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from uma.feeds.ini_values import Section, count, whole
from uma.feeds.storage.emhttp import EmhttpState
from uma.feeds.storage.model import ParityCheck, ParityResult
from uma.feeds.storage.operation import Operation, action_of, operation_from
from uma.runtime.light_imports import light_imports

with light_imports():
    from zoneinfo import ZoneInfo

CANCELLED: Final = -4
"""The md driver's exit code of an operation that the user cancelled."""
LAST_SECOND: Final = 253_402_300_799
"""The end of the year 9999: a later time stamp is damage."""
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
QUARTER_HOUR_SECONDS: Final = 900
"""Seconds; time zones differ by multiples of it."""
MAX_ZONE_SECONDS: Final = 26 * 3600
"""Seconds, from UTC-12 to UTC+14."""
LOG_FIELDS: Final = 5
"""Number of fields in the oldest lines of parity-checks.log; action and size came
later.
"""


@dataclass(frozen=True, slots=True)
class _Run:
    """A finished operation.

    ``ended`` is in Unix seconds; ``shown`` is the log's text read as UTC. ``seconds``
    is None where the log has no number. ``action`` is the md driver's text, or ``""``
    if the line is too old to have it.
    """

    ended: float
    shown: float
    seconds: int | None
    exit_code: int | None
    errors: int
    action: str


def parity_check_from(state: EmhttpState) -> ParityCheck:
    """Return the running operation with its progress, and the result of the
    last run.
    """
    var = state.var
    operation = operation_from(var)
    last = _last_run(state, operation)
    result = _result_from(last) if last else None
    if not operation.is_active:
        action = operation.action if last else None
        if last and last.action:
            action = action_of(last.action, is_correcting=count(var, "mdResyncCorr") > 0)
        return ParityCheck(
            action=action,
            status="idle",
            percent=None,
            speed_bytes_per_sec=None,
            eta_seconds=None,
            errors=last.errors if last else 0,
            last=result,
        )
    speed, eta = _pace(var)
    return ParityCheck(
        action=operation.action,
        status=operation.status,
        percent=_percent(var),
        speed_bytes_per_sec=speed,
        eta_seconds=eta,
        errors=count(var, "sbSyncErrs"),
        last=result,
    )


def _percent(var: Section) -> float | None:
    size = count(var, "mdResyncSize")
    # The webGUI's own formula; its + 1 avoids a division by 0.
    return round(min(100.0, count(var, "mdResyncPos") / (size / 100 + 1)), 1) if size else None


def _pace(var: Section) -> tuple[int | None, int | None]:
    """Return bytes per second and seconds left, from the last interval; None without
    one.
    """
    seconds, done = count(var, "mdResyncDt"), count(var, "mdResyncDb")
    if not seconds or not done:
        return None, None
    left = max(0, count(var, "mdResyncSize") - count(var, "mdResyncPos"))
    # The webGUI's own formula with its + 1, which for a slow operation predicts a
    # shorter rest than the speed would.
    return round(done * 1024 / seconds), round(seconds * (left / (done / 100 + 1)) / 100)


def _last_run(state: EmhttpState, operation: Operation) -> _Run | None:
    logged = _last_logged(state.parity_history, state.var.get("timeZone", ""))
    # While one runs or is paused, the superblock's note mixes it with the one before.
    noted = None if operation.is_active else _noted_run(state.var)
    if noted is None or (logged and not count(state.var, "sbSynced2")):
        return logged or noted
    if logged and _is_same(logged, noted):
        # The log excludes pauses, and has the action.
        seconds = noted.seconds if logged.seconds is None else logged.seconds
        return replace(noted, seconds=seconds, action=logged.action)
    return noted


def _is_same(logged: _Run, noted: _Run) -> bool:
    """Return whether the log's last line and the superblock describe the same run.

    The webGUI writes the end in local time. The server may have moved to another time
    zone since, and summer time repeats an hour.
    """
    if logged.ended == noted.ended:
        return True
    shift = logged.shown - noted.ended
    return (
        shift % QUARTER_HOUR_SECONDS == 0
        and abs(shift) <= MAX_ZONE_SECONDS
        and (logged.exit_code, logged.errors) == (noted.exit_code, noted.errors)
    )


def _noted_run(var: Section) -> _Run | None:
    """Return the run in the superblock; None if there is none."""
    started, ended = count(var, "sbSynced"), count(var, "sbSynced2")
    exit_code = whole(var, "sbSyncExit")
    if not started or (not ended and not exit_code):
        return None
    ended = max(started, ended)
    if ended > LAST_SECOND:
        return None
    return _Run(ended, ended, ended - started, exit_code, count(var, "sbSyncErrs"), action="")


def _last_logged(lines: Iterable[str], time_zone: str) -> _Run | None:
    for line in reversed(tuple(lines)):
        fields = [field.strip() for field in line.split("|")]
        if len(fields) < LOG_FIELDS:
            continue
        local = _logged_time(fields[0])
        ended = None if local is None else _in_zone(local, time_zone)
        if local is None or ended is None:
            continue
        numbers = dict(zip(("seconds", "speed", "exit", "errors"), fields[1:], strict=False))
        return _Run(
            ended,
            local.replace(tzinfo=UTC).timestamp(),
            _seconds(numbers),
            whole(numbers, "exit"),
            count(numbers, "errors"),
            action=fields[5] if len(fields) > LOG_FIELDS else "",
        )
    return None


def _seconds(numbers: Section) -> int | None:
    """Return a line's duration; None for a word such as ``Unavailable``, or damage."""
    seconds = whole(numbers, "seconds")
    return seconds if seconds is not None and seconds >= 0 else None


def _logged_time(text: str) -> datetime | None:
    """Parse a date such as ``2024 Jan  5 12:00:00``, without a zone;
    None if invalid.
    """
    try:
        year, month, day, clock = text.split()
        hour, minute, second = clock.split(":")
        return datetime(int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second))  # noqa: DTZ001 - its zone follows
    except (ValueError, OverflowError):
        return None


def _in_zone(local: datetime, time_zone: str) -> float | None:
    """Convert *local* to Unix seconds; None if that is not possible."""
    zone = _zone(time_zone)
    try:
        # A naive time is in the machine's own zone: the best guess if the zone's rules
        # are not installed.
        ended = (local.replace(tzinfo=zone) if zone else local).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return ended if 0 < ended <= LAST_SECOND else None


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _result_from(run: _Run) -> ParityResult:
    result = {0: "ok", CANCELLED: "cancelled"}.get(-1 if run.exit_code is None else run.exit_code, "failed")
    # The wire has an integer here: null would break typed clients of the stream.
    seconds = run.seconds or 0
    at = datetime.fromtimestamp(run.ended, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ParityResult(at=at, duration_seconds=seconds, result=result, errors=run.errors)
