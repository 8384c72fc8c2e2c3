"""A shell in the virtual machine, on its second serial port."""

import re
import socket
import time
from pathlib import Path


class CommandFailed(Exception):
    """Raised when a command exits with a code other than 0. ``str()`` has the command, the code and the output."""


class Shell:
    """Runs commands one after another; each is one line."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def send(self, command: str) -> None:
        """Send a command without waiting for its end."""
        self._socket.sendall(command.encode() + b"\n")

    def run(self, command: str, seconds: float = 30.0) -> str:
        """Return the output of *command*, up to the end of its last process. Raises CommandFailed, TimeoutError."""
        self.send(command)
        end = time.monotonic() + seconds
        received = b""
        while (done := re.search(rb"\n\x04(\d+)\n", received)) is None:
            self._socket.settimeout(max(0.001, end - time.monotonic()))
            try:
                received += self._socket.recv(65536)
            except TimeoutError as error:
                raise TimeoutError(f"not within {seconds} s: {command}; so far: {received!r}") from error
        output = received[: done.start()].decode(errors="replace")
        if done[1] != b"0":
            raise CommandFailed(f"{command}: {done[1].decode()}: {output}")
        return output
