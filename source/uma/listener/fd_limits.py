"""File descriptors: as many as the connections may need, with some kept for the
daemon's own files.
"""

import resource

MOST = 4096
"""Descriptors for the maximum of connections in the settings, and for the daemon
itself.
"""

KEPT_BACK = 96
"""For state files, Docker, and accepted connections that are not counted yet."""


def allow_many() -> None:
    """Raise this process's soft limit to its needs, up to the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(MOST, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def for_connections() -> int:
    """Return the number of connections that leaves enough descriptors for the
    daemon.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else max(1, soft - KEPT_BACK)
