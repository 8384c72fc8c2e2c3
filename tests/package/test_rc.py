"""rc.uma and the event scripts, run as on Unraid, with the daemon itself or with a stand-in for odd behaviour."""

import os
import re
import resource
import select
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.timed import IN_SECONDS
from uma.config.files import MAX_FILE_BYTES, read_config

from ..integration.programs import until
from .server import PYTHON_VARIABLES, Server, is_alive, words_of

STAND_IN = """
import os, pathlib, signal, sys, time
if sys.argv[1] != "serve":
    sys.exit(1)
root = pathlib.Path(os.environ["UMA_ROOT"])
time.sleep({slow})
seen = root / "signals"
for number in (signal.SIGUSR1, signal.SIGHUP):
    signal.signal(number, lambda number, _: seen.open("a").write(signal.Signals(number).name + "\\n"))
signal.signal(signal.SIGTERM, lambda *_: {at_term})
(root / "var/run/uma.json").write_text("{{}}")
while True:
    signal.pause()
"""
"""A daemon that takes *slow* seconds to be ready, notes its signals, and does *at_term* at SIGTERM."""


SHELLS = {"PWD", "OLDPWD", "SHLVL", "_"}
"""Variables that a shell adds."""


def stand_in(server: Server, *, slow: float = 0, at_term: str = "sys.exit(0)") -> None:
    """Put a stand-in in the daemon's place."""
    script = server.root / "stand_in.py"
    script.write_text(STAND_IN.format(slow=slow, at_term=at_term))
    server.run_as(str(script))


def signals(server: Server) -> list[str]:
    """The signals that the stand-in has received."""
    path = server.root / "signals"
    return path.read_text().split() if path.exists() else []


def said(done: subprocess.CompletedProcess[str]) -> tuple[int, list[str]]:
    """Return a script's exit code and output; its standard error must be empty."""
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_start(server: Server):
    """It prints Unraid's usual text, and returns when the daemon serves."""
    assert said(server.rc("start")) == (0, ["Starting UMA...", "UMA...  Started."])
    assert server.is_serving()
    assert [server.pid] == server.daemons()


def test_environment_of_the_daemon(server: Server):
    """Its folder is /, its input and output are closed, its environment is its own, and it may have many sockets."""
    variables = {"UMA_PORT": "1", "PYTHONPATH": "/nowhere", "COLOUR": "blue"}
    server.run("bash", "-c", "ulimit -c unlimited; exec etc/rc.d/rc.uma start", **variables)
    process = Path(f"/proc/{server.pid}")
    environment = process.joinpath("environ").read_text().split("\0")
    names = {variable.partition("=")[0] for variable in environment if variable} - SHELLS

    assert server.is_serving()
    assert Path("/") == process.joinpath("cwd").readlink()
    assert [Path("/dev/null")] * 2 == [process.joinpath("fd", number).readlink() for number in "01"]
    assert names == {"PATH", "HOME", "UMA_ROOT", "UMA_SUPERVISED", "PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH"}
    assert "blue" not in " ".join(environment)
    most = min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    assert re.search(rf"^Max open files +{most} ", process.joinpath("limits").read_text(), re.MULTILINE)
    assert re.search(r"^Max core file size +0 ", process.joinpath("limits").read_text(), re.MULTILINE)


def test_the_lock_is_roots_alone(server: Server):
    """Each user who can read a lock's file can hold it; a readable one of an earlier version is closed."""
    lock = server.root / "var/run/uma.lock"
    lock.touch(0o644)
    lock.chmod(0o644)
    server.rc("stop")

    assert lock.stat().st_mode & 0o777 == 0o600


