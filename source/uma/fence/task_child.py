"""Child of the steward: it checks one request, and does it or becomes the program.

Its imports and memory end with it.
"""

import _socket
import errno
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from uma.fence import avahi
from uma.fence.requests import MAX_NOTICE_BYTES, NOTICE, SERVICE_FILE
from uma.fence.tasks import ANNOUNCE, LEAVE_NOTICE, SYSTEM_PATH, Program, program_of
from uma.fence.whole_files import write_whole

NOT_STARTED: Final = 127
"""Exit status of a shell that could not start a program."""

NOTIFY_SCRIPT: Final = "usr/local/emhttp/webGui/scripts/notify"


def do_task(
    task: str, words: Sequence[str], *, root: str, daemon: int, answer: _socket.socket, output: Sequence[int]
) -> NoReturn:
    """Do *task* below *root* for the process *daemon*; answer, and end this process.

    A program's output goes to the descriptor *output*, or is dropped.
    """
    code = 0
    try:
        program = program_of(task, words, notify_script=Path(root, NOTIFY_SCRIPT), environment=os.environ)
        path = "" if program is None else _found(program)
        if program is None:
            _keep_files(task, words, Path(root), daemon)
    except OSError as error:
        code, program = error.errno or errno.EIO, None
    except ValueError:
        code, program = errno.EINVAL, None
    answer.send(b"%d" % code)
    if program is not None:
        _become(program, path, output)
    os._exit(0)


def _keep_files(task: str, words: Sequence[str], root: Path, daemon: int) -> None:
    """Do a task that is not a program. Raises OSError, or ValueError for
    invalid words.
    """
    if task == ANNOUNCE:
        avahi.announce((root / SERVICE_FILE).parent, avahi.parse_announcement(words))
    elif task == LEAVE_NOTICE:
        (text,) = words
        if len(text) > MAX_NOTICE_BYTES or not text.isprintable() or f'"pid": {daemon},' not in text:
            raise ValueError("not a notice of this daemon")
        write_whole(root / NOTICE, text)
    else:
        raise PermissionError(errno.EPERM, "not a task of the steward's")


def _become(program: Program, path: str, output: Sequence[int]) -> NoReturn:
    """Become *program*, in its own session and without input."""
    os.setsid()
    for number in range(1, signal.SIGRTMIN):
        with suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    if output:
        os.dup2(output[0], 1)
    try:
        os.execve(path, [path, *program.arguments], program.environment)  # noqa: S606 - of the list alone
    except OSError:
        os._exit(NOT_STARTED)


def _found(program: Program) -> str:
    for path in _places(program):
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), program.name)


def _places(program: Program) -> Iterator[Path]:
    """Yield possible paths of the program, as a shell does."""
    if "/" in program.name:
        yield Path(program.name)
        return
    for folder in (*program.environment.get("PATH", "").split(":"), *SYSTEM_PATH.split(":")):
        yield Path(folder, program.name)
