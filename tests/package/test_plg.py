"""The manifest's scripts, run as the plugin manager runs them: their effects, and their traces after a failure."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import pytest

import uma

from ..integration.certificates import Authority
from ..integration.programs import CHECKOUT, until
from .manager import BASE_URL, Manager, ManagerError, filled, make_package, sum_of
from .server import PYTHON_VARIABLES, Server, copy_python, is_alive, program_of

FIRST, SECOND = "2026.11.23", "2026.12.01"

UPGRADEPKG = """#!/bin/bash
package=${!#}
records=$UMA_ROOT/var/lib/pkgtools/packages
name=$(basename "$package" .txz)
tar -tf "$package" | grep -v '/$' >"$UMA_ROOT/new-files"
tar -xf "$package" -C "$UMA_ROOT" --exclude=install
for old in "$records"/uma-*-x86_64-1; do
    [[ -e $old ]] || continue
    grep -vxFf "$UMA_ROOT/new-files" "$old" | while read -r file; do rm -f "$UMA_ROOT/$file"; done
    mv "$old" "$old-upgraded-2026-11-23,07:00:00"
    while [[ -e $UMA_ROOT/hang ]]; do touch "$UMA_ROOT/hangs"; sleep 0.05; done
    rm -f "$old-upgraded-2026-11-23,07:00:00"
done
while [[ -e $UMA_ROOT/hang ]]; do touch "$UMA_ROOT/hangs"; sleep 0.05; done
mv "$UMA_ROOT/new-files" "$records/$name"
if [[ -e $UMA_ROOT/half ]]; then
    source "$UMA_ROOT/half"
fi
"""
"""Behaviour of Unraid's manager, as far as it matters here: it always ends with 0."""

REMOVEPKG = """#!/bin/bash
for record in "$UMA_ROOT"/var/lib/pkgtools/packages/"$1"-*; do
    [[ -e $record ]] || { echo "No such package: $1. Can't remove."; exit 1; }
    while read -r file; do rm -f "$UMA_ROOT/$file"; done <"$record"
    mkdir -p "$UMA_ROOT/var/log/pkgtools/removed_packages"
    mv "$record" "$UMA_ROOT/var/log/pkgtools/removed_packages/"
done
"""

DF = """#!/bin/bash
case ${!#} in */boot) kib=$(cat "$UMA_ROOT/free-flash") ;; *) kib=$(cat "$UMA_ROOT/free-ram") ;; esac
printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\\nx 9999999 1 %s 1%% /\\n' "$kib"
"""

GETCONF = """#!/bin/bash
cat "$UMA_ROOT/glibc"
"""

STAND_IN = """
import os, pathlib, signal, socket, sys
root = pathlib.Path(os.environ["UMA_ROOT"])
port = root.joinpath("boot/config/plugins/uma/uma.cfg").read_text().partition('PORT="')[2].partition('"')[0]
server = socket.create_server(("127.0.0.1", int(port)))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
root.joinpath("var/run/uma.json").write_text(f'{{"port": {port}}}')
while True:
    signal.pause()
"""
"""A daemon that only listens on its port."""

OURS = frozenset(
    ("commands", "tmp", "dev", "rc.log", "hang", "hangs", "new-files", "half", "free-flash", "free-ram", "glibc")
)
"""Files of the tests below the root."""


@pytest.fixture
def manager(bare_server: Server) -> Manager:
    """The plugin manager of a server without the plugin, with its emhttpd up."""
    for name, text in {"upgradepkg": UPGRADEPKG, "removepkg": REMOVEPKG, "df": DF, "getconf": GETCONF}.items():
        bare_server.add_command(name, text)
    for name, text in {"free-flash": "20000", "free-ram": "900000", "glibc": "glibc 2.37"}.items():
        (bare_server.root / name).write_text(f"{text}\n")
    bare_server.start_emhttpd()
    bare_server.configure()
    return Manager(bare_server)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A package of each version, for any server; no test may change it."""
    return {version: make_package(tmp_path_factory.mktemp("package"), version) for version in (FIRST, SECOND)}


@pytest.fixture(scope="module")
def light_packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same, whose daemon is a stand-in: a start of the real one costs ten times as much."""
    added = {"usr/local/uma/stand_in.py": STAND_IN}
    program = '-S "${0%/bin/uma}/stand_in.py"'
    return {
        version: make_package(tmp_path_factory.mktemp("light"), version, extra=added, program=program)
        for version in (FIRST, SECOND)
    }


@pytest.fixture
def first(manager: Manager, packages: dict[str, Path]) -> Path:
    """The manifest of a version."""
    return manager.publish(FIRST, packages[FIRST])


@pytest.fixture
def second(manager: Manager, packages: dict[str, Path]) -> Path:
    """The manifest of the next one."""
    return manager.publish(SECOND, packages[SECOND])


@pytest.fixture
def light_first(manager: Manager, light_packages: dict[str, Path]) -> Path:
    """The manifest of a version with the stand-in, for tests of what the scripts do with any daemon."""
    return manager.publish(FIRST, light_packages[FIRST])


@pytest.fixture
def light_second(manager: Manager, light_packages: dict[str, Path]) -> Path:
    """The manifest of the next one."""
    return manager.publish(SECOND, light_packages[SECOND])


def files(server: Server) -> dict[str, str]:
    """The sum of every file of the server, except the lock and files that the daemon writes at times of its own."""
    paths = {str(path.relative_to(server.root)): path for path in server.root.rglob("*") if path.is_file()}
    return {
        name: sum_of(path)
        for name, path in paths.items()
        if name.split("/")[0] not in OURS
        and not name.endswith(("/uma.lock", "/uma/server-id", "/uma/server-id.new"))
        and not name.startswith("var/run/uma/")
    }


def names(folder: Path) -> list[str]:
    """List the files in *folder*."""
    return sorted(path.name for path in folder.iterdir())


def payloads(server: Server) -> list[str]:
    """List the plugin's folder on the flash drive, except settings and the server's id, which may just be written."""
    folder = server.root / "boot/config/plugins/uma"
    return [name for name in names(folder) if name not in {"uma.cfg", "server-id", "server-id.new"}]


def refused(manager: Manager, manifest: Path) -> str:
    """The one line that a failing installation prints."""
    with pytest.raises(ManagerError, match="run failed"):
        manager.process(manifest)
    (line,) = "".join(manager.output).splitlines()
    return line


@contextmanager
def listener(server: Server, address: str = "127.0.0.1") -> Iterator[None]:
    """A program that listens on UMA's port."""
    with socket.create_server((address, server.port), family=socket.AF_INET6 if ":" in address else socket.AF_INET):
        yield


@contextmanager
def go_plugin(server: Server) -> Iterator[int]:
    """The older plugin of this name: its program runs, and its files and settings are there."""
    plugin = server.root / "usr/local/emhttp/plugins/uma"
    (plugin / "event").mkdir(parents=True)
    for name in ("uma.page", "event/started", "event/stopping_svcs"):
        (plugin / name).write_text("old")
    flash = server.root / "boot/config/plugins/uma"
    flash.mkdir(parents=True, exist_ok=True)
    (flash / "uma-v2025.06.22.tgz").write_text("old")
    (flash / "uma.env").write_text("\n")
    (flash / "uma.cfg").write_text(f'SERVICE="enable"\nPORT="{server.port}"\nUPS="disable"\nMCP_PORT="34800"\n')
    copy_python(plugin / "uma")
    command = f"import socket, time; s = socket.create_server(('127.0.0.1', {server.port})); time.sleep(60)"
    with subprocess.Popen([plugin / "uma", "-c", command], env=server.environment() | PYTHON_VARIABLES) as process:
        until(server.is_serving, what="the older program")
        yield process.pid
        process.kill()


# ---- The manifest itself


def test_manifest():
    """It is XML before and after it is filled in, for 6.12 and later, and all files that it names exist."""
    ElementTree.parse(CHECKOUT / "uma.plg")
    plugin = ElementTree.fromstring(filled(VERSION=FIRST, SHA256="ab"))

    assert {key: plugin.get(key) for key in ("name", "version", "min", "pluginURL", "support")} == {
        "name": "uma",
        "version": FIRST,
        "min": "6.12.0",
        "pluginURL": f"{BASE_URL}/uma.plg",
        "support": f"{BASE_URL}/support",
    }
    assert (CHECKOUT / "emhttp/images" / (plugin.get("icon") or "")).read_bytes()[:4] == b"\x89PNG"
    launch = plugin.get("launch")
    assert launch is None or (CHECKOUT / "emhttp" / f"{launch.rpartition('/')[2]}.page").is_file()
    assert (CHECKOUT / "emhttp/README.md").read_text().startswith("**UMA**\n")


def test_payload_is_kept_on_flash_and_checked():
    """The one download is in the plugin's folder on flash, with its version in the name, and its sum is checked."""
    plugin = ElementTree.fromstring(filled(VERSION=FIRST, SHA256="ab"))
    (payload,) = (element for element in plugin.iter("FILE") if element.get("Name"))

    assert payload.get("Name") == f"/boot/config/plugins/uma/uma-{FIRST}-x86_64-1.txz"
    assert (payload.findtext("URL"), payload.findtext("SHA256")) == (f"{BASE_URL}/uma-{FIRST}-x86_64-1.txz", "ab")


@pytest.mark.parametrize("number", range(3))
def test_scripts(tmp_path: Path, number: int):
    """Each script passes shellcheck, and has no entities, which would not be expanded."""
    scripts = [
        element.findtext("INLINE", "")
        for element in ElementTree.fromstring(filled(VERSION=FIRST, SHA256="ab")).iter("FILE")
        if element.get("Run")
    ]
    (tmp_path / "script").write_text(f"#!/bin/bash\n{scripts[number]}")
    done = subprocess.run(["shellcheck", tmp_path / "script"], capture_output=True, text=True, check=False)

    assert len(scripts) == 3
    assert done.stdout == ""
    assert not re.search(r"&[a-zA-Z]+;", scripts[number])


def test_versions_sort_as_the_manager_sorts_them():
    """The package's own version is one that the manager's comparison, letter by letter, puts in order."""
    assert re.fullmatch(r"\d{4}\.\d\d\.\d\d[a-z]?", uma.__version__)


def test_store_entry():
    """Community Applications and the manifest have the same address, and the same minimum Unraid."""
    manifest = ElementTree.parse(CHECKOUT / "uma.plg").getroot()
    entry = ElementTree.parse(CHECKOUT / "packaging/community-applications/uma.xml").getroot()

    assert entry.findtext("PluginURL") == manifest.get("pluginURL")
    assert entry.findtext("MinVer") == manifest.get("min")


# ---- Installation, update, boot, removal


def where_to_look(server: Server, scheme: str = "http") -> str:
    """The manifest's last line for a daemon that serves."""
    address = f"{scheme}://{socket.gethostname()}:{server.port}/"
    return f"uma: open the tab UMA, or {address}; to set it up, Settings > User Utilities > UMA"


def test_installation(manager: Manager, first: Path):
    """With emhttpd up it is installed and runs, the package stays on flash, and no process keeps the output open."""
    output = manager.process(first)
    server = manager.server

    assert output.splitlines() == [
        "Starting UMA...",
        "UMA...  Started.",
        f"uma: version {FIRST} is installed",
        where_to_look(server),
    ]
    assert server.is_serving()
    assert manager.held_open < 1
    assert payloads(server) == [f"uma-{FIRST}-x86_64-1.txz"]
    assert server.event("any_event").returncode == 0


def test_boot(manager: Manager, first: Path):
    """At boot it is installed from flash, without network; emhttpd's event starts it."""
    manager.process(first)
    server = manager.server
    server.rc("stop")
    manager.internet.clear()
    for folder in ("usr", "etc", "var/local/emhttp", "var/lib", "var/run"):
        shutil.rmtree(server.root / folder)
    (server.root / "var/run").mkdir()
    (server.root / "var/lib/pkgtools/packages").mkdir(parents=True)

    assert manager.process(first) == f"uma: version {FIRST} is installed\n"
    assert (server.daemons(), server.left_in_run()) == ([], [])
    server.start_emhttpd()
    server.event("driver_loaded")
    until(server.is_serving, what="serving")


def test_update(manager: Manager, first: Path, second: Path):
    """An update replaces a running daemon and its package, and keeps the settings."""
    manager.process(first)
    server = manager.server
    pid, settings = server.pid, server.settings_file.read_bytes()
    (server.root / "usr/local/emhttp/plugins/uma/odd.page").write_text("of no package")

    assert manager.process(second).splitlines()[-2:] == [f"uma: version {SECOND} is installed", where_to_look(server)]
    assert (is_alive(pid), server.is_serving()) == (False, True)
    assert [server.pid] == server.daemons()
    assert payloads(server) == [f"uma-{SECOND}-x86_64-1.txz"]
    assert server.settings_file.read_bytes() == settings
    assert not (server.root / "usr/local/emhttp/plugins/uma/odd.page").exists()
    assert names(server.root / "var/lib/pkgtools/packages") == [f"uma-{SECOND}-x86_64-1"]


def test_installing_twice(manager: Manager, first: Path):
    """The same version again changes no file, and restarts the daemon."""
    manager.process(first)
    before = files(manager.server)
    manager.process(first)
    after = files(manager.server)

    assert {name for name in before | after if before.get(name) != after.get(name)} == {
        "var/run/uma.json",
        "var/run/uma.pid",
    }
    assert manager.server.is_serving()


def test_not_wanted(manager: Manager, first: Path):
    """With SERVICE="disable" it is installed and not started, even if the port is taken."""
    manager.server.configure(SERVICE="disable")
    with listener(manager.server):
        output = manager.process(first)

    assert output.splitlines()[1:] == [
        "UMA...  Service not enabled.",
        f"uma: version {FIRST} is installed",
        "uma: it is switched off; Settings > User Utilities > UMA starts it",
    ]
    assert manager.server.daemons() == []


def test_its_address_with_tls(manager: Manager, first: Path, tmp_path: Path):
    """With a certificate the address that is named begins with https."""
    certificate, key = Authority(tmp_path / "authority").certify("IP:127.0.0.1")
    manager.server.configure(TLS_CERTIFICATE=str(certificate), TLS_KEY=str(key))

    assert manager.process(first).splitlines()[-1] == where_to_look(manager.server, "https")


def test_a_certificate_that_cannot_be_used(manager: Manager, first: Path):
    """Without an open port no address is named, but the place to correct it."""
    manager.server.configure(TLS_CERTIFICATE="/nowhere.pem", TLS_KEY="/nowhere.pem")

    assert manager.process(first).splitlines()[-1] == (
        "uma: its port is closed, since its certificate can't be used; to correct it, Settings > User Utilities > UMA"
    )


def test_older_plugin(manager: Manager, first: Path):
    """The Go program of an older plugin is stopped, its files are removed, and its settings stay and are accepted."""
    server = manager.server
    with go_plugin(server) as pid:
        settings = server.settings_file.read_bytes()
        output = manager.process(first)

        assert output.splitlines()[-2:] == [f"uma: version {FIRST} is installed", where_to_look(server)]
        assert program_of(pid) == ""
    assert server.is_serving()
    assert server.settings_file.read_bytes() == settings
    assert payloads(server) == [f"uma-{FIRST}-x86_64-1.txz", "uma.env"]
    assert names(server.root / "usr/local/emhttp/plugins/uma/event") == ["any_event", "driver_loaded"]


def test_removal(manager: Manager, tmp_path: Path):
    """After a removal only the settings are left, including the id; another removal has nothing to do."""
    before = files(manager.server)
    package = make_package(tmp_path, FIRST, extra={"usr/local/bin/uma-more": "of the package, and nothing else"})
    first = manager.publish(FIRST, package)
    manager.process(first)
    server = manager.server
    server_id = server.root / "boot/config/plugins/uma/server-id"
    until(server_id.exists, what="the id")
    output = manager.process(first, "remove")

    assert output.splitlines() == [
        "uma: the settings stay in /boot/config/plugins/uma; a file remove-settings there would have taken them along",
        "uma: removed",
    ]
    until(lambda: not server.supervisors() and not server.daemons(), what="no process")
    assert files(server) == before
    assert server_id.exists()
    assert not (server.root / "var/run/uma").exists()
    assert not (server.root / "usr/local/uma").exists()
    assert not (server.root / "usr/local/emhttp/plugins/uma").exists()
    assert manager.process(first, "remove").splitlines()[-1] == "uma: removed"
    assert files(server) == before


def test_removal_with_settings(manager: Manager, first: Path):
    """A file remove-settings in the plugin's folder on flash has the settings removed as well."""
    manager.process(first)
    (manager.server.root / "boot/config/plugins/uma/remove-settings").touch()

    assert manager.process(first, "remove") == "uma: removed\n"
    assert not (manager.server.root / "boot/config/plugins/uma").exists()


def test_removal_without_settings(manager: Manager, first: Path):
    """If no setting was ever changed, no folder stays on flash."""
    manager.server.settings_file.unlink()
    manager.server.root.joinpath("var/local/emhttp/var.ini").unlink()
    manager.process(first)

    assert manager.process(first, "remove") == "uma: removed\n"
    assert not (manager.server.root / "boot/config/plugins/uma").exists()


def test_others_are_left_alone(manager: Manager, light_first: Path):
    """A process of the same name, as in a container, is not affected by installation or removal."""
    other = manager.server.root / "tmp/uma"
    other.parent.mkdir(exist_ok=True)
    shutil.copy(shutil.which("sleep") or "", other)
    with subprocess.Popen([other, "60"]) as process:
        manager.process(light_first)
        manager.process(light_first, "remove")

        assert process.poll() is None
        process.kill()


# ---- Failures


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("free-flash", "9000", "it needs 10 MB on the flash drive, where 8 MB are free"),
        ("free-ram", "30000", "it needs 40 MB in the file system in RAM, where 29 MB are free"),
        (
            "proc/meminfo",
            "MemFree: 1 kB\nMemAvailable: 50000 kB",
            "it needs 96 MB of RAM, of which 48 MB are available",
        ),
        ("glibc", "glibc 2.33", "it needs glibc 2.36, which Unraid has from 6.12 on; this is glibc 2.33"),
    ],
)
def test_a_system_unfit_for_it(
    manager: Manager, light_first: Path, light_second: Path, name: str, text: str, complaint: str
):
    """Without room, or on too old a system, one line gives the reason, and the running version continues unchanged."""
    manager.process(light_first)
    path = manager.server.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{text}\n")
    before, pid = files(manager.server), manager.server.pid

    assert refused(manager, light_second) == f"uma: not installed: {complaint}"
    assert files(manager.server) == before
    assert is_alive(pid)


