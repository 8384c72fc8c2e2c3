"""The command line: it runs the daemon, or one command (wire contract, section 8).

Exit codes: ``EXIT_CODES`` of uma.command_line.
"""

import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace as Options
from typing import Final

from uma.addresses import SUPPORT_URL
from uma.config import Config, conflicts, read_config, read_missing, with_overrides
from uma.errors import SourceError, Unreadable
from uma.host import Host
from uma.runtime.light_dataclasses import share_methods
from uma.runtime.light_imports import forget, light_imports
from uma.runtime.openssl import leave_out_tls, needs_tls
from uma.spelling import hint

OK, BAD_CONFIGURATION, USAGE = 0, 1, 2
NOT_RUNNING = 1
"""Exit code of ``uma status``, as of Unraid's own rc scripts."""

TOKEN_BYTES = 32


def main(arguments: Sequence[str] | None = None, *, control: int | None = None) -> int:
    """Run the command in *arguments*; return its exit code.

    *control* is the socket of a steward that ``uma.start`` has started.
    """
    options = _parsed(arguments)
    options.control = control
    code: int = OK
    try:
        code = COMMANDS[options.command](options)
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


def _serve(options: Options) -> int:
    forget("uma.command_line", "uma.arguments", "argparse", "gettext", "locale", "shutil")
    host = Host(options.root, docker=options.docker_socket, is_demo=options.demo)
    path: Path = options.config or host.config_file
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
    share_methods()
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
            # The daemon continues without a steward.
            os.close(control)
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


def _snapshot(options: Options) -> int:
    from uma.feeds import all_feeds  # noqa: PLC0415
    from uma.snapshot import feed_named, take_snapshot  # noqa: PLC0415

    feeds = all_feeds()
    try:
        feed = feed_named(options.feed, feeds)
    except ValueError as error:
        print(f"uma: {error}", file=sys.stderr)
        return USAGE
    try:
        message = take_snapshot(feed, Host(options.root), feeds)
    except (Unreadable, SourceError) as error:
        print(f"uma: {error}", file=sys.stderr)
        return BAD_CONFIGURATION
    print(message.decode())
    return OK


def _check_config(options: Options) -> int:
    from uma.feeds import all_feeds, settings_of  # noqa: PLC0415

    path: Path = options.file or Host(options.root).config_file
    if options.file is not None and not path.exists():
        print(f"uma: file not found: {path}", file=sys.stderr)
        return BAD_CONFIGURATION
    from uma.outputs.mqtt.selection import problems_of  # noqa: PLC0415

    feeds = all_feeds()
    settings = settings_of(feeds)
    config, problems = read_config(path, settings)
    config, overriding = with_overrides(config, os.environ, {}, settings)
    problems = [
        *problems,
        *overriding,
        *conflicts(config, settings, source=str(path)),
        *read_missing(config, options.root, source=str(path)),
        *problems_of(config, feeds, source=str(path)),
    ]
    if (config.tls_certificate or config.tls_key) and not any(each.key.startswith("TLS_") for each in problems):
        # It imports ssl, which few servers need.
        from uma.web.tls import read_problems  # noqa: PLC0415

        problems += read_problems(config, source=str(path))
    for problem in problems:
        print(problem)
    if problems:
        return BAD_CONFIGURATION
    print(f"{path}: no problems" if path.exists() else f"{path} not found; using defaults")
    return OK


def _test_broker(options: Options) -> int:
    from dataclasses import replace  # noqa: PLC0415

    host = Host(options.root)
    config, problems = read_config(options.file or host.config_file)
    if not config.mqtt_host:
        closed = [str(each) for each in problems if each.is_closed and each.key.startswith("MQTT_")]
        for fault in closed or ["MQTT_HOST is empty"]:
            print(f"uma: {fault}", file=sys.stderr)
        return BAD_CONFIGURATION
    from uma.aio.awake import run  # noqa: PLC0415 - only here
    from uma.outputs.mqtt.broker import read_broker  # noqa: PLC0415 - most servers have no broker
    from uma.outputs.mqtt.trial import try_broker  # noqa: PLC0415

    password = os.environ.get("UMA_MQTT_PASSWORD")
    code = OK
    for turn in range(len(config.mqtt_host.split())):
        try:
            broker = read_broker(config, host, turn)
        except SourceError as error:
            print(f"uma: {error}", file=sys.stderr)
            return BAD_CONFIGURATION
        reason = run(try_broker(broker if password is None else replace(broker, password=password), host))
        said = reason or "logged in"
        print(said if broker.host in said else f"{broker.address}: {said}")
        code = BAD_CONFIGURATION if reason else code
    return code


