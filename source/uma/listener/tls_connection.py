"""TLS around a guarded connection, counted before its handshake.

asyncio's own ``ssl`` option shows a connection only after the handshake: until then no
limit would count it, and each would hold 256 KiB. This does the same as that option
(asyncio, ``_make_ssl_transport``), after a check of the limits.
"""

import asyncio
import ssl
from asyncio.sslproto import SSLProtocol
from typing import Final

from uma.listener.connection import HEAD_TIMEOUT, GuardedConnection

MAX_READ_BYTES: Final = 4 * 1024
"""Read buffer of each connection: clients send little. asyncio's own has 256 KiB."""


class TlsConnection(SSLProtocol):
    """TLS of one connection; *inner* is connected after the handshake.

    *shutdown_seconds* limits the closing handshake.
    """

    max_size = MAX_READ_BYTES

    def __init__(self, inner: GuardedConnection, context: ssl.SSLContext, *, shutdown_seconds: float) -> None:
        super().__init__(
            asyncio.get_running_loop(),
            inner,
            context,
            # No task waits for the handshake.
            None,  # type: ignore[arg-type]
            server_side=True,
            ssl_handshake_timeout=int(HEAD_TIMEOUT),
            ssl_shutdown_timeout=shutdown_seconds,
        )
        self._gate = inner.gate
        self._raw: asyncio.BaseTransport | None = None
        inner.follow_handshake(self._leave)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake, unless there are too many connections."""
        assert isinstance(transport, asyncio.Transport)
        if not self._gate.admit(self):
            transport.abort()
            return
        self._raw = transport
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End the handshake, or *inner*."""
        self._leave()
        super().connection_lost(exc)

    def abort(self) -> None:
        """End the connection within its handshake."""
        raw = self._raw
        self._leave()
        if isinstance(raw, asyncio.Transport):
            raw.abort()

    def _leave(self) -> None:
        """Stop counting the handshake: it is over, and *inner* counts itself."""
        self._raw = None
        self._gate.forget(self)
