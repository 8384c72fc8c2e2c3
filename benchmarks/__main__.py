"""Every figure that UMA promises, measured in one run on this machine, beside its comparison.

``make bench`` runs all of them, names those that are worse than the last written ones, and writes them into
benchmarks/README.md. ``.venv/bin/python benchmarks idle fanout --seconds 20`` runs some, shorter, and only prints them.
``--quick`` proves in three minutes at most that each still runs. Ratios hold on a noisy machine; single figures say
little.
"""

import argparse
import importlib
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "benchmarks/README.md"
sys.path.insert(0, str(ROOT))

from benchmarks import BENCHMARKS, comparison, effort, report  # noqa: E402 - needs the path above


def main() -> None:
    """Run the requested benchmarks, print one row a line, and name figures that are worse than the last
    written ones.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="all if none is named")
    parser.add_argument("--seconds", type=int, default=45, help="how long each one that takes time is measured")
    parser.add_argument("--quick", action="store_true", help="prove only that each runs; its figures mean nothing")
    parser.add_argument("--write", action="store_true", help="put the figures into benchmarks/README.md")
    options = parser.parse_args()
    if options.quick and options.write:
        parser.error("figures of a quick run mean nothing and are not written")
    work = effort.quick() if options.quick else effort.Effort(options.seconds)
    before, worse = README.read_text(), []
    is_same_machine = report.machine_of(report.section_in(before, "machine")) == _processors()
    started = time.monotonic()
    for name in options.names or BENCHMARKS:
        benchmark = importlib.import_module(f"benchmarks.{name}")
        columns = getattr(benchmark, "COLUMNS", ())
        print(f"\n{name}", *(f"[{' | '.join(columns)}]" for _ in columns[:1]))
        rows = []
        for row in benchmark.run(work):
            rows.append(row)
            print(f"  {row[0]:<66} {' | '.join(row[1:])}", flush=True)
        if not options.quick:
            last = report.rows_of(report.section_in(before, name))
            worse += comparison.worse(name, columns, last, rows, is_same_machine=is_same_machine)
        if options.write:
            _write(name, report.section(name, benchmark.__doc__ or name, columns, rows))
    if not options.quick:
        print("\nWorse than the last written, by more than the noise:", *(worse or ["nothing"]), sep="\n  ")
    if options.write and not options.names:
        _write("machine", _machine(options.seconds, time.monotonic() - started))


def _write(name: str, text: str) -> None:
    README.write_text(report.with_section(README.read_text(), name, text))


def _processors() -> str:
    models = (
        line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    )
    return f"{os.cpu_count()} cores ({next(models, platform.machine())})"


def _machine(seconds: int, took: float) -> str:
    return (
        f"Taken on {datetime.now(UTC):%Y-%m-%d} in {took / 60:.0f} minutes (`--seconds {seconds}`) on "
        f"{_processors()}, Linux {platform.release()}, Python "
        f"{platform.python_version()}; load average at the end {os.getloadavg()[1]:.1f}."
    )


main()
