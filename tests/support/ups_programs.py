"""Debian's own apcupsd and NUT, unpacked side by side, since the packages conflict.

What they need of libraries comes with them. Both run as the test's own processes, on
loopback and free ports, with a UPS that is simulated.
"""

import os
import pty
import select
import shutil
import socket
import subprocess
import threading
import tty
from pathlib import Path
from typing import ClassVar

from .locking import alone

CACHE = Path(__file__).resolve().parents[2] / ".cache/ups"
PACKAGES = (
    *("apcupsd", "libusb-0.1-4", "libwrap0"),
    *("nut-server", "nut-client", "libnutscan2", "libnspr4", "libnss3", "libusb-1.0-0"),
)
CLIENT_LIBRARIES = ("libupsclient6t64", "libupsclient6")
"""The name since Debian 13, and the one before."""


class CannotGet(Exception):
    """Raised if Debian's packages can't be downloaded; ``str()`` has the reason."""


def programs() -> Path:
    """The folder with both programs, downloaded once, by the first of several processes. Raises CannotGet."""
    tree = CACHE / "tree"
    with alone(CACHE / "lock"):
        if not tree.is_dir():
            _unpack(tree)
    return tree


def _unpack(tree: Path) -> None:
    unfinished = CACHE / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        known = subprocess.check_output(["apt-cache", "pkgnames", "libupsclient6"], text=True).split()
        packages = [*PACKAGES, next((name for name in CLIENT_LIBRARIES if name in known), CLIENT_LIBRARIES[0])]
        subprocess.run(["apt-get", "-qq", "download", *packages], cwd=unfinished, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotGet("Debian's apcupsd and NUT can't be downloaded by apt-get") from error
    for package in unfinished.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, unfinished / "tree"], check=True)
    (unfinished / "tree").rename(tree)
    shutil.rmtree(unfinished)


def environment(**added: str) -> dict[str, str]:
    """The environment in which the programs find their libraries."""
    tree = programs()
    libraries = [str(path) for path in (tree / "lib", tree / "usr/lib") for path in path.glob("*-linux-gnu")]
    return {"PATH": os.defpath, "LD_LIBRARY_PATH": os.pathsep.join(libraries)} | added


def path_of(name: str) -> Path:
    """Return the path of a program, which is below /usr since Debian 13; NUT has scripts of the same names in sbin."""
    tree = programs()
    folders = [tree / folder for folder in ("usr/lib/nut", "lib/nut", "usr/sbin", "sbin")]
    found = next((folder / name for folder in folders if (folder / name).exists()), None)
    assert found is not None, f"{name} is in none of {folders}"
    return found


