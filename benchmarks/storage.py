"""CPU of reading, joining and encoding one storage message, beside a plain use of configparser and json."""

import configparser
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.support.feeds import encode

from benchmarks.arrays import array_of
from benchmarks.effort import Effort
from uma.feeds.storage.emhttp import parse_state, read_texts
from uma.feeds.storage.status import status_from
from uma.host import Host

ROUNDS = 30


def run(effort: Effort) -> Iterator[tuple[str, str]]:
    """Yield figures for 8 and 30 disks, both ways in turn."""
    for disks in (8, 30):
        root = Path(tempfile.mkdtemp(prefix="uma-bench-"))
        array_of(disks).write_to(root)
        host = Host(root)
        ours, plain = _cpu_in_turn(lambda host=host: _ours(host), lambda host=host: _plain(host), effort.times(ROUNDS))
        size = len(_ours(host))
        yield f"{disks} disks: CPU to read, join and encode ({size} bytes)", f"{ours * 1e3:.2f} ms"
        yield f"{disks} disks: the same by configparser and json, nothing understood", f"{plain * 1e3:.2f} ms"
        yield f"{disks} disks: ratio", f"{ours / plain:.2f}"


def _ours(host: Host) -> bytes:
    return encode(status_from(parse_state(read_texts(host)), {}), time.time())


def _plain(host: Host) -> bytes:
    read = {}
    for name in ("var.ini", "disks.ini", "devs.ini"):
        parser = configparser.RawConfigParser(strict=False)
        text = (host.state / name).read_text()
        parser.read_string(text if text.startswith("[") or not text else f"[var]\n{text}")
        read[name] = {section: dict(parser[section]) for section in parser.sections()}
    return json.dumps({"type": "storage_status", "data": read}).encode()


def _cpu_in_turn(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the median CPU seconds of each, run in turn."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for function, times in zip((first, second), taken, strict=True):
            before = time.process_time_ns()
            function()
            times.append((time.process_time_ns() - before) / 1e9)
    return tuple(sorted(times)[rounds // 2] for times in taken)  # type: ignore[return-value]