def _print_setting(options: Options) -> int:
    from uma.feeds import all_feeds, settings_of  # noqa: PLC0415

    settings = settings_of(all_feeds())
    found = next((setting for setting in settings if setting.key == options.key), None)
    if found is None:
        meant = hint(options.key.upper(), (setting.key for setting in settings), list_all=False)
        print(f"uma: unknown setting {options.key}{meant}", file=sys.stderr)
        return USAGE
    config, _ = read_config(Host(options.root).config_file, settings)
    print(found.text_of(config.of(found)))
    return OK


def _print_form(_: Options) -> int:
    import json  # noqa: PLC0415

    from uma.feeds import all_feeds  # noqa: PLC0415
    from uma.settings_form import form_document  # noqa: PLC0415

    print(json.dumps(form_document(all_feeds()), indent=1, ensure_ascii=False))
    return OK


def _print_defaults(_: Options) -> int:
    from uma.feeds import all_feeds, settings_of  # noqa: PLC0415
    from uma.settings_form import default_cfg  # noqa: PLC0415

    print(default_cfg(settings_of(all_feeds())), end="")
    return OK


def _print_status(options: Options) -> int:
    from uma.runtime.status import describe_status, find_statuses, status_document  # noqa: PLC0415

    statuses = find_statuses(Host(options.root), os.environ.get("UMA_TOKEN", ""))
    if options.json:
        import json  # noqa: PLC0415

        print(json.dumps(status_document(statuses), indent=2))
    elif not statuses:
        print("UMA is not running.")
    else:
        print(*("\n".join(describe_status(status)) for status in statuses), sep="\n\n")
    return OK if statuses else NOT_RUNNING


def _pack_diagnostics(options: Options) -> int:
    import time  # noqa: PLC0415

    from uma.diagnostics import write_diagnostics  # noqa: PLC0415
    from uma.feeds import all_feeds  # noqa: PLC0415

    path: Path = options.file or Path(time.strftime("/tmp/uma-diagnostics-%Y%m%d-%H%M%S.zip"))  # noqa: S108 - RAM, and never one that is there
    try:
        write_diagnostics(path, Host(options.root), all_feeds())
    except OSError as error:
        print(f"uma: {path} can't be written: {error.strerror}", file=sys.stderr)
        return BAD_CONFIGURATION
    print(f"{path} holds no secrets that UMA knows of; look through it before you pass it on.")
    if SUPPORT_URL:
        print(f"Report the problem at {SUPPORT_URL}")
    return OK


def _watch(options: Options) -> int:
    from uma.feeds import all_feeds  # noqa: PLC0415
    from uma.watch.address import stream_url  # noqa: PLC0415
    from uma.watch.client import Line  # noqa: PLC0415
    from uma.watch.command import Wanted, watch  # noqa: PLC0415
    from uma.watch.conditions import parse_condition  # noqa: PLC0415
    from uma.watch.hook import parse_command  # noqa: PLC0415

    # Removed from the environment: the command of --exec does not need it.
    token = os.environ.pop("UMA_TOKEN", "")
    feeds = all_feeds()
    try:
        line = Line(
            stream_url(options.address, [feed.name for feed in feeds]),
            {"Authorization": f"Bearer {token}"} if token else {},
        )
        wanted = Wanted(
            conditions=[parse_condition(text) for text in options.filter],
            as_json=options.json,
            command=() if options.exec is None else parse_command(options.exec),
            timeout=options.timeout,
            events=frozenset(feed.kind for feed in feeds if not feed.retained),
        )
    except ValueError as error:
        print(f"uma: {error}", file=sys.stderr)
        return USAGE
    import asyncio  # noqa: PLC0415 - the daemon decides first what asyncio is to find

    return asyncio.run(watch(line, wanted))


def _print_token(_: Options) -> int:
    import hashlib  # noqa: PLC0415 - this command's alone
    import secrets  # noqa: PLC0415 - as above

    token = secrets.token_urlsafe(TOKEN_BYTES)
    print(f"token         {token}")
    print(f'TOKEN_SHA256="{hashlib.sha256(token.encode()).hexdigest()}"')
    return OK


def _print_help(options: Options) -> int:
    from uma.arguments import subcommands  # noqa: PLC0415 - see _parsed
    from uma.command_line import command_parser  # noqa: PLC0415 - as above

    parser = command_parser()
    for word in options.about:
        below = subcommands(parser)
        if word not in below:
            print(f"uma: unknown command {' '.join(options.about)}{hint(word, below)}", file=sys.stderr)
            return USAGE
        parser = below[word]
    parser.print_help()
    return OK


COMMANDS: Final[Mapping[str, Callable[[Options], int]]] = {
    "serve": _serve,
    "status": _print_status,
    "snapshot": _snapshot,
    "watch": _watch,
    "config get": _print_setting,
    "config defaults": _print_defaults,
    "config form": _print_form,
    "check-config": _check_config,
    "test-broker": _test_broker,
    "token": _print_token,
    "diagnostics": _pack_diagnostics,
    "help": _print_help,
}
"""Commands by name, as uma.command_line names them."""

if __name__ == "__main__":
    sys.exit(main())