def test_a_full_flash_drive_at_boot(manager: Manager, light_first: Path):
    """A package that lies on the flash drive needs no room there."""
    manager.process(light_first)
    (manager.server.root / "free-flash").write_text("0\n")

    assert f"uma: version {FIRST} is installed\n" in manager.process(light_first)


@pytest.mark.parametrize("unknown", ["free-flash", "free-ram", "glibc"])
def test_a_system_that_does_not_tell(manager: Manager, light_first: Path, unknown: str):
    """Values that the system does not report are no reason to refuse."""
    (manager.server.root / unknown).write_text("\n")

    assert f"uma: version {FIRST} is installed\n" in manager.process(light_first)


@pytest.mark.parametrize(("address", "bind"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "0.0.0.0")])
def test_port_taken(manager: Manager, first: Path, address: str, bind: str):
    """A port held by another program is reported with that program, before any change."""
    manager.server.configure(BIND=bind)
    before = files(manager.server)
    with listener(manager.server, address):
        line = refused(manager, first)

    assert re.fullmatch(
        rf"uma: not installed: port {manager.server.port} is taken by \S+, process {os.getpid()}; "
        r"free it, or set another PORT in /boot/config/plugins/uma/uma\.cfg",
        line,
    )
    assert files(manager.server) == before


