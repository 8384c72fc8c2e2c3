"""The daemon's side of its steward: requests for tasks, and started programs.

Every answer has its own socket, so threads and tasks may send requests at once.
"""

import errno
import os
import select
import socket
import threading
from collections.abc import Sequence
from typing import Final

from uma.fence.requests import GUARD_DOCKER, SETUP, WITH_CONTROL

TASK_SECONDS: Final = 20.0
"""Seconds for a task of the steward itself, and for the start of a program."""

END_SECONDS: Final = 1.0

HAS_ENDED: Final = "the steward has ended"
IS_SILENT: Final = "the steward does not answer"


class Steward:
    """The steward behind the descriptor *control*, one end of a pair of sockets.

    Methods raise OSError if the steward refuses or fails.
    """

    def __init__(self, control: int) -> None:
        self._control = socket.socket(fileno=control)
        self.guards_sockets = False
        """True once only the steward can reach Docker and libvirt."""

    @property
    def has_ended(self) -> bool:
        """True if no more tasks can be done. It never sends anything by itself."""
        return _is_readable(self._control, 0)

    def set_up(self, root: str) -> None:
        """Send it the host's root folder; it accepts the first only."""
        self._control.send(f"{SETUP}\0{root}".encode(errors="surrogateescape"))

    def guard_docker(self, path: str, *, controls: bool) -> None:
        """Make it open the door to Docker's socket at *path*, with *controls* also for
        operations on containers. It accepts the first only. Blocks.
        """
        self.do(GUARD_DOCKER, path, WITH_CONTROL if controls else "")
        self.guards_sockets = True

    def release(self) -> None:
        """Send no more requests: the steward withdraws the notice, and ends."""
        self._control.shutdown(socket.SHUT_WR)

    def end(self) -> None:
        """Release it, and wait until it has ended. Blocks."""
        self.release()
        _is_readable(self._control, END_SECONDS)

    def do(self, task: str, *words: str) -> None:
        """Have a task done; return when it is done. Blocks."""
        answer = self.ask([task, *words])
        try:
            _receive(answer, TASK_SECONDS)
        finally:
            answer.close()

    def start(self, task: str, arguments: Sequence[str], output: int | None = None) -> "Started":
        """Start the program of *task*; its output goes to the descriptor *output*.
        Blocks for a moment.
        """
        answer = self.ask([task, *arguments], output)
        try:
            _receive(answer, TASK_SECONDS)
        except OSError:
            answer.close()
            raise
        return Started(answer)

    def ask(self, words: Sequence[str], output: int | None = None) -> socket.socket:
        """Send a request; return the socket for its answer."""
        if any("\0" in word for word in words):
            raise ValueError("a word holds a zero byte")
        ours, stewards = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            descriptors = [stewards.fileno(), *([] if output is None else [output])]
            socket.send_fds(self._control, ["\0".join(words).encode(errors="surrogateescape")], descriptors)
        except BrokenPipeError as error:
            ours.close()
            raise OSError(errno.EPIPE, HAS_ENDED) from error
        except OSError:
            ours.close()
            raise
        finally:
            stewards.close()
        return ours


class Started:
    """A program that the steward has started for the daemon."""

    def __init__(self, answer: socket.socket) -> None:
        self._answer = answer
        self._lock = threading.Lock()

    def fileno(self) -> int:
        """Return a descriptor that is readable once the program has ended."""
        return self._answer.fileno()

    def wait(self, seconds: float) -> int:
        """Return the exit status, minus the signal's number if one ended it. Blocks.

        Raises TimeoutError if it still runs after *seconds*, or ``kill`` has ended it.
        """
        if not _is_readable(self._answer, seconds):
            raise TimeoutError("the program still runs")
        text = self._answer.recv(16)
        if not text:
            raise TimeoutError("the program was ended")
        return int(text)

    def kill(self) -> None:
        """End it with its children, if it runs. Any thread may call this."""
        with self._lock:
            if self._answer.fileno() >= 0:
                # The steward and a waiting thread notice it at once.
                try:
                    self._answer.shutdown(socket.SHUT_RDWR)
                except OSError:
                    return

    def close(self) -> None:
        """End it, and forget it."""
        self.kill()
        with self._lock:
            self._answer.close()


def _receive(answer: socket.socket, seconds: float) -> None:
    if not _is_readable(answer, seconds):
        raise TimeoutError(errno.ETIMEDOUT, IS_SILENT)
    parse_answer(answer.recv(16))


def parse_answer(text: bytes) -> None:
    """Return if the steward has done its task. Raises OSError with the
    steward's error.
    """
    if not text:
        raise OSError(errno.EPIPE, HAS_ENDED)
    code = int(text)
    if code:
        raise OSError(code, os.strerror(code))


def _is_readable(answer: socket.socket, seconds: float) -> bool:
    poll = select.poll()
    poll.register(answer, select.POLLIN)
    return bool(poll.poll(max(0.0, seconds) * 1000))
