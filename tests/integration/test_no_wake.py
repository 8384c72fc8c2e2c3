"""No disk is ever woken: the daemon touches no file but those listed here, and starts no program.

Every call that names a file is traced (strace) while clients listen, the array stops, starts and checks its parity,
disks spin down and come and go, and settings are reloaded. A file that is not on the list fails the test by name; so do
block devices, sensors of drives and everything under /mnt, for which the host tree has decoys. ``UMA_NO_WAKE_SECONDS``
sets the duration, 25 s by default.
"""

import json
import os
import re
import shutil
import signal
import stat
import sys
import sysconfig
import time
from asyncio import sleep, to_thread
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import uma
from tests.array_writer import ArrayTexts, LastSync, Resync, array, disk, nvme, parity, pool
from tests.fakes.docker import FakeDocker, docker_event

from .clients import Listener, crowd
from .daemon import STREAMS, Daemon
from .programs import CHECKOUT, until
from .syscalls import Call, has_ended, read_calls, strace, why_no_strace

SECONDS = float(os.environ.get("UMA_NO_WAKE_SECONDS", "25"))
TURN = 1.2
"""Seconds between changes: longer than the daemon needs to publish one."""
SMART_TEXTS = CHECKOUT / "tests/fixtures/smart"

LOOKS = frozenset(
    {"newfstatat", "stat", "lstat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat"}
)
OPENS = frozenset({"open", "openat"})
OTHERS = frozenset({"getcwd", "inotify_add_watch"})
LIFE = frozenset({"clone", "clone3", "exit", "exit_group"})
HARMLESS_IOCTLS = re.compile(r"\S+, (TCGETS|TIOCGWINSZ|FIOCLEX|FIONCLEX|FIONBIO|FIONREAD)\b")
"""Calls of Python on a file it opens (is it a terminal?), and on sockets and pipes."""
READ_PATHS = ("health", "system/stats", "storage/status", "docker/events", "system/stats/history")
HARDWARE_PATHS = ("ups/status", "network/status", "sensors/status", "gpu/status")
UNRAID_PATHS = ("vms/status", "shares/status", "notifications/status", "updates/status", "docker/containers")
SERVER_PATHS = ("server/summary", "server/info", "server/health", "feeds")
DETAILS_PATHS = ("system/details", "storage/details", "storage/events", "storage/smart", "storage/history?range=24h")
"""A GET has their figures read for two minutes."""
SLEEPING_GPU = "0000:0a:00.0"
CPU_SENSOR, DRIVE_SENSORS = "hwmon1", ("hwmon0", "hwmon2")


def python_files() -> Iterator[str]:
    """Yield the interpreter, its libraries, and the files that those look for on any machine."""
    folders = {f"{sys.base_prefix}/{name}" for name in ("bin", "lib", "share/locale")}
    folders |= {sys.prefix, *sysconfig.get_paths().values(), str(Path(uma.__file__).parents[1])}
    folders |= {os.path.realpath(folder) for folder in folders}
    for folder in folders:
        yield f"{re.escape(folder)}(/.*)?"
        # Each folder above is looked at if links are resolved.
        yield from (re.escape(str(parent)) for parent in Path(folder).parents)
    yield re.escape(sys.executable)
    yield r"(/[^/]+)*/lib/python\d+\.zip"
    yield r"(/usr)?/lib(64)?/.*"
    yield r"/usr/local/lib"
    yield r"/usr/share/(locale|locale-langpack|zoneinfo)/.*"
    yield r"/etc/(ld\.so\.(cache|preload)|localtime|timezone|locale\.alias|nsswitch\.conf|hosts|host\.conf)"
    yield r"/etc/ssl/openssl\.cnf"  # and no certificates
    yield r"(/etc|/usr/local/etc|/usr/local/lib)(/[a-z]+\d?)?(/conf)?/mime\.types"
    yield r"/dev/(null|urandom)"


