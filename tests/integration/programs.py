"""Programs that tests start, with their output in a file."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")

MAX_LOOK_SECONDS = 0.1

CHECKOUT = Path(__file__).resolve().parents[2]
NODE_MODULES = CHECKOUT / "tests/node_modules"

# Variables of a developer's shell, of container images, and of clients on the server, that tests must not use.
# Without bytecode each start of a daemon takes twice the CPU.
_UNWANTED = (
    "PYTHONDONTWRITEBYTECODE",
    "UMA_",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
)


def clean_environment(**added: str) -> dict[str, str]:
    """This process's environment without UMA's variables and without proxies."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_UNWANTED)}
    return kept | added


def until(predicate: Callable[[], T], seconds: float = 20.0, *, what: str = "", every: float = 0.02) -> T:
    """Return the result of *predicate* once it is true. Fails after *seconds*.

    It is called *every* that many seconds at first, then less often: a look can cost a request.
    """
    began = time.monotonic()
    while not (value := predicate()):
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"{what or predicate} did not come true in {seconds} s")
        time.sleep(max(every, min(waited / 20, MAX_LOOK_SECONDS)))
    return value


class Program:
    """One process; standard output and standard error go to the file *log*. Leaving the block kills it."""

    def __init__(
        self, arguments: Sequence[str | Path], *, log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=clean_environment() if environment is None else dict(environment),
                # Its own process group, so that its children end with it.
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """All it has written so far."""
        return self.log.read_text(errors="replace")

    @property
    def lines(self) -> list[str]:
        """The whole lines of it."""
        return [line for line in self.output.splitlines(keepends=True) if line.endswith("\n")]

    def is_running(self) -> bool:
        """Return True until the process has ended."""
        return self.process.poll() is None

    def until_output(self, text: str, seconds: float = 20.0, *, times: int = 1) -> None:
        """Wait until it has written *text*, *times* over."""
        deadline = time.monotonic() + seconds
        while self.output.count(text) < times and self.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert self.output.count(text) >= times, f"no {text!r} ({times} times) in:\n{self.output}"

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def wait(self, seconds: float = 20.0) -> int:
        """Wait for its end; the exit code."""
        return self.process.wait(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.is_running():
            os.killpg(self.process.pid, signal.SIGKILL)
            self.wait()