@IN_SECONDS
def test_nothing_of_the_caller_stays_open(server: Server):
    """The caller's output and its other descriptors close as soon as rc.uma returns, while the daemon lives on."""
    ours, theirs = os.pipe()
    with subprocess.Popen(
        [server.root / "etc/rc.d/rc.uma", "start"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[theirs],
        env=server.environment(),
    ) as process:
        os.close(theirs)
        process.wait(30)
        ended = time.monotonic()
        output = process.stdout.read() if process.stdout else b""
        is_closed = bool(select.select([ours], [], [], 1)[0]) and os.read(ours, 1) == b""
        took = time.monotonic() - ended
    os.close(ours)

    assert output.endswith(b"UMA...  Started.\n")
    assert is_closed
    assert took < 1
    assert is_alive(server.pid)


def test_starting_twice(server: Server):
    """A second start finds the first one's daemon."""
    server.rc("start")
    pid = server.pid

    assert said(server.rc("start")) == (0, ["Starting UMA...", "UMA...  Already started."])
    assert [pid] == server.daemons()


def test_starting_at_the_same_time(server: Server):
    """Simultaneous starts start one daemon, and none fails."""
    starts = [
        subprocess.Popen([server.root / "etc/rc.d/rc.uma", "start"], stdout=subprocess.PIPE, env=server.environment())
        for _ in range(5)
    ]
    words = sorted(start.communicate(timeout=60)[0].split()[-1] for start in starts)

    assert words == [b"Started.", *[b"started."] * 4]
    assert {start.returncode for start in starts} == {0}
    assert [server.pid] == server.daemons()


def test_no_lock_to_be_had(server: Server):
    """Without the right to write, as for anyone but root, it reports that and does nothing."""
    (server.root / "var/run/uma.lock").mkdir()
    done = server.rc("start")

    assert (done.returncode, done.stdout, server.daemons()) == (1, "", [])
    (line,) = done.stderr.splitlines()
    assert line.endswith("var/run/uma.lock: Is a directory")


def test_waiting_costs_nothing(server: Server):
    """A start and a stop that wait for the daemon start no program again and again, as a `sleep` would be."""
    for name in ("sleep", "cat"):
        server.add_command(name, f'#!/bin/sh\necho {name} >>"$UMA_ROOT/started"\nexec /bin/{name} "$@"\n')
    stand_in(server, slow=0.5, at_term="(time.sleep(0.5), sys.exit(0))")

    assert said(server.rc("start"))[1][-1] == "UMA...  Started."
    assert said(server.rc("stop"))[1][-1] == "UMA...  Stopped."
    assert not (server.root / "started").exists()


@IN_SECONDS
def test_stop(server: Server):
    """It ends within 2 seconds, and leaves nothing; a second stop finds no daemon."""
    server.rc("start")
    began = time.monotonic()

    assert said(server.rc("stop")) == (0, ["Stopping UMA...", "UMA...  Stopped."])
    assert time.monotonic() - began < 2
    assert (server.daemons(), server.left_in_run()) == ([], [])
    until(lambda: not server.supervisors(), 2, what="no supervisor")
    assert said(server.rc("stop")) == (0, ["Stopping UMA...", "UMA...  Already stopped."])


@IN_SECONDS
def test_stopping_one_that_hangs(server: Server):
    """A daemon that hangs is killed after 5 seconds, with a line in the log, and not restarted."""
    stand_in(server, at_term="time.sleep(60)")
    server.rc("start")
    began = time.monotonic()

    assert said(server.rc("stop")) == (0, ["Stopping UMA...", "UMA...  Stopped."])
    assert 5 < time.monotonic() - began < 8
    assert "UMA did not end within 5 seconds and was killed\n" in server.log
    until(lambda: not server.supervisors(), 3, what="no supervisor")
    assert (server.daemons(), server.left_in_run()) == ([], [])


def test_starting_and_stopping_20_times(server: Server):
    """20 starts and stops leave no process and no file."""
    # What is left would be rc.uma's; a start of the daemon costs ten times as much.
    stand_in(server)
    for _ in range(20):
        assert server.rc("start").stdout.endswith("UMA...  Started.\n")
        assert server.rc("stop").stdout.endswith("UMA...  Stopped.\n")

    until(lambda: not server.supervisors(), 3, what="no supervisor")
    assert (server.daemons(), server.left_in_run()) == ([], [])
    assert sorted(path.name for path in (server.root / "etc/rc.d").iterdir()) == ["rc.uma"]


@pytest.mark.parametrize("arguments", [["sleep", "60"], ["PYTHON", "-c", "import time; time.sleep(60)"], ["gone"]])
def test_a_pid_file_of_another_process(server: Server, arguments: list[str]):
    """A pid file that names another process, or this Python with another program, does not affect that process."""
    stand_in(server)
    with other_process(server, arguments) as pid:
        server.pid_file.write_text(f"{pid}\n")
        assert said(server.rc("status"))[0] == 1
        assert said(server.rc("stop"))[1][-1] == "UMA...  Already stopped."
        assert not server.pid_file.exists()

        server.pid_file.write_text(f"{pid}\n")
        assert said(server.event("any_event")) == (0, [])
        assert said(server.rc("start"))[1][-1] == "UMA...  Started."
        assert server.pid != pid
        assert is_alive(pid) is (arguments != ["gone"])


@contextmanager
def other_process(server: Server, arguments: list[str]):
    """The number of a process of *arguments*, or of one that has ended."""
    if arguments == ["gone"]:
        yield subprocess.run(["true"], check=True) and 4194303
        return
    command = [str(server.python) if word == "PYTHON" else word for word in arguments]
    with subprocess.Popen(command, env=server.environment() | PYTHON_VARIABLES) as process:
        until(lambda: words_of(process.pid)[0] == command[0])
        yield process.pid
        process.kill()


@pytest.mark.parametrize("text", ["", "\n", "abc\n", "-1\n", "1 2\n", "99999999999999999999\n"])
def test_a_pid_file_that_is_none(server: Server, text: str):
    """A pid file without a process number is removed."""
    server.pid_file.write_text(text)

    assert said(server.rc("status"))[0] == 1
    assert said(server.event("any_event")) == (0, [])
    assert said(server.rc("stop"))[1][-1] == "UMA...  Already stopped."
    assert server.left_in_run() == []


def test_status(server: Server):
    """It prints version, address, uptime and connections, and exits with 0; with 1 if the daemon does not run."""
    assert said(server.rc("status")) == (1, ["UMA is not running."])
    server.rc("start")
    code, lines = said(server.rc("status"))

    assert (code, lines[0]) == (0, "UMA is currently running.")
    text = "\n".join(lines)
    assert re.search(rf"Version +\d{{4}}\.\d\d\.\d\d[a-z]?, process {server.pid}\n", text)
    assert re.search(rf"Address +127\.0\.0\.1:{server.port}\n", text)
    assert re.search(r"Uptime +\d+ s\n", text)
    assert re.search(r"Connections +0\n", text)


def test_status_while_it_starts(server: Server):
    """A daemon that has been started and does not serve yet is running."""
    stand_in(server, slow=3)
    server.event("driver_loaded")
    until(server.has_begun, 20, what="its program")

    assert said(server.rc("status")) == (0, ["UMA is currently running.", "  It does not serve yet."])


def test_status_with_a_token(server: Server):
    """Root needs no token to see connections, other users do; the key is readable by root only."""
    server.configure(TOKEN_SHA256="ab" * 32)
    server.rc("start")

    assert "Connections" in server.rc("status").stdout
    assert (server.root / "var/run/uma.json").stat().st_mode & 0o777 == 0o600
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/api/v1/health")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5)


def test_restart(server: Server):
    """It is stopped and started; if it does not run it is started."""
    assert said(server.rc("restart"))[1][-1] == "UMA...  Started."
    pid = server.pid
    # Read, too: a socket keeps eleven lines, and the end's has to find room.
    until(lambda: 'event="daemon started"' in server.log, 20, what="its log")

    assert said(server.rc("restart")) == (
        0,
        ["Stopping UMA...", "UMA...  Stopped.", "Starting UMA...", "UMA...  Started."],
    )
    assert pid != server.pid
    assert [server.pid] == server.daemons()
    assert "signal=SIGUSR2" in server.log


def test_reload(server: Server):
    """It applies the settings: by a reload in place, a start, or a stop."""
    assert said(server.rc("reload"))[1] == ["Starting UMA...", "UMA...  Started."]
    pid, before = server.pid, server.log.count('event="settings reloaded"')
    assert said(server.rc("reload")) == (0, ["Reloading UMA...", "UMA...  Reloaded."])
    until(lambda: server.log.count('event="settings reloaded"') == before + 1, what="a reload")
    assert pid == server.pid

    server.configure(SERVICE="disable")
    assert said(server.rc("reload")) == (0, ["Stopping UMA...", "UMA...  Stopped."])
    assert server.daemons() == []


def test_a_reload_that_needs_a_restart(server: Server):
    """Settings that the fences deny need another process, which starts at once; the log has no failure."""
    server.rc("start")
    pid = server.pid
    server.configure(FENCE_CALLS="no")
    assert said(server.rc("reload")) == (0, ["Reloading UMA...", "UMA...  Reloaded."])
    until(lambda: server.left_in_run() == ["uma.json", "uma.pid"] and server.pid != pid, 30, what="another daemon")
    until(server.is_serving, 30, what="serving")

    assert re.search(r"Fence calls +off: FENCE_CALLS is no", server.rc("status").stdout)
    assert "ended with exit code" not in server.log
    assert said(server.rc("stop"))[1][-1] == "UMA...  Stopped."
    until(lambda: server.programs() == [], 30, what="the steward's end")


def test_not_wanted(server: Server):
    """With SERVICE="disable" it is not started, which is not a failure."""
    server.configure(SERVICE="disable")

    assert said(server.rc("start")) == (0, ["Starting UMA...", "UMA...  Service not enabled."])
    assert (server.daemons(), server.left_in_run()) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        'SERVICE="disable"',
        'SERVICE="disable"\r\n',
        "SERVICE=disable # as I say\n",
        " SERVICE = 'disable' ; so\n",
        'SERVICE=" disable "\n',
        '\ufeffSERVICE="disable"\n',
        'SERVICE="disable"\nSERVICE="enable"\n',
        'SERVICE="enable"\nSERVICE="disable"\n',
        'SERVICE="disable"\nSERVICE="no"\n',
        'SERVICE="Disable"\n',
        'SERVICE="disable\n',
        'SERVICE="disable" x\n',
        '#SERVICE="disable"\n',
        'MYSERVICE="disable"\nSERVICES="disable"\nservice="disable"\n',
        'SERVICE="disable"\n' + "#" * MAX_FILE_BYTES,
        'PORT="$(touch /tmp/uma-was-run)`touch /tmp/uma-was-run`"\nSERVICE="disable"\n',
        'SERVICE="disable"; touch /tmp/uma-was-run\n',
        'SERVICE="dis\0able"\n',
        '\0SERVICE="disable"\nSERVICE="enable"\n\0\n',
        '\0\nSERVICE="disable"\n',
        "#" * (MAX_FILE_BYTES - 18) + '\nSERVICE="disable"',
        "#" * (MAX_FILE_BYTES - 17) + '\nSERVICE="disable"',
        "ü" * (MAX_FILE_BYTES // 2 - 9) + '\nSERVICE="disable"',
    ],
)
def test_settings_are_read_as_the_daemon_reads_them(server: Server, text: str):
    """rc.uma and the daemon agree on SERVICE for any contents of the file, and no shell runs them."""
    server.settings_file.write_bytes(text.encode())
    functions = (server.root / "etc/rc.d/rc.uma").read_text().partition("self=$(")[0]

    done = server.run("bash", "-c", functions + "if is_wanted; then echo enable; else echo disable; fi")

    assert done.stdout.strip() == read_config(server.settings_file)[0].service
    assert done.stderr == ""
    assert not Path("/tmp/uma-was-run").exists()