def test_port_taken_elsewhere(manager: Manager, first: Path):
    """The same port at another address than UMA's is free for it."""
    with listener(manager.server, "127.0.0.9"):
        manager.process(first)

        assert manager.server.is_serving()


@pytest.mark.parametrize("line", ['PORT="{}" # not 34600', "PORT='{}';not 34600", "PORT={}#not 34600"])
def test_port_with_a_comment(manager: Manager, first: Path, line: str):
    """The port that somebody typed into uma.cfg is checked, whatever comment follows it."""
    manager.server.configure()
    manager.server.settings_file.write_text(line.format(manager.server.port) + "\n")

    with listener(manager.server), pytest.raises(ManagerError, match=f"port {manager.server.port} is taken"):
        manager.process(first)


def test_port_taken_at_boot(manager: Manager, first: Path):
    """At boot a taken port does not fail it: its holder may be gone when emhttpd starts UMA."""
    (manager.server.root / "var/local/emhttp/var.ini").unlink()
    with listener(manager.server):
        assert manager.process(first) == f"uma: version {FIRST} is installed\n"


def test_bad_checksum(manager: Manager, light_first: Path, light_second: Path, tmp_path: Path):
    """A package with another sum is not kept, and the running version continues; with the right sum it is installed."""
    manager.process(light_first)
    before, address = files(manager.server), f"{BASE_URL}/uma-{SECOND}-x86_64-1.txz"
    package = manager.internet[address]
    good = package.read_bytes()
    manager.internet[address] = tmp_path / "damaged"
    manager.internet[address].write_bytes(good[:-1])

    with pytest.raises(ManagerError, match="bad file SHA256"):
        manager.process(light_second)
    assert files(manager.server) == before
    assert manager.server.is_serving()

    manager.internet[address] = package
    # Like the rest of an interrupted download.
    (manager.server.root / f"boot/config/plugins/uma/uma-{SECOND}-x86_64-1.txz").write_bytes(good[:1000])
    manager.process(light_second)
    assert payloads(manager.server) == [f"uma-{SECOND}-x86_64-1.txz"]


