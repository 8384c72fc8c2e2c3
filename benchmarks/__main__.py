"""Every figure UMA promises, taken in one run on this machine, with what it is to be compared with beside it.

``make bench`` runs all of them; ``.venv/bin/python benchmarks storage idle --seconds 20`` some, and shorter. Ratios
hold where the machine is noisy; single figures say little.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import fanout, idle, latency, package, storage  # noqa: E402 - needs the path above

BENCHMARKS = {
    "storage": storage.run,
    "idle": idle.run,
    "fanout": fanout.run,
    "latency": latency.run,
    "package": package.run,
}


def main() -> None:
    """Run what is asked for and print a figure a line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="all where none is named")
    parser.add_argument("--seconds", type=int, default=60, help="how long each one that takes time is measured")
    options = parser.parse_args()
    for name in options.names or BENCHMARKS:
        print(f"\n{name}")
        for figure, value in BENCHMARKS[name](options.seconds):
            print(f"  {figure:<66} {value}", flush=True)


main()
