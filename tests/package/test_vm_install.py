"""The plugin's life on a machine like an Unraid server: installed, used, updated, removed, installed, booted.

The steps build on each other, in this order. Takes two minutes, and once, for Debian's kernel, a download of 70 MB.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from ..fakes.docker import docker_event
from ..integration.faults import seconds_of
from ..vm import CACHE, CannotBuild
from .building import Package, repacked
from .tower import FLASH, Clients, Tower, tower

# The first of them builds the package and the machine.
pytestmark = [pytest.mark.timeout(900), pytest.mark.asyncio(loop_scope="module")]

GONE_IN_SECOND = "usr/local/uma/licences.txt.gz"
NEW_IN_SECOND = "usr/local/emhttp/plugins/uma/new-in-second.txt"
CHANGE_SECONDS = 2.0
MOST_MB = 50.0
KEPT_LOG = CACHE / "install-console-of-failure.log"

LISTING = (
    r"find / /run /boot -xdev"
    r" \( -path /opt -o -path /run/udev -o -path '/boot/config/plugins*' -o -path /var/log/syslog \) -prune -o"
    r" \( -type d -exec stat -c '%A %u:%g %n' {} + \) -o -exec stat -c '%A %u:%g %s %n' {} +"
)
"""Every file with its mode, owner and size, every folder with its mode and owner; /opt is the tests' own.

