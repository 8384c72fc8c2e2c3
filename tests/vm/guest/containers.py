"""Puts processes into cgroups of version 2, as Docker does, and prints what the containers feed reads there."""

import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from uma.feeds.docker.containers.cgroups import Sample, read_cpus, read_place, read_sample
from uma.feeds.docker.containers.figures import Timed, figures_from
from uma.host import Host

ROOT = Path("/sys/fs/cgroup")
DOCKER = ROOT / "docker"
BUSY = "data = bytearray(64 << 20)\ndata[::4096] = b'x' * len(data[::4096])\nwhile True: pass"
HOG = "data = bytearray(512 << 20)\ndata[::4096] = b'x' * len(data[::4096])"


def begin() -> None:
    """Mount the hierarchy, and let containers have controllers."""
    subprocess.run(["mount", "-t", "cgroup2", "cgroup2", ROOT], check=True)
    DOCKER.mkdir()
    for folder in (ROOT, DOCKER):
        (folder / "cgroup.subtree_control").write_text("+cpu +memory +pids")


def container(container_id: str, command: str, **files: str) -> int:
    """Run a shell *command* in a cgroup and a network of its own; return the process id."""
    folder = DOCKER / container_id
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    inside = f"echo $$ >{folder}/cgroup.procs; exec unshare -n sh -c '{command}'"
    return subprocess.Popen(["sh", "-c", inside]).pid


def sample_of(container_id: str, pid: int) -> Sample | None:
    """Return what the feed reads now."""
    place = read_place(Host(), pid, container_id)
    return None if place is None else read_sample(place)


def main() -> None:
    begin()
    Path("/tmp").mkdir(exist_ok=True)
    Path("/tmp/busy.py").write_text(BUSY)
    Path("/tmp/hog.py").write_text(HOG)
    busy, hog = "b0" * 32, "a0" * 32
    busy_pid = container(busy, f"exec {sys.executable} /tmp/busy.py")
    hog_pid = container(hog, f"{sys.executable} /tmp/hog.py; sleep 600", memory_max=str(48 << 20))
    # Wait until both have started; an emulated processor is slow.
    for _ in range(300):
        told = sample_of(hog, hog_pid)
        if int((DOCKER / busy / "memory.current").read_text()) > 64 << 20 and told is not None and told.oom_kills:
            break
        time.sleep(0.2)
    before = Timed(time.monotonic(), sample_of(busy, busy_pid) or Sample())
    time.sleep(3)
    now = Timed(time.monotonic(), sample_of(busy, busy_pid) or Sample())
    usage = int((DOCKER / busy / "memory.current").read_text())
    place = read_place(Host(), busy_pid, busy)
    killed = sample_of(hog, hog_pid)
    print_line(
        "containers",
        figures=asdict(figures_from(now, before, cpus=read_cpus(Host()))),
        usage=usage,
        has_own_network=place is not None and place.namespace != 0,
        oom_kills=None if killed is None else killed.oom_kills,
        gone=sample_of(busy, 1),
    )
    subprocess.run(["kill", "-9", str(busy_pid), str(hog_pid)], check=False)


def print_line(kind: str, **values: object) -> None:
    # In one write, since others write to the console, too.
    sys.stdout.write(f"OBSERVED {json.dumps({'kind': kind, 'at': time.monotonic(), **values})}\n")
    sys.stdout.flush()


main()