@pytest.mark.parametrize(
    ("what_happens", "complaint"),
    [
        # Slackware's upgradepkg does not report it.
        (": >$uma; echo 0 >$UMA_ROOT/free-ram", "the file system in RAM was full before all of it was unpacked"),
        ("rm $uma; echo tar: Cannot open", "what was unpacked does not run: tar: Cannot open"),
        ("echo 'echo no; exit 1' >$uma", "what was unpacked does not run: no"),
        ("echo 'exit 7' >$uma", "what was unpacked does not run: it ends with 7"),
    ],
)
def test_a_package_that_can_not_be_unpacked(
    manager: Manager, light_first: Path, light_second: Path, what_happens: str, complaint: str
):
    """One line gives the reason, no part of it fills the RAM, and the earlier version is still on flash for the next
    boot.
    """
    manager.process(light_first)
    (manager.server.root / "half").write_text(f"uma=$UMA_ROOT/usr/local/uma/bin/uma; {what_happens}")

    assert refused(manager, light_second) == f"uma: not installed: {complaint}"
    assert [name for name in files(manager.server) if name.startswith(("usr/", "etc/", "var/lib/"))] == []
    assert f"uma-{FIRST}-x86_64-1.txz" in payloads(manager.server)

    (manager.server.root / "half").unlink()
    (manager.server.root / "free-ram").write_text("900000\n")
    manager.process(light_first)
    assert manager.server.is_serving()


