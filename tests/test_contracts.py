"""Facts that are written in two places agree."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import uma
from tests.support.feeds import FEEDS, SETTINGS, parse_config
from uma.config import Config
from uma.web.app import routes, writing_routes

PROJECT = Path(__file__).parents[1]
ENDPOINTS = (PROJECT / "docs/endpoints.md").read_text()
ARCHITECTURE = (PROJECT / "docs/architecture.md").read_text()
DEFAULT_CFG = (PROJECT / "emhttp/default.cfg").read_text()
LOCKS = ("source/requirements", "source/requirements-build", "source/requirements-node", "tests/requirements")


def test_layers():
    """No module breaks the import contract."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=100, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("library", "modules"),
    [
        ("psutil", "feeds/system/reader.py"),
        ("aiodocker", "control/containers.py feeds/docker/client.py"),
        ("pyudev", "feeds/udev.py"),
        ("pySMART", "feeds/smart/reading.py"),
        ("pynvml", "feeds/gpu/nvidia.py"),
        ("prometheus_client", "wire/prometheus.py"),
        ("aiomqtt", "outputs/mqtt/client.py"),
    ],
)
def test_a_library_stays_in_its_module(library, modules):
    """Only one module knows the words of a source's library."""
    importing = re.compile(rf"^\s*(?:import|from) {library}\b", re.MULTILINE)
    package = PROJECT / "source/uma"

    assert modules.split() == [
        str(path.relative_to(package)) for path in sorted(package.rglob("*.py")) if importing.search(path.read_text())
    ]


def test_default_cfg_is_config():
    """default.cfg holds each setting once, in Config's order, at its default, in the form that the webGUI writes."""
    assert [line.partition("=")[0] for line in DEFAULT_CFG.splitlines()] == [setting.key for setting in SETTINGS]
    assert parse_config(DEFAULT_CFG, source="default.cfg") == (Config(), [])
    assert all(re.fullmatch(r'[A-Z0-9_]+="[^"]*"', line) for line in DEFAULT_CFG.splitlines())


def test_documented_addresses_are_the_router():
    """docs/endpoints.md has a heading for each address of the router, and for no other."""
    served = {re.sub(r"\{(\w+):[^}]*\}", r"{\1}", route.path) for route in [*routes(FEEDS), *writing_routes()]}
    headings = re.findall(r"^### .*?`(?:GET |POST )?(/[^`?]*)[^`]*`", ENDPOINTS, re.MULTILINE)

    assert sorted(set(headings)) == sorted(served)


def test_the_architectures_tree_is_the_tree():
    """The tree of docs/architecture.md names each module and folder of the package, and no other."""
    tree = ARCHITECTURE.split("## The tree\n\n```")[1].split("```")[0].strip()
    folder = PROJECT / tree.splitlines()[0].strip()
    listed = set(re.findall(r"^  (\S+)", tree, re.MULTILINE))
    listed |= {name for name in re.findall(r"\b\w+\.py\b", tree) if (folder / name).exists()}
    there = {path.name + "/" * path.is_dir() for path in folder.iterdir()}

    assert listed == there - {"__init__.py", "py.typed", "__pycache__/"}


def test_changelog_begins_with_this_version():
    """The newest heading of the changelog is the package's version."""
    assert re.findall(r"^### (.+)$", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)[0] == uma.__version__


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_has_every_requirement(name: str):
    """Each lock pins each requirement at its version, each pin has hashes, and no download address is named."""
    required = re.findall(r"^\w\S*==\S+", (PROJECT / f"{name}.in").read_text(), re.MULTILINE)
    lock = (PROJECT / f"{name}.lock").read_text()
    pins = re.split(r"^(?=\w)", lock, flags=re.MULTILINE)[1:]

    assert required
    assert {pin.lower() for pin in required} <= {pin.split()[0] for pin in pins}
    assert all("--hash=sha256:" in pin for pin in pins)
    assert "://" not in lock
    assert "-index" not in lock
    assert "--find-links" not in lock


@pytest.mark.parametrize("folder", ["source", "tests"])
def test_node_locks_name_no_place(folder: str):
    """The locks of the Node packages have their hashes, and no download address."""
    packages = json.loads((PROJECT / folder / "package-lock.json").read_text())["packages"]

    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_no_file_is_kept_that_git_ignores():
    """No file that a program leaves behind is committed, however it was added."""
    command = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    kept = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout

    assert kept.splitlines() == []
