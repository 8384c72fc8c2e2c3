"""A real steward, in a process of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from uma.fence.client import Steward

CODE = "import socket, sys; from uma.fence.steward import live; live(socket.socket(fileno=int(sys.argv[1])))"


@dataclass
class Household:
    """A host's root with a steward, whose smartctl and notify script a test writes."""

    root: Path
    steward: Steward
    control: socket.socket
    process: "subprocess.Popen[bytes]"

    def run(self, task: str, arguments: Sequence[str]) -> int:
        """Have a program run to its end; its exit status."""
        started = self.steward.start(task, arguments)
        try:
            return started.wait(20)
        finally:
            started.close()

    def put_program(self, name: str, script: str) -> None:
        """Write the shell script that replaces smartctl or notify."""
        path = self.root / ("bin/smartctl" if name == "smartctl" else "usr/local/emhttp/webGui/scripts/notify")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


@pytest.fixture
def household(tmp_path: Path) -> Iterator[Household]:
    """A steward that serves this test."""
    ours, stewards = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {
        "PATH": f"{tmp_path}/bin:{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, str(stewards.fileno())], pass_fds=[stewards.fileno()], env=environment
    )
    stewards.close()
    steward = Steward(ours.detach())
    steward.set_up(str(tmp_path))
    yield Household(tmp_path, steward, steward._control, process)
    steward._control.close()
    assert process.wait(20) == 0