def kernel_files() -> Iterator[str]:
    """Yield patterns of files that the kernel answers from memory."""
    yield r"/proc/(stat|meminfo|loadavg|uptime|diskstats|cpuinfo|net/dev|spl/kstat/zfs/arcstats)"
    yield r"/proc/(self|\d+)/(exe|fd|io|limits|smaps|smaps_rollup|stat|statm)|/proc/self/mounts"
    yield r"/proc/sys/kernel/osrelease"
    yield r"/proc/sys/vm/overcommit_memory"  # glibc asks before it shrinks a heap
    yield r"/sys/devices/system/cpu(/.*)?"
    yield r"(/run|/etc)/udev(/control|/udev\.conf|/hwdb\.bin)?"


def host_files(root: Path) -> Iterator[str]:
    """Yield emhttpd's files, the user's settings, and the kernel's files about the processor, below *root*."""
    at = re.escape(str(root))
    yield from (re.escape(str(parent)) for parent in (root, *root.parents))
    yield rf"{at}(/var(/local(/emhttp(/(var|disks|devs|nginx)\.ini|/smart(/[^/]+)?)?)?)?)?"
    yield rf"{at}(/boot(/config(/parity-checks\.log|/smart-one\.cfg|/plugins(/dynamix(/dynamix\.cfg)?)?)?)?)?"
    yield rf"{at}/usr/local/emhttp/plugins/dynamix/default\.cfg"
    yield rf"{at}/var/run/nginx\.socket"
    yield rf"{at}/(proc|sys)"
    yield rf"{at}/sys/(block|class/net)/[^/]+/device"
    yield rf"{at}/sys/class(/hwmon(/hwmon\d(/name)?)?)?"
    yield rf"{at}/sys/class/hwmon/{CPU_SENSOR}/temp1_(input|label)"


def hardware_files(root: Path) -> Iterator[str]:
    """Yield patterns of files on UPSes, links, sensors and GPUs; of a sleeping GPU only its power state."""
    at = re.escape(str(root))
    yield rf"{at}/(etc/(apcupsd/apcupsd\.conf|sensors\.d/sensors\.conf)|var/local/emhttp/network\.ini)"
    yield rf"{at}/var/(run(/apcupsd\.pid|/nut(/upsmon\.pid)?)?|log(/apcupsd\.events)?)"
    yield rf"{at}/boot/config/plugins/(dynamix\.apcupsd|nut-dw)(/(dynamix\.apcupsd|nut-dw)\.cfg)?"
    yield rf"{at}/usr/local/emhttp/plugins/(dynamix\.apcupsd|nut-dw)"
    yield rf"{at}/sys/class/net(/[^/]+(/(uevent|flags|operstate|carrier(_changes)?|mtu|speed|duplex|master))?)?"
    yield rf"{at}/sys/class/net/[^/]+/(carrier_up_count|statistics/rx_dropped)"
    yield rf"{at}/sys/class/hwmon/{CPU_SENSOR}(/(device|temp1_(crit|fault)))?"
    yield rf"{at}/sys/bus/pci/devices(/{SLEEPING_GPU}(/(class|vendor|driver|physfn|power/runtime_status))?)?"
    yield rf"{at}/run/udev/data/\+pci:{SLEEPING_GPU}"
    yield rf"({at})?/proc/driver/nvidia/gpus/{SLEEPING_GPU}/information"
    yield rf"{at}/demo(/(ups|network|sensors|gpu|pools)\.json)?"
    yield r"/proc/net/vlan/config"


def unraid_files(root: Path) -> Iterator[str]:
    """Shares, notifications, updates and virtual machines: files in RAM and on flash, and libvirt's socket."""
    at = re.escape(str(root))
    yield rf"{at}/var/local/emhttp/((shares|sec|sec_nfs)\.ini|[^/]+\.ssz1)"
    yield rf"{at}/tmp(/notifications(/(unread|archive|active)(/[^/]+\.notify)?)?)?"
    yield rf"{at}/tmp(/plugins(/[^/]+\.plg)?|/unraidcheck(/(result|ignored)\.json)?)?"
    yield rf"{at}/var/log(/plugins(/[^/]+\.plg)?)?"
    yield rf"{at}/boot/config/(domain\.cfg|plugins/[^/]+\.plg)"
    yield rf"{at}/(etc/unraid-version|demo/vms\.json|var/run/libvirt(/libvirt-sock(-ro)?)?)"


