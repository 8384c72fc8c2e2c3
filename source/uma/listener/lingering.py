"""Lingering close: FIN, drain, close, so that the peer reads the final bytes."""

import asyncio
from collections.abc import Callable

LINGER = 2.0
"""Seconds for which a closing connection discards what the client sends: closing with
unread data would reset the connection and lose the final bytes (a close code, a 431).
"""


class LingeringTransport(asyncio.Transport):
    """Transport whose close sends buffered bytes and a FIN, then reads for a moment
    before it closes.
    """

    def __init__(self, transport: asyncio.Transport, discard: Callable[[], None]) -> None:
        super().__init__()
        self._transport = transport
        self._discard = discard
        self._is_lingering = False
        self._is_lost = False
        self._letting_go: asyncio.TimerHandle | None = None
        self.on_closing: Callable[[], None] | None = None
        """Called once this end begins to close."""
        # Passed through directly: these are called for every frame of every client.
        self.write = transport.write  # type: ignore[method-assign]
        self.writelines = transport.writelines  # type: ignore[method-assign]
        self.get_extra_info = transport.get_extra_info  # type: ignore[method-assign]

    def close(self) -> None:
        if self.is_closing():
            return
        self._is_lingering = True
        self._note_closing()
        self._discard()
        if self._transport.can_write_eof():
            try:
                self._transport.write_eof()
            except OSError:
                # The client has reset the connection, which the loop has not noticed
                # yet.
                self.abort()
                return
        else:
            # TLS can't close one direction: buffered bytes are sent, then both sides
            # close.
            self._transport.close()
            self._letting_go = asyncio.get_running_loop().call_later(LINGER, self.abort)
            return
        self._transport.resume_reading()
        self._letting_go = asyncio.get_running_loop().call_later(LINGER, self.abort)

    def is_closing(self) -> bool:
        return self._is_lingering or self._transport.is_closing()

    def abort(self) -> None:
        # asyncio's own method fails, at least up to Python 3.12, if everything was sent
        # after the client had half-closed.
        self._note_closing()
        if not self._is_lost:
            self._transport.abort()

    def note_lost(self) -> None:
        """Note that the connection has ended: there is nothing left to abort."""
        self._is_lost = True
        self._note_closing()
        # Break the reference cycle with the callee: under a flood of connections, with
        # all their heads, the garbage collector would hold hundreds of megabytes.
        self._discard = lambda: None
        if self._letting_go is not None:
            self._letting_go.cancel()

    def _note_closing(self) -> None:
        if self.on_closing is not None:
            self.on_closing()
            self.on_closing = None

    def pause_reading(self) -> None:
        if not self._is_lingering:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def is_reading(self) -> bool:
        return self._transport.is_reading()

    def get_write_buffer_size(self) -> int:
        return self._transport.get_write_buffer_size()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._transport.set_write_buffer_limits(high, low)

    def can_write_eof(self) -> bool:
        return self._transport.can_write_eof()

    def write_eof(self) -> None:
        self._transport.write_eof()

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._transport.get_protocol()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._transport.set_protocol(protocol)
