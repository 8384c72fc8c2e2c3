"""Notice that the running daemon leaves for root on the same machine: its identity,
address and access key.

``uma status`` reads it. The key is random and new at each start, so root keeps access
when a token is set, although only the token's hash is stored. The file is readable by
root only (mode 600) and in RAM. It is not written if its folder is missing, as in a
demo, or not writable.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from uma.fence.whole_files import write_whole

KEY_BYTES = 32
LARGEST = 4096
"""Bytes of a notice that are read; a notice has some 200."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A running daemon. ``started`` is its process's start in clock ticks since boot,
    which distinguishes it from any other process.
    """

    version: str
    pid: int
    started: int
    bind: str
    port: int
    key: str
    tls: bool = False


def new_key() -> str:
    """Create a key for one run of the daemon."""
    return secrets.token_urlsafe(KEY_BYTES)


def hash_of(key: str) -> str:
    """Hash *key* by SHA-256, in hexadecimal digits, as tokens are compared."""
    return hashlib.sha256(key.encode()).hexdigest()


def leave_notice(
    path: Path,
    *,
    version: str,
    bind: str,
    port: int,
    key: str,
    tls: bool = False,
    write: Callable[[Path, str], None] = write_whole,
) -> None:
    """Write this process's notice to *path* by *write*, atomically. Blocks. Raises
    OSError.
    """
    pid = os.getpid()
    write(path, json.dumps(asdict(Notice(version, pid, read_start(pid) or 0, bind, port, key, tls))))


def withdraw_notice(path: Path) -> None:
    """Remove *path* if it is this process's notice; keep another daemon's."""
    notice = read_notice(path)
    if notice is not None and notice.pid == os.getpid():
        with suppress(OSError):
            path.unlink()


def read_notice(path: Path) -> Notice | None:
    """Read the notice at *path*, even if its daemon has ended;
    None if there is none.
    """
    try:
        with path.open("rb") as file:
            fields = json.loads(file.read(LARGEST))
        return Notice(
            version=str(fields["version"]),
            pid=int(fields["pid"]),
            started=int(fields["started"]),
            bind=str(fields["bind"]),
            port=int(fields["port"]),
            key=str(fields["key"]),
            tls=fields.get("tls") is True,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_start(pid: int) -> int | None:
    """Read the start of process *pid* in clock ticks since boot (proc(5), field 22 of
    stat); None if it does not run.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        # A process name may contain anything, even parentheses.
        return int(text.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None
