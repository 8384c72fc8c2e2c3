"""The server's own names: its host name, and those in nginx.ini.

The webGUI's rc.nginx rewrites nginx.ini when the network or a certificate changes; the
server's myunraid.net and Tailscale names are there (``NGINX_LANFQDN``,
``NGINX_TAILSCALEFQDN`` and others).
"""

import socket
import time
from pathlib import Path

from uma.feeds.files import read_optional
from uma.host import Host

OWN_SUFFIXES = (".myunraid.net", ".ts.net")
LOOK_AGAIN = 5.0


def parse_hostnames(text: str) -> frozenset[str]:
    """Extract the myunraid.net and ts.net names from the text of
    nginx.ini, in lower case.
    """
    values = (line.partition("=")[2].strip().strip('"').lower().removesuffix(".") for line in text.splitlines())
    return frozenset(value for value in values if value.endswith(OWN_SUFFIXES))


def read_hostnames(path: Path) -> frozenset[str]:
    """Return the names listed by the nginx.ini at *path*; none if it can't be read."""
    return parse_hostnames(read_optional(path))


class Hostnames:
    """Callable that returns the current names, read at most every LOOK_AGAIN seconds:
    the file is small and in RAM.
    """

    def __init__(self, host: Host) -> None:
        self._path = host.state / "nginx.ini"
        self._names: frozenset[str] = frozenset()
        self._looked_at: float | None = None

    def __call__(self) -> frozenset[str]:
        """Return the current names, in lower case."""
        now = time.monotonic()
        if self._looked_at is None or now - self._looked_at > LOOK_AGAIN:
            self._looked_at = now
            self._names = read_hostnames(self._path) | {socket.gethostname().lower()}
        return self._names
