"""Traces of strace: each call that names a file, and calls of a few other kinds."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

TRACED = "%file,%process,statfs,fstatfs,ioctl"
LINE = re.compile(r"(\d+) +(\w+)\((.*)")
QUOTED = r'"((?:[^"\\]|\\.)*)"'
NAMED = re.compile(rf"(?:(?:AT_FDCWD|-?\d+)(?:<(?P<folder>[^>]*)>)?(?:\(deleted\))?, )?{QUOTED}")
DESCRIPTOR = re.compile(r"-?\d+<(?P<file>[^>]*)>")
ENDED = re.compile(r"^(\d+) +\+\+\+ (?:exited|killed)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Call:
    """A system call: its name, the files it is about as absolute paths, its arguments, and the thread that made it."""

    name: str
    paths: tuple[str, ...]
    arguments: str
    thread: int

    def __str__(self) -> str:
        return f"{self.name} {' '.join(self.paths)}" if self.paths else f"{self.name}({self.arguments[:200]}"


def strace(trace: Path) -> tuple[str, ...]:
    """A command that becomes the one behind it, and traces it with all its threads and children into *trace*."""
    # -D: the daemon stays our own child. Only calls that are traced stop it (--seccomp-bpf).
    return ("strace", "-D", "-f", "-q", "-y", "--seccomp-bpf", "-e", f"trace={TRACED}", "-o", str(trace))


def why_no_strace(folder: Path) -> str | None:
    """Return why processes can't be traced here; None if they can."""
    if shutil.which("strace") is None:
        return "there is no strace on this machine"
    trial = folder / "trial.trace"
    done = subprocess.run([*strace(trial), "true"], capture_output=True, text=True, timeout=20, check=False)
    if done.returncode == 0 and "execve" in trial.read_text():
        return None
    return f"processes can't be traced on this machine: {done.stderr.strip() or 'strace wrote nothing'}"


def has_ended(trace: Path, process: int) -> bool:
    """Return True if *trace* is complete: it has the end of *process*."""
    return str(process) in ENDED.findall(trace.read_text(errors="replace"))


def read_calls(trace: Path) -> Iterator[Call]:
    """The calls in *trace*; an interrupted one is where it began."""
    with trace.open(errors="replace") as lines:
        for line in lines:
            call = LINE.match(line)
            if call:
                yield Call(call[2], tuple(_paths(call[2], call[3])), call[3].rstrip("\n"), int(call[1]))


def _paths(name: str, arguments: str) -> Iterator[str]:
    named = NAMED.match(arguments)
    if named is None:
        descriptor = DESCRIPTOR.match(arguments)
        # Sockets, pipes and the like are described otherwise.
        if descriptor and descriptor["file"].startswith("/"):
            yield descriptor["file"]
        return
    yield _absolute(named)
    if name.startswith(("rename", "link", "symlink")):
        second = NAMED.match(arguments, named.end() + len(", "))
        if second:
            yield _absolute(second)


def _absolute(named: re.Match[str]) -> str:
    # Where ".." leads is what counts, not where it starts.
    return os.path.normpath(PurePosixPath(named["folder"] or "", named[2]))