``plugins*`` are the manager's folders on the flash drive.
"""

FENCES = ("calls", "files", "rights", "user", "docker")

PROGRAMS = "ls -l /proc/[0-9]*/exe 2>/dev/null"


@pytest.fixture(scope="module")
def second(package: Package, tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The version after *package*."""
    folder = tmp_path_factory.mktemp("second")
    return repacked(package, folder, without=GONE_IN_SECOND, added={NEW_IN_SECOND: b"new\n"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unraid(
    request: pytest.FixtureRequest, package: Package, second: Package, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Tower]:
    """The server, booted, without the plugin; its package lies on the flash drive, with settings."""
    failed_before = request.session.testsfailed
    folder = tmp_path_factory.mktemp("unraid")
    CACHE.mkdir(parents=True, exist_ok=True)
    try:
        async with tower(folder, package, second, settings={"SMART": "query"}) as machine:
            yield machine
            if request.session.testsfailed > failed_before:
                log = await machine.run("cat /var/log/syslog; ps; df -k; ls -lR /boot /run", 30)
                (folder / "console.log").write_text(f"{machine.machine.said()}\n{log}\n")
    except CannotBuild as reason:
        pytest.skip(f"no virtual machine: {reason}")
    finally:
        if request.session.testsfailed > failed_before and (folder / "console.log").exists():
            shutil.copy(folder / "console.log", KEPT_LOG)


@pytest.fixture(autouse=True)
def steps_build_on_each_other(request: pytest.FixtureRequest):
    """Skip the steps after a failed one, which would only hide its reason."""
    module = request.node.parent
    if failed := getattr(module, "failed_step", None):
        pytest.skip(f"{failed} failed; the machine's log is {KEPT_LOG}")
    failed_before = request.session.testsfailed
    yield
    # Set by the report that follows the call, before this ends.
    if request.session.testsfailed > failed_before:
        module.failed_step = request.node.name


@pytest.fixture(scope="module")
def listing() -> dict[str, set[str]]:
    """Files of the server before the installation."""
    return {}


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Prints a figure, though pytest captures what tests print."""
    plugins = request.config.pluginmanager
    reporter, capture = plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager")

    def write(figure: str) -> None:
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"\nvm: {figure}")

    return write


async def installed(unraid: Tower, package: Package) -> str:
    """Install *package* by its manifest; return the output."""
    output = await unraid.install(package)
    assert f"uma: version {package.version} is installed\n" in output, output
    return output


async def connect_internet(unraid: Tower) -> None:
    await unraid.run("ln -s /opt/internet /internet")


async def test_the_server_has_no_python_and_no_plugin(unraid: Tower, listing: dict[str, set[str]]):
    """The start of the trial: neither the plugin nor a Python is there, and /boot is FAT."""
    listing["before"] = set((await unraid.run(LISTING)).splitlines())
    assert [line for line in listing["before"] if "python" in line.lower() or "uma" in line.rpartition("/")[2]] == []
    assert "/boot vfat" in await unraid.run("cat /proc/mounts")
    assert len(listing["before"]) > 300


async def test_installed_from_flash(unraid: Tower, package: Package, tell: Callable[[str], None]):
    """Without a network the manifest's own scripts install what lies on flash and start it, and hold no output open."""
    begun = time.monotonic()
    first_messages = asyncio.create_task(unraid.seconds_to_first_messages())
    output = await installed(unraid, package)
    tell(f"installed and started in {time.monotonic() - begun:.1f} s")
    # An emulated processor's figure means little: a real one takes a tenth of it.
    tell(f"from rc.uma start to the first complete message: {await first_messages:.1f} s")
    assert "downloading" not in output
    health = await unraid.health()
    assert health["version"] == package.version
    # As root on a real kernel, so all other steps prove that UMA works behind the fences.
    assert {name: fence["state"] for name, fence in health["fences"].items()} == dict.fromkeys(FENCES, "holds")
    status = await unraid.run("/etc/rc.d/rc.uma status")
    assert package.version in status, status
    assert status.count("holds: ") == len(FENCES), status


async def test_the_three_streams_from_outside(unraid: Tower):
    """Each address gives its messages: the host's own numbers, real disks with SMART's health, a container's event."""
    async with Clients(unraid) as clients:
        assert (await clients.next("system/stats"))["type"] == "stats"
        data = await clients.storage(lambda data: data["disks"][0]["health"] == "passed")
        assert (data["array_status"], data["disks"][0]["device_base"]) == ("started", "/dev/sda")
        # The contract: disks.ini's number, which it has not here, and no other.
        assert data["disks"][0]["temperature"] is None
        assert [disk["device_base"][:9] for disk in data["cache_disks"]] == ["/dev/nvme"]
        async with asyncio.timeout(60):
            while not unraid.docker.streams:
                await asyncio.sleep(0.1)
        unraid.docker.emit(docker_event("start", at=time.time_ns()))
        event = await clients.next("docker/events")
        assert (event["type"], event["data"]["action"]) == ("docker_event", "start")


async def test_plugged_and_pulled(unraid: Tower):
    """A disk that is plugged in shows, and shows no more when it is pulled, each within 2 s."""
    taken: dict[str, list[float]] = {"plugged": [], "pulled": []}
    async with Clients(unraid) as clients:
        # Emulated on a busy machine, it may be late through no fault of the daemon's.
        for _ in range(3):
            begun = time.monotonic()
            name = unraid.machine.plug_nvme("free")
            await clients.storage(lambda data, name=name: f"QEMU_{name}" in ids(data))
            taken["plugged"].append(time.monotonic() - begun)
            begun = time.monotonic()
            unraid.machine.pull("free")
            await clients.storage(lambda data, name=name: f"QEMU_{name}" not in ids(data))
            taken["pulled"].append(time.monotonic() - begun)
            if max(min(seconds) for seconds in taken.values()) <= CHANGE_SECONDS:
                break
            await asyncio.to_thread(
                unraid.machine.wait, lambda name=name: not unraid.machine.has(name), 30, "the pulled disk's end"
            )
    assert max(min(seconds) for seconds in taken.values()) <= CHANGE_SECONDS, taken


def ids(data):
    return {device["id"] for device in data["unassigned"]}


async def test_the_array_stops(unraid: Tower):
    """A stop or start of the array, as emhttpd writes it, is published within 2 s, and the daemon runs on."""
    taken: dict[str, list[float]] = {"stopped": [], "started": []}
    async with Clients(unraid) as clients:
        for _ in range(10):
            for state, seconds in taken.items():
                begun = time.monotonic()
                await unraid.run(f"emhttpd array {state}")
                await clients.storage(lambda data, state=state: data["array_status"] == state)
                seconds.append(time.monotonic() - begun)
            if max(min(seconds) for seconds in taken.values()) <= CHANGE_SECONDS:
                break
    assert max(min(seconds) for seconds in taken.values()) <= CHANGE_SECONDS, taken


async def test_the_clock_is_set(unraid: Tower):
    """The server's own clock, an hour back, a day forward and right again: samples tell that time, and all is well."""
    async with Clients(unraid) as clients:
        await clients.next("system/stats")
        for off in (-3600, 86400, 0):
            await unraid.run(f"date -s @{int(time.time()) + off}")
            assert (await unraid.health())["status"] == "healthy"
            begun = time.monotonic()
            await clients.next("system/stats")
            told = (await clients.next("system/stats"))["timestamp"]
            assert time.monotonic() - begun < 20
            assert abs(seconds_of(told) - time.time() - off) < 20
            unraid.docker.emit(docker_event("start", at=time.time_ns() + off * 1_000_000_000))
            assert (await clients.next("docker/events"))["data"]["action"] == "start"
            assert (await unraid.health())["status"] == "healthy"


async def test_memory_after_a_minute(unraid: Tower, tell: Callable[[str], None]):
    """With all streams read and SMART asked for, the daemon stays within 50 MB."""
    async with Clients(unraid) as clients:
        await clients.storage(lambda data: data["disks"][0]["health"] == "passed")
        await unraid.reaches_age(60)
        memory = await unraid.memory()
    tell(f"after a minute: RSS {memory['Rss']:.1f} MB, PSS {memory['Pss']:.1f} MB")
    assert memory["Rss"] <= MOST_MB


async def test_updated_with_clients_connected(unraid: Tower, second: Package, tell: Callable[[str], None]):
    """Clients are closed with 1001, reconnect, and get the new version; nothing of the old one stays."""
    await connect_internet(unraid)
    async with Clients(unraid) as clients:
        await clients.next("storage/status")
        begun = time.monotonic()
        updating = asyncio.create_task(installed(unraid, second))
        assert set((await clients.close_codes()).values()) == {1001}
        await clients.connect()
        assert (await clients.next("storage/status"))["data"]["array_status"] == "started"
        tell(f"storage's messages came again after {time.monotonic() - begun:.1f} s of an update")
        assert "downloading" in await updating
    assert (await unraid.health())["version"] == second.version
    assert (await unraid.run(f"ls {FLASH}")).split() == ["server-id", second.path.name, "uma.cfg"]
    assert (await unraid.run("ls /var/lib/pkgtools/packages")).split() == [second.path.stem]
    assert await unraid.run(f"test ! -e /{GONE_IN_SECOND} && cat /{NEW_IN_SECOND}") == "new"
    # The daemon and its steward, once no task of the steward's is at work.
    async with asyncio.timeout(60):
        while (await unraid.run(f"{PROGRAMS} | grep -c uma-python")).strip() != "2":
            await asyncio.sleep(0.5)


async def test_removed(unraid: Tower, listing: dict[str, set[str]]):
    """The server holds what it held before, and no process; on flash the settings stay, as the removal says."""
    output = await unraid.run("plugin remove uma.plg")
    assert "uma: the settings stay in /boot/config/plugins/uma" in output
    await unraid.run("rm /internet")
    assert set((await unraid.run(LISTING)).splitlines()) ^ listing["before"] == set()
    assert (await unraid.run(f"ls {FLASH}")).split() == ["server-id", "uma.cfg"]
    assert (await unraid.run(f"{PROGRAMS} | grep uma; ps | grep rc.[u]ma; true")).strip() == ""


async def test_installed_again_and_booted(unraid: Tower, second: Package, tell: Callable[[str], None]):
    """After a reboot, without a network, it is unpacked from flash before emhttpd is up and started once that is."""
    await connect_internet(unraid)
    assert "downloading" in await installed(unraid, second)
    assert (await unraid.health())["version"] == second.version
    await unraid.reboot()
    begun = time.monotonic()
    async with Clients(unraid) as clients:
        assert (await clients.next("system/stats"))["type"] == "stats"
        await clients.storage(lambda data: data["disks"][0]["health"] == "passed")
    tell(f"first messages {time.monotonic() - begun:.1f} s after the end of the boot")
    assert (await unraid.health())["version"] == second.version
    assert await unraid.run("ls /internet 2>&1 || true") != ""
    log = await unraid.run("cat /var/log/syslog")
    assert "downloading" not in log
    assert log.index(f"version {second.version} is installed") < log.index("Starting UMA...")
