"""What the daemon costs when nobody looks: all sources on, an array of 8 disks, no client."""

import time
from collections.abc import Iterator

from benchmarks.arrays import array_of
from benchmarks.process import daemon


def run(seconds: int) -> Iterator[tuple[str, str]]:
    """Memory after *seconds*, and CPU over them."""
    with daemon(array_of(8)) as idle:
        time.sleep(5)  # the start is not idling
        cpu, wakeups = idle.cpu_seconds, idle.wakeups
        time.sleep(seconds)
        yield f"RSS after {seconds} s idle (at most 50 MB)", f"{idle.memory['Rss']:.1f} MB"
        yield "PSS, anonymous", f"{idle.memory['Pss']:.1f} MB, {idle.memory['Anonymous']:.1f} MB"
        yield "threads", str(idle.threads)
        yield "CPU an hour", f"{(idle.cpu_seconds - cpu) * 3600 / seconds:.1f} s"
        yield "wake-ups a second", f"{(idle.wakeups - wakeups) / seconds:.1f}"