def details_files(root: Path) -> Iterator[str]:
    """Files on the server, its containers and pools: in the kernel, in RAM and on flash. Docker's folder is in
    docker.img, which is read while Docker runs, once and after each change.
    """
    at = re.escape(str(root))
    yield rf"{at}/sys/(class/(dmi/id/(bios|board)_[a-z]+|powercap)|firmware/dmi/tables/DMI)"
    yield rf"{at}/sys/devices(/system(/cpu)?|/cpu_(core|atom|lowpower)/cpus)?"
    # An NVMe drive is looked for by its controller; of its sensor only the limits would be read, once.
    # Python 3.13's glob opens a folder on its way, which earlier ones ask for its kind: sysfs answers both by itself.
    yield rf"{at}/sys/(block(/nvme\d+n\d+)?|class/nvme/nvme\d+(/device)?(/hwmon)?)"
    yield rf"{at}/sys/fs/btrfs/[0-9a-f-]{{36}}/devinfo"
    yield rf"{at}/var/lib(/btrfs(/scrub\.status\.[0-9a-f-]{{36}})?)?"
    yield rf"{at}/var/local/emhttp/(monitor\.ini|plugins/dynamix\.docker\.manager/docker\.json)"
    yield rf"{at}/boot/config/(docker|ident|smart-all)\.cfg"
    yield rf"{at}/var/run/mover\.pid"
    yield rf"{at}/var/lib/docker(/unraid-(autostart|update-status\.json))?"
    yield rf"{at}/demo/containers\.json"


def own_files(root: Path) -> Iterator[str]:
    """The files that it writes, none on a disk: its notices and history in RAM, its id on flash."""
    at = re.escape(str(root))
    yield rf"{at}/var/run/(uma\.json(\.new)?|uma(/(system|storage)-history\.json(\.new)?)?)"
    yield rf"{at}/boot/config/plugins/uma/server-id(\.new)?"
    yield rf"{at}/etc/avahi/services/uma\.service"
    # Its steward's name.
    yield r"/proc/self/comm"


def fence_files() -> Iterator[str]:
    """Yield the folders of the file fence, opened as paths only, and the kernel's report."""
    yield r"/|/(usr/)?(bin|sbin|lib|lib64)|/etc|/boot|/proc|/sys|/run|/dev|/var(/(run|local|lib|log))?"
    yield r"/dev/(zero|random|nvidia(ctl|-modeset|-uvm|\d+))"
    yield r"/proc/self/(task|status)|/etc/passwd"


def stewards_own(call: Call, steward: int) -> bool:
    """Return True if *call* creates the steward or does a task of it: in a child that is awaited or ended."""
    is_birth = call.name.startswith("clone") and call.arguments.endswith((f"= {steward}", "SIGCHLD <unfinished ...>"))
    return is_birth or (call.thread == steward and call.name in {"clone", "clone3", "wait4", "kill"})


def daemon_files(daemon: Daemon, docker: Path) -> Iterator[str]:
    """Its settings, its page, and Docker's socket with the folder that it would appear in."""
    yield re.escape(str(daemon.config_file))
    yield re.escape(str(daemon.config_file.with_name("token-sha256")))
    yield re.escape(str(CHECKOUT / "emhttp/dashboard")) + "(/.*)?"
    yield r"/usr/local/emhttp/plugins/uma/dashboard"
    yield re.escape(str(daemon.config_file.parent))
    yield f"{re.escape(str(docker.parent))}(/{re.escape(docker.name)})?"


def complaint(call: Call, allowed: re.Pattern[str], own: re.Pattern[str]) -> str | None:
    """Return the fault of *call*; None without one. It may write only files of its *own*."""
    if call.name == "ioctl":
        return None if HARMLESS_IOCTLS.match(call.arguments) else "a question to a device"
    if call.name in LIFE:
        is_process = call.name.startswith("clone") and "CLONE_THREAD" not in call.arguments
        return "a new process" if is_process else None
    if call.paths and all(map(own.fullmatch, call.paths)):
        return None
    # How full the log is; no file system of a disk is asked.
    if call.name == "statfs" and call.paths[0].endswith("/var/log") and allowed.fullmatch(call.paths[0]):
        return None
    if call.name not in LOOKS | OPENS | OTHERS:
        return "a call that it has no use for"
    # Of what it has open already; and pySMART looks for a program when imported, which is not running it.
    if call.name in LOOKS and (', ""' in call.arguments or call.paths[0].endswith("/smartctl")):
        return None
    if not call.paths or not all(map(allowed.fullmatch, call.paths)):
        return "a file that it has no use for"
    if call.name in OPENS and "O_RDONLY" not in call.arguments and call.paths != ("/dev/null",):
        return "a file opened for writing"
    return None


