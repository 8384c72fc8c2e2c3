"""Lines to syslog, and their cost without a reader."""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from uma.runtime.syslog import LONGEST, Syslog


@contextmanager
def syslogd(path: Path) -> Iterator[socket.socket]:
    """A socket that is opened as syslogd does."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)) as sock:
        sock.bind(str(path))
        yield sock
    path.unlink()


@pytest.mark.parametrize(
    ("level", "priority"), [("debug", 31), ("info", 30), ("warning", 28), ("error", 27), ("critical", 26)]
)
def test_datagram(tmp_path: Path, level: str, priority: int):
    """A line is a datagram: facility daemon, its level's severity, local time, tag and process number."""
    with syslogd(tmp_path / "log") as log:
        Syslog(tmp_path / "log").send(level, 'event="daemon started"')

        assert re.fullmatch(
            rf'<{priority}>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d uma\[{os.getpid()}\]: event="daemon started"',
            log.recv(9000).decode(),
        )


def test_long_line_is_cut(tmp_path: Path):
    """A line that syslogd would cut is cut to the length that syslogd accepts."""
    with syslogd(tmp_path / "log") as log:
        Syslog(tmp_path / "log").send("info", "é" * 9000)

        assert len(log.recv(20000)) == LONGEST


def test_absent_and_back(tmp_path: Path):
    """Without a syslogd lines are lost; a restarted one gets the following lines."""
    syslog = Syslog(tmp_path / "log")
    syslog.send("info", "lost")
    for line in ("first", "second"):
        with syslogd(tmp_path / "log") as log:
            syslog.send("info", line)

            assert log.recv(9000).decode().endswith(f": {line}")


def test_full_queue_costs_no_time(tmp_path: Path):
    """If syslogd reads nothing, lines are lost: the sender never waits (else this test would not end)."""
    with syslogd(tmp_path / "log") as log:
        syslog = Syslog(tmp_path / "log")
        for number in range(10_000):
            syslog.send("info", f"{number} {'x' * 1000}")

        assert b": 0 " in log.recv(9000)
