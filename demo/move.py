#!/usr/bin/env python3
"""Copy a host tree and change the copy as emhttpd changes its state files: python demo/move.py SOURCE_TREE WORK_TREE.

Every tick var.ini and disks.ini are rewritten, each to a temporary name that is then renamed. Temperatures vary, a disk
fills up, another falls asleep and wakes, and a parity check runs to its end and is logged in parity-checks.log. The
check is accelerated: it ends within three minutes, though its speed and time left are those of real disks.
"""

import argparse
import random
import shutil
import sys
import time
from datetime import datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

Sections = dict[str, dict[str, str]]

EMHTTP = Path("var/local/emhttp")
LOG = Path("boot/config/parity-checks.log")
CHECK_FROM, CHECK_TICKS, CHECK_EVERY = 15, 170, 240
"""Ticks: when a check first starts, how many it takes, and how many lie between two starts."""
SLEEP_TICKS = 40
"""Ticks that the sleeping disk keeps its state."""
COLDEST, HOTTEST = 27, 49


def main() -> int:
    """Copy, then change the copy until killed."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    arguments.add_argument("source", type=Path, help="the tree to copy, as demo/tower")
    arguments.add_argument("work", type=Path, help="where the copy goes; must not exist")
    arguments.add_argument("--pace", type=float, default=1.0, help="seconds a tick")
    options = arguments.parse_args()
    if options.work.exists():
        print(f"{options.work} exists already", file=sys.stderr)
        return 1
    unfinished = options.work.with_name(f".{options.work.name}.unfinished")
    shutil.copytree(options.source, unfinished, symlinks=True)
    unfinished.rename(options.work)
    tower = Tower(options.work)
    try:
        for tick in count():
            tower.move(tick)
            time.sleep(options.pace)
    except KeyboardInterrupt:
        pass
    return 0


class Tower:
    """The copy: its state in memory, and the files it is written to."""

    def __init__(self, root: Path) -> None:
        self._emhttp = root / EMHTTP
        self._log = root / LOG
        self._var = read_ini(self._emhttp / "var.ini")
        self._disks = read_ini(self._emhttp / "disks.ini")
        self._sleeper = next(name for name, disk in self._disks.items() if disk["spundown"] == "1")

    def move(self, tick: int) -> None:
        """Advance by a second."""
        if tick % SLEEP_TICKS == 0:
            self._turn_sleeper(is_asleep=tick // SLEEP_TICKS % 2 == 0)
        for disk in self._disks.values():
            if disk["temp"].isdigit() and random.random() < 0.1:
                disk["temp"] = str(min(HOTTEST, max(COLDEST, int(disk["temp"]) + random.choice((-1, 1)))))
        self._fill(self._disks["disk1"], kib=random.randrange(20_000, 400_000))
        self._check(tick)
        write_ini(self._emhttp / "var.ini", self._var)
        write_ini(self._emhttp / "disks.ini", self._disks)

    def _turn_sleeper(self, *, is_asleep: bool) -> None:
        self._disks[self._sleeper] |= {
            "spundown": "1" if is_asleep else "0",
            "temp": "*" if is_asleep else "29",
            "color": "green-blink" if is_asleep else "green-on",
        }

    def _fill(self, disk: dict[str, str], *, kib: int) -> None:
        used, free = int(disk["fsUsed"]) + kib, int(disk["fsFree"]) - kib
        if free > 0:
            disk |= {"fsUsed": str(used), "fsFree": str(free), "numWrites": str(int(disk["numWrites"]) + kib // 64)}

    def _check(self, tick: int) -> None:
        var = self._var[""]
        done = (tick - CHECK_FROM) % CHECK_EVERY if tick >= CHECK_FROM else CHECK_EVERY
        size = int(var["mdResyncSize"])
        if done == 0:
            var |= {"sbSynced": str(int(time.time())), "sbSynced2": "0", "sbSyncErrs": "0", "sbSyncExit": "0"}
        if done < CHECK_TICKS:
            seconds = 5
            speed = random.randrange(150_000, 190_000) - 60_000 * done // CHECK_TICKS  # the inner tracks are slower
            var |= {"mdResync": str(size), "mdResyncPos": str(max(1, size * done // CHECK_TICKS))}
            var |= {"mdResyncDt": str(seconds), "mdResyncDb": str(speed * seconds)}
        elif int(var["mdResyncPos"]):
            now = int(time.time())
            var |= {"mdResync": "0", "mdResyncPos": "0", "mdResyncDt": "0", "mdResyncDb": "0", "sbSynced2": str(now)}
            took = max(1, now - int(var["sbSynced"]))
            local = datetime.fromtimestamp(now, ZoneInfo(var["timeZone"]))
            stamp = f"{local:%Y %b} {local.day:2} {local:%H:%M:%S}"
            with self._log.open("a") as log:
                log.write(f"{stamp}|{took}|{size * 1024 // took}|0|0|{var['mdResyncAction']}|{size}\n")


def read_ini(path: Path) -> Sections:
    """Return the sections of KEY="value" lines; those of var.ini, which has no section, under ""."""
    sections: Sections = {"": {}}
    keys = sections[""]
    for line in path.read_text().splitlines():
        if line.startswith("["):
            keys = sections.setdefault(line.strip('[]"'), {})
        elif "=" in line:
            key, _, value = line.partition("=")
            keys[key] = value[1:-1]
    return {name: keys for name, keys in sections.items() if keys}


def write_ini(path: Path, sections: Sections) -> None:
    """Write to another name first, so that a reader sees the old file or the new one."""
    text = "".join(
        (f'["{name}"]\n' if name else "") + "".join(f'{key}="{value}"\n' for key, value in keys.items())
        for name, keys in sections.items()
    )
    unfinished = path.with_suffix(".new")
    unfinished.write_text(text)
    unfinished.replace(path)


if __name__ == "__main__":
    sys.exit(main())