def complaints_of(
    trace: Path, daemon: Daemon, root: Path, docker: Path, steward: int, more: Iterable[str] = ()
) -> list[str]:
    """Return the faults of the calls in *trace*; *more* are patterns of further allowed files."""
    first, *rest = read_calls(trace)
    assert first.name == "execve"
    of_machine = (*python_files(), *kernel_files(), *fence_files())
    of_host = (*host_files(root), *hardware_files(root), *unraid_files(root), *details_files(root))
    allowed = re.compile("|".join((*of_machine, *of_host, *daemon_files(daemon, docker), *more)))
    own = re.compile("|".join(own_files(root)))
    others = (call for call in rest if not stewards_own(call, steward))
    return sorted({f"{said}: {call}" for call in others if (said := complaint(call, allowed, own))})


def steward_of(process: int) -> int:
    """Return the process id of the steward of the daemon *process*."""
    return int(Path(f"/proc/{process}/task/{process}/children").read_text())


def servers() -> Iterator[ArrayTexts]:
    """Yield one server over several days: each state differs from the one before, for ever."""
    pools = [pool("cache", nvme(), nvme(), profile="raid1", capacity="1TB")]
    for turn in count():
        temp = str(30 + turn % 9)
        disks = [disk(temp=temp), disk(), disk(temp="*")]
        asleep = [disk(spun_down=True)] * 3
        yield array(disks=disks, pools=pools)
        yield array(parity=[parity(spun_down=True)], disks=asleep, pools=pools)
        yield array(disks=disks, pools=pools, resync=Resync("check P", share=0.01 * (1 + turn % 99)))
        # Plugged in, and asleep.
        yield array(disks=disks, pools=pools, unassigned=[disk("2TB", used=None, spun_down=True)])
        yield array(disks=[disk(), disk(status="DISK_DSBL", errors=turn), disk()], pools=pools, last=LastSync())
        yield array(disks=disks, pools=pools, fs_state="Stopped")