def test_python_is_started_once(server: Server):
    """A start without the word "disable" in its settings runs the daemon alone."""
    started = server.root / "started"
    program = server.root / "usr/local/uma/bin/uma"
    program.write_text(program.read_text().replace("#!/bin/sh\n", f'#!/bin/sh\necho "$1" >>{started}\n'))
    server.rc("start")
    server.rc("stop")
    server.configure(SERVICE="disable")
    server.rc("start")

    assert started.read_text().split() == ["serve", "config"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_started_again_after_a_crash(server: Server, number: signal.Signals):
    """A crashed daemon is restarted, and the log says how it ended."""
    server.rc("start")
    pid = server.pid
    os.kill(pid, number)

    until(lambda: server.left_in_run() == ["uma.json", "uma.pid"] and server.pid != pid, 20, what="another daemon")
    until(server.is_serving, what="serving")
    assert f"UMA ended with exit code {128 + number}; it is started again in 1 s\n" in server.log
    assert said(server.rc("stop"))[1][-1] == "UMA...  Stopped."


def test_stopping_between_a_crash_and_the_next_start(server: Server):
    """A stop while it waits for a restart is final; until then status announces the restart."""
    server.rc("start")
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: server.left_in_run() == ["uma.retry"], what="the wait for another start")
    assert said(server.rc("status")) == (
        1,
        ["UMA is not running.", "  It ended by itself and will be started again; syslog says why."],
    )
    server.rc("stop")

    until(lambda: not server.supervisors(), 3, what="no supervisor")
    assert (server.daemons(), server.left_in_run()) == ([], [])


