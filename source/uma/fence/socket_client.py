"""Connections to Docker and libvirt, which the steward opens for the daemon."""

import errno
import socket
from contextlib import closing
from typing import Final

from uma.aio.deadline import within
from uma.aio.readable import until_readable
from uma.fence.client import IS_SILENT, Steward, parse_answer
from uma.fence.requests import ASK_DOCKER, ASK_LIBVIRT

ANSWER_SECONDS: Final = 5.0
"""The steward answers within a millisecond; it never waits for Docker."""

MAX_ANSWER_BYTES: Final = 16


async def probe_docker(steward: Steward) -> None:
    """Return if Docker accepts a connection. Raises OSError like a connection
    attempt.
    """
    await _ask(steward, ASK_DOCKER)


async def request_docker(steward: Steward, method: str, target: str) -> socket.socket:
    """Return a connection to Docker on which the request has been sent.

    Raises PermissionError for a request outside the list, OSError like a connection
    attempt, and TimeoutError without the steward's answer.
    """
    (connection,) = await _ask(steward, ASK_DOCKER, method, target)
    return connection


async def connect_libvirt(steward: Steward) -> socket.socket:
    """Return a connection to libvirt's read-only socket. Raises OSError."""
    (connection,) = await _ask(steward, ASK_LIBVIRT)
    return connection


async def _ask(steward: Steward, *words: str) -> list[socket.socket]:
    with closing(steward.ask(words)) as answer:
        answer.setblocking(False)
        try:
            async with within(ANSWER_SECONDS):
                await until_readable(answer.fileno())
        except TimeoutError as error:
            raise TimeoutError(errno.ETIMEDOUT, IS_SILENT) from error
        text, descriptors, _, _ = socket.recv_fds(answer, MAX_ANSWER_BYTES, 1, socket.MSG_CMSG_CLOEXEC)
    connections = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    parse_answer(text)
    return connections
