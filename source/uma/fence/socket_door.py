"""Connections that the steward opens and passes to the daemon: to Docker, which gives
every user root's power, and to libvirt, which refuses users without a name.

It sends Docker one request from a fixed list. The request has ``Connection: close``,
after which a server must not process another one on it (RFC 9112, section 9.6). The
daemon reads Docker's answer directly, at no cost; anything that it writes there is
lost. For libvirt the read-only socket is used.

The steward imports this module, so it needs almost no memory.
"""

import _socket
import errno
import os

GET = "GET"
OPERATIONS = ("start", "stop", "restart", "pause", "unpause")
"""Operations on a container, allowed with CONTROL=yes."""

MAX_NAME_CHARACTERS = 128
MAX_QUERY_CHARACTERS = 1024

_NAME = "_.-:"
_VALUE = "._-:,+%"
"""Characters allowed in a name, and in a value of a query, besides letters and
digits.
"""


def is_allowed(method: str, target: str, *, controls: bool) -> bool:
    """Check for one of UMA's requests; with *controls* also for its operations on
    containers.
    """
    path, mark, query = target.partition("?")
    if method == GET and path == "/containers/json":
        return query == "all=1" or _is_query(query, {"all": "1", "filters": ""})
    if method == GET and path == "/events":
        return _is_query(query, {"since": "", "filters": ""})
    if method == GET and path in ("/version", "/_ping"):
        return not mark
    root, *parts = path.split("/")
    if root or mark or len(parts) != 3 or not _is_name(parts[1]):
        return False
    kind, _, what = parts
    return (method == GET and kind in ("containers", "images") and what == "json") or (
        controls and method == "POST" and kind == "containers" and what in OPERATIONS
    )


def open_docker(path: str, words: list[str], *, controls: bool) -> _socket.socket:
    """Return a connection to the socket at *path*, with the request *words* sent: a
    method and a target, or nothing. Raises OSError. Never waits.
    """
    request = b""
    if words:
        method, target = words if len(words) == 2 else ("", "")
        if not is_allowed(method, target, controls=controls):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        length = "" if method == GET else "Content-Length: 0\r\n"
        request = f"{method} {target} HTTP/1.1\r\nHost: docker\r\n{length}Connection: close\r\n\r\n".encode("ascii")
    docker = connected(path)
    try:
        docker.sendall(request)
    except OSError:
        docker.close()
        raise
    return docker


def connected(path: str) -> _socket.socket:
    """Return a connection to the socket at *path*. Raises OSError. Never waits."""
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_NONBLOCK)
    try:
        # The connection is there at once, or the queue is full.
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


def _is_query(query: str, expected: dict[str, str]) -> bool:
    """Check for the keys *expected*, in order, each with its value, or any."""
    pairs = [pair.partition("=") for pair in query.split("&")]
    return (
        len(query) <= MAX_QUERY_CHARACTERS
        and [key for key, _, _ in pairs] == [*expected]
        and all(_is_plain(value, _VALUE) and expected[key] in ("", value) for key, _, value in pairs)
    )


def _is_name(text: str) -> bool:
    return len(text) <= MAX_NAME_CHARACTERS and text[:1].isalnum() and _is_plain(text, _NAME)


def _is_plain(text: str, more: str) -> bool:
    return bool(text) and text.isascii() and all(each.isalnum() or each in more for each in text)
