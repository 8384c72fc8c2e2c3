"""Logging: one event a line on standard error, a noun and a past participle, then its
keys.

On a server the lines go to syslog instead. Libraries that log by the standard library
(aiohttp, asyncio, aiodocker) and Python's warnings get the same form. If standard error
is closed, broken or full, lines are lost and nothing else happens.
"""

import logging
import os
import sys
from contextlib import suppress
from functools import partialmethod
from pathlib import Path
from typing import Literal

import structlog
from structlog.processors import JSONRenderer, LogfmtRenderer, TimeStamper, add_log_level, format_exc_info
from structlog.typing import EventDict, Processor, WrappedLogger

from uma.runtime.log_limits import LogLimit
from uma.runtime.syslog import Syslog

Format = Literal["text", "json", "syslog"]

PLACE_CHARACTERS = 40
"""Length of a library's message by which messages are distinguished; the variable parts
come later.
"""

FIRST_KEYS = ("timestamp", "level", "event")

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure_logs(*, format: Format | None, level: str, syslog: Path = Path("/dev/log")) -> None:  # noqa: A002 - as the flag is called
    """Send every log line of *level* (a LOG_LEVEL of Config) and above to standard
    error. May be called again.

    *format* ``text`` is for people; None is that on a terminal and ``key="value"``
    pairs (logfmt) elsewhere; ``syslog`` sends such pairs to the socket *syslog*, a
    traceback's lines after those of its event. Libraries are heard from warnings on,
    whatever the level: their news of every request is not ours.
    """
    lines = _SyslogLines(syslog) if format == "syslog" else _Lines()
    structlog.configure(
        processors=[add_log_level, *_renderers(format, is_terminal=lines.is_terminal)],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: lines,
        # Loggers are module constants, created before the level is known; a reload
        # changes the level.
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING)
    logging.captureWarnings(capture=True)


def _renderers(format: Format | None, *, is_terminal: bool) -> list[Processor]:  # noqa: A002 - as above
    if format == "syslog":
        return [format_exc_info, _tidy, _with_traceback_below]
    if format == "text" or (format is None and is_terminal):
        from structlog.dev import ConsoleRenderer, plain_traceback  # noqa: PLC0415 - costs a MB that no server needs

        local = TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False)
        has_colours = is_terminal and "NO_COLOR" not in os.environ
        renderer: Processor = ConsoleRenderer(colors=has_colours, exception_formatter=plain_traceback, sort_keys=False)
        return [local, format_exc_info, _tidy, renderer]
    renderer = JSONRenderer() if format == "json" else LogfmtRenderer(bool_as_flag=False)
    return [TimeStamper(fmt="iso", utc=True), format_exc_info, _tidy, renderer]


class _Lines:
    """Standard error, one line per call. Its methods have the names that structlog
    calls.
    """

    def __init__(self) -> None:
        # None if it was closed before the start: its number may now be a client's
        # socket.
        self._descriptor = None if sys.__stderr__ is None else sys.__stderr__.fileno()

    @property
    def is_terminal(self) -> bool:
        return self._descriptor is not None and os.isatty(self._descriptor)

    def msg(self, line: str) -> None:
        # Unbuffered: Python exits with 120 if it can't flush a buffer at exit.
        rest = f"{line}\n".encode()
        with suppress(OSError):
            while rest and self._descriptor is not None:
                rest = rest[os.write(self._descriptor, rest) :]

    debug = info = warning = error = critical = exception = msg


class _SyslogLines:
    """Syslog, one datagram per line. Its methods have the names that
    structlog calls.
    """

    is_terminal = False

    def __init__(self, path: Path) -> None:
        self._syslog = Syslog(path)

    def _send(self, text: str, *, level: str) -> None:
        for line in text.split("\n"):
            self._syslog.send(level, line)

    debug = partialmethod(_send, level="debug")
    info = partialmethod(_send, level="info")
    warning = partialmethod(_send, level="warning")
    error = exception = partialmethod(_send, level="error")
    critical = partialmethod(_send, level="critical")


class _Forward(logging.Handler):
    """The standard library's records as structlog's events, with the library's name as
    ``logger``.

    Limited to one a minute and place, since clients can cause a library's warnings.
    """

    def __init__(self) -> None:
        super().__init__()
        self._limit = LogLimit()

    def emit(self, record: logging.LogRecord) -> None:
        left_out = self._limit.admit((record.name, record.pathname, record.lineno, str(record.msg)[:PLACE_CHARACTERS]))
        if left_out is None:
            return
        try:
            event = record.getMessage()
        except (TypeError, ValueError):
            event = str(record.msg)
        level = min(max(record.levelno // 10 * 10, logging.DEBUG), logging.CRITICAL)
        more = {"others_since": left_out} if left_out else {}
        structlog.get_logger().log(level, event.rstrip(), logger=record.name, exc_info=record.exc_info, **more)


def _with_traceback_below(logger: WrappedLogger, method: str, event_dict: EventDict) -> str:
    """Format the event as logfmt with its traceback below, indented so that no line
    looks like an event.
    """
    event_dict.pop("timestamp")
    lines = str(event_dict.pop("exception", "")).splitlines()
    event = LogfmtRenderer(bool_as_flag=False)(logger, method, event_dict)
    return "\n".join([event, *(f"  {line}" for line in lines)])


def _tidy(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    """Order the event's keys by importance and escape anything that could end the line
    or move a terminal's cursor.
    """
    ordered = {**dict.fromkeys(FIRST_KEYS), **event_dict}
    return {key: _plain(value, keep="\n" if key == "exception" else "") for key, value in ordered.items()}


def _plain(value: object, *, keep: str) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return "".join(c if c.isprintable() or c in keep else ascii(c)[1:-1] for c in str(value))
