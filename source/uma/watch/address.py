"""Stream addresses as a person writes them, translated into WebSocket addresses."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import SplitResult, urlsplit

from uma.spelling import hint

PREFIX: Final = "/api/v1/ws/"
DEFAULT_SERVER: Final = "localhost"
DEFAULT_PORT: Final = 34600
SCHEMES: Final = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}


def stream_url(address: str, streams: Sequence[str]) -> str:
    """Return the WebSocket address for *address*, which must name one of *streams*.
    Raises ValueError with a hint.

    ``docker/events`` is on this machine; ``tower/docker/events`` and
    ``tower:34600/docker/events`` are on another. A whole URL
    (``https://tower/wsproxy/34600/api/v1/ws/docker/events?token=…``) stays unchanged.
    """
    if "://" not in address:
        server, _, stream = ("", "", address) if address in streams else address.partition("/")
        url = f"ws://{server or DEFAULT_SERVER}{PREFIX}{stream.removeprefix(PREFIX.lstrip('/'))}"
        return _checked(url, streams, written=address, default_port=f":{DEFAULT_PORT}").geturl()
    return _checked(address, streams, written=without_query(address), default_port="").geturl()


def without_query(url: str) -> str:
    """Return *url* without its query, which may hold a token."""
    return urlsplit(url)._replace(query="", fragment="").geturl()


def _checked(address: str, streams: Sequence[str], *, written: str, default_port: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname
    except ValueError:
        # Python's own message describes its parser.
        is_v6 = "[" in address or address.count(":") > 2
        form = "an IPv6 address in brackets, as in [::1]" if is_v6 else "the port as a number, as in tower:34600"
        raise ValueError(f"invalid address {address}: write {form}/docker/events") from None
    if parts.scheme not in SCHEMES:
        raise ValueError(f"unknown scheme {parts.scheme}; use one of {', '.join(SCHEMES)}")
    if not host or any(not letter.isprintable() or letter.isspace() for letter in address):
        raise ValueError(f"{address!r} names no server")
    if not parts.path.endswith(tuple(PREFIX + stream for stream in streams)):
        raise ValueError(f"{written!r} is not a stream; {_meant(parts, streams)}")
    netloc = parts.netloc if port is not None else parts.netloc.rstrip(":") + default_port
    return parts._replace(scheme=SCHEMES[parts.scheme], netloc=netloc, fragment="")


def _meant(parts: SplitResult, streams: Sequence[str]) -> str:
    """Guess the intended stream of a nearly correct address, local or remote."""
    path = parts.path.removeprefix(PREFIX)
    there = f"{parts.netloc.rpartition('@')[2]}/"
    subject, server = (path, there) if path else (str(parts.hostname), "")
    if of_subject := [f"{server}{name}" for name in streams if name.startswith(f"{subject}/")]:
        return f"use {' or '.join(of_subject)}"
    if here := hint(f"{parts.hostname}/{path}".rstrip("/"), streams, list_all=False):
        return here.removeprefix("; ")
    if elsewhere := hint(path, streams, list_all=False):
        return elsewhere.removeprefix("; ").replace("mean ", f"mean {there}")
    return f"use one of {', '.join(streams)}, after a server's name where it is another (tower/{streams[0]})"