def test_a_daemon_that_does_not_start(manager: Manager, tmp_path: Path):
    """A version that can't be started stays installed, and a line names the log."""
    package = make_package(tmp_path, FIRST, extra={"etc/rc.d/rc.uma": "#!/bin/bash\nexit 1\n"})
    output = manager.process(manager.publish(FIRST, package))

    assert output.splitlines() == [
        "uma: installed, but it does not run yet; syslog says why",
        f"uma: version {FIRST} is installed",
    ]


@pytest.mark.parametrize("is_update", [False, True])
def test_cut_off_half_way(manager: Manager, light_first: Path, light_second: Path, is_update: bool):
    """An interrupted installation is completed by the next one."""
    server = manager.server
    if is_update:
        manager.process(light_first)
    (server.root / "hang").touch()
    manager.kill_when = (server.root / "hangs").exists
    with pytest.raises(ManagerError):
        manager.process(light_second)
    assert server.daemons() == []
    if is_update:
        assert f"uma-{FIRST}-x86_64-1.txz" in payloads(server)

    (server.root / "hang").unlink()
    manager.kill_when = None
    manager.process(light_second)
    assert server.is_serving()
    assert payloads(server) == [f"uma-{SECOND}-x86_64-1.txz"]
    assert names(server.root / "var/lib/pkgtools/packages") == [f"uma-{SECOND}-x86_64-1"]