def test_waiting_longer_each_time(server: Server):
    """A daemon that can't run is restarted after 1, 2, 4 s and so on; a stop does not wait."""
    server.run_as('-c "import uma.nothing"')
    server.rc("start")
    until(lambda: "it is started again in 4 s\n" in server.log, what="a third failure")
    delays = re.findall(r"it is started again in (\d+) s\n", server.log)
    server.rc("stop")

    assert delays == ["1", "2", "4"]
    until(lambda: not server.supervisors(), 2.5, what="no supervisor")


def test_ended_by_hand(server: Server):
    """A daemon that was ended by hand is not restarted, and no pid file stays."""
    server.rc("start")
    os.kill(server.pid, signal.SIGTERM)

    until(lambda: not server.supervisors() and not server.daemons(), what="no process")
    assert server.left_in_run() == []


def test_last_words(server: Server):
    """If Python can't load the daemon, its message is in the log, line by line, and the start has failed."""
    server.run_as('-c "import uma.nothing"')
    done = server.rc("start")

    assert (done.returncode, done.stdout.splitlines()[1]) == (1, "UMA...  Failed.")
    until(lambda: "ModuleNotFoundError: No module named 'uma.nothing'\n" in server.log, what="the last line")
    assert "\nTraceback (most recent call last):\n" in server.log


