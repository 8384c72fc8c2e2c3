"""Lines to syslog: one datagram each, in the form that the C library's syslog(3)
writes, under the tag ``uma``.

A syslogd that is absent, is started again or falls behind costs lines and never time:
nothing is kept, nothing waits.
"""

import os
import socket
import time
from contextlib import suppress
from pathlib import Path

TAG = "uma"

LONGEST = 8000
"""Bytes of a line that are sent; rsyslog cuts a message at 8 KiB."""

_DAEMON = 3 << 3
"""The facility, as part of a priority."""

_SEVERITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}


class Syslog:
    """The socket that syslogd listens at, ``/dev/log``."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)

    def send(self, level: str, line: str) -> None:
        """Send *line* at *level*, a name of the standard library's logging;
        it must hold no newline.
        """
        head = f"<{_DAEMON | _SEVERITIES[level]}>{time.strftime('%b %e %H:%M:%S')} {TAG}[{os.getpid()}]: "
        # Lines are few, and a syslogd that was started again listens at another
        # socket of the same name.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
            sock.sendto((head.encode() + line.encode())[:LONGEST], self._path)