def make_decoys(root: Path) -> None:
    """Create files that must not be touched, and a processor's sensor among those of drives."""
    for name in (
        "mnt/disk1/film.mkv",
        "mnt/cache/appdata",
        "mnt/user/home/.netrc",
        "dev/sdb",
        "dev/sdb1",
        "dev/nvme0n1",
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("asleep")
    chips = dict.fromkeys(DRIVE_SENSORS, "drivetemp") | {CPU_SENSOR: "coretemp"}
    for number, chip in chips.items():
        folder = root / "sys/class/hwmon" / number
        folder.mkdir(parents=True)
        for name, text in (("name", chip), ("temp1_label", "Package id 0"), ("temp1_input", "47000")):
            (folder / name).write_text(f"{text}\n")
    for name in ("block/sdb/device", "class/net/eth0/device"):
        (root / "sys" / name).mkdir(parents=True)
    gpu = root / "sys/bus/pci/devices" / SLEEPING_GPU
    (gpu / "power").mkdir(parents=True)
    (gpu / "hwmon/hwmon3").mkdir(parents=True)
    files = {"class": "0x030000", "vendor": "0x1002", "power/runtime_status": "suspended"}
    woken = ("config", "gpu_busy_percent", "gpu_metrics", "mem_info_vram_used", "hwmon/hwmon3/temp1_input")
    for name, text in (files | dict.fromkeys(woken, "asleep")).items():
        (gpu / name).write_text(f"{text}\n")
    (gpu / "driver").symlink_to("../../../../bus/pci/drivers/amdgpu")


def rewrite(texts: ArrayTexts, root: Path, *, aside: Path | None) -> None:
    """Rewrite a file as emhttpd may: in place, or first *aside*."""
    if aside is None:
        texts.write_to(root)
        return
    texts.write_to(aside)
    for path in aside.rglob("*"):
        if path.is_file():
            path.replace(root / path.relative_to(aside))


def write_smart_texts(root: Path, turn: int) -> None:
    folder = root / "var/local/emhttp/smart"
    health = "failing" if turn % 2 else "healthy"
    for slot, kind in (("disk1", f"ata-{health}"), ("parity", "ata-healthy"), ("cache", "nvme-healthy")):
        shutil.copyfile(SMART_TEXTS / f"{kind}.txt", folder / slot)


def stir_udev() -> None:
    """Make the kernel report a block device, if a test may: then the daemon looks."""
    with suppress(OSError):
        Path("/sys/block/loop0/uevent").write_text("change")


def suspects(process: int) -> set[str]:
    """List what *process* has open or mapped, and its working directory, below an mnt or on a block device."""
    proc = Path(f"/proc/{process}")
    files = set(re.findall(r"/.*", (proc / "maps").read_text())) | {str((proc / "cwd").readlink())}
    devices = set()
    for descriptor in (proc / "fd").iterdir():
        # It may just have been closed.
        with suppress(FileNotFoundError):
            file = str(descriptor.readlink())
            files.add(file)
            if stat.S_ISBLK(descriptor.stat().st_mode):
                devices.add(file)
    return devices | {file for file in files if "/mnt/" in f"{file}/"}


def messages(listener: Listener) -> list[dict[str, Any]]:
    return [json.loads(frame)["data"] for frame in listener.frames]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('openat(AT_FDCWD</>, "/proc/stat", O_RDONLY|O_CLOEXEC) = 3</proc/stat>', None),
        ('newfstatat(3</proc/7/stat>, "",  <unfinished ...>', None),
        ("ioctl(3</proc/stat>, TCGETS, 0x7ffe) = -1 ENOTTY (Inappropriate ioctl for device)", None),
        ("clone3({flags=CLONE_VM|CLONE_THREAD|CLONE_SETTLS} => {parent_tid=[8]}, 88) = 8", None),
        ('rename("/run/.uma.json.7", "/run/uma.json") = 0', None),
        ('rename("/run/uma.json", "/boot/uma.json") = 0', "a call that it has no use for"),
        ('newfstatat(AT_FDCWD</>, "/proc/lib/../../mnt", 0x7ffe, 0) = 0', "a file that it has no use for"),
        ('openat(5</mnt>, "disk1", O_RDONLY|O_DIRECTORY <unfinished ...>', "a file that it has no use for"),
        ('openat(AT_FDCWD</>, "/proc/stat", O_RDWR) = 3', "a file opened for writing"),
        ('statfs("/proc/stat", {f_type=PROC}) = 0', "a call that it has no use for"),
        ('statfs("/var/log", {f_type=TMPFS_MAGIC}) = 0', None),
        ('statfs("/mnt/disk1/var/log", {f_type=XFS_MAGIC}) = 0', "a call that it has no use for"),
        ("fstatfs(3</proc/stat>, {f_type=PROC}) = 0", "a call that it has no use for"),
        ("ioctl(3</dev/sda>, HDIO_DRIVE_CMD, 0x7ffe) = 0", "a question to a device"),
        ("ioctl(3</dev/nvme0>, NVME_IOCTL_ADMIN_CMD, 0x7ffe) = 0", "a question to a device"),
        ("vfork( <unfinished ...>", "a call that it has no use for"),
        ("clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88) = 8", "a new process"),
        ('execve("/sbin/ldconfig", ["/sbin/ldconfig", "-p"], 0x7ffe) = 0', "a call that it has no use for"),
    ],
)
def test_forbidden_calls_are_found(line: str, said: str | None, tmp_path: Path) -> None:
    """Calls of a trace are parsed in strace's format, interrupted ones and relative names too."""
    trace = tmp_path / "trace"
    trace.write_text(f"7 {line}\n8 <... vfork resumed>) = 9\n7 +++ exited with 0 +++\n")
    (call,) = read_calls(trace)

    assert (
        complaint(call, re.compile("/proc/(stat|lib/.*)|/var/log"), re.compile(r"/run/(\.uma\.json\.\d+|uma\.json)"))
        == said
    )
    assert has_ended(trace, 7)


