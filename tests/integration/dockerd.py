"""A real dockerd for the tests, beside the machine's own Docker: with its own folder, socket and containerd."""

import http.client
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest
from aiodocker import Docker

from .programs import CHECKOUT, Program, clean_environment, until

IMAGE = "busybox:test"
SUITES = {"bookworm": "20.10", "trixie": "26.1", "forky": "28."}
"""Debian's suites, and how the version of Docker in each begins: Unraid 6.12 has 20.10, 7 has 27 and newer."""
OFFLINE = {"NetworkDisabled": True}
"""Part of the configuration of a container that nothing looks for a network in: for one of its own, even an empty one,
dockerd starts itself once more, which is half of the CPU of a container's life.
"""
APPLETS = ("cat", "false", "sh", "sleep", "test", "touch", "true")
CANNOT_DOWNLOAD = 75
"""tests/debian/unpack.sh's exit code."""
SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def why_not() -> str | None:
    """Return why no dockerd can be started on this machine; None if one can."""
    if shutil.which("dockerd", path=SYSTEM_PATH) is None:
        return "there is no dockerd on this machine (Debian: docker.io)"
    if shutil.which("busybox", path=SYSTEM_PATH) is None:
        return "there is no busybox to make an image of (Debian: busybox-static)"
    return None if os.geteuid() == 0 else "dockerd needs root"


