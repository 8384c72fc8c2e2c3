"""The package for Unraid, built once a run or given by $UMA_PACKAGE, and its tree unpacked: it runs where it lies."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.package.building import Package, build_package, copy_checkout, why_not

from benchmarks.effort import Effort


def package(effort: Effort) -> Package | str:
    """The package, or why there is none; a quick run builds none."""
    given = os.environ.get("UMA_PACKAGE")
    if given:
        return Package(Path(given))
    if effort.is_quick:
        return "a quick run builds none ($UMA_PACKAGE names one)"
    return _built()


@cache
def _built() -> Package | str:
    if reason := why_not():
        return reason
    # Left behind for the whole run; the system's own /tmp is where such things go.
    return build_package(copy_checkout(Path(tempfile.mkdtemp(prefix="uma-bench-package-")) / "checkout"))


@contextmanager
def packaged_command(effort: Effort) -> Iterator[tuple[str, ...] | None]:
    """The command line of the unpacked package; None where there is no package."""
    built = package(effort)
    if isinstance(built, str):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="uma-bench-") as folder:
        subprocess.run(["tar", "--extract", "--file", built.path, "--directory", folder], check=True)
        yield (f"{folder}/usr/local/uma/bin/uma",)
