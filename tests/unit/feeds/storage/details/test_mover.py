"""The mover and its pid file."""

import os

import pytest

from uma.feeds.storage.details.mover import MoverLog, parse_pid, parse_start, read_mover_start
from uma.host import Host


def running(root, command):
    """Let process 42 run *command*."""
    (root / "proc/42").mkdir(parents=True)
    (root / "proc/42/cmdline").write_bytes(command)


@pytest.mark.parametrize(
    ("text", "pid"), [("123\n", 123), ("", None), ("-1", None), ("x", None), ("9" * 11, None), ("²", None)]
)
def test_pids(text, pid):
    """A pid file holds a number, or anything, which is None."""
    assert parse_pid(text) == pid


def test_a_file_that_a_crash_left(tmp_path):
    """The mover runs only while its process lives."""
    (tmp_path / "var/run").mkdir(parents=True)
    running(tmp_path, b"/bin/bash\0/usr/local/sbin/mover\0start\0")
    path = tmp_path / "var/run/mover.pid"
    host = Host(tmp_path)
    assert read_mover_start(host) is None

    path.write_text("42\n")
    os.utime(path, (1000, 1000))
    assert read_mover_start(host) == 1000

    path.write_text("43\n")
    assert read_mover_start(host) is None


@pytest.mark.parametrize(
    ("command", "is_mover"),
    [
        (b"/bin/bash\0/usr/local/sbin/mover\0start\0", True),
        (b"/bin/bash\0/usr/local/emhttp/plugins/ca.mover.tuning/age_mover\0start\0", True),
        (b"/bin/sh\0-c\0curl -f http://localhost/\0", False),
        (b"", False),
    ],
    ids=["Unraid's", "Mover Tuning's", "another that got the number", "one that has ended"],
)
def test_a_number_that_another_process_got(tmp_path, command, is_mover):
    """A pid file that a crash left may name any process by now."""
    (tmp_path / "var/run").mkdir(parents=True)
    (tmp_path / "var/run/mover.pid").write_text("42\n")
    running(tmp_path, command)

    assert (read_mover_start(Host(tmp_path)) is not None) is is_mover


def stat_of(start):
    """A line of /proc/PID/stat, whose command has blanks and brackets."""
    return f"42 (a (b) c) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 {start} 1 2\n"


@pytest.mark.parametrize(
    ("process", "machine", "start"),
    [
        (stat_of(250), "cpu 1 2\nbtime 1000\n", 1002.5),
        (stat_of("x"), "btime 1000\n", None),
        (stat_of(250), "btime\n", None),
        (stat_of(250), "btime ²\n", None),
        ("42 (a) S 1", "btime 1000\n", None),
        ("", "", None),
    ],
)
def test_the_start_of_a_process(process, machine, start):
    """Its ticks since the boot and the boot's time make Unix time; damage makes none."""
    assert parse_start(process, machine, 100) == start


@pytest.mark.parametrize(("written", "is_mover"), [(1000, False), (1001, True), (5000, True)])
def test_a_process_older_than_the_file_wrote_it(tmp_path, written, is_mover):
    """Any program may be a mover; one that got the number of a crashed one is younger than the file."""
    (tmp_path / "var/run").mkdir(parents=True)
    path = tmp_path / "var/run/mover.pid"
    path.write_text("42\n")
    os.utime(path, (written, written))
    running(tmp_path, b"/usr/bin/php\0/opt/tidy.php\0")
    ticks = os.sysconf("SC_CLK_TCK")
    (tmp_path / "proc/42/stat").write_text(stat_of(3 * ticks))
    (tmp_path / "proc/stat").write_text("btime 1000\n")

    assert (read_mover_start(Host(tmp_path)) == written) is is_mover


def test_start_and_end_are_the_observed_times():
    """The end is the time at which it was seen gone; before that it is unknown."""
    log = MoverLog()
    log.note(None, now=10)
    assert log.mover("0 3 * * *").last_finished_at is None

    log.note(20.0, now=25)
    running = log.mover(None)
    log.note(None, now=60)
    ended = log.mover(None)

    assert (running.running, running.started_at) == (True, "1970-01-01T00:00:20Z")
    assert (ended.running, ended.started_at, ended.last_finished_at) == (False, None, "1970-01-01T00:01:00Z")
