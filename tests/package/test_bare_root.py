"""The package in a file system with only glibc, libudev and busybox: it really brings everything else."""

import asyncio
import json
import shutil
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from ..fakes.docker import FakeDocker, docker_event
from ..integration.daemon import free_port
from ..integration.programs import CHECKOUT, Program, until
from .bare_root import BareRoot
from .building import Package

pytestmark = pytest.mark.timeout(600)  # the first of them builds

CHANGED_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2"}
"""Variables that a child of the daemon has and the daemon's parent did not."""

SHELLS = {"PWD", "OLDPWD", "SHLVL", "_"}
"""Variables that a shell adds."""


@contextmanager
def served(bare: BareRoot, **settings: str) -> Iterator[tuple[int, Program]]:
    """`uma serve` in *bare*: its port and its process, once it serves."""
    config = bare.folder / "uma.cfg"
    config.write_text("".join(f'{key}="{value}"\n' for key, value in settings.items()))
    port = free_port()
    command = bare.command("uma", "serve", "--bind", "127.0.0.1", "--port", str(port), "--config", "/uma.cfg")
    with Program(command, log=bare.folder / "tmp/uma.log") as program:
        program.until_output("daemon started", seconds=30)
        yield port, program
        program.signal(signal.SIGTERM)
        assert program.wait() == 0, program.output
    assert "Traceback" not in program.output


def health(port: int) -> dict[str, Any]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/api/v1/health", timeout=10) as response:
        return json.load(response)


def well(port: int) -> set[str]:
    """The sources whose health is ok."""
    return {name for name, source in health(port)["sources"].items() if source["status"] == "ok"}


def environment(text: str, separator: str) -> dict[str, str]:
    """The variables of a process, without those that a shell always sets."""
    variables = dict(entry.split("=", 1) for entry in text.split(separator) if entry)
    return {name: value for name, value in variables.items() if name not in SHELLS}


@pytest.mark.smoke
def test_version(bare: BareRoot, package: Package):
    """`uma` is on the PATH, and has the version in the package's name."""
    done = bare.run("uma", "--version")

    assert (done.stdout, done.stderr, done.returncode) == (f"uma {package.version}\n", "", 0)


def test_every_module_imports(bare: BareRoot):
    """Every module of the package can be imported, including those that the daemon imports late or never."""
    shutil.copy(CHECKOUT / "packaging/verify/imports.py", bare.folder / "tmp")
    done = bare.run("/usr/local/uma/bin/uma-python", "-I", "-S", "-B", "/tmp/imports.py", "/usr/local/uma")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith(" modules, 0 problems\n")


def test_it_writes_nothing_into_its_tree(bare: BareRoot):
    """A run adds no file to those of the package: pkgtools would leave it behind."""
    before = sorted((bare.folder / "usr").rglob("*"))
    done = bare.run("uma", "snapshot", "storage")

    assert done.returncode == 0, done.stderr
    assert sorted((bare.folder / "usr").rglob("*")) == before


def test_snapshot_has_pysmarts_word(bare: BareRoot):
    """pySMART, which is imported at the first text, parses the texts that Unraid left behind."""
    message = json.loads(bare.run("uma", "snapshot", "storage").stdout)

    assert "passed" in {disk["health"] for disk in message["data"]["disks"]}


async def test_three_streams(bare: BareRoot):
    """The daemon serves its three streams over REST and WebSocket, and every source of them is ok."""
    async with FakeDocker(bare.folder / "var/run/docker.sock") as docker, ClientSession() as session:
        with served(bare) as (port, _):
            url = f"http://127.0.0.1:{port}/api/v1/ws"
            async with (
                session.ws_connect(f"{url}/system/stats") as stats,
                session.ws_connect(f"{url}/storage/status") as storage,
                session.ws_connect(f"{url}/docker/events") as events,
            ):
                assert (await stats.receive_json(timeout=15))["type"] == "stats"
                assert (await storage.receive_json(timeout=15))["type"] == "storage_status"
                async with asyncio.timeout(15):
                    while not docker.streams:
                        await asyncio.sleep(0.02)
                docker.emit(docker_event("start", at=2_000_000_000_000_000_000))
                assert (await events.receive_json(timeout=15))["type"] == "docker_event"
            for path, kind in (("system/stats", "stats"), ("storage/status", "storage_status")):
                async with session.get(f"http://127.0.0.1:{port}/api/v1/{path}") as answer:
                    assert (await answer.json())["type"] == kind
            async with session.get(f"http://127.0.0.1:{port}/api/v1/docker/events") as answer:
                assert [event["type"] for event in await answer.json()] == ["docker_event"]
            async with session.get(f"http://127.0.0.1:{port}/") as page:
                assert "<title>" in await page.text()


def test_sources_are_well(bare: BareRoot):
    """Storage, SMART and udev work with the host's libudev, and without any program of the host."""
    with served(bare) as (port, _):
        until(lambda: {"system", "storage", "smart", "udev"} <= well(port), what="four sources that are well")


def test_children_see_no_altered_environment(bare: BareRoot):
    """Children of the daemon get no LD_LIBRARY_PATH and no PYTHONHOME, so they run with the host's libraries."""
    smartctl = bare.folder / "usr/sbin/smartctl"
    smartctl.write_text("#!/bin/sh\nenv >/tmp/seen.new\nbusybox mv /tmp/seen.new /tmp/seen\nexit 1\n")
    smartctl.chmod(0o755)
    seen = bare.folder / "tmp/seen"
    with served(bare, SMART="query") as (_, program):
        until(seen.exists, 30, what="a call of smartctl")
        daemons = environment(Path(f"/proc/{program.process.pid}/environ").read_text(), "\0")

    assert daemons.keys() - {"PATH"} == CHANGED_ENVIRONMENT.keys()
    assert environment(seen.read_text(), "\n").keys() <= {"PATH", "LC_ALL", *CHANGED_ENVIRONMENT}


def test_a_users_python_changes_nothing(bare: BareRoot, package: Package):
    """Variables and modules of another Python, as installed by other plugins, don't affect the daemon."""
    (bare.folder / "tmp/json").mkdir()
    (bare.folder / "tmp/json/__init__.py").write_text("raise SystemExit('the wrong json')\n")
    variables = {"PYTHONHOME": "/nowhere", "PYTHONPATH": "/tmp", "PYTHONSTARTUP": "/nowhere"}
    done = bare.run("uma", "--version", environment=variables)

    assert (done.stdout, done.stderr) == (f"uma {package.version}\n", "")
