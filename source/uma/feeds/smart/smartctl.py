"""smartctl as a program that can't do harm: never wakes a drive, always ends.

Every call has ``-n standby``: smartctl then leaves a drive alone that sleeps (exit
status 2). It starts in a process group of its own, without input, and the whole group
is killed when time is up.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

ANSWER_SECONDS = 20.0
"""For one drive, all calls together. A healthy one answers within 1 s,
one that retries a bad sector within 10 s.
"""

GIVE_UP_SECONDS = 1.0
"""Time for a killed smartctl to vanish. One that waits for a dead drive never does."""


class SmartctlProcess:
    """The calls of smartctl for one drive: ``answer`` in a thread,
    ``kill`` from any.
    """

    def __init__(
        self, program: str, *, seconds: float = ANSWER_SECONDS, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._program = program
        self._seconds = seconds
        self._monotonic = monotonic
        self._deadline = monotonic() + seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_killed = False

    def answer(self, arguments: Sequence[str]) -> tuple[str, int]:
        """Return what smartctl prints for *arguments*, and its exit status. Blocks.

        Raises TimeoutError once all calls together have taken too long or ``kill`` was
        called, OSError where smartctl can't be started.
        """
        with self._lock:
            if self._is_killed:
                raise TimeoutError("smartctl was stopped")
            process = subprocess.Popen(  # noqa: S603 - the program is ours, the drive's name has been checked
                [self._program, "-n", "standby", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
            )
            self._process = process
        try:
            output, _ = process.communicate(timeout=max(0.0, self._deadline - self._monotonic()))
        except subprocess.TimeoutExpired as error:
            self.kill()
            _abandon(process)
            raise TimeoutError(f"smartctl did not answer within {self._seconds:g} s") from error
        finally:
            with self._lock:
                self._process = None
        if self._is_killed:
            raise TimeoutError("smartctl was stopped")
        return output.decode(errors="replace"), process.returncode

    def kill(self) -> None:
        """End what runs, with all it has started, and let nothing more start."""
        with self._lock:
            self._is_killed = True
            if self._process is not None:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)


def _abandon(process: subprocess.Popen[bytes]) -> None:
    """Wait a moment for a killed *process*, then leave it to be reaped when it ends."""
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=GIVE_UP_SECONDS)
    if process.stdout is not None:
        process.stdout.close()
    process.poll()
