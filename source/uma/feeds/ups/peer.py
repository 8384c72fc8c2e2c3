"""A daemon that watches a UPS, as a peer on TCP: bounded in bytes and in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from uma.aio.deadline import within
from uma.errors import UmaError

MAX_ANSWER_SECONDS = 3.0
MAX_LINE_BYTES = 65_536
MAX_ANSWER_BYTES = 262_144
"""A whole answer of apcupsd has 1 KB, one of upsd 5 KB."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NoAnswer(UmaError):
    """Raised when the daemon can't be reached,
    or its answer can't be used. ``str()`` says why.
    """


@asynccontextmanager
async def connected(host: str, port: int) -> AsyncIterator[Streams]:
    """Connect to *host*; close on leaving.
    Raises NoAnswer for what fails inside the block too.
    """
    try:
        async with within(MAX_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(host, port, limit=MAX_LINE_BYTES)
    except TimeoutError as error:
        raise NoAnswer(f"{host}:{port} does not accept a connection") from error
    except PermissionError as error:
        # The fence was put up for the ports that were set then.
        raise NoAnswer(f"{host}:{port}: not a port that UMA may connect to until it is restarted") from error
    except OSError as error:
        raise NoAnswer(f"{host}:{port}: {error.strerror or error}") from error
    try:
        yield reader, writer
    except asyncio.IncompleteReadError as error:
        raise NoAnswer(f"{host}:{port} ended the connection within an answer") from error
    except OSError as error:
        raise NoAnswer(f"{host}:{port}: {error.strerror or error}") from error
    finally:
        # Not awaited: it may take as long as the peer likes.
        writer.transport.abort()
