"""One event a line on standard error or to syslog, from any logger. A log that can't be written costs only lines.

Each test runs its own program: logging is configured once a process, and standard error matters.
"""

import json
import os
import pty
import re
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

SET_UP = """
import logging, os, sys, warnings, structlog
from uma.runtime.logs import configure_logs
log = structlog.get_logger()
configure_logs(format={format!r}, level={level!r})
"""

PIPE = subprocess.PIPE


def stderr_of(script: str, *, form: str | None = None, level: str = "info") -> str:
    """Return what *script* writes to a standard error that is not a terminal; it must exit with 0."""
    program = SET_UP.format(format=form, level=level) + script
    done = subprocess.run([sys.executable, "-c", program], stdout=PIPE, stderr=PIPE, timeout=60, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    return done.stderr


def screen_of(script: str, **variables: str) -> str:
    """Return the output of *script* to a terminal."""
    ours, theirs = pty.openpty()
    environment = {key: text for key, text in os.environ.items() if key != "NO_COLOR"} | variables
    program = SET_UP.format(format=None, level="info") + script
    try:
        subprocess.run([sys.executable, "-c", program], stderr=theirs, timeout=60, check=True, env=environment)
        return os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)


STARTED = 'log.info("daemon started", version="1.2", port=80, path="a b", ok=True, nothing=None)\n'
CRASHED = """
try:
    1 / 0
except ZeroDivisionError:
    log.exception("source crashed", source="smart")
"""


def test_logfmt_by_default():
    """Without a terminal an event is a line of key=value pairs: time in UTC, level, event, its keys."""
    assert re.fullmatch(
        r'timestamp=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z level=info event="daemon started" '
        r'version=1\.2 port=80 path="a b" ok=true nothing=\n',
        stderr_of(STARTED),
    )


def test_json_on_request():
    """As JSON an event is an object a line, with numbers, booleans and null as such."""
    event = json.loads(stderr_of(STARTED, form="json"))

    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "level": "info",
        "event": "daemon started",
        "version": "1.2",
        "port": 80,
        "path": "a b",
        "ok": True,
        "nothing": None,
    }


def test_text_on_request():
    """As text an event is readable, and has no colours without a terminal."""
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[info     \] daemon started +version=1\.2 port=80 path='a b' ok=True "
        r"nothing=None\n",
        stderr_of(STARTED, form="text"),
    )


def test_text_on_a_terminal():
    """On a terminal an event is text in colours, unless the user disables them."""
    assert "\x1b[" in screen_of(STARTED)
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[info     \] daemon started", screen_of(STARTED, NO_COLOR="1"))


@pytest.mark.parametrize("form", [None, "json"])
def test_traceback_is_one_line(form: str | None):
    """For a machine a traceback is part of its event's one line."""
    lines = stderr_of(CRASHED, form=form).splitlines()

    assert len(lines) == 1
    assert r"Traceback (most recent call last):\n" in lines[0]
    assert "ZeroDivisionError: division by zero" in lines[0]


def test_traceback_for_people():
    """As text a traceback keeps its lines, below its event."""
    lines = stderr_of(CRASHED, form="text").splitlines()

    assert "source crashed" in lines[0]
    assert (lines[1], lines[-1]) == ("Traceback (most recent call last):", "ZeroDivisionError: division by zero")


FORGERS = ["\n", "\r", "\x1b", "\x85", "\u2028", "\udc80"]


@cache
def forgeries(form: str | None) -> list[str]:
    """Return the lines about each of FORGERS, all written by one program, with a mark behind each."""
    script = f"""
for number, character in enumerate({FORGERS!r}):
    evil = character + "level=error"
    log.info("read" + evil, name=evil, error=ValueError(evil))
    # A library's repeated message is left out.
    logging.getLogger("aiohttp").error(f"failed {{number}} %s", evil)
    log.info("mark")
"""
    return re.split(r"^.*\bmark\b.*\n", stderr_of(script, form=form), flags=re.MULTILINE)


@pytest.mark.parametrize("form", [None, "json", "text"])
@pytest.mark.parametrize("character", FORGERS)
def test_nothing_forges_a_line(form: str | None, character: str):
    """No character of an event, a value or an error ends its line, moves a terminal's cursor or fails to be encoded."""
    written = forgeries(form)

    assert len(written) == len(FORGERS) + 1
    lines = written[FORGERS.index(character)].split("\n")
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


def test_level():
    """Events below the level are left out; a second configuration changes the level of existing loggers."""
    script = """
log.info("first")
log.warning("second")
configure_logs(format=None, level="debug")
log.debug("third")
"""

    lines = stderr_of(script, level="warning").splitlines()

    assert [line.split("event=")[1] for line in lines] == ["second", "third"]


