"""A container's own figures, from its cgroup and its network namespace.

Facts: cgroup-v2 and cgroup-v1/memory of the kernel's documentation, proc(5). Unraid
6.12 and later have v2 at /sys/fs/cgroup. With the kernel argument ``unraidcgroup1``
they have v1, each controller in its own folder. Memory is counted as in ``docker
stats`` and the webGUI: usage without ``inactive_file`` (docker/cli,
cli/command/container/stats_helpers.go).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from uma.host import Host

MAX_FILE_BYTES: Final = 65536
CONTROLLERS: Final = ("memory", "cpuacct", "pids")
DOCKERS_INTERFACE: Final = b"eth"
"""Start of the names that Docker and podman give to a container's interfaces."""


@dataclass(frozen=True, slots=True)
class Place:
    """Location of the figures of one run of a container.

    Under cgroup v2 the three folders are the same. Without a network of its own it has
    no ``net_dev``, and a ``namespace`` of 0.
    """

    is_v2: bool
    memory: str
    cpu: str
    pids: str
    net_dev: str = ""
    namespace: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """Figures at one moment; ``cpu_usec`` and the bytes count since the container
    started.
    """

    cpu_usec: int | None = None
    memory_used_bytes: int | None = None
    memory_cache_bytes: int | None = None
    pids: int | None = None
    oom_kills: int | None = None
    bytes_sent: int | None = None
    bytes_recv: int | None = None


def read_place(host: Host, pid: int, container_id: str) -> Place | None:
    """Find the cgroup and network of a running container; None if it has ended
    meanwhile.

    A namespace of 0 means the server's own. Blocks.
    """
    process = host.proc / str(pid)
    text = _read(f"{process}/cgroup")
    root = host.sys / "fs/cgroup"
    is_v2 = (root / "cgroup.controllers").exists()
    paths = parse_cgroup((text or b"").decode(errors="replace"), container_id, is_v2=is_v2)
    if paths is None:
        return None
    namespace = _read_namespace(process)
    has_own_network = namespace not in {0, _read_namespace(host.proc / "1")}
    memory, cpu, pids = (
        _folder(root, "" if is_v2 else name, path) for name, path in zip(CONTROLLERS, paths, strict=True)
    )
    return Place(
        is_v2=is_v2,
        memory=memory,
        cpu=cpu,
        pids=pids,
        net_dev=f"{process}/net/dev" if has_own_network else "",
        namespace=namespace if has_own_network else 0,
    )


def parse_cgroup(text: str, container_id: str, *, is_v2: bool) -> tuple[str, str, str] | None:
    """Return the paths of the container's memory, CPU and pids cgroups from
    ``/proc/PID/cgroup``.

    A path is cut after the container's id: Docker inside the container moves processes
    into cgroups below it. None if the pid belongs to another process now.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        number, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        at = path.find(container_id)
        if at < 0 or ".." in path:
            continue
        end = path.find("/", at)
        path = path if end < 0 else path[:end]
        for name in names.split(",") if not is_v2 else [""] if number == "0" and not names else []:
            found[name] = path
    if is_v2:
        return (found[""],) * 3 if "" in found else None
    memory, cpu, pids = (found.get(name, "") for name in CONTROLLERS)
    return (memory, cpu, pids) if memory or cpu else None


def read_sample(place: Place) -> Sample | None:
    """Read a container's figures; None if its cgroup has vanished. Blocks.

    The network is read first: if the cgroup still exists afterwards, so did its
    process.
    """
    net_dev = _read(place.net_dev) if place.net_dev else None
    recv, sent = parse_net_dev(net_dev) if net_dev is not None else (None, None)
    if place.is_v2:
        cpu = parse_keyed(_read(f"{place.cpu}/cpu.stat")).get("usage_usec")
        usage = _number(_read(f"{place.memory}/memory.current"))
        cache = parse_keyed(_read(f"{place.memory}/memory.stat")).get("inactive_file")
        oom_kills = parse_keyed(_read(f"{place.memory}/memory.events")).get("oom_kill")
    else:
        nanoseconds = _number(_read(f"{place.cpu}/cpuacct.usage"))
        cpu = None if nanoseconds is None else nanoseconds // 1000
        usage = _number(_read(f"{place.memory}/memory.usage_in_bytes"))
        cache = parse_keyed(_read(f"{place.memory}/memory.stat")).get("total_inactive_file")
        oom_kills = parse_keyed(_read(f"{place.memory}/memory.oom_control")).get("oom_kill")
    if cpu is None and usage is None:
        return None
    used, cache = memory_from(usage, cache)
    return Sample(
        cpu_usec=cpu,
        memory_used_bytes=used,
        memory_cache_bytes=cache,
        pids=_number(_read(f"{place.pids}/pids.current")),
        oom_kills=oom_kills,
        bytes_sent=sent,
        bytes_recv=recv,
    )


def read_samples(places: Mapping[str, Place]) -> dict[str, Sample | None]:
    """Read the figures of each place. Blocks."""
    return {container_id: read_sample(place) for container_id, place in places.items()}


def memory_from(usage: int | None, cache: int | None) -> tuple[int | None, int | None]:
    """Return memory used and cached, as Docker's command line divides *usage*."""
    if usage is None:
        return None, None
    if cache is None:
        return usage, None
    return (usage - cache, cache) if cache < usage else (usage, 0)


