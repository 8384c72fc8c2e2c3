"""The fences around a real daemon: their refusals, and the functions that still work."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support import fence_probes
from uma.fence.kernel import IS_X86_64
from uma.fence.landlock import read_abi
from uma.fence.user import FIRST_USER

from .daemon import Daemon, is_measured
from .dockerd import Dockerd
from .programs import CHECKOUT, until

MakeDaemon = Callable[..., Daemon]

pytestmark = [
    pytest.mark.skipif(not (IS_X86_64 and read_abi() and os.geteuid() == 0), reason="needs root, x86_64 and Landlock"),
    pytest.mark.skipif(is_measured(), reason="coverage writes where the fence lets nothing be written"),
]

FENCES = ("calls", "files", "rights", "user", "docker")

OWN = {"write its own", "replace its own", "read", "connect", "signal itself", "start a thread", "perf"}
"""Probes that stay possible: a tree of files, as here, may connect anywhere, and the GPU feed is on."""


def children(pid: int) -> list[int]:
    """The processes that *pid* has started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    """Return True if the process runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def root_socket(path: Path) -> Iterator[None]:
    """Give a listening socket that root alone may connect to, as Docker's."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        path.chmod(0o660)
        yield


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder where the daemon has no business."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        (Path(folder) / "file").write_text("as it was")
        yield Path(folder)


def test_a_takeover_gets_nowhere(make_daemon: MakeDaemon, tower: Path, elsewhere: Path) -> None:
    """Code inside the serving daemon can start no program, touch no process and write only below /var/run/uma.

    The daemon keeps serving, and health shows the fences.
    """
    (tower / "var/run").mkdir(parents=True, exist_ok=True)
    flash = tower / "boot/config"
    flash.mkdir(parents=True, exist_ok=True)
    (flash / "file").write_text("as it was")
    result = tower / "var/run/uma/probes.json"
    with (
        subprocess.Popen(["sleep", "600"]) as victim,
        socket.create_server(("127.0.0.1", 0)) as server,
        root_socket(elsewhere / "docker.sock"),
    ):
        try:
            given = {
                "victim": victim.pid,
                "folders": {"own": str(result.parent), "read": str(flash), "other": str(elsewhere)},
                "port": server.getsockname()[1],
                "root": str(elsewhere),
                "result": str(result),
            }
            daemon = make_daemon().run_script(CHECKOUT / "tests/support/probed_daemon.py")
            daemon.given(PROBES=json.dumps(given)).start()
            daemon.newest("system/stats")
            fences = daemon.health()["fences"]
            status = Path(f"/proc/{daemon.program.process.pid}/status").read_text()
            daemon.program.signal(signal.Signals(signal.SIGRTMIN))
            until(result.exists, 30, what="the probes' results")
            found = json.loads(result.read_text())
        finally:
            victim.kill()

    assert {name: fence["state"] for name, fence in fences.items()} == dict.fromkeys(FENCES, "holds")
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    assert int(re.findall(r"CapEff:\t(\w+)", status)[0], 16) & ~(1 << 2 | 1 << 38) == 0
    refused = {name for name, outcome in found.items() if outcome == "PermissionError"}
    # Landlock's word for what leads out of a folder is EXDEV.
    assert found.keys() - refused - OWN <= {"rename out", "link out"}
    assert {found[name] for name in found.keys() - refused - OWN} <= {"OSError"}
    assert refused >= fence_probes.PROBES - {"perf"} | fence_probes.FOR_ROOT_ALONE
    assert found.keys() >= fence_probes.FOR_ROOT_ALONE
    assert re.findall(r"Uid:\t(.*)", status) == [f"{FIRST_USER}\t{FIRST_USER}\t{FIRST_USER}\t{FIRST_USER}"]
    assert result.parent.stat().st_uid == FIRST_USER
    assert (flash / "file").read_text() == (elsewhere / "file").read_text() == "as it was"
    assert daemon.health()["status"] == "healthy"


