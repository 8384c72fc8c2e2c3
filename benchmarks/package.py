"""Cost of the package on the flash drive and in RAM, and of its daemon in a virtual Unraid with everything on."""

import asyncio
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from tests.package.building import Package
from tests.package.tower import Clients, tower
from tests.vm import CannotBuild

from benchmarks.effort import Effort
from benchmarks.packaged import package as built_package

PAGE = 4096


def run(effort: Effort) -> Iterator[tuple[str, str]]:
    """Yield sizes of $UMA_PACKAGE, or of one built now; start and memory after a while in the machine."""
    package = built_package(effort)
    if isinstance(package, str):
        yield "the package", f"not measured: {package}"
        return
    with tempfile.TemporaryDirectory(prefix="uma-bench-") as name:
        folder = Path(name)
        with tarfile.open(package.path) as archive:
            sizes = [entry.size for entry in archive if entry.isfile()]
        yield "packed (aim: 7 MB)", f"{package.path.stat().st_size / 1e6:.1f} MB"
        yield "installed, in whole pages (aim: 26 MB)", f"{sum(-(-size // PAGE) * PAGE for size in sizes) / 1e6:.1f} MB"
        yield "files", str(len(sizes))
        if effort.is_quick:
            return
        try:
            yield from asyncio.run(_in_machine(folder, package, effort.seconds))
        except CannotBuild as error:
            yield "in a virtual machine", f"not measured: {error}"


async def _in_machine(folder: Path, package: Package, seconds: int) -> list[tuple[str, str]]:
    return [figure async for figure in _figures(folder, package, seconds)]


async def _figures(folder: Path, package: Package, seconds: int) -> AsyncIterator[tuple[str, str]]:
    async with tower(folder, package, settings={"SMART": "query"}) as unraid:
        first_messages = asyncio.create_task(unraid.seconds_to_first_messages())
        await unraid.install(package)
        yield "emulated, rc.uma start to the first complete message", f"{await first_messages:.1f} s"
        async with Clients(unraid) as clients:
            await clients.storage(lambda data: data["disks"][0]["health"] == "passed")
            await unraid.reaches_age(seconds)
            memory = await unraid.memory()
        yield f"RSS after {seconds} s, all streams and SMART (aim: 42 MB)", f"{memory['Rss']:.1f} MB"
        yield "PSS, anonymous", f"{memory['Pss']:.1f} MB, {memory['Anonymous']:.1f} MB"
