"""All open connections together: how many there may be,
how much they may have held for them, and who has to go.
"""

from collections.abc import Callable
from typing import Protocol

MOST_HELD = 8 * 1024 * 1024
"""Bytes, of all clients together: answers that wait to be taken, and requests that were
sent before an answer came.

More than a hundred clients that read can have at once, whatever they ask for. What
WebSockets hold is bounded apart.
"""


class Connection(Protocol):
    """Connection that can be aborted at once."""

    def abort(self) -> None:
        """End it, whatever is unsent."""
        ...


class ConnectionLimiter:
    """All open connections, oldest first, and how many there may be (*limit*
    is asked at each newcomer).
    """

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        # Of an ordered dict only the keys matter: those without a WebSocket, those
        # without a finished head apart.
        self._headless: dict[Connection, None] = {}
        self._served: dict[Connection, None] = {}
        self._websockets: set[Connection] = set()
        self._held: dict[Connection, int] = {}

    def admit(self, newcomer: Connection) -> bool:
        """Count *newcomer* in, closing the oldest connection without a finished
        head if the limit is reached.
        """
        if len(self._headless) + len(self._served) + len(self._websockets) >= self._limit():
            oldest = next(iter(self._headless), None) or next(iter(self._served), None)
            if oldest is None:
                return False
            oldest.abort()
        self._headless[newcomer] = None
        return True

    def note(self, connection: Connection, *, headless: bool, websocket: bool = False) -> None:
        """Move *connection* to where it belongs now."""
        for each in (self._headless, self._served):
            each.pop(connection, None)
        if websocket:
            self._websockets.add(connection)
        else:
            (self._headless if headless else self._served)[connection] = None

    def note_held(self, connection: Connection, held: int) -> None:
        """So many bytes wait for *connection*, or none any more;
        where it gets too much the first of all goes.
        """
        self._held.pop(connection, None)
        if held:
            self._held[connection] = held
        while sum(self._held.values()) > MOST_HELD:
            next(iter(self._held)).abort()

    def forget(self, connection: Connection) -> None:
        """Count *connection* out."""
        self._held.pop(connection, None)
        self._headless.pop(connection, None)
        self._served.pop(connection, None)
        self._websockets.discard(connection)

    def abort_all(self) -> None:
        """End every connection at once."""
        for connection in (*self._headless, *self._served, *self._websockets):
            connection.abort()