def unpack_docker(suite: str) -> Path:
    """The folder of the programs of Debian *suite*'s Docker, unpacked below .cache/debian: not the machine's own.

    Blocks for half a minute the first time. Skips the test where they can't be had.
    """
    folder = CHECKOUT / f".cache/debian/{suite}-docker"
    done = subprocess.run(
        [CHECKOUT / "tests/debian/unpack.sh", suite, folder, "docker.io"],
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    if done.returncode == CANNOT_DOWNLOAD:
        pytest.skip(f"the Docker of Debian's {suite} can't be had here")
    assert done.returncode == 0, done.stderr
    return folder / "root/usr"


class Dockerd:
    """A dockerd whose API is at ``socket``. ``start`` returns when it answers, ``stop`` and ``kill`` when it has ended.

    Its containers have no network. One that does not stop by itself should have ``StopSignal`` ``SIGKILL``, or ``stop``
    takes seconds. ``end`` leaves nothing of it. *programs* is a folder such as ``unpack_docker`` returns, in which
    dockerd and all that it starts are looked for first; without one they are the machine's.
    """

    def __init__(self, *, socket: Path | None = None, programs: Path | None = None) -> None:
        self._path = SYSTEM_PATH
        if programs is not None:
            self._path = os.pathsep.join([str(programs / "sbin"), str(programs / "bin"), SYSTEM_PATH])
        # Not pytest's folder: a socket's path is limited to 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="uma-dockerd-", dir="/tmp"))
        self.socket = socket or self.folder / "docker.sock"
        self._program: Program | None = None
        (self.folder / "daemon.json").write_text("{}")

    @property
    def is_running(self) -> bool:
        return self._program is not None and self._program.is_running()

    @property
    def pid(self) -> int:
        """The process id of a running one."""
        assert self._program is not None
        return self._program.process.pid

    def start(self) -> "Dockerd":
        """Start it if it does not run, and load its image."""
        if self.is_running:
            return self
        dockerd = shutil.which("dockerd", path=self._path)
        if dockerd is None:
            raise FileNotFoundError("dockerd")
        self._program = program = Program(
            [
                *(dockerd, "--host", f"unix://{self.socket}"),
                *("--config-file", self.folder / "daemon.json", "--pidfile", self.folder / "dockerd.pid"),
                *("--data-root", self.folder / "data", "--exec-root", self.folder / "exec"),
                # Options that work in any container or virtual machine, and don't touch the machine's network.
                *("--storage-driver", "vfs", "--bridge=none", "--iptables=false", "--ip6tables=false"),
                *("--shutdown-timeout", "5"),
            ],
            log=self.folder / "log",
            environment=clean_environment(PATH=self._path),
        )
        until(lambda: self._answers() or not program.is_running(), 60, what="dockerd's first answer")
        if not program.is_running():
            raise RuntimeError(f"dockerd does not start here:\n{program.output[-2000:]}")
        if not self.request("GET", "images/json"):
            self.request("POST", "images/create", {"fromSrc": "-", "repo": "busybox", "tag": "test"}, _image())
        return self

    def stop(self) -> None:
        """Stop it as Unraid does when the array stops: its containers stop, and its socket goes."""
        self._signal(signal.SIGTERM)
        self._wait()

    def kill(self) -> None:
        """End it as a crash would: containers continue, and its socket stays."""
        self._signal(signal.SIGKILL)
        self._wait()
        # Its containerd dies with it; until init reaps the zombie, the next dockerd would consider it alive.
        (self.folder / "exec/containerd/containerd.pid").unlink(missing_ok=True)

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Freeze it: it answers nothing, and its connections stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it continue."""
        self._signal(signal.SIGCONT)

    def remove_containers(self) -> None:
        """Remove every container."""
        for container in self.request("GET", "containers/json", {"all": "1"}):
            self.request("DELETE", f"containers/{container['Id']}", {"force": "1"})

    def client(self) -> Docker:
        """Return a client for its API, to be closed by the caller."""
        return Docker(url=f"unix://{self.socket}", api_version="auto")

    def request(
        self,
        method: str,
        path: str,
        params: dict[str, str] | None = None,
        body: bytes = b"",
        *,
        kind: str = "application/x-tar",
    ) -> Any:
        """Send one request, whose *body* has that media type; return the JSON of the answer, or None."""
        text = self.request_text(method, path, params, body, kind=kind)
        return json.loads(text) if text else None

    def request_text(
        self,
        method: str,
        path: str,
        params: dict[str, str] | None = None,
        body: bytes = b"",
        *,
        kind: str = "application/x-tar",
    ) -> str:
        """One request; the answer's text."""
        connection = _UnixConnection(self.socket)
        try:
            headers = {"Content-Type": kind} if body else {}
            connection.request(method, f"/{path}?{urlencode(params or {})}", body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status >= 400 and response.status != 404:
            raise RuntimeError(f"{method} {path}: {response.status} {text}")
        return text

    def end(self) -> None:
        """End all its processes by number, and remove its folder."""
        if self.is_running:
            self.thaw()
            self.remove_containers()
            self.stop()
        for process in self._left_over():
            for each in (*process.children(recursive=True), process):
                try:
                    each.kill()
                    each.wait(5)
                except psutil.NoSuchProcess:
                    continue
        for mount in sorted(_mounts_below(self.folder), reverse=True):
            subprocess.run(["umount", "--lazy", mount], check=False)
        shutil.rmtree(self.folder)

    def _answers(self) -> bool:
        try:
            connection = _UnixConnection(self.socket)
            connection.request("GET", "/_ping")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _signal(self, number: signal.Signals) -> None:
        if self._program is not None:
            self._program.signal(number)

    def _wait(self) -> None:
        if self._program is not None:
            self._program.wait(30)

    def _left_over(self) -> list[psutil.Process]:
        """Processes that name this folder: containerd and shims of a dockerd that was killed."""
        return [
            process
            for process in psutil.process_iter(["cmdline"])
            if any(str(self.folder) in argument for argument in process.info["cmdline"] or ())
        ]


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _image() -> bytes:
    """A root file system of one static busybox, as a tar."""
    busybox = shutil.which("busybox", path=SYSTEM_PATH)
    if busybox is None:
        raise FileNotFoundError("busybox")
    stored = io.BytesIO()
    with tarfile.open(fileobj=stored, mode="w") as tar:
        tar.add(Path(busybox).resolve(), "bin/busybox")
        for applet in APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for name in ("dev", "etc", "proc", "sys", "tmp"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
    return stored.getvalue()


def _mounts_below(folder: Path) -> list[str]:
    mounts = (line.split()[1] for line in Path("/proc/mounts").read_text().splitlines())
    return [mount for mount in mounts if mount.startswith(f"{folder}/")]
