"""The program behind the command line: the daemon, or one of uma.commands."""

import errno
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from types import SimpleNamespace as Options

from uma.config import Config, read_config, with_overrides
from uma.exit_codes import BAD_CONFIGURATION, OK, USAGE
from uma.host import Host
from uma.runtime.light_imports import forget, light_imports
from uma.runtime.openssl import leave_out_tls, needs_tls


def main(arguments: Sequence[str] | None = None, *, control: int | None = None) -> int:
    """Run the command in *arguments*; return its exit code.

    *control* is the socket of a steward that ``uma.start`` has started.
    """
    options = _parsed(arguments)
    options.control = control
    code: int = OK
    try:
        code = _serve(options) if options.command == "serve" else _run_command(options)
        if sys.stdout is not None:
            # Flush here so BrokenPipeError can be caught;
            # at exit it becomes status 120.
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader of the output has closed it.
        _discard_output()
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _discard_output()
        print(f"uma: {error.strerror}", file=sys.stderr)
        return BAD_CONFIGURATION
    return code


def _discard_output() -> None:
    """Keep the interpreter from flushing once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parsed(arguments: Sequence[str] | None) -> Options:
    from uma.command_line import command_parser  # noqa: PLC0415 - a daemon forgets it

    # argparse's own class would keep argparse.
    return Options(**vars(command_parser().parse_args(arguments)))


def _run_command(options: Options) -> int:
    from uma.commands import COMMANDS  # noqa: PLC0415 - the daemon needs none of them

    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal that is not UTF-8 may lack a degree sign, or a letter of a name.
        sys.stdout.reconfigure(errors="backslashreplace")
    return COMMANDS[options.command](options)


def _serve(options: Options) -> int:
    forget("uma.command_line", "uma.arguments", "argparse", "gettext", "locale", "shutil")
    host = Host(options.root, docker=options.docker_socket, is_demo=options.demo)
    path: Path = options.config or host.config_file
    if not options.root.is_dir():
        print(f"uma: --root: folder not found: {options.root}", file=sys.stderr)
        return BAD_CONFIGURATION
    if options.config is not None and not path.is_file():
        print(f"uma: configuration file not found: {path}", file=sys.stderr)
        return BAD_CONFIGURATION
    flags = {key: value for key in ("bind", "port") if (value := getattr(options, key)) is not None}
    _, problems = with_overrides(Config(), {}, flags)
    if problems:
        # Without the current default: an invalid flag has none.
        faults = (f"uma: {problem.key}: {problem.message.partition(';')[0]}" for problem in problems)
        print(*faults, sep="\n", file=sys.stderr)
        return USAGE
    stored, _ = read_config(path)
    config, _ = with_overrides(stored, os.environ, flags)
    host = _with_steward(host, config, options.control)
    if not needs_tls(config):
        leave_out_tls()
    # Only the daemon needs these imports; the other commands start in a fraction of the
    # time.
    with light_imports():
        from uma.daemon.serve import serve  # noqa: PLC0415

    return serve(host, path, flags, log_format=options.log_format)


def _with_steward(host: Host, config: Config, control: int | None) -> Host:
    """Return *host* with the steward at *control*, started now if there is none yet.

    Without one no program can be started behind the fences.
    """
    if not (config.fence_calls or config.fence_files or config.fence_rights or config.fence_user):
        if control is not None:
            # The daemon continues without a steward, which would stay as a zombie.
            os.close(control)
            os.wait()
        return host
    from uma.fence.client import Steward  # noqa: PLC0415 - the daemon's alone
    from uma.fence.steward import fork_steward  # noqa: PLC0415 - as above

    try:
        steward = Steward(fork_steward() if control is None else control)
        steward.set_up(str(host.root.absolute()))
    except OSError as error:
        print(f"uma: no steward: {error.strerror}", file=sys.stderr)
        return host
    return replace(host, steward=steward)
