"""Fuzz for long: ``python -m tests.fuzz [CASES]`` runs that many (a million), ``python -m tests.fuzz TARGET SEED`` one.

Each run begins with a seed of its own. A case that fails is named by its target and seed.
"""

import random
import sys
import time
import traceback

from . import unraid  # noqa: F401 - its targets join the others
from .targets import TARGETS


def fails(name: str, seed: int) -> bool:
    """Run a case; print the fault and return True if it breaks a promise."""
    try:
        TARGETS[name](random.Random(seed))
    except Exception:  # noqa: BLE001 - whatever it is, it is what was looked for
        traceback.print_exc()
        print(f"FAILED: python -m tests.fuzz {name} {seed}", flush=True)  # noqa: T201 - speaks to a person
        return True
    return False


def main(arguments: list[str]) -> int:
    """Run the requested cases; return 1 if one failed."""
    if len(arguments) == 2:
        return int(fails(arguments[0], int(arguments[1])))
    cases = int(arguments[0]) if arguments else 1_000_000
    failed = done = 0
    first = random.SystemRandom().getrandbits(48) << 16
    for name in TARGETS:
        started, share, found = time.monotonic(), -(-cases // len(TARGETS)), 0
        for number in range(share):
            found += fails(name, first + number)
            if found == 20:
                break
        done += number + 1
        failed += found
        took = time.monotonic() - started
        print(f"{name}: {number + 1} cases in {took:.0f} s, {found} failed", flush=True)  # noqa: T201 - speaks to a person
    print(f"{done} cases, {failed} failed")  # noqa: T201 - speaks to a person
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
