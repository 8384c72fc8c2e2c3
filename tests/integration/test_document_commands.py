"""Commands of README and the documents, run as printed with a real daemon in place of `tower`."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.code_lines import code_lines

from .daemon import Daemon
from .programs import CHECKOUT, Program, clean_environment

DOCUMENTS = [CHECKOUT / "README.md", *sorted(set((CHECKOUT / "docs").glob("*.md")) - {CHECKOUT / "docs/endpoints.md"})]
"""endpoints.md is left out: test_endpoints.py generates it from what it runs."""

SERVERS = re.compile(r"(?<=//)(tower(\.local)?|127\.0\.0\.1):34600")
UMA = f"{shlex.quote(sys.executable)} -m uma"


def printed(pattern: str) -> list[str]:
    """Return the commands of the documents that match *pattern*."""
    return sorted({line for line in code_lines(DOCUMENTS) if re.match(pattern, line)})


def test_curl(steady_daemon: Daemon) -> None:
    """Each reading `curl` gets its answer."""
    lines = [line for line in printed(r"curl .*https?://") if "POST" not in line]

    assert len(lines) >= 2
    for line in lines:
        command = SERVERS.sub(steady_daemon.server, line).replace("curl", "curl --fail --silent --show-error", 1)
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=30, check=False)
        assert (done.returncode, done.stderr) == (0, ""), line
        assert "{" in done.stdout, line


def test_uma_watch(steady_daemon: Daemon, tmp_path: Path) -> None:
    """Each `uma watch` connects to the daemon and, for a state, shows its messages."""
    (tmp_path / "notify.sh").write_text("#!/bin/sh\n")
    (tmp_path / "notify.sh").chmod(0o755)
    for number, line in enumerate(printed(r"uma watch [a-z]+/")):
        address, *options = shlex.split(line.partition("|")[0])[2:]
        if address == "openfiles/status":  # the feed that a document adds
            continue
        stream = address.removeprefix("tower/")
        command = [sys.executable, "-m", "uma", "watch", f"{steady_daemon.server}/{stream}", *options]
        command = [str(tmp_path / "notify.sh") if word == "./notify.sh" else word for word in command]
        with Program(command, log=tmp_path / f"output{number}") as program:
            program.until_output("connected" if "events" in stream else "20")


def test_other_commands(daemon: Daemon, tower: Path) -> None:
    """`uma status`, `token`, `check-config` and `config get` print something and succeed."""
    for line in ("uma status", "uma token", "uma check-config", "uma config get PORT", "uma help"):
        root = [] if line in ("uma token", "uma help") else ["--root", str(tower)]
        done = subprocess.run(
            [*shlex.split(line.replace("uma", UMA, 1)), *root],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env=clean_environment(),
        )
        assert (done.returncode, done.stderr) == (0, ""), line
        assert done.stdout, line
