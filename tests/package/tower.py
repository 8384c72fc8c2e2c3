"""The virtual Unraid with the plugin's manifests, a Docker, and its view from outside."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType

from ..fakes.docker import FakeDocker
from ..integration.daemon import STREAMS
from ..vm.machine import Machine
from ..vm.manifest import as_script
from ..vm.shell import Shell
from ..vm.unraid import unraid
from .building import Package
from .manager import filled, sum_of

FLASH = "/boot/config/plugins/uma"
BOOT_SECONDS = 240.0
START_SECONDS = 240.0
TRY_SECONDS = 0.2
"""Between two connections, each of which takes the emulated processor time."""
STARTS = "Starting UMA..."


class Tower:
    """The running machine. ``docker`` is what its daemon sees as Docker."""

    def __init__(self, machine: Machine, shell: Shell, docker: FakeDocker) -> None:
        self.machine = machine
        self.docker = docker
        self._shell = shell

    @property
    def server(self) -> str:
        """Its daemon's address."""
        return f"http://127.0.0.1:{self.machine.port}"

    async def boots(self, times: int) -> None:
        """Wait until it has booted that often."""
        said = self.machine.said
        await asyncio.to_thread(
            self.machine.wait, lambda: said().count("GUEST is up") >= times, BOOT_SECONDS, "the end of its boot"
        )

    async def run(self, command: str, seconds: float = 60.0) -> str:
        """Return the output of *command* in it. Raises CommandFailed."""
        return await asyncio.to_thread(self._shell.run, command, seconds)

    async def reboot(self) -> None:
        """Shut it down as Unraid does at the end, and have the machine restart."""
        self._shell.send("umount /boot && reboot -f")
        await self.boots(2)

    async def health(self) -> dict[str, Any]:
        """Return the daemon's health, as soon as it answers."""
        async with ClientSession() as session, asyncio.timeout(START_SECONDS):
            while True:
                try:
                    async with session.get(f"{self.server}/api/v1/health") as answer:
                        found: dict[str, Any] = await answer.json()
                        return found
                except (ClientError, OSError):
                    await asyncio.sleep(TRY_SECONDS)

    async def install(self, package: Package) -> str:
        """Install *package* by its manifest; what that printed. Raises CommandFailed."""
        return await self.run(f"plugin install {_manifest_of(package)}", START_SECONDS)

    async def seconds_to_first_messages(self) -> float:
        """From ``rc.uma start``, as syslog tells it next, to a whole message of each stream that gives one at once."""
        said, before = self.machine.said, self.machine.said().count(STARTS)
        await asyncio.to_thread(self.machine.wait, lambda: said().count(STARTS) > before, START_SECONDS, "its start")
        begun = time.monotonic()
        async with Clients(self) as clients:
            await clients.storage(lambda data: data["disks"] and data["cache_disks"])
            await clients.next("system/stats")
            return time.monotonic() - begun

    async def reaches_age(self, seconds: int) -> None:
        """Wait until the daemon has run that long."""
        age = "$(($(date +%s) - $(stat -c %Y /var/run/uma.pid)))"
        await self.run(f"until [ {age} -ge {seconds} ]; do sleep 1; done", seconds + 30)

    async def memory(self) -> dict[str, float]:
        """MB (10^6 bytes) of the daemon by the kernel's words: Rss, Pss, Anonymous."""
        lines = (await self.run("cat /proc/$(cat /var/run/uma.pid)/smaps_rollup")).splitlines()
        found = (re.fullmatch(r"(\w+): +(\d+) kB", line.strip()) for line in lines)
        return {line[1]: int(line[2]) * 1024 / 1e6 for line in found if line}


class Clients:
    """A client for each stream, reconnected, as long as the daemon is not up, until all are."""

    def __init__(self, tower: Tower) -> None:
        self._tower = tower
        self._session = ClientSession()
        self._sockets: dict[str, ClientWebSocketResponse] = {}

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def connect(self) -> None:
        """Have a connection to each address."""
        async with asyncio.timeout(START_SECONDS):
            for stream in STREAMS:
                self._sockets[stream] = await self._connected(stream)

    async def _connected(self, stream: str) -> ClientWebSocketResponse:
        while True:
            try:
                return await self._session.ws_connect(f"{self._tower.server}/api/v1/ws/{stream}")
            except (ClientError, OSError):
                await asyncio.sleep(TRY_SECONDS)

    async def next(self, stream: str) -> dict[str, Any]:
        """The next message of *stream*."""
        message: dict[str, Any] = json.loads(await self._sockets[stream].receive_str(timeout=40))
        return message

    async def storage(self, predicate: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The data of the next storage message of which *predicate* holds."""
        async with asyncio.timeout(60):
            while True:
                data: dict[str, Any] = (await self.next("storage/status"))["data"]
                if predicate(data):
                    return data

    async def close_codes(self) -> dict[str, int | None]:
        """With what the daemon has closed each connection, once it has."""
        async with asyncio.timeout(60):
            for socket in self._sockets.values():
                while (await socket.receive()).type is WSMsgType.TEXT:
                    pass
        return {stream: socket.close_code for stream, socket in self._sockets.items()}


@asynccontextmanager
async def tower(
    folder: Path, on_flash: Package, *more: Package, settings: Mapping[str, object]
) -> AsyncIterator[Tower]:
    """Boot one in *folder*, with a package *on_flash* already; *more* can be downloaded. Raises CannotBuild."""
    manifests = {
        _manifest_of(package): as_script(filled(VERSION=package.version, SHA256=sum_of(package.path)))
        for package in (on_flash, *more)
    }
    config = "".join(f'{key}="{value}"\n' for key, value in settings.items())
    place = Path(FLASH).relative_to("/boot")
    flash = {f"{place}/{on_flash.path.name}": on_flash.path.read_bytes(), f"{place}/uma.cfg": config.encode()}
    internet = [package.path for package in more]
    async with FakeDocker(folder / "docker.sock") as docker:
        with unraid(
            folder, flash=flash, manifests=manifests, packages=[on_flash.path, *internet], internet=internet
        ) as (machine, shell):
            found = Tower(machine, shell, docker)
            await found.boots(1)
            yield found


def _manifest_of(package: Package) -> str:
    """Return the manifest's path in the machine; the real manager has downloaded it by then."""
    return f"/opt/manifests/{package.version}/uma.plg"