@pytest.mark.timeout(SECONDS + 90)
async def test_nothing_is_touched_that_could_wake_a_disk(
    tmp_path: Path, tower: Path, make_daemon: Callable[..., Daemon]
) -> None:
    """Files on the list are looked at and read, and nothing else: no disk, no user's file, no program."""
    reason = why_no_strace(tmp_path)
    if reason:
        pytest.skip(reason)
    root, trace, docker_socket = tower, tmp_path / "trace", tmp_path / "run/docker.sock"
    docker_socket.parent.mkdir()
    (root / "var/run").mkdir(exist_ok=True)
    # With a server's recording, nothing else is looked at.
    shutil.rmtree(root / "demo")
    states = servers()
    next(states).write_to(root)
    make_decoys(root)
    write_smart_texts(root, 0)
    daemon = make_daemon(docker_socket=docker_socket).under(
        # As rc.uma starts it, in /; HOME is a forbidden folder.
        *("env", "--chdir=/", "--unset=COVERAGE_PROCESS_START", "--unset=COVERAGE_PROCESS_CONFIG"),
        *("PYTHONSAFEPATH=1", "PYTHONDONTWRITEBYTECODE=1", f"HOME={root}/mnt/user/home"),
        *strace(trace),
    )
    await to_thread(daemon.start, seconds=60)
    process = daemon.program.process.pid
    steward = steward_of(process)
    found: set[str] = set()
    deadline = time.monotonic() + SECONDS
    async with crowd(daemon) as clients, FakeDocker(docker_socket) as docker:
        system, events, storage = [await clients.join(stream) for stream in STREAMS]
        for turn in count(1):
            rewrite(next(states), root, aside=tmp_path / "aside" if turn % 2 else None)
            write_smart_texts(root, turn)
            daemon.program.signal(signal.SIGUSR1)
            stir_udev()
            docker.emit(docker_event("start", at=time.time_ns()))
            await sleep(TURN)
            found |= suspects(process)
            if turn % 7 == 3:
                await to_thread(daemon.reload, SMART="off" if turn % 2 else "cached", STATS_INTERVAL=1 + turn % 2)
            if turn % 7 == 5:
                for path in (*READ_PATHS, *HARDWARE_PATHS, *UNRAID_PATHS, *SERVER_PATHS, *DETAILS_PATHS):
                    await to_thread(daemon.get, f"/api/v1/{path}")
                await to_thread(daemon.get_bytes, "/metrics")
            if turn % 7 == 6:
                # Torn, and for a moment not there.
                (root / "var/local/emhttp/disks.ini").write_text('["parity"]\nidx="0"\n')
                (root / "var/local/emhttp/var.ini").unlink()
            if time.monotonic() > deadline:
                break
    health = await to_thread(daemon.health)
    await to_thread(daemon.stop)
    await to_thread(until, lambda: has_ended(trace, process), what="the end of the trace")

    # It has seen what happened.
    told = messages(storage)
    slots = [slot for state in told for slot in state["disks"]]
    assert {"started", "stopped"} <= {state["array_status"] for state in told}
    assert {"idle", "running"} <= {state["parity_check"]["status"] for state in told}
    assert {"active", "standby", "disabled"} <= {slot["status"] for slot in slots}
    assert {"passed", "failed"} <= {slot["health"] for slot in slots}
    assert {0, 1} <= {len(state["unassigned"]) for state in told}
    assert {sample["cpu_temperature"] for sample in messages(system)} == {47.0}
    assert events.frames
    assert health["sources"]["udev"]["status"] in ("ok", "unavailable")
    # And it has touched nothing else.
    assert complaints_of(trace, daemon, root, docker_socket, steward) == []
    assert found == set()
    seen = {path for call in read_calls(trace) for path in call.paths}
    assert {f"{root}/var/local/emhttp/smart/disk1", f"{root}/var/local/emhttp/disks.ini"} <= seen
