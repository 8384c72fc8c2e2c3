"""What is written in two places says the same in both."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import uma
from tests.support.feeds import GUIDES, SETTINGS, parse_config
from uma.config import Config
from uma.web.app import routes, writing_routes

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text()
DEFAULT_CFG = (PROJECT / "emhttp/default.cfg").read_text()
LOCKS = ("source/requirements", "source/requirements-build", "source/requirements-node", "tests/requirements")


def section(title: str) -> str:
    """README's text under a heading, up to the next one."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The cells of the table in a section of README, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_layers():
    """No module imports what the import contract forbids it."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=100, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("library", "modules"),
    [
        ("psutil", "feeds/system/source.py"),
        ("aiodocker", "control/containers.py feeds/docker/client.py"),
        ("pyudev", "feeds/udev.py"),
        ("pySMART", "feeds/smart/reading.py"),
        ("asyncinotify", "feeds/watch.py"),
        ("pynvml", "feeds/gpu/nvidia.py"),
        ("prometheus_client", "wire/prometheus.py"),
        ("aiomqtt", "outputs/mqtt/publisher.py"),
    ],
)
def test_a_library_stays_in_its_module(library, modules):
    """What a source's library calls things is known in one module alone."""
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


def test_readme_addresses_are_the_router():
    """README lists each address of the router with the guide's feeds, and no other."""
    served = [
        (re.sub(r"\{(\w+):[^}]*\}", r"{\1}", route.path), route.method)
        for route in [*routes(GUIDES), *writing_routes()]
    ]
    documented = [(path, "GET" if how == "WebSocket" else how) for path, how, *_ in rows("Addresses")]

    assert sorted(documented) == sorted(served)


def test_readme_map_is_the_tree():
    """Each file and folder on README's map is there."""
    folders: list[str] = []
    missing = []
    for line in section("Map of the tree").split("```")[1].strip().splitlines():
        # Names end in two blanks, and none holds one; what follows is prose.
        names = [cell for cell in re.split(r" {2,}", line.strip()) if " " not in cell]
        depth = (len(line) - len(line.lstrip())) // 2
        for name in names:
            path = "/".join([*folders[:depth], name.rstrip("/")])
            if not (PROJECT / path).exists():
                missing.append(path)
        folders[depth:] = [names[0].rstrip("/")]

    assert missing == []


def test_changelog_begins_with_this_version():
    """The newest heading of the changelog is the package's version."""
    assert re.findall(r"^### (.+)$", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)[0] == uma.__version__


@pytest.mark.parametrize("name", LOCKS)
def test_lock_holds_what_is_required(name: str):
    """Each lock pins each requirement at its version, each pin has hashes, and no place to get it from is named."""
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
    """The locks of the Node packages have their hashes, and no place to get them from."""
    packages = json.loads((PROJECT / folder / "package-lock.json").read_text())["packages"]

    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
