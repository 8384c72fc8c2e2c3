"""The real daemon as a process, as a server starts it."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from .programs import Program, clean_environment, until

STREAMS = ("system/stats", "docker/events", "storage/status")
LOOK_SECONDS = 0.05
"""Each look at health costs the daemon and the test 1.5 ms of CPU."""

PORTS = range(20000, 32000)
"""Below the kernel's ports for clients: one that retries while the daemon is down must not connect to itself."""


def free_port() -> int:
    """Return a port without a listener."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


MEASURABLE = {"UMA_FENCE_FILES": "no", "UMA_FENCE_USER": "no"}
"""Coverage writes its figures where the fences let nothing be written."""


def is_measured() -> bool:
    """Return True if coverage measures the programs that tests start."""
    return not os.environ.keys().isdisjoint(("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"))


class Daemon:
    """``uma serve`` at 127.0.0.1: ``start`` returns when it serves, ``stop`` when it has ended in good order.

    *folder* holds its settings file and its log, *root* is the host tree it observes. With *port_from_file* the address
    is in the settings file only, and ``configure`` can change it.
    """

    def __init__(
        self, folder: Path, root: Path, *, docker_socket: Path | None = None, port_from_file: bool = False
    ) -> None:
        self.port = free_port()
        self.log = folder / "uma.log"
        self.config_file = folder / "uma.cfg"
        self._address_flags = () if port_from_file else ("--bind", "127.0.0.1", "--port", str(self.port))
        self._arguments = (
            *("--root", str(root), "--config", str(self.config_file)),
            *("--docker-socket", str(docker_socket or folder / "no-docker.sock")),
        )
        self._python: tuple[str, ...] = (sys.executable,)
        self._module: tuple[str, ...] = ("-m", "uma")
        self._variables: dict[str, str] = {}
        self._program: Program | None = None
        self.configure(**({"BIND": "127.0.0.1", "PORT": self.port} if port_from_file else {}))

    @property
    def server(self) -> str:
        """Its host and port, in the examples' form."""
        return f"127.0.0.1:{self.port}"

    @property
    def program(self) -> Program:
        """The running process."""
        assert self._program is not None, "the daemon has not been started"
        return self._program

    def configure(self, **settings: object) -> None:
        """Rewrite the settings file: only these keys. An empty one would count as damaged."""
        self.config_file.write_text("# by a test\n" + "".join(f'{key}="{value}"\n' for key, value in settings.items()))

    def run_by(self, python: str) -> "Daemon":
        """Run it by another Python."""
        self._python = (python,)
        return self

    def as_demo(self) -> "Daemon":
        """Run it as a demo, with the demo tree's recorded containers and virtual machines."""
        self._arguments = (*self._arguments, "--demo")
        return self

    def optimised(self) -> "Daemon":
        """Run it by ``python -OO``, as in the package."""
        self._python = (sys.executable, "-OO")
        return self

    def packaged(self, tree: Path) -> "Daemon":
        """Run the package unpacked at *tree* by its command ``uma``."""
        self._python, self._module = (str(tree / "bin/uma"),), ()
        return self

    def run_script(self, script: Path) -> "Daemon":
        """Run it by a test's script that becomes it."""
        self._module = (str(script),)
        return self

    def given(self, **variables: str) -> "Daemon":
        """Add environment variables."""
        self._variables.update(variables)
        return self

    def trace_imports(self) -> "Daemon":
        """The same, which writes to its log what it imports."""
        self._python = (sys.executable, "-X", "importtime")
        return self

    def under(self, *command: str) -> "Daemon":
        """Run it by *command*, which must become the daemon itself: same process, same exit code."""
        self._python = (*command, *self._python)
        return self

    def start(self, *, seconds: float = 20.0) -> "Daemon":
        """Start it, and wait until it serves."""
        self.begin()
        until(lambda: self.is_serving() or not self.program.is_running(), seconds, what="serving")
        assert self.program.is_running(), f"the daemon ended with {self.program.wait()}:\n{self.program.output}"
        return self

    def begin(self) -> "Daemon":
        """Start it without waiting."""
        self._program = Program(
            [*self._python, *self._module, "serve", *self._arguments, *self._address_flags],
            log=self.log,
            environment=clean_environment(
                PYTHONFAULTHANDLER="1", **(MEASURABLE if is_measured() else {}), **self._variables
            ),
        )
        return self

    def stop(self) -> float:
        """Stop it as a shutdown does; return the seconds. It must end by itself with exit code 0."""
        assert self.program.is_running(), f"the daemon had ended with {self.program.wait()}"
        started = time.monotonic()
        self.program.signal(signal.SIGTERM)
        try:
            code = self.program.wait()
        except subprocess.TimeoutExpired:
            # The interpreter logs where it hangs.
            self.program.signal(signal.SIGABRT)
            self.program.wait()
            raise
        took = time.monotonic() - started
        self._program = None
        assert code == 0
        return took

    def reload(self, **settings: object) -> None:
        """Reload *settings* by SIGHUP, and wait until they are in force."""
        before = self.program.output.count('"settings reloaded"')
        self.configure(**settings)
        self.program.signal(signal.SIGHUP)
        self.program.until_output('"settings reloaded"', times=before + 1)

    def forget(self) -> None:
        """Leave its end to another part of the test."""
        self._program = None

    def end(self) -> None:
        """Stop it if it still runs, print its log, and fail on a traceback in it."""
        try:
            if self._program is not None:
                with self._program:
                    self.stop()
        finally:
            log = self.log.read_text() if self.log.exists() else ""
            print(f"---- {self.log}\n{log}")  # noqa: T201 - pytest shows it when the test fails
        assert "Traceback" not in log

    def is_running(self) -> bool:
        """Return True if it has been started, and has not ended."""
        return self._program is not None and self._program.is_running()

    def is_serving(self) -> bool:
        """Return True if its address answers."""
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0

    def get(self, path: str) -> Any:
        """The JSON at *path*."""
        return json.loads(self.get_bytes(path))

    def get_bytes(self, path: str) -> bytes:
        """Return the body at *path*, as it is sent."""
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"http://{self.server}{path}", timeout=10
        ) as response:
            return bytes(response.read())

    def newest(self, stream: str) -> Any:
        """The newest message of a state stream, once there is one."""
        until(lambda: self.health()["streams"][stream]["messages"], what=f"a message of {stream}", every=LOOK_SECONDS)
        return self.get(f"/api/v1/{stream}")

    def health(self) -> Any:
        """Return its health."""
        return self.get("/api/v1/health")

    def health_by(self, token: str) -> Any:
        """Return its health for the holder of *token*."""
        request = urllib.request.Request(f"http://{self.server}/api/v1/health")
        request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
            return json.load(response)

    def connections(self) -> dict[str, int]:
        """Return the number of clients of each stream of the guide."""
        streams = self.health()["streams"]
        return {name: streams[name]["connections"] for name in STREAMS}

    def until_following(self, stream: str, count: int, seconds: float = 20.0) -> None:
        """Wait until *count* clients of the address of several streams follow *stream*."""
        until(
            lambda: self.health()["multiplex"]["subscriptions"][stream] == count,
            seconds,
            what=f"{count} clients that follow {stream}",
            every=LOOK_SECONDS,
        )

    def until_source(self, source: str, status: str, seconds: float = 20.0) -> None:
        """Wait until health says *status* of *source*."""
        until(
            lambda: self.health()["sources"].get(source, {}).get("status") == status,
            seconds,
            what=f"{source} {status}",
            every=LOOK_SECONDS,
        )

    def until_connections(self, stream: str, count: int, seconds: float = 20.0) -> None:
        """Wait until *stream* has *count* clients."""
        until(
            lambda: self.connections()[stream] == count,
            seconds,
            what=f"{count} clients of {stream}",
            every=LOOK_SECONDS,
        )

    def stream_url(self, stream: str) -> str:
        """The WebSocket address of *stream*."""
        return f"ws://{self.server}/api/v1/ws/{stream}"
