"""Every figure UMA promises, taken in one run on this machine, with what it is to be compared with beside it.

``make bench`` runs all of them and writes them into benchmarks/README.md; ``.venv/bin/python benchmarks idle fanout
--seconds 20`` runs some, and shorter, and only prints them. Ratios hold where the machine is noisy; single figures say
little.

A benchmark is a module with ``run(seconds)``, which yields rows: what is measured, and a value for each of the module's
``COLUMNS`` (one where it has none). The first paragraph of its docstring says what it measures, the others how.
"""

import argparse
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "benchmarks/README.md"
sys.path.insert(0, str(ROOT))

from benchmarks import (  # noqa: E402 - needs the path above
    containers,
    fanout,
    idle,
    latency,
    mqtt,
    multiplex,
    package,
    page,
    report,
    scaling,
    start,
    storage,
    tried,
)

BENCHMARKS = {
    "storage": storage,
    "containers": containers,
    "idle": idle,
    "fanout": fanout,
    "latency": latency,
    "multiplex": multiplex,
    "mqtt": mqtt,
    "start": start,
    "scaling": scaling,
    "tried": tried,
    "package": package,
    "page": page,
}


def main() -> None:
    """Run what is asked for and print a figure a line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="all where none is named")
    parser.add_argument("--seconds", type=int, default=45, help="how long each one that takes time is measured")
    parser.add_argument("--write", action="store_true", help="put the figures into benchmarks/README.md")
    options = parser.parse_args()
    started = time.monotonic()
    for name in options.names or BENCHMARKS:
        benchmark = BENCHMARKS[name]
        columns = getattr(benchmark, "COLUMNS", ())
        print(f"\n{name}", *(f"[{' | '.join(columns)}]" for _ in columns[:1]))
        rows = []
        for row in benchmark.run(options.seconds):
            rows.append(row)
            print(f"  {row[0]:<66} {' | '.join(row[1:])}", flush=True)
        if options.write:
            _write(name, report.section(name, benchmark.__doc__ or name, columns, rows))
    if options.write and not options.names:
        _write("machine", _machine(options.seconds, time.monotonic() - started))


def _write(name: str, text: str) -> None:
    README.write_text(report.with_section(README.read_text(), name, text))


def _machine(seconds: int, took: float) -> str:
    models = (
        line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    )
    return (
        f"Taken on {datetime.now(UTC):%Y-%m-%d} in {took / 60:.0f} minutes (`--seconds {seconds}`) on "
        f"{os.cpu_count()} cores ({next(models, platform.machine())}), Linux {platform.release()}, Python "
        f"{platform.python_version()}; load average at the end {os.getloadavg()[1]:.1f}."
    )


main()
