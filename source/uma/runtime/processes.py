"""Running daemons, found by their processes: a daemon that could not write its notice
is found this way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from uma.config import Config, read_config
from uma.fence.steward import NAME as STEWARD
from uma.host import Host

COMMANDS = ("uma", "boot.py")
"""Names of the script that is run: pip's, or the package's boot.py."""

OPTIONS = ("root", "bind", "port", "config")

UNKNOWN = Path()
"""Working folder of another user's process, which is not readable."""


@dataclass(frozen=True, slots=True)
class DaemonProcess:
    """A running daemon. ``user`` is its owner's number,
    ``root`` where its host tree is, as given if its working folder is not readable.
    """

    pid: int
    user: int
    root: Path
    bind: str
    port: int
    tls: bool


def find_daemons(proc: Path = Path("/proc")) -> Iterator[DaemonProcess]:
    """Find the daemons that run. Settings in another user's environment can't be read.
    Blocks.
    """
    for folder in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            given = parse_serve((folder / "cmdline").read_text(errors="replace").split("\0"))
            if given is None or _is_steward(folder):
                continue
            user = folder.stat().st_uid
            here = _working_folder(folder)
        except OSError:
            # It has ended, or its folder is not readable.
            continue
        if here is None:
            continue
        options = {**_environment(folder), **given}
        root = here / options.get("root", "/")
        # Nothing is read from this command's own working folder.
        config = _config(options, "/" / here, "/" / root)
        port = options.get("port", "")
        yield DaemonProcess(
            pid=int(folder.name),
            user=user,
            root=root,
            bind=options.get("bind", config.bind),
            port=int(port) if port.isdecimal() else config.port,
            tls=bool(config.tls_certificate),
        )


def _is_steward(folder: Path) -> bool:
    """Check for the daemon's steward, which has the same command line."""
    return (folder / "comm").read_text(errors="replace").strip() == STEWARD


def parse_serve(arguments: Sequence[str]) -> Mapping[str, str] | None:
    """Return the OPTIONS in the command line of a daemon; None for another program."""
    if "serve" not in arguments:
        return None
    at = arguments.index("serve")
    before = arguments[:at]
    is_ours = bool(before) and (before[-1].rpartition("/")[2] in COMMANDS or list(before[-2:]) == ["-m", "uma"])
    if not is_ours:
        return None
    options: dict[str, str] = {}
    rest = iter(arguments[at + 1 :])
    for argument in rest:
        name, equals, value = argument.removeprefix("--").partition("=")
        if argument.startswith("--") and name in OPTIONS:
            options[name] = value if equals else next(rest, "")
    return options


def _working_folder(folder: Path) -> Path | None:
    """Return the process's working folder, or UNKNOWN; None if the process is in a
    container.
    """
    try:
        if not (folder / "root").samefile("/"):
            return None
        return (folder / "cwd").readlink()
    except PermissionError:
        # The process belongs to another user.
        return UNKNOWN


def _environment(folder: Path) -> dict[str, str]:
    try:
        entries = (folder / "environ").read_text(errors="replace").split("\0")
    except OSError:
        return {}
    pairs = dict(entry.partition("=")[::2] for entry in entries)
    return {name: pairs[variable] for name in OPTIONS if (variable := f"UMA_{name.upper()}") in pairs}


def _config(options: Mapping[str, str], here: Path, root: Path) -> Config:
    path = here / options["config"] if "config" in options else Host(root).config_file
    return read_config(path)[0]