def test_libraries_from_warnings_on():
    """Libraries' records and Python's warnings get the same form, under their logger's name, from level warning on."""
    script = """
configure_logs(format="json", level="debug")
logging.getLogger("aiohttp.access").info("GET /")
logging.getLogger("asyncio").warning("took %s s", 2)
logging.getLogger("odd").log(35, "%d", "no number")
warnings.warn("will go", UserWarning)
"""

    events = [json.loads(line) for line in stderr_of(script, form="json", level="debug").splitlines()]

    assert [(event["level"], event["logger"]) for event in events] == [
        ("warning", "asyncio"),
        ("warning", "odd"),
        ("warning", "py.warnings"),
    ]
    assert [event["event"] for event in events[:2]] == ["took 2 s", "%d"]
    assert "UserWarning: will go" in events[2]["event"]


def test_libraries_below_the_level():
    """At level error a library's warning is left out too; its error has the traceback."""
    script = """
logging.getLogger("asyncio").warning("slow")
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("asyncio").exception("never retrieved")
"""

    (line,) = stderr_of(script, level="error").splitlines()

    assert 'level=error event="never retrieved" logger=asyncio exception="Traceback' in line


def test_broken_pipe():
    """If the reader is gone, lines are lost and nothing else changes, not even the exit code."""
    reading, writing = os.pipe()
    os.close(reading)
    program = SET_UP.format(format=None, level="info") + STARTED * 3

    assert subprocess.run([sys.executable, "-c", program], stderr=writing, timeout=60, check=False).returncode == 0
    os.close(writing)


def test_full_disk():
    """On a full disk lines are lost and nothing else changes."""
    program = SET_UP.format(format=None, level="info") + STARTED * 3

    with Path("/dev/full").open("w") as full:
        assert subprocess.run([sys.executable, "-c", program], stderr=full, timeout=60, check=False).returncode == 0


def test_closed_from_the_start(tmp_path: Path):
    """Without a standard error nothing is logged, and above all nothing goes to another file of its number."""
    program = (
        SET_UP.format(format=None, level="info")
        + f"descriptor = os.open({str(tmp_path / 'state')!r}, os.O_CREAT | os.O_WRONLY)\n"
        + STARTED
        + "logging.getLogger('asyncio').error('lost')\n"
        + "print(descriptor)\n"
    )
    # A shell closes it: opened before the configuration it would be standard error to Python as well.
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" 2>&-', sys.executable, program], stdout=PIPE, timeout=60, check=True, text=True
    )

    assert done.stdout == "2\n"
    assert (tmp_path / "state").read_bytes() == b""


def test_long_line():
    """A line longer than a pipe's buffer arrives whole."""
    assert len(stderr_of('log.info("x" * 200_000)')) > 200_000


def syslog_of(script: str, path: Path) -> list[str]:
    """Return what *script* sends to syslog, without priority, time and tag; standard error must stay empty."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as log:
        log.bind(str(path))
        ready = f"configure_logs(format='syslog', level='info', syslog={str(path)!r})\n"
        assert stderr_of(ready + script) == ""
        datagrams = []
        while True:
            try:
                datagrams.append(log.recv(9000).decode())
            except BlockingIOError:
                break
    heads = [datagram.split(" uma[")[0] for datagram in datagrams]
    return [f"{head[:4]} {datagram.split(']: ', 1)[1]}" for head, datagram in zip(heads, datagrams, strict=True)]


def test_syslog(tmp_path: Path):
    """In syslog an event is its level and its keys; syslog adds the time."""
    assert syslog_of(STARTED + 'logging.getLogger("asyncio").error("lost")\n', tmp_path / "log") == [
        '<30> level=info event="daemon started" version=1.2 port=80 path="a b" ok=true nothing=',
        "<27> level=error event=lost logger=asyncio",
    ]


def test_traceback_in_syslog(tmp_path: Path):
    """In syslog a traceback's lines follow its event, indented so that none looks like an event."""
    evil = CRASHED.replace("1 / 0", "raise ZeroDivisionError('x\\nlevel=info event=forged')")
    lines = syslog_of(evil, tmp_path / "log")

    assert lines[0] == '<27> level=error event="source crashed" source=smart'
    assert lines[1] == "<27>   Traceback (most recent call last):"
    assert lines[-2:] == ["<27>   ZeroDivisionError: x", "<27>   level=info event=forged"]


def test_without_syslogd(tmp_path: Path):
    """Without a listener at syslog's socket lines are lost and nothing else changes."""
    assert stderr_of(f"configure_logs(format='syslog', level='info', syslog={str(tmp_path)!r})\n{STARTED}") == ""
