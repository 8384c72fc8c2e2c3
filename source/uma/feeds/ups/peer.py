"""TCP connection to a daemon that watches a UPS, with limits on bytes and time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from uma.aio.deadline import within
from uma.errors import UmaError

MAX_ANSWER_SECONDS = 3.0
MAX_LINE_BYTES = 65_536
MAX_ANSWER_BYTES = 262_144
"""Bytes of an answer: apcupsd's has 1 KB, upsd's 5 KB."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NoAnswer(UmaError):
    """Raised when the daemon can't be reached,
    or its answer can't be used. ``str()`` says why.
    """


@asynccontextmanager
async def connected(host: str, port: int) -> AsyncIterator[Streams]:
    """Connect to *host*; close on leaving. Errors inside the block also raise
    NoAnswer.
    """
    try:
        async with within(MAX_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(host, port, limit=MAX_LINE_BYTES)
    except TimeoutError as error:
        raise NoAnswer(f"{host}:{port} does not accept a connection") from error
    except PermissionError as error:
        # The fence allows only the ports that were set at the start.
        raise NoAnswer(f"{host}:{port}: not a port that UMA may connect to until it is restarted") from error
    except OSError as error:
        raise NoAnswer(f"{host}:{port}: {error.strerror or error}") from error
    except ValueError as error:
        # a..b, or a label over 63 characters; nothing is looked up then.
        raise NoAnswer(f"{host!a}:{port}: not a host name") from error
    try:
        yield reader, writer
    except asyncio.IncompleteReadError as error:
        raise NoAnswer(f"{host}:{port} ended the connection during an answer") from error
    except OSError as error:
        raise NoAnswer(f"{host}:{port}: {error.strerror or error}") from error
    finally:
        # Not awaited: the peer could delay it.
        writer.transport.abort()
