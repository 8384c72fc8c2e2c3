"""Limits over all open connections: their number, and the bytes held for them."""

from collections.abc import Callable
from typing import Protocol

MOST_HELD = 8 * 1024 * 1024
"""Bytes of all clients together: unread answers, and requests that were sent before an
answer.

A hundred reading clients never reach it, whatever they request. WebSockets have a limit
of their own.
"""


class Connection(Protocol):
    """Connection that can be aborted at once."""

    def abort(self) -> None:
        """End it, dropping unsent bytes."""
        ...


class ConnectionLimiter:
    """All open connections, oldest first, and their maximum (*limit* is called for each
    new one).
    """

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        # An ordered dict of which only the keys matter: those without a WebSocket;
        # those without a complete head separately.
        self._headless: dict[Connection, None] = {}
        self._served: dict[Connection, None] = {}
        self._websockets: set[Connection] = set()
        self._held: dict[Connection, int] = {}

    def admit(self, newcomer: Connection) -> bool:
        """Add *newcomer*; close the oldest connection without a complete head if the
        limit is reached.
        """
        if len(self._headless) + len(self._served) + len(self._websockets) >= self._limit():
            oldest = next(iter(self._headless), None) or next(iter(self._served), None)
            if oldest is None:
                return False
            oldest.abort()
        self._headless[newcomer] = None
        return True

    def note(self, connection: Connection, *, headless: bool, websocket: bool = False) -> None:
        """Move *connection* to its present group."""
        for each in (self._headless, self._served):
            each.pop(connection, None)
        if websocket:
            self._websockets.add(connection)
        else:
            (self._headless if headless else self._served)[connection] = None

    def note_held(self, connection: Connection, held: int) -> None:
        """Record the bytes held for *connection*; abort the oldest holder above the
        limit.
        """
        self._held.pop(connection, None)
        if held:
            self._held[connection] = held
        while sum(self._held.values()) > MOST_HELD:
            next(iter(self._held)).abort()

    def forget(self, connection: Connection) -> None:
        """Remove *connection*."""
        self._held.pop(connection, None)
        self._headless.pop(connection, None)
        self._served.pop(connection, None)
        self._websockets.discard(connection)

    def abort_all(self) -> None:
        """End every connection at once."""
        for connection in (*self._headless, *self._served, *self._websockets):
            connection.abort()
