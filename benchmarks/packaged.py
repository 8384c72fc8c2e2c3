"""The package for Unraid, built once a run or given by $UMA_PACKAGE, with its tree unpacked: it runs from there."""

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
    """Return the package, or the reason for none; a quick run builds none."""
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
    # Kept for the whole run, in the system's own /tmp.
    return build_package(copy_checkout(Path(tempfile.mkdtemp(prefix="uma-bench-package-")) / "checkout"))


@contextmanager
def packaged_command(effort: Effort) -> Iterator[tuple[str, ...] | None]:
    """Yield the command line of the unpacked package; None without a package."""
    built = package(effort)
    if isinstance(built, str):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="uma-bench-") as folder:
        subprocess.run(["tar", "--extract", "--file", built.path, "--directory", folder], check=True)
        yield (f"{folder}/usr/local/uma/bin/uma",)
