"""The commands that look at a server and end: their output and exit codes."""

import hashlib
import json
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .daemon import Daemon
from .programs import clean_environment


def uma(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with *environment* in addition to a shell's."""
    return subprocess.run(
        [sys.executable, "-m", "uma", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=clean_environment(**environment),
    )


def test_json_is_utf8_on_any_terminal(tower: Path) -> None:
    """JSON with letters that the terminal lacks is unchanged."""
    (tower / "var/local/emhttp/var.ini").write_text('NAME="Türm"\nversion="7.2.0"\n')
    done = [uma("snapshot", "server", "--root", tower, PYTHONIOENCODING=each) for each in ("ascii", "utf-8")]

    assert [json.loads(each.stdout)["data"]["name"] for each in done] == ["Türm", "Türm"]


def test_status_of_no_daemon(tower: Path) -> None:
    """Without a daemon status reports that, and exits with 1."""
    done = uma("status", "--root", tower)

    assert (done.returncode, done.stdout, done.stderr) == (1, "UMA is not running.\n", "")


def test_status_of_a_daemon(make_daemon, tower: Path) -> None:
    """A running daemon has version, address, uptime, health and connections; once it has ended, none runs."""
    (tower / "var/run").mkdir(parents=True)
    daemon: Daemon = make_daemon().start()
    done = uma("status", "--root", tower)
    labels = [line.split()[0] for line in done.stdout.splitlines()[1:]]

    assert (done.returncode, done.stderr) == (0, "")
    assert labels[:5] == ["Version", "Address", "Uptime", "Health", "Connections"]
    assert f"127.0.0.1:{daemon.port}\n" in done.stdout

    daemon.stop()
    assert uma("status", "--root", tower).returncode == 1
    # The history of samples stays, for the next start.
    assert [path for path in (tower / "var/run").iterdir() if path.is_file()] == []


def test_status_without_a_notice(make_daemon, tower: Path) -> None:
    """A daemon without a notice, in a tree without var/run, is found by its process, with its root."""
    daemon: Daemon = make_daemon().start()
    first, *rows = uma("status", "--root", tower).stdout.splitlines()
    # The second column begins where the longest label of the moment ends.
    shown = dict(row.split(maxsplit=1) for row in rows)

    assert first == "UMA is currently running."
    assert shown["Root"] == str(tower)
    assert shown["Address"] == f"127.0.0.1:{daemon.port}"
    assert not shown["Health"].startswith("unknown")


def test_status_as_json(make_daemon, tower: Path) -> None:
    """With --json status is an object: whether a daemon runs, and everything about it, including its health."""
    nobody = uma("status", "--json", "--root", tower)
    daemon: Daemon = make_daemon().start()
    done = uma("status", "--json", "--root", tower)
    status = json.loads(done.stdout)

    assert (nobody.returncode, json.loads(nobody.stdout)) == (1, {"running": False})
    assert (done.returncode, status["running"], status["others"]) == (0, True, [])
    assert status["addresses"] == [f"127.0.0.1:{daemon.port}"]
    assert status["health"]["service"] == "uma"
    assert status["version"] == status["health"]["version"]


def test_status_of_another_users_daemon(make_daemon, tower: Path) -> None:
    """A daemon with a token, whose key can't be read, is found too; UMA_TOKEN gives access."""
    token = "0123456789abcdef"
    daemon: Daemon = make_daemon()
    daemon.configure(TOKEN_SHA256=hashlib.sha256(token.encode()).hexdigest())
    daemon.start()
    without = uma("status", "--root", tower)
    with_it = uma("status", "--root", tower, UMA_TOKEN=token)

    assert without.returncode == with_it.returncode == 0
    assert "Health       unknown: it answers 401 Unauthorized" in without.stdout
    assert "Health       unknown" not in with_it.stdout


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_command(tmp_path: Path) -> None:
    """Ctrl-C ends a waiting command by that signal, without a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as broker:
        broker.settimeout(20)
        config = tmp_path / "uma.cfg"
        config.write_text(f'MQTT_HOST="127.0.0.1"\nMQTT_PORT="{broker.getsockname()[1]}"\n')
        command = subprocess.Popen(
            [Path(sys.executable).with_name("uma"), "test-broker", config],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=clean_environment(),
        )
        with command, broker.accept()[0] as connection:
            connection.settimeout(20)
            # After its first bytes it waits for the broker's answer.
            assert connection.recv(1)
            command.send_signal(signal.SIGINT)
            output, _ = command.communicate(timeout=20)

    assert (command.returncode, output) == (-signal.SIGINT, "")


def test_a_broker_that_is_no_name(tmp_path: Path) -> None:
    """test-broker says why there is no broker to test, not that the setting is empty."""
    config = tmp_path / "uma.cfg"
    config.write_text('MQTT_HOST="mqtt://broker.lan"\n')
    done = uma("test-broker", config)

    assert (done.returncode, done.stdout) == (1, "")
    assert "line 1: MQTT_HOST: is not a list of up to 8 host names" in done.stderr
    assert "is empty" not in done.stderr


def test_a_file_for_the_broker_that_is_missing(tmp_path: Path) -> None:
    """test-broker names the missing file, as check-config does."""
    done = uma("test-broker", tmp_path / "none.cfg")

    assert (done.returncode, done.stderr) == (1, f"uma: file not found: {tmp_path}/none.cfg\n")


def test_no_space_for_the_output() -> None:
    """A full disk is reported in a line, and the exit code is 1."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "uma", "config", "defaults"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
            env=clean_environment(),
        )

    assert (done.returncode, done.stderr) == (1, "uma: No space left on device\n")


@pytest.mark.parametrize("command", [[], ["status"], ["watch"]])
def test_help(command: list[str]) -> None:
    """`uma help COMMAND` prints what `uma COMMAND --help` prints."""
    helped = uma("help", *command)

    assert (helped.returncode, helped.stdout) == (0, uma(*command, "--help").stdout)
    assert helped.stdout.startswith("usage: uma")


def test_check_config_looks_further(tmp_path: Path) -> None:
    """check-config names wrong variables, a missing file, a login without a broker, and TLS without its key."""
    config = tmp_path / "uma.cfg"
    config.write_text('MQTT_USER="u"\nMQTT_CA_FILE="/no/such.pem"\nTLS_CERTIFICATE="/no/such.pem"\n')
    done = uma("check-config", config, UMA_PORT="abc")

    assert done.returncode == 1
    for words in (
        "UMA_PORT",
        "MQTT_USER: needs MQTT_HOST",
        "MQTT_CA_FILE: /no/such.pem is not a file",
        "TLS_CERTIFICATE and TLS_KEY belong together",
    ):
        assert words in done.stdout


def test_status_after_a_move(make_daemon, tower: Path) -> None:
    """A daemon that a reload moved to another port is found at its new address."""
    (tower / "var/run").mkdir(parents=True)
    daemon: Daemon = make_daemon(port_from_file=True).start()
    other: Daemon = make_daemon()
    daemon.reload(BIND="127.0.0.1", PORT=other.port)

    assert f"127.0.0.1:{other.port}\n" in uma("status", "--root", tower).stdout


def test_diagnostics(make_daemon, tower: Path, tmp_path: Path) -> None:
    """The zip has the daemon's answers; its path is printed, and an existing file is not overwritten."""
    (tower / "var/run").mkdir(parents=True)
    daemon: Daemon = make_daemon().start()
    daemon.newest("storage/status")
    done = uma("diagnostics", "--root", tower, tmp_path / "d.zip")
    again = uma("diagnostics", "--root", tower, tmp_path / "d.zip")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{tmp_path / 'd.zip'} holds ")
    with zipfile.ZipFile(tmp_path / "d.zip") as archive:
        assert b'"service": "uma"' in archive.read("uma-diagnostics/health.json")
        assert b'"storage_status"' in archive.read("uma-diagnostics/storage-status.json")
        assert b"UMA is currently running." in archive.read("uma-diagnostics/about.txt")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr == f"uma: {tmp_path / 'd.zip'} can't be written: File exists\n"


def test_diagnostics_of_a_daemon_in_a_checkout(make_daemon, tower: Path, tmp_path: Path) -> None:
    """A daemon without a notice, as `make run` starts it, is found too; the path of its tree is left out."""
    make_daemon().start()
    done = uma("diagnostics", "--root", tower, tmp_path / "d.zip")

    assert (done.returncode, done.stderr) == (0, "")
    with zipfile.ZipFile(tmp_path / "d.zip") as archive:
        about = archive.read("uma-diagnostics/about.txt").decode()
        assert b'"service": "uma"' in archive.read("uma-diagnostics/health.json")
    assert "UMA is currently running." in about
    assert str(tower) not in about


@pytest.mark.parametrize(
    ("text", "key", "printed"),
    [
        ("", "PORT", "34600"),
        ('PORT="8080"\n', "PORT", "8080"),
        ('PORT="99999"\n', "PORT", "34600"),
        ('SERVICE="disable"\n', "SERVICE", "disable"),
        ('STATS_INTERVAL="7"\n', "STATS_INTERVAL", "7"),
        ('VMS_STATUS="no"\n', "VMS_STATUS", "no"),
        ('MQTT_FEEDS="stats  events"\n', "MQTT_FEEDS", "stats events"),
        ('ALLOWED_ORIGINS=""\n', "ALLOWED_ORIGINS", ""),
    ],
)
def test_config_get(tower: Path, text: str, key: str, printed: str) -> None:
    """It prints the value in force: the file's if valid, else the default, of a feed's setting too."""
    file = tower / "boot/config/plugins/uma/uma.cfg"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"# of a test\n{text}")
    done = uma("config", "get", key, "--root", tower)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{printed}\n", "")


def test_own_setting_needs_no_feed(tower: Path) -> None:
    """A setting of the daemon's own, which rc.uma wants at each start, is printed without an import of the feeds."""
    command = [sys.executable, "-X", "importtime", "-m", "uma", "config", "get", "SERVICE", "--root", tower]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=clean_environment())

    assert done.stdout == "enable\n"
    assert "uma.config" in done.stderr
    assert "uma.feeds" not in done.stderr


def test_config_get_of_an_unknown_key(tower: Path) -> None:
    """An unknown key is a usage error, and prints nothing on standard output."""
    done = uma("config", "get", "COLOUR", "--root", tower)

    assert (done.returncode, done.stdout) == (2, "")
    assert "COLOUR" in done.stderr