def test_a_daemon_that_rc_does_not_know(manager: Manager, light_first: Path, light_second: Path):
    """A daemon whose pid file was lost, and one that hangs, are ended before their files are replaced."""
    manager.process(light_first)
    server = manager.server
    pid = server.pid
    os.kill(pid, signal.SIGSTOP)
    server.pid_file.unlink()
    manager.process(light_second)

    assert not is_alive(pid)
    assert [server.pid] == server.daemons()


def replace_files(server: Server) -> None:
    """Replace the daemon's program by a copy, as a package unpacked by hand does."""
    server.python.unlink()
    copy_python(server.python)


def test_update_of_replaced_files(manager: Manager, light_first: Path, light_second: Path):
    """A daemon whose program file was replaced is recognised on the port, and is ended."""
    manager.process(light_first)
    server = manager.server
    pid = server.pid
    replace_files(server)
    server.pid_file.unlink()

    assert manager.process(light_second).splitlines()[-2:] == [
        f"uma: version {SECOND} is installed",
        where_to_look(server),
    ]
    assert not is_alive(pid)
    assert [server.pid] == server.daemons()


def test_removal_of_replaced_files(manager: Manager, light_first: Path):
    """A removal ends such a daemon as well."""
    manager.process(light_first)
    server = manager.server
    pid = server.pid
    replace_files(server)
    server.pid_file.unlink()
    manager.process(light_first, "remove")

    assert not is_alive(pid)