def put_smartctl(folder: Path, script: str) -> Path:
    """Write the shell script that replaces smartctl; return its folder."""
    folder.mkdir(exist_ok=True)
    program = folder / "smartctl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def test_programs_are_started_by_the_steward(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """SMART=query works behind the fences; a daemon that is killed takes its steward, and smartctl, with it."""
    text = CHECKOUT / "tests/fixtures/smart/ata-healthy.txt"
    programs = put_smartctl(tmp_path / "programs", f"cat {text}")
    daemon = make_daemon().given(PATH=f"{programs}:{os.environ['PATH']}")
    daemon.configure(SMART="query")
    daemon.start()
    until(
        lambda: daemon.health()["sources"]["smart"]["detail"].startswith("smartctl has answered for"),
        30,
        what="an answer",
    )
    (steward,) = children(daemon.program.process.pid)
    assert Path(f"/proc/{steward}/comm").read_text().strip() == "uma-steward"

    put_smartctl(programs, f"echo $$ >{tmp_path}/pid; exec sleep 600")
    daemon.stop()
    daemon.start()
    (steward,) = children(daemon.program.process.pid)
    pid_file = tmp_path / "pid"
    until(lambda: pid_file.exists() and pid_file.read_text().endswith("\n"), 30, what="smartctl")
    smartctl = int(pid_file.read_text())
    daemon.program.signal(signal.SIGKILL)
    daemon.program.wait()
    daemon.forget()

    until(lambda: not is_alive(steward) and not is_alive(smartctl), 20, what="the end of both")


def second_volumes(dockerd: Dockerd, head: bytes) -> list[str]:
    """Send *head*, and on the same connection the order to create a volume; the volumes there are then."""
    order = b"POST /volumes/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
    body = b'{"Name":"stolen"}'
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(dockerd.socket))
        connection.sendall(head + order + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        if b"close" not in head:
            until(lambda: b"stolen" in connection.recv(65536), 20, what="the volume")
        elif b"/events" in head:
            connection.recv(1)
        else:
            # It closes while the order lies unread.
            with suppress(ConnectionResetError):
                while connection.recv(65536):
                    pass
    return [volume["Name"] for volume in dockerd.request("GET", "volumes")["Volumes"] or ()]


def test_docker_processes_one_request_a_connection(dockerd: Dockerd) -> None:
    """On a connection as the steward makes them a real Docker processes no second request; on another it would."""
    events = f"/events?since={time.time():.9f}&filters=%7B%22type%22:%5B%22volume%22%5D%7D"
    closing = "GET {} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"

    assert second_volumes(dockerd, closing.format("/version").encode()) == []
    assert second_volumes(dockerd, closing.format(events).encode()) == []
    assert second_volumes(dockerd, b"GET /version HTTP/1.1\r\nHost: docker\r\n\r\n") == ["stolen"]
    dockerd.request("DELETE", "volumes/stolen")


def test_a_reload_that_needs_more(daemon: Daemon) -> None:
    """The need is reported in health and in the log, other settings are in force, and the daemon keeps serving."""
    daemon.reload(FENCE_FILES="no", LOG_LEVEL="debug")

    assert any("restart UMA" in line for line in daemon.health()["ignored_settings"])
    assert daemon.health()["fences"]["files"]["state"] == "holds"
    daemon.program.until_output("restart needed")


def test_a_supervised_daemon_is_started_again(make_daemon: MakeDaemon) -> None:
    """Under rc.uma it ends properly with exit code 4 for that."""
    daemon = make_daemon().given(UMA_SUPERVISED="1").start()
    daemon.configure(FENCE_CALLS="no")
    daemon.program.signal(signal.SIGHUP)

    assert daemon.program.wait() == 4
    assert "daemon restarted" in daemon.program.output
    daemon.forget()


def test_a_daemon_without_its_steward_is_started_again(make_daemon: MakeDaemon) -> None:
    """Only the steward reaches Docker: under rc.uma UMA ends with exit code 4, elsewhere health has the advice."""
    supervised, alone = make_daemon().given(UMA_SUPERVISED="1").start(), make_daemon().start()
    for daemon in (supervised, alone):
        (steward,) = children(daemon.program.process.pid)
        os.kill(steward, signal.SIGKILL)
        until(lambda steward=steward: not is_alive(steward), what="the steward's end")
    supervised.program.signal(signal.SIGHUP)
    alone.reload()

    assert supervised.program.wait() == 4
    supervised.forget()
    assert "fences: the steward has ended: restart UMA" in alone.health()["ignored_settings"]


def test_each_fence_can_be_switched_off(make_daemon: MakeDaemon) -> None:
    """Each has a setting; health shows it, and without any fence there is no steward."""
    daemon = make_daemon()
    daemon.configure(FENCE_CALLS="no", FENCE_FILES="no", FENCE_RIGHTS="no", FENCE_USER="no")
    daemon.start()

    assert {name: fence["state"] for name, fence in daemon.health()["fences"].items()} == dict.fromkeys(FENCES, "off")
    assert children(daemon.program.process.pid) == []
