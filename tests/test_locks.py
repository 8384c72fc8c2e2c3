"""Dependencies are pinned by version and hash everywhere, and installed in no other way."""

import json
import re
from pathlib import Path

import pytest

from .locks import CHECKOUT, files, requirements

LOCKS = files("*.lock")
NPM_LOCKS = files("package-lock.json")


@pytest.mark.parametrize("lock", LOCKS, ids=[str(path.relative_to(CHECKOUT)) for path in LOCKS])
def test_every_requirement_has_one_version_and_hashes(lock: Path) -> None:
    """Each requirement of each lock file has exactly one version and a SHA-256 for each of its files."""
    text = lock.read_text()
    found = list(requirements(text))
    loose = [name for name, pin, hashes in found if not re.match(r"==[^,<>=~!*]+( ;.*)?$", pin) or not hashes]

    assert [] == loose
    assert sum(len(hashes) for _, _, hashes in found) == text.count("--hash=")
    assert {line.partition("==")[0] for line in text.splitlines() if line[:1].isalnum()} == {
        name for name, _, _ in found
    }
    assert found


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=[str(path.relative_to(CHECKOUT)) for path in NPM_LOCKS])
def test_every_npm_package_has_a_hash(lock: Path) -> None:
    """Each package of npm's lock files has a version and a SHA-512."""
    packages = {path: pin for path, pin in json.loads(lock.read_text())["packages"].items() if path}

    assert [] == [path for path, pin in packages.items() if not pin.get("integrity", "").startswith("sha512-")]
    assert all(pin["version"] for pin in packages.values())
    assert packages


def test_pip_installs_by_hash_alone() -> None:
    """The Makefile's pip requires hashes, and installs only what the lock files name."""
    makefile = (CHECKOUT / "Makefile").read_text()

    assert "--require-hashes --no-deps" in re.search(r"^PIP := (.*)$", makefile, re.MULTILINE)[1]
    script = (CHECKOUT / "integrations/home-assistant/make-environment.sh").read_text()
    assert makefile.count("--require-hashes") + script.count("--require-hashes") >= 3
    assert "--require-hashes --no-deps" in script


def test_the_locks_are_there() -> None:
    """The daemon's, the build's, Node's, the tests' and Home Assistant's."""
    names = {str(path.relative_to(CHECKOUT)) for path in LOCKS}

    assert {f"source/requirements{part}.lock" for part in ("", "-build", "-node")} < names
    assert "tests/requirements.lock" in names
    assert NPM_LOCKS
