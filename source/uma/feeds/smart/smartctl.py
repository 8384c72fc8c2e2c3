"""Harmless calls of smartctl: they never wake a drive, and always end.

Every call has ``-n standby``: smartctl then leaves a sleeping drive alone (exit status
2). It runs in its own process group, without input. The whole group is killed at the
timeout.
"""

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from uma.fence.client import Steward
from uma.fence.tasks import SMARTCTL

ANSWER_SECONDS = 20.0
"""Seconds for one drive, all calls together. A healthy drive answers within 1 s, a
drive that retries a bad sector within 10 s.
"""

GIVE_UP_SECONDS = 1.0
"""Seconds for a killed smartctl to vanish. One that waits for a dead drive
never does.
"""

MAX_CHUNK_BYTES = 65536
"""Bytes of output read at once."""


class SmartctlProcess:
    """Calls of smartctl for one drive: ``answer`` in a thread, ``kill`` from any
    thread.
    """

    def __init__(
        self,
        program: str,
        *,
        seconds: float = ANSWER_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
        steward: Steward | None = None,
    ) -> None:
        self._program = program
        self._steward = steward
        self._seconds = seconds
        self._monotonic = monotonic
        self._deadline = monotonic() + seconds
        self._lock = threading.Lock()
        self._process: _Child | _Stewards | None = None
        self._is_killed = False

    def answer(self, arguments: Sequence[str]) -> tuple[str, int]:
        """Run smartctl with *arguments*; return its output and exit status. Blocks.

        Raises TimeoutError once all calls together have taken too long or after
        ``kill``, and OSError if smartctl can't be started.
        """
        with self._lock:
            if self._is_killed:
                raise TimeoutError("smartctl was stopped")
            call = ["-n", "standby", *arguments]
            process = _Child(self._program, call) if self._steward is None else _Stewards(self._steward, call)
            self._process = process
        try:
            output, status = process.answer(max(0.0, self._deadline - self._monotonic()))
        except TimeoutError as error:
            is_late = not self._is_killed
            self.kill()
            process.abandon()
            raise TimeoutError(
                f"smartctl did not answer within {self._seconds:g} s" if is_late else "smartctl was stopped"
            ) from error
        finally:
            with self._lock:
                self._process = None
        if self._is_killed:
            raise TimeoutError("smartctl was stopped")
        return output.decode(errors="replace"), status

    def kill(self) -> None:
        """End a running smartctl with its children, and start no more."""
        with self._lock:
            self._is_killed = True
            if self._process is not None:
                self._process.kill()


class _Child:
    """A smartctl that this process started."""

    def __init__(self, program: str, arguments: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the program is ours, the drive's name has been checked
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
        )

    def answer(self, seconds: float) -> tuple[bytes, int]:
        """Return its output and exit status. Raises TimeoutError."""
        try:
            output, _ = self._process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError from error
        return output, self._process.returncode

    def kill(self) -> None:
        """End it with its children."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def abandon(self) -> None:
        """Wait a moment for a killed process, then leave it to be reaped when
        it ends.
        """
        with suppress(subprocess.TimeoutExpired):
            self._process.communicate(timeout=GIVE_UP_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.poll()


class _Stewards:
    """A smartctl that the steward started."""

    def __init__(self, steward: Steward, arguments: Sequence[str]) -> None:
        self._output, printing = os.pipe()
        try:
            self._started = steward.start(SMARTCTL, arguments, printing)
        except OSError:
            os.close(self._output)
            raise
        finally:
            os.close(printing)

    def answer(self, seconds: float) -> tuple[bytes, int]:
        """Return its output and exit status. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        output = bytearray()
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        while poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            chunk = os.read(self._output, MAX_CHUNK_BYTES)
            if not chunk:
                status = self._started.wait(max(0.0, deadline - time.monotonic()))
                self.abandon()
                return bytes(output), status
            output += chunk
        raise TimeoutError

    def kill(self) -> None:
        """End it with its children."""
        self._started.kill()

    def abandon(self) -> None:
        """Leave it to the steward, which reaps it when it ends."""
        self._started.close()
        if self._output >= 0:
            os.close(self._output)
            self._output = -1
