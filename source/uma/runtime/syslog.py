"""Syslog output: one datagram a line, in the format of the C library's syslog(3), with
the tag ``uma``.

If syslogd is absent, restarts or falls behind, lines are lost. Nothing is queued, and
nothing waits.
"""

import os
import socket
import time
from contextlib import suppress
from pathlib import Path

TAG = "uma"

LONGEST = 8000
"""Bytes sent of a line; rsyslog cuts messages at 8 KiB."""

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
        # Lines are rare, and a restarted syslogd has a new socket of the same name.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
            sock.sendto((head.encode() + line.encode())[:LONGEST], self._path)