def parse_keyed(text: bytes | None) -> dict[str, int]:
    """Parse lines of a word and a whole number; skip other lines."""
    found: dict[str, int] = {}
    for line in (text or b"").split(b"\n"):
        key, _, value = line.partition(b" ")
        if value.isdigit() and len(value) <= 20:
            found[key.decode(errors="replace")] = int(value)
    return found


def parse_net_dev(text: bytes) -> tuple[int, int]:
    """Return bytes received and sent by Docker's interfaces; if none has a name of
    Docker's, by all but the loopback.

    The container's own tunnels and bridges, such as a VPN's, repeat those bytes.
    """
    counts: list[tuple[bool, int, int]] = []
    for line in text.split(b"\n"):
        name, colon, figures = line.rpartition(b":")
        name, fields = name.strip(), figures.split()
        if colon and name != b"lo" and len(fields) >= 9 and fields[0].isdigit() and fields[8].isdigit():
            counts.append((name.startswith(DOCKERS_INTERFACE), int(fields[0]), int(fields[8])))
    has_dockers = any(is_dockers for is_dockers, _, _ in counts)
    kept = [(recv, sent) for is_dockers, recv, sent in counts if is_dockers or not has_dockers]
    return sum(recv for recv, _ in kept), sum(sent for _, sent in kept)


def read_cpus(host: Host) -> int:
    """Return the number of logical CPUs that are online. Blocks."""
    text = _read(f"{host.proc}/stat") or b""
    cpus = sum(1 for line in text.split(b"\n") if line[:3] == b"cpu" and line[3:4].isdigit())
    return cpus or os.cpu_count() or 1


def _folder(root: Path, controller: str, path: str) -> str:
    return f"{root}/{controller}{path}" if controller else f"{root}{path}"


def _read_namespace(process: Path) -> int:
    """Return an inode that identifies a process's network namespace; 0 if unknown.

    Behind the daemon's fences the namespaces of other processes are hidden. Each
    namespace has its own files below ``net``, which every process may see.
    """
    for name in ("ns/net", "net/dev"):
        try:
            return (process / name).stat().st_ino
        except PermissionError:
            continue
        except OSError:
            break
    return 0


def _number(text: bytes | None) -> int | None:
    digits = (text or b"").strip()
    return int(digits) if digits.isdigit() and len(digits) <= 20 else None


def _read(path: str) -> bytes | None:
    """Return the start of a file; None if it is missing. Bare system calls, because
    there are 240 a tick for 40 containers.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(descriptor, MAX_FILE_BYTES)
    except OSError:
        # The cgroup vanished between the two calls: ENODEV.
        return None
    finally:
        os.close(descriptor)
