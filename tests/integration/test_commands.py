"""The commands that look at a server and end: what they print, and how they end."""

import subprocess
import sys
import zipfile
from pathlib import Path

from .daemon import Daemon
from .programs import clean_environment


def uma(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "uma", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=clean_environment(),
    )


def test_status_of_no_daemon(tower: Path) -> None:
    """Without a daemon it says so, and ends with 1."""
    done = uma("status", "--root", tower)

    assert (done.returncode, done.stdout, done.stderr) == (1, "UMA is not running.\n", "")


def test_status_of_a_daemon(make_daemon, tower: Path) -> None:
    """Of a daemon it tells version, address, uptime, health and connections; once it has ended, that none runs."""
    (tower / "var/run").mkdir(parents=True)
    daemon: Daemon = make_daemon().start()
    done = uma("status", "--root", tower)
    labels = [line.split()[0] for line in done.stdout.splitlines()[1:]]

    assert (done.returncode, done.stderr) == (0, "")
    assert labels[:5] == ["Version", "Address", "Uptime", "Health", "Connections"]
    assert f"127.0.0.1:{daemon.port}\n" in done.stdout

    daemon.stop()
    assert uma("status", "--root", tower).returncode == 1
    assert list((tower / "var/run").iterdir()) == []


def test_status_after_a_move(make_daemon, tower: Path) -> None:
    """A daemon that a reload has moved to another port is told of where it is now."""
    (tower / "var/run").mkdir(parents=True)
    daemon: Daemon = make_daemon(port_from_file=True).start()
    other: Daemon = make_daemon()
    daemon.reload(BIND="127.0.0.1", PORT=other.port)

    assert f"127.0.0.1:{other.port}\n" in uma("status", "--root", tower).stdout


def test_diagnostics(make_daemon, tower: Path, tmp_path: Path) -> None:
    """The zip has what the daemon says of itself; its place is printed, and what is there is not written over."""
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
