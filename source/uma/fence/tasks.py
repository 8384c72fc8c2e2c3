"""Tasks that the steward does for the daemon: the allowed programs, each with its
allowed arguments.

Pure: it checks words, and starts nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SMARTCTL: Final = "smartctl"
NOTIFY: Final = "notify"
ANNOUNCE: Final = "announce"
LEAVE_NOTICE: Final = "leave notice"

MAX_TEXT_CHARACTERS: Final = 1000
MAX_ARGUMENTS: Final = 12

SYSTEM_PATH: Final = "/usr/local/sbin:/usr/sbin:/sbin"
"""Path to search for smartctl; a service often has only a part of it."""

_DEVICE: Final = re.compile(r"/dev/[A-Za-z0-9]{1,32}")
_CONTROLLER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+,/_-]{0,60}")
_LOG: Final = re.compile("sataphy|sasphy")
_READING: Final = frozenset(("--all", "--info", "--health"))
"""smartctl's options that only read."""

_IMPORTANCES: Final = frozenset(("normal", "warning", "alert"))


@dataclass(frozen=True, slots=True)
class Program:
    """A program to start: ``name`` or a whole path, arguments, and environment."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def program_of(
    task: str, arguments: Sequence[str], *, notify_script: Path, environment: Mapping[str, str]
) -> Program | None:
    """Return the program for *task*; None for an unknown task.

    *environment* is the steward's own.
    """
    if len(arguments) > MAX_ARGUMENTS:
        return None
    if task == SMARTCTL and _is_reading(arguments):
        path = environment.get("PATH", "/usr/bin:/bin")
        return Program(SMARTCTL, tuple(arguments), {"LC_ALL": "C", "PATH": path})
    if task == NOTIFY and _is_notification(arguments):
        return Program(str(notify_script), tuple(arguments), environment)
    return None


def _is_reading(arguments: Sequence[str]) -> bool:
    """Check that smartctl would only read one drive, and leave a sleeping one alone."""
    *options, device = arguments or ("",)
    if options[:2] != ["-n", "standby"] or not _DEVICE.fullmatch(device):
        return False
    rest = iter(options[2:])
    for option in rest:
        value = {"-d": _CONTROLLER, "-l": _LOG}.get(option)
        if value is None and option not in _READING:
            return False
        if value is not None and not value.fullmatch(next(rest, "")):
            return False
    return True


def _is_notification(arguments: Sequence[str]) -> bool:
    """Check for an event, a subject, a description, an importance and a link."""
    if [*arguments[::2]] != ["-e", "-s", "-d", "-i", "-l"] or len(arguments) != 10:
        return False
    event, subject, description, importance, link = arguments[1::2]
    return (
        event == "UMA container"
        and link == "/Docker"
        and importance in _IMPORTANCES
        and all(text.isprintable() and len(text) <= MAX_TEXT_CHARACTERS for text in (subject, description))
        # The script would parse such a text as an option.
        and not subject.startswith("-")
        and not description.startswith("-")
    )