@IN_SECONDS
def test_port_taken(server: Server):
    """A port held by another program fails the start at once; when it is free the daemon starts by itself."""
    with socket.create_server(("127.0.0.1", server.port)):
        began = time.monotonic()
        done = server.rc("start")

        assert (done.returncode, done.stdout.splitlines()[1]) == (1, "UMA...  Failed.")
        assert time.monotonic() - began < 10
        assert 'event="address taken"' in server.log
    until(server.is_serving, 30, what="serving")


def test_usage(server: Server):
    """An unknown command is explained, with exit code 1."""
    assert said(server.rc("jump")) == (1, ["Usage: rc.uma start|stop|restart|reload|status"])


@IN_SECONDS
def test_driver_loaded(server: Server):
    """The event starts it silently and without waiting; another event changes nothing."""
    stand_in(server, slow=2)
    began = time.monotonic()
    assert said(server.event("driver_loaded")) == (0, [])
    assert time.monotonic() - began < 1
    until(lambda: "UMA...  Started.\n" in server.log, what="a start")
    pid = server.pid

    server.event("driver_loaded")
    until(lambda: "UMA...  Already started.\n" in server.log, what="a second start")
    assert [pid] == server.daemons()


def test_any_event(server: Server):
    """Every event but 6.12's of each second nudges the daemon silently, without a process to wait for."""
    stand_in(server)
    server.rc("start")
    script = server.root / "usr/local/emhttp/plugins/uma/event/any_event"
    done = server.run("strace", "-f", "-c", "-e", "trace=fork,vfork,clone,clone3,execve", script, "poll_attributes")
    calls = re.findall(r" (\w+)$", done.stderr, re.MULTILINE)

    assert (done.returncode, done.stdout) == (0, "")
    until(lambda: signals(server) == ["SIGUSR1"], what="a nudge")
    assert [call for call in calls if call in ("fork", "vfork", "clone", "clone3")] == []

    kills = {
        event: "kill(" in server.run("strace", "-e", "trace=kill", script, event).stderr
        for event in ("heartbeat", "started")
    }
    assert kills == {"heartbeat": False, "started": True}


def test_a_nudge_before_the_daemon_is_ready(server: Server):
    """A nudge or a reload before the daemon is ready ends nothing."""
    stand_in(server, slow=1.5)
    server.event("driver_loaded")
    until(server.has_begun, 20, what="the daemon's program")
    pid = server.pid
    server.event("any_event")
    os.kill(pid, signal.SIGHUP)

    until(lambda: "UMA...  Started.\n" in server.log, what="a start")
    assert (server.pid, signals(server)) == (pid, [])


def test_any_event_without_a_daemon(server: Server):
    """Without a daemon an event has no effect and prints nothing."""
    assert said(server.event("any_event")) == (0, [])


def test_supervisor_is_small(server: Server):
    """The supervisor's shell has its input and output closed, and less than 2 MB of its own."""
    server.rc("start")
    until(lambda: len(server.supervisors()) == 1, what="one supervisor")
    process = Path(f"/proc/{server.supervisors()[0]}")
    proportional = re.search(r"^Pss: +(\d+) kB", process.joinpath("smaps_rollup").read_text(), re.MULTILINE)

    assert {Path("/dev/null")} == {process.joinpath("fd", number).readlink() for number in "012"}
    assert Path("/") == process.joinpath("cwd").readlink()
    assert proportional is not None
    assert int(proportional[1]) < 2000