def free_port() -> int:
    """A free port."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class SmartUps:
    """A Smart-UPS 1500 on a pseudo terminal. It speaks the part of APC's protocol that apcupsd uses.

    ``state`` is online, battery, low, or silent: the cable is pulled.
    """

    ANSWERS: ClassVar = {
        "Y": "SM",
        "\x01": "SMART-UPS 1500",
        "a": "3.!$%+?=#|.\x01ABCFGLMNOPQVXYabcefgjklmnopqrsux",
        "L": "230.4",
        "M": "232.0",
        "N": "228.0",
        "O": "230.4",
        "P": "023.4",
        "F": "50.00",
        "B": "27.30",
        "C": "034.1",
        "b": "50.14.I",
        "c": "UPS_IDEN",
        "e": "15",
        "g": "024",
        "k": "0",
        "l": "208",
        "m": "11/29/12",
        "n": "AS1234567890",
        "o": "230",
        "p": "090",
        "q": "02",
        "r": "060",
        "s": "H",
        "u": "253",
        "x": "11/29/25",
        "V": "FWI",
        "X": "OK",
        "E": "336",
    }
    STATUS: ClassVar = {"online": "08", "battery": "10", "low": "50"}
    ALERTS: ClassVar = {"online": b"$", "battery": b"!", "low": b"%"}

    def __init__(self) -> None:
        self.state = "online"
        self._ours, theirs = pty.openpty()
        tty.setraw(theirs)
        self.device = os.ttyname(theirs)
        self._theirs = theirs
        self._ended, self._end = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="ups", daemon=True)
        self._thread.start()

    def turn(self, state: str) -> None:
        """Enter *state*, and report it unasked, as a UPS does."""
        self.state = state
        if state in self.ALERTS:
            os.write(self._ours, self.ALERTS[state])

    def close(self) -> None:
        """End it."""
        os.write(self._end, b"x")
        self._thread.join(5)
        for descriptor in (self._ours, self._theirs, self._ended, self._end):
            os.close(descriptor)

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._ours, self._ended], [], [])
            if self._ended in ready:
                return
            for question in os.read(self._ours, 64).decode("latin-1"):
                if self.state != "silent":
                    os.write(self._ours, f"{self._answer(question)}\r\n".encode("latin-1"))

    def _answer(self, question: str) -> str:
        on_battery = self.state != "online"
        match question:
            case "Q":
                return self.STATUS[self.state]
            case "G":
                return "L" if on_battery else "S"
            case "j":
                return "0012:" if on_battery else "0042:"
            case "f":
                return "064.0" if on_battery else "100.0"
            case _:
                return self.ANSWERS.get(question, "NA")


class Apcupsd:
    """apcupsd below *root*, an Unraid host's tree: its pid file, conf and events file are where Unraid has them.

    *device* is a UPS's terminal, or HOST:PORT of another apcupsd with *kind* net.
    """

    def __init__(self, root: Path, device: str, *, kind: str = "apcsmart", poll_seconds: int = 2) -> None:
        self.root, self.port = root, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        scripts = root / "scripts"
        for folder in ("var/run", "var/log", "etc/apcupsd", "scripts"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        # Debian's own scripts would shut this machine down.
        (scripts / "apccontrol").write_text("#!/bin/sh\nexit 0\n")
        (scripts / "apccontrol").chmod(0o755)
        self.events = root / "var/log/apcupsd.events"
        self._conf = root / "etc/apcupsd/apcupsd.conf"
        common = {
            "UPSNAME": "tower",
            "UPSCABLE": "ether" if kind == "net" else "smart",
            "UPSTYPE": kind,
            "DEVICE": device,
            "LOCKFILE": root / "var/run",
            "SCRIPTDIR": scripts,
            "PWRFAILDIR": root / "var/run",
            "NOLOGINDIR": root / "var/run",
            "ONBATTERYDELAY": 6,
            "BATTERYLEVEL": 5,
            "MINUTES": 3,
            "TIMEOUT": 0,
            "POLLTIME": poll_seconds,
            "NETSERVER": "on",
            "NISIP": "0.0.0.0",
            "NISPORT": self.port,
            "EVENTSFILEMAX": 10,
            "UPSCLASS": "standalone",
            "UPSMODE": "disable",
            "STATTIME": 0,
            "LOGSTATS": "off",
        }
        lines = "".join(f"{key} {value}\n" for key, value in common.items())
        # UMA looks for the events file below its root; apcupsd has no such option.
        self._own_conf = root / "apcupsd.conf"
        self._own_conf.write_text(f"## apcupsd.conf v1.1 ##\n{lines}EVENTSFILE {self.events}\n")
        self._conf.write_text(f"## apcupsd.conf v1.1 ##\n{lines}EVENTSFILE /var/log/apcupsd.events\n")

    def start(self) -> None:
        """Start it. It writes its pid file by itself."""
        pid_file = self.root / "var/run/apcupsd.pid"
        with (self.root / "apcupsd.log").open("ab") as log:
            self._process = subprocess.Popen(
                [path_of("apcupsd"), "-b", "-P", pid_file, "-f", self._own_conf],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """Kill it: its pid file stays."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self._process = None

    def stop(self) -> None:
        """Stop it as rc.apcupsd does, which removes the pid file."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None
        (self.root / "var/run/apcupsd.pid").unlink(missing_ok=True)


class Nut:
    """upsd and dummy-ups below *root*. ``set`` changes variables of the UPS ``ups``."""

    def __init__(self, root: Path) -> None:
        self.root, self.port = root, free_port()
        self._folder = root / "etc/nut"
        self._run = root / "var/run/nut"
        self._flash = root / "boot/config/plugins/nut-dw"
        for folder in (self._folder, self._run, self._flash):
            folder.mkdir(parents=True, exist_ok=True)
        self._device = self._folder / "ups.dev"
        self._device.write_text(
            "device.mfr: Eaton\ndevice.model: Ellipse PRO 850\nups.status: OL\nbattery.charge: 100\n"
            "battery.charge.low: 20\nbattery.runtime: 2040\ninput.voltage: 231.0\nups.load: 17\n"
            "ups.power: 104\nups.power.nominal: 850\nups.realpower: 88\nups.realpower.nominal: 510\n"
            "ups.test.result: Done and passed\n"
        )
        (self._folder / "nut.conf").write_text("MODE=standalone\n")
        (self._folder / "ups.conf").write_text(f"[ups]\ndriver = dummy-ups\nport = {self._device}\nmode = dummy-once\n")
        (self._folder / "upsd.conf").write_text(f"LISTEN 127.0.0.1 {self.port}\nMAXAGE 3\n")
        (self._folder / "upsd.users").write_text("")
        for file in self._folder.iterdir():
            file.chmod(0o640)
        self.configure()
        self.driver: subprocess.Popen[bytes] | None = None
        self.daemon: subprocess.Popen[bytes] | None = None

    def configure(self, **settings: str) -> None:
        """Write the plugin's settings."""
        keys = {
            "SERVICE": "enable",
            "NAME": "ups",
            "IPADDR": f"127.0.0.1:{self.port}",
            "MONPASS": "c2VjcmV0",
        } | settings
        (self._flash / "nut-dw.cfg").write_text("".join(f'{key}="{value}"\n' for key, value in keys.items()))

    def start(self) -> None:
        """Start driver and daemon, and leave upsmon's pid file as the plugin does."""
        self.start_driver()
        self.start_daemon()
        (self._run / "upsmon.pid").write_text(f"{os.getpid()}\n")

    def start_driver(self) -> None:
        """Start the driver."""
        self.driver = self._program("dummy-ups", "-F", "-u", "root", "-a", "ups")

    def start_daemon(self) -> None:
        """Start upsd."""
        self.daemon = self._program("upsd", "-F", "-u", "root")

    def set(self, **variables: str) -> None:
        """Change variables, dots as underscores."""
        with self._device.open("a") as file:
            file.writelines(f"{name.replace('_', '.')}: {value}\n" for name, value in variables.items())
        # dummy-ups reads its file again when its time, in whole seconds, has changed.
        stamp = self._device.stat().st_mtime + 2
        os.utime(self._device, (stamp, stamp))

    def stop(self) -> None:
        """End all of it."""
        for process in (self.daemon, self.driver):
            end(process)
        (self._run / "upsmon.pid").unlink(missing_ok=True)

    def _program(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.root / "nut.log").open("ab") as log:
            return subprocess.Popen(
                [path_of(arguments[0]), *arguments[1:]],
                env=environment(
                    NUT_CONFPATH=str(self._folder), NUT_STATEPATH=str(self._run), NUT_ALTPIDPATH=str(self._run)
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


def end(process: subprocess.Popen[bytes] | None) -> None:
    """Kill *process* if it still runs."""
    if process is not None and process.poll() is None:
        process.kill()
        process.wait(10)
