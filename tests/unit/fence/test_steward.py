"""The steward as a process: its tasks, its refusals and its end."""

import errno
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.fence.conftest import Household
from uma.fence.requests import ASK_DOCKER, ASK_LIBVIRT
from uma.fence.steward import MAX_CHILDREN, NAME
from uma.fence.tasks import NOTIFY, SMARTCTL

READ = ("-n", "standby", "--all", "/dev/sdb")


def until(predicate: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Return True if the process runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def number_in(path: Path) -> int:
    """Return the number that a program writes to *path*, once it is there."""
    until(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


def test_it_has_a_name_and_nothing_else(household: Household) -> None:
    """It runs in its own session under its own name, holds no file of the daemon, and ignores its signals."""
    household.put_program("smartctl", "exit 0")
    assert household.run(SMARTCTL, READ) == 0
    process = Path(f"/proc/{household.process.pid}")
    links = sorted(str(path.readlink()) for path in (process / "fd").iterdir())

    assert (process / "comm").read_text().strip() == NAME
    assert os.getsid(household.process.pid) == household.process.pid
    assert links[:3] == ["/dev/null"] * 3
    assert all(link.startswith(("socket:", "/dev/null", "anon_inode:")) for link in links)
    household.process.send_signal(signal.SIGTERM)
    assert household.run(SMARTCTL, READ) == 0


def test_a_program_it_may_start(household: Household) -> None:
    """Output, arguments and exit status are returned; input is empty."""
    household.put_program("smartctl", 'cat; echo "$*"; exit 2')
    output, printing = os.pipe()
    started = household.steward.start(SMARTCTL, READ, printing)
    os.close(printing)
    with os.fdopen(output) as file:
        assert file.read() == "-n standby --all /dev/sdb\n"
    assert started.wait(20) == 2
    started.close()


def test_refused_requests(household: Household) -> None:
    """Another program, another argument and an unknown task start nothing; a missing program is reported."""
    household.put_program("smartctl", f"touch {household.root}/started")
    for task, words in [("sh", ["-c", "id"]), (SMARTCTL, ["-t", "long", "/dev/sdb"]), (NOTIFY, ["-x"]), ("", [])]:
        with pytest.raises(PermissionError):
            household.steward.start(task, words)
    assert not (household.root / "started").exists()
    with pytest.raises(FileNotFoundError):
        household.steward.start(NOTIFY, ["-e", "UMA container", "-s", "a", "-d", "b", "-i", "normal", "-l", "/Docker"])


def test_the_root_is_set_once(household: Household, tmp_path: Path) -> None:
    """A daemon under an attacker's control can't name another script."""
    other = tmp_path / "other/usr/local/emhttp/webGui/scripts/notify"
    other.parent.mkdir(parents=True)
    other.write_text(f"#!/bin/sh\ntouch {tmp_path}/escaped\n")
    other.chmod(0o755)
    household.steward.set_up(str(tmp_path / "other"))

    with pytest.raises(FileNotFoundError):
        household.steward.start(NOTIFY, ["-e", "UMA container", "-s", "a", "-d", "b", "-i", "normal", "-l", "/Docker"])
    assert not (tmp_path / "escaped").exists()


def test_killed_with_all_it_started(household: Household) -> None:
    """``kill`` ends the program and its children, and ``wait`` reports it."""
    household.put_program("smartctl", f"sleep 600 & echo $! >{household.root}/child; wait")
    started = household.steward.start(SMARTCTL, READ)
    child = number_in(household.root / "child")
    with pytest.raises(TimeoutError):
        started.wait(0)

    started.kill()

    until(lambda: not is_alive(child))
    with pytest.raises(TimeoutError):
        started.wait(20)
    started.close()


def test_it_ends_with_the_daemon(household: Household) -> None:
    """It ends with its children as soon as its socket is closed."""
    household.put_program("smartctl", f"echo $$ >{household.root}/program; exec sleep 600")
    started = household.steward.start(SMARTCTL, READ)
    program = number_in(household.root / "program")

    household.control.close()

    assert household.process.wait(20) == 0
    until(lambda: not is_alive(program))
    started.close()


def test_programs_at_once_are_bounded(household: Household) -> None:
    """One more than the limit is refused, until one has ended."""
    household.put_program("smartctl", "exec sleep 600")
    started = [household.steward.start(SMARTCTL, READ) for _ in range(MAX_CHILDREN)]
    with pytest.raises(BlockingIOError):
        household.steward.start(SMARTCTL, READ)
    for each in started:
        each.close()

    def starts() -> bool:
        try:
            household.steward.start(SMARTCTL, READ).close()
        except BlockingIOError:
            return False
        return True

    until(starts)


def asked(household: Household, *words: str) -> tuple[bytes, list[int]]:
    """Ask for a connection to Docker; the answer's text and descriptors."""
    with household.steward.ask([ASK_DOCKER, *words]) as answer:
        text, descriptors, _, _ = socket.recv_fds(answer, 16, 2)
    return text, descriptors


def test_docker_is_guarded_once(household: Household, tmp_path: Path) -> None:
    """Unguarded it passes nothing, and a daemon that was taken over names no other socket and takes no control."""
    refused = str(errno.EPERM).encode()
    path, other = tmp_path / "docker.sock", tmp_path / "other.sock"
    with socket.socket(socket.AF_UNIX) as docker, socket.socket(socket.AF_UNIX) as another:
        for listener, at in ((docker, path), (another, other)):
            listener.bind(str(at))
            listener.listen()
        assert asked(household, "GET", "/_ping") == (refused, [])

        household.steward.guard_docker(str(path), controls=False)
        with pytest.raises(PermissionError):
            household.steward.guard_docker(str(other), controls=True)

        text, (descriptor,) = asked(household, "GET", "/_ping")
        assert text == b"0"
        with socket.socket(fileno=descriptor) as connection:
            assert connection.getpeername() == str(path)
        assert asked(household, "POST", "/containers/a/stop") == (refused, [])
        assert asked(household, "GET", "/_ping", "more") == (refused, [])
        assert asked(household) == (b"0", [])
    assert asked(household, "GET", "/_ping") == (str(errno.ECONNREFUSED).encode(), [])


def test_libvirt_is_read_only(household: Household, tmp_path: Path) -> None:
    """The steward connects only to the read-only socket, at any request."""
    folder = tmp_path / "var/run/libvirt"
    folder.mkdir(parents=True)
    household.steward.guard_docker(str(tmp_path / "docker.sock"), controls=True)
    with socket.socket(socket.AF_UNIX) as writable, socket.socket(socket.AF_UNIX) as read_only:
        writable.bind(str(folder / "libvirt-sock"))
        writable.listen()
        for words in ((), ("libvirt-sock",)):
            with household.steward.ask([ASK_LIBVIRT, *words]) as answer:
                assert answer.recv(16) == str(errno.ENOENT).encode()
        read_only.bind(str(folder / "libvirt-sock-ro"))
        read_only.listen()
        with household.steward.ask([ASK_LIBVIRT]) as answer:
            text, (descriptor,), _, _ = socket.recv_fds(answer, 16, 2)

        assert text == b"0"
        with socket.socket(fileno=descriptor) as connection:
            assert connection.getpeername() == str(folder / "libvirt-sock-ro")


def test_control_is_the_settings(household: Household, tmp_path: Path) -> None:
    """With CONTROL=yes the operations pass, and nothing more."""
    with socket.socket(socket.AF_UNIX) as docker:
        docker.bind(str(tmp_path / "docker.sock"))
        docker.listen()
        household.steward.guard_docker(str(tmp_path / "docker.sock"), controls=True)
        text, (descriptor,) = asked(household, "POST", "/containers/a/stop")
        os.close(descriptor)

        assert text == b"0"
        assert asked(household, "POST", "/containers/create")[1] == []


def test_it_keeps_no_connection(household: Household, tmp_path: Path) -> None:
    """Connections are the daemon's alone: the steward's descriptors do not grow, and Docker sees them end."""
    descriptors = Path(f"/proc/{household.process.pid}/fd")
    with socket.socket(socket.AF_UNIX) as docker:
        docker.bind(str(tmp_path / "docker.sock"))
        docker.listen(64)
        household.steward.guard_docker(str(tmp_path / "docker.sock"), controls=False)
        before = len([*descriptors.iterdir()])
        for _ in range(20):
            _, (descriptor,) = asked(household, "GET", "/events?since=1&filters=x")
            os.close(descriptor)
            server, _ = docker.accept()
            with server:
                assert server.recv(1000).startswith(b"GET /events?since=1")
                assert server.recv(1000) == b""

        # It closes the last answer's socket a moment after it has answered.
        until(lambda: len([*descriptors.iterdir()]) <= before)


@pytest.mark.parametrize("packet", [b"\xff\xfe", b"smartctl", b"\0" * 100, b"x" * 60000])
def test_nonsense_costs_nothing(household: Household, packet: bytes) -> None:
    """A packet without a socket for the answer, or one that is too long, is dropped; the next request works."""
    household.put_program("smartctl", "exit 3")
    household.control.send(packet)
    ours, theirs = socket.socketpair()
    socket.send_fds(household.control, [packet], [theirs.fileno()])
    theirs.close()
    ours.close()

    assert household.run(SMARTCTL, READ) == 3
