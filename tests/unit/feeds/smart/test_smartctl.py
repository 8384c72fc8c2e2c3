"""smartctl as a process, replaced by real programs."""

import asyncio
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.timed import IN_SECONDS
from uma.feeds.smart.smartctl import SmartctlProcess

DEADLINE = 10.0


@pytest.fixture
def program(tmp_path):
    """Return a function that builds a replacement for smartctl from lines of shell."""

    def make(script):
        path = tmp_path / "smartctl"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return str(path)

    return make


def wait_until(predicate):
    end = time.monotonic() + DEADLINE
    while not predicate():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pid_in(path):
    wait_until(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


def test_every_call_leaves_sleeping_drives_alone(program):
    """-n standby comes first in every call, whatever the query."""
    process = SmartctlProcess(program('printf "%s\\n" "$*"'))
    assert process.answer(["--all", "/dev/sdb"]) == ("-n standby --all /dev/sdb\n", 0)
    assert process.answer(["-d", "test", "/dev/sdb"]) == ("-n standby -d test /dev/sdb\n", 0)


def test_status_and_output_are_given(program):
    """The exit status (2: the drive sleeps) comes with the text; invalid UTF-8 is replaced, stderr left out."""
    process = SmartctlProcess(program("printf 'a\\377b\\n'; echo no >&2; exit 2"))
    assert process.answer([]) == ("a\ufffdb\n", 2)


def test_no_input_and_no_locale(program):
    """smartctl gets an empty input, so it can't wait for one, and speaks English."""
    assert SmartctlProcess(program("cat; echo $LC_ALL")).answer([]) == ("C\n", 0)


@IN_SECONDS
def test_hanging_is_ended_with_all_it_started(program, tmp_path):
    """At the timeout a hanging smartctl is killed, with a child that ignores SIGTERM and holds its output."""
    child, parent = tmp_path / "child", tmp_path / "parent"
    script = f"""trap '' TERM
    sh -c "trap '' TERM; echo \\$\\$ > {child}; while :; do sleep 60; done" &
    echo $$ > {parent}; wait"""
    process = SmartctlProcess(program(script), seconds=1.0)
    before = time.monotonic()
    with pytest.raises(TimeoutError, match="within 1 s"):
        process.answer(["--all", "/dev/sdb"])
    assert time.monotonic() - before < DEADLINE
    for path in (child, parent):
        wait_until(lambda path=path: not is_running(pid_in(path)))


def test_an_unkillable_program_is_abandoned(program, tmp_path):
    """A call ends a second after its timeout even if its output stays open, as for an unkillable smartctl."""
    stray = tmp_path / "stray"
    process = SmartctlProcess(program(f"setsid sh -c 'echo $$ > {stray}; exec sleep 60'"), seconds=1.0)
    try:
        with pytest.raises(TimeoutError, match="within 1 s"):
            process.answer([])
        assert is_running(pid_in(stray))
    finally:
        os.kill(pid_in(stray), signal.SIGKILL)


def test_time_is_for_all_calls_together(program):
    """A drive that answers each call slowly is given up: time counts from the first call on."""
    now = [0.0]
    process = SmartctlProcess(program("echo"), seconds=20.0, monotonic=lambda: now[0])
    assert process.answer([]) == ("\n", 0)
    now[0] = 20.0
    program("sleep 60")
    with pytest.raises(TimeoutError):
        process.answer([])
    with pytest.raises(TimeoutError, match="stopped"):
        process.answer([])


def test_killing_ends_the_call_under_way(program, tmp_path):
    """kill ends another thread's call at once, and no further one starts."""
    started = tmp_path / "started"
    process = SmartctlProcess(program(f"echo $$ > {started}; sleep 60"))
    raised = []

    def ask():
        try:
            process.answer([])
        except TimeoutError as error:
            raised.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    pid = pid_in(started)
    process.kill()
    thread.join(DEADLINE)
    assert raised == ["smartctl was stopped"]
    assert not is_running(pid)
    started.unlink()
    with pytest.raises(TimeoutError, match="stopped"):
        process.answer([])
    assert not started.exists()


def test_killing_nothing_is_harmless(program):
    """kill before and after the calls has no other effect."""
    process = SmartctlProcess(program("echo done"))
    process.answer([])
    process.kill()
    process.kill()


def test_absent_program_is_an_oserror(tmp_path):
    """A missing or invalid program raises OSError at once."""
    with pytest.raises(FileNotFoundError):
        SmartctlProcess(str(tmp_path / "none")).answer([])
    (tmp_path / "text").write_text("no program")
    with pytest.raises(PermissionError):
        SmartctlProcess(str(tmp_path / "text")).answer([])


async def test_the_loop_is_not_held_up(program):
    """While a call hangs in its thread, the event loop and other threads continue."""
    process = SmartctlProcess(program("sleep 60"))
    call = asyncio.ensure_future(asyncio.to_thread(process.answer, []))
    assert await asyncio.to_thread(os.getpid) == os.getpid()
    assert not call.done()
    process.kill()
    with pytest.raises(TimeoutError):
        await call
