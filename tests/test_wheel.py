"""`pip install .` gives a working uma, with its manual page and completion."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
PACKED = ("source", "setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of the sources, unpacked as pip does."""
    folder = tmp_path_factory.mktemp("wheel")
    checkout = folder / "checkout"
    checkout.mkdir()
    for name in PACKED:
        if (PROJECT / name).is_dir():
            shutil.copytree(
                PROJECT / name,
                checkout / name,
                ignore=shutil.ignore_patterns("*.egg-info", "__pycache__", "node_modules"),
            )
        else:
            shutil.copy(PROJECT / name, checkout / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder]
    subprocess.run([*pip, "wheel", *options, checkout], check=True)
    unpacked = folder / "unpacked"
    with zipfile.ZipFile(next(folder.glob("uma-*.whl"))) as archive:
        archive.extractall(unpacked)
    return unpacked


def test_every_module_is_in_it(wheel: Path):
    """The wheel has every module of the sources; a folder without __init__.py would be left out."""
    source = PROJECT / "source"

    assert {str(path.relative_to(wheel)) for path in wheel.glob("uma/**/*.py")} == {
        str(path.relative_to(source)) for path in source.glob("uma/**/*.py")
    }


def test_manual_page_and_completion(wheel: Path):
    """pip puts the manual page and the completion where man and bash look for them, below its prefix."""
    data = next(wheel.glob("uma-*.data")) / "data/share"

    assert (data / "man/man1/uma.1").is_file()
    assert (data / "bash-completion/completions/uma").is_file()


def test_metadata(wheel: Path):
    """The metadata names the licence, the requirements and the command."""
    info = next(wheel.glob("uma-*.dist-info"))
    metadata = (info / "METADATA").read_text()

    assert "License: MIT" in metadata
    assert "Requires-Dist: aiohttp>=" in metadata.replace(" >=", ">=")
    assert "[console_scripts]\numa = uma." in (info / "entry_points.txt").read_text()


def test_it_runs(wheel: Path):
    """The installed package prints a message without the checkout."""
    done = subprocess.run(
        [sys.executable, "-m", "uma", "snapshot", "storage", "--root", PROJECT / "demo/tower"],
        env={**os.environ, "PYTHONPATH": str(wheel)},
        cwd=wheel,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith('{"type":"storage_status"')
