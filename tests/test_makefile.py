"""The Makefile, and the documents that name its targets."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .locks import CHECKOUT

MAKEFILE = (CHECKOUT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
PAGES = sorted({page for where in ("*.md", "docs/*.md", "examples/*.md") for page in CHECKOUT.glob(where)})


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(CHECKOUT)) for page in PAGES])
def test_targets_that_are_written_of_exist(page: Path) -> None:
    """Each `make TARGET` in a page is a target."""
    named = re.findall(r"(?:`|^ {4})make ([a-z][a-z-]*)", page.read_text(), re.MULTILINE)

    assert [target for target in named if target not in TARGETS] == []


def test_help_lists_targets_and_variables() -> None:
    """`make help` has each documented target, in groups, and the variables; it fits a terminal of 80 columns."""
    done = subprocess.run(["make", "help"], cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=60)
    documented = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)

    assert [name for name in documented if f"  make {name} " not in done.stdout] == []
    assert all(f"  {name}=" in done.stdout for name in ("PORT", "BIND", "PYTHON", "WORKERS", "SUITE"))
    assert done.stdout.count("\n\n") >= 5
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize(
    ("bind", "own", "address"),
    [
        ("127.0.0.1", "10.0.0.5", "http://127.0.0.1:34600/"),
        ("10.0.0.6", "10.0.0.5", "http://10.0.0.6:34600/"),
        ("0.0.0.0", "10.0.0.5 172.17.0.1", "http://10.0.0.5:34600/"),
        ("*", "fd00::5", "http://[fd00::5]:34600/"),
        ("::1", "", "http://[::1]:34600/"),
        ("0.0.0.0", "", "http://127.0.0.1:34600/"),
    ],
)
def test_the_address_is_one_that_a_browser_can_open(tmp_path: Path, bind: str, own: str, address: str) -> None:
    """`make run` prints an address of this machine, also if it listens on all."""
    hostname = tmp_path / "hostname"
    hostname.write_text(f'#!/bin/sh\n[ "$1" = -I ] && echo "{own}"\n')
    hostname.chmod(0o755)
    done = subprocess.run(
        [CHECKOUT / "demo/address.sh", bind, "34600"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )

    assert done.stdout.strip() == address


@pytest.mark.parametrize("port", ["", "abc", "0", "070", "70000", "123456789"])
def test_a_port_that_is_none(port: str) -> None:
    """A PORT that no program can have is refused before anything starts."""
    rule = "--eval=port-is-free: ; @$(PORT_IS_FREE)"
    done = subprocess.run(
        ["make", "--no-print-directory", rule, "port-is-free", f"PORT={port}"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert f"PORT is a number from 1 to 65535, not '{port}'." in done.stderr


@pytest.mark.parametrize(("made_in", "expected"), [("here", ""), ("elsewhere", ".venv/is-stale")])
def test_a_moved_checkout_gets_its_own_environment(tmp_path: Path, made_in: str, expected: str) -> None:
    """A .venv that came along with a moved or copied checkout is rebuilt: its programs name the old folder."""
    here = tmp_path / "here it is"
    python = here / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    made = here if made_in == "here" else tmp_path / made_in
    (here / ".venv/pyvenv.cfg").write_text(f"command = /usr/bin/python3 -m venv --clear {made}/.venv\n")
    (here / "Makefile").write_text(MAKEFILE)
    done = subprocess.run(
        ["make", "--no-print-directory", "--eval=show: ; @echo $(VENV_IS_STALE)", "show", f"PYTHON={sys.executable}"],
        cwd=here,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.strip() == expected


PYTHONS = {
    "this-python": "this: -p no:cacheprovider tests/unit -q",
    "python3.14": "forky python3.14 -q",
}


@pytest.mark.parametrize("broken", [(), *((python,) for python in PYTHONS), tuple(PYTHONS)])
def test_a_failure_under_one_python_hides_none_under_another(tmp_path: Path, broken: tuple[str, ...]) -> None:
    """`make pythons` tests each Python whatever happens, and fails if one does."""
    answer = f"case $python in {'|'.join(broken) or 'none'}) exit 1 ;; esac\n"
    for name, text in {
        "tests/debian/units.sh": f'#!/bin/sh\necho "$@"\npython=$2\n{answer}',
        ".venv/bin/pytest": f'#!/bin/sh\necho "this: $*"\npython=this-python\n{answer}',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "Makefile").write_text(MAKEFILE)
    made = (f"--old-file={name}" for name in ("programs", "compiled", ".venv/installed-tests"))
    done = subprocess.run(
        ["make", *made, "pythons", "RERUNS=2"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert sorted(done.stdout.splitlines()) == sorted(f"{words} --reruns 2" for words in PYTHONS.values())
    assert (done.returncode != 0) is bool(broken), done.stderr


def test_every_test_is_run_once() -> None:
    """`make test` runs the unit tests beside all others, and neither twice."""
    recipes = dict(re.findall(r"^(test|suite|this-python):.*\n\t@?(.*)", MAKEFILE, re.MULTILINE))

    assert "suite+pythons" in recipes["test"]
    assert recipes["suite"].endswith(" --ignore tests/unit")
    assert recipes["this-python"].startswith("$(BIN)/pytest -p no:cacheprovider tests/unit ")
