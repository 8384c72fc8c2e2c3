"""Plugin manager like Unraid's, which processes a manifest on a server below a folder.

As in its scripts/plugin: FILEs in order; an existing file with the right sum is kept; a Run that fails ends everything;
and standard output is read until every process has closed it.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from ..integration.programs import CHECKOUT, until
from .server import Server, lay_out, wrapper_of, write_program

BASE_URL = "https://example.org/uma"


class ManagerError(Exception):
    """Failure of the manager, with its output."""


@dataclass
class Manager:
    """The plugin manager of *server*. ``internet`` has the downloads, by address."""

    server: Server
    internet: dict[str, Path] = field(default_factory=dict)
    output: list[str] = field(default_factory=list)
    kill_when: Callable[[], bool] | None = None
    """Predicate that ends a Run: it is killed with its process group."""
    held_open: float = 0.0
    """Seconds that a Run's output stayed open after it had ended, at most."""

    def publish(self, version: str, package: Path) -> Path:
        """Publish *package* as this *version*; return its manifest."""
        self.internet[f"{BASE_URL}/uma-{version}-x86_64-1.txz"] = package
        path = self.server.root / "tmp" / f"uma-{version}.plg"
        path.parent.mkdir(exist_ok=True)
        path.write_text(filled(VERSION=version, SHA256=sum_of(package)))
        return path

    def process(self, manifest: Path, method: str = "install") -> str:
        """Process the FILEs of *method*; return their output. Raises ManagerError."""
        self.output = []
        for number, element in enumerate(ElementTree.parse(manifest).iter("FILE")):
            if method not in element.get("Method", "install").split(" "):
                continue
            name = element.get("Name")
            if name is not None:
                self._provide(self.server.root / name.lstrip("/"), element)
            run = element.get("Run")
            if run is not None:
                self._run(run, f"inline{number}-uma.sh", element.findtext("INLINE", ""))
        return "".join(self.output)

    def _provide(self, path: Path, element: ElementTree.Element) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        wanted = element.findtext("SHA256")
        if path.exists() and sum_of(path) != wanted:
            path.unlink()
        if path.exists():
            return
        origin = self.internet.get(element.findtext("URL", ""))
        if origin is None:
            raise ManagerError("download failure: Network failure")
        shutil.copy(origin, path)
        if sum_of(path) != wanted:
            path.unlink()
            raise ManagerError(f"bad file SHA256: {path}")

    def _run(self, run: str, name: str, script: str) -> None:
        path = self.server.root / "tmp" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(script)
        with subprocess.Popen(
            ["sh", "-c", f"{run} '{path}'"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env=self.server.environment(),
        ) as process:
            if self.kill_when is not None:
                until(lambda: process.poll() is not None or self.kill_when(), what="a moment to cut it off")
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
            # The manager reads to the end of the output; a pipe has room for all of it.
            code = process.wait(60)
            ended = time.monotonic()
            text = process.stdout.read() if process.stdout else ""
            self.held_open = max(self.held_open, time.monotonic() - ended)
        self.output.append(text)
        if code != 0:
            raise ManagerError(f"run failed: '{run}' returned {code}: {text}")


def filled(**values: str) -> str:
    """The manifest with its placeholders filled in."""
    text = (CHECKOUT / "uma.plg").read_text()
    for name, value in (
        {"CHANGES": "- Fixed: nothing.", "BASE_URL": BASE_URL, "SUPPORT_URL": f"{BASE_URL}/support"} | values
    ).items():
        text = text.replace(f"@{name}@", value)
    return text


def sum_of(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_package(
    folder: Path, version: str, *, extra: Mapping[str, str] | None = None, program: str = "-m uma"
) -> Path:
    """A package of this *version* in *folder*, with what is installed, and *extra* files by path.

    Its command runs Python with *program*.
    """
    tree = folder / "tree"
    lay_out(tree)
    wrapper = tree / "usr/local/uma/bin/uma"
    write_program(wrapper, wrapper_of(program))
    answer = f'[ "$1" = --version ] && {{ echo "uma {version}"; exit; }}\n'
    wrapper.write_text(wrapper.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\n{answer}"))
    for name, text in (extra or {}).items():
        (tree / name).write_text(text)
    package = folder / f"{version}.txz"
    # Not compressed: a hundred times over, that would be a fifth of all that these tests cost.
    with tarfile.open(package, "w") as archive:
        for path in sorted(tree.rglob("*")):
            archive.add(path, str(path.relative_to(tree)), recursive=False)
    shutil.rmtree(tree)
    return package
