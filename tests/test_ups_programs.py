"""Several processes download Debian's UPS programs once."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .support import ups_programs

SCRIPTS = {
    "apt-cache": "echo libupsclient6",
    "apt-get": """[ ! -e another ] || exit 1
touch another
sleep 0.3
for name in apcupsd nut-server; do touch "$name.deb"; done""",
    "dpkg-deb": """mkdir -p "$3"
touch "$3/$(basename "$2" .deb)"
""",
}


@pytest.fixture
def _debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend Debian's tools, which take a while."""
    for name, text in SCRIPTS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(ups_programs, "CACHE", tmp_path / "cache")


@pytest.mark.usefixtures("_debian")
def test_those_that_come_together_get_all_of_it() -> None:
    """One downloads, the others wait for it."""
    with ThreadPoolExecutor(4) as threads:
        trees = {each.result() for each in [threads.submit(ups_programs.programs) for _ in range(4)]}

    (tree,) = trees
    assert {path.name for path in tree.iterdir()} == {"apcupsd", "nut-server"}
    assert not (tree.parent / "unfinished").exists()


@pytest.mark.usefixtures("_debian")
def test_a_missing_program_is_named() -> None:
    """Not by StopIteration, for which a caller that waits for a thread waits for ever."""
    with pytest.raises(AssertionError, match="upsd is in none of"):
        ups_programs.path_of("upsd")
