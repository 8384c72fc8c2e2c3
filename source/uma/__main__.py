"""The command line: arguments in, one daemon or one answer out
(wire contract, section 8).

Exit codes: 0 stopped, 1 configuration, 2 usage, 3 the port is taken.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import uma
from uma.addresses import SUPPORT_URL
from uma.config import Config, conflicts, read_config, read_missing, with_overrides
from uma.errors import SourceError, Unreadable
from uma.host import Host
from uma.runtime.light_imports import light_imports
from uma.runtime.openssl import leave_out_tls, needs_tls
from uma.spelling import closest

OK, BAD_CONFIGURATION, USAGE = 0, 1, 2
NOT_RUNNING = 1
"""As the status of Unraid's own rc scripts."""

TOKEN_BYTES = 32


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that *arguments* ask for; its exit code."""
    options = _parser().parse_args(arguments)
    code: int = OK
    try:
        code = options.command(options)
        if sys.stdout is not None:
            # Here, where it can be met: at interpreter exit it would
            # cost exit code 120.
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to say,
        # not even at interpreter exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _parser() -> argparse.ArgumentParser:
    environment = os.environ
    parser = argparse.ArgumentParser(
        prog="uma",
        description="Unraid Management Agent: serve this server's live state, or follow another's.",
        epilog="`uma help COMMAND` and `uma COMMAND --help` describe one command."
        + (SUPPORT_URL and f" Questions and bug reports: {SUPPORT_URL}"),
    )
    parser.add_argument("--version", action="version", version=f"uma {uma.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, words: str, *parents: argparse.ArgumentParser, example: str = "") -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            parents=parents,
            help=words,
            description=f"{words[0].upper()}{words[1:]}.",
            epilog=example and f"Example: {example}",
        )

    root = argparse.ArgumentParser(add_help=False)
    root.add_argument(
        "--root",
        type=Path,
        default=Path(environment.get("UMA_ROOT", "/")),
        metavar="DIR",
        help="root folder of the host's files; default: /",
    )

    serve = add("serve", "run the daemon", root, example="uma serve --bind 127.0.0.1 --port 34601")
    config_default = environment.get("UMA_CONFIG")
    serve.add_argument(
        "--config",
        type=Path,
        default=config_default and Path(config_default),
        metavar="FILE",
        help="the settings; default: boot/config/plugins/uma/uma.cfg below DIR",
    )
    serve.add_argument("--bind", metavar="ADDRESSES", help="IP addresses to listen on, * for all; default: 0.0.0.0")
    serve.add_argument("--port", metavar="N", help="the port, 1 to 65535; 0 takes any free one; default: 34600")
    socket_default = environment.get("UMA_DOCKER_SOCKET")
    serve.add_argument(
        "--docker-socket",
        type=Path,
        default=socket_default and Path(socket_default),
        metavar="PATH",
        help="Docker's socket; default: var/run/docker.sock below DIR",
    )
    serve.add_argument(
        "--log-format",
        choices=["text", "json", "syslog"],
        default=environment.get("UMA_LOG_FORMAT"),
        help="default: text",
    )
    serve.add_argument("--demo", action="store_true", help="mark the array below DIR as a demo")
    serve.set_defaults(command=_serve)

    snapshot = add("snapshot", "print one message and exit", root, example="uma snapshot storage/status")
    snapshot.add_argument(
        "feed", metavar="FEED", help="a feed's name, such as storage/status, or the subject it is the first of"
    )
    snapshot.set_defaults(command=_snapshot)

    check = add(
        "check-config",
        "validate a uma.cfg and the UMA_* variables",
        root,
        example="uma check-config /boot/config/plugins/uma/uma.cfg",
    )
    check.add_argument("file", nargs="?", type=Path, metavar="FILE", help="default: this server's own settings")
    check.set_defaults(command=_check_config)

    config = add("config", "print settings", example="uma config get PORT")
    questions = config.add_subparsers(required=True, metavar="QUESTION")
    get = questions.add_parser("get", parents=[root], help="print the value of one setting in uma.cfg, or its default")
    get.add_argument("key", metavar="KEY")
    get.set_defaults(command=_print_setting)
    form = questions.add_parser("form", help="print the settings form as JSON")
    form.set_defaults(command=_print_form)
    defaults = questions.add_parser("defaults", help="print every setting at its default, as a uma.cfg")
    defaults.set_defaults(command=_print_defaults)

    status = add(
        "status",
        "show if the daemon runs, its address and its health; UMA_TOKEN opens another user's",
        root,
        example="uma status --json",
    )
    status.add_argument("--json", action="store_true", help="print one JSON object")
    status.set_defaults(command=_print_status)

    diagnostics = add("diagnostics", "pack the files for a bug report into a zip, without secrets", root)
    diagnostics.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="the zip to write; default: a new one in /tmp"
    )
    diagnostics.set_defaults(command=_pack_diagnostics)

    _add_watch(add)

    token = add("token", "create a token; print it and its hash, for TOKEN_SHA256")
    token.set_defaults(command=_print_token)

    helping = add("help", "describe a command", example="uma help watch")
    helping.add_argument("about", nargs="?", metavar="COMMAND", choices=list(commands.choices), help="one of the above")

    def print_help(options: argparse.Namespace) -> int:
        (commands.choices[options.about] if options.about else parser).print_help()
        return OK

    helping.set_defaults(command=print_help)
    return parser


def _add_watch(add: Callable[..., argparse.ArgumentParser]) -> None:
    watch = add(
        "watch",
        "follow a stream of any UMA, and run a command for each message; UMA_TOKEN is sent as the token",
        example="uma watch tower/docker/events --filter action=die --exec ./notify.sh",
    )
    watch.add_argument(
        "address",
        metavar="ADDRESS",
        help="system/stats, docker/events, storage/status or another feed of this server; tower/docker/events, "
        "[fd00::1]:34600/docker/events, or a whole ws:// address of another",
    )
    watch.add_argument(
        "--filter",
        action="append",
        default=[],
        metavar="EXPR",
        help="key.path=value or key.path!=value; repeatable, all must match",
    )
    watch.add_argument(
        "--exec", metavar="CMD", help="run CMD for each message, given as JSON on standard input; no shell"
    )
    watch.add_argument(
        "--timeout", type=_seconds, default=30.0, metavar="SECONDS", help="kill CMD after SECONDS; default: 30"
    )
    watch.add_argument("--json", action="store_true", help="print each message as one line of JSON, in ASCII")
    watch.set_defaults(command=_watch)


def _serve(options: argparse.Namespace) -> int:
    host = Host(options.root, docker=options.docker_socket, is_demo=options.demo)
    path: Path = options.config or host.config_file
    if options.config is not None and not path.is_file():
        print(f"uma: configuration file not found: {path}", file=sys.stderr)
        return BAD_CONFIGURATION
    flags = {key: value for key in ("bind", "port") if (value := getattr(options, key)) is not None}
    _, problems = with_overrides(Config(), {}, flags)
    if problems:
        # Without what stands instead: here nothing does.
        faults = (f"uma: {problem.key}: {problem.message.partition(';')[0]}" for problem in problems)
        print(*faults, sep="\n", file=sys.stderr)
        return USAGE
    stored, _ = read_config(path)
    config, _ = with_overrides(stored, os.environ, flags)
    if not needs_tls(config):
        leave_out_tls()
    # Only the daemon needs what this imports;
    # the other commands start in a fraction of the time.
    with light_imports():
        from uma.daemon.serve import serve  # noqa: PLC0415

    return serve(host, path, flags, log_format=options.log_format)


def _snapshot(options: argparse.Namespace) -> int:
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


def _check_config(options: argparse.Namespace) -> int:
    from uma.feeds import all_feeds, settings_of  # noqa: PLC0415

    path: Path = options.file or Host(options.root).config_file
    if options.file is not None and not path.exists():
        print(f"uma: file not found: {path}", file=sys.stderr)
        return BAD_CONFIGURATION
    settings = settings_of(all_feeds())
    config, problems = read_config(path, settings)
    config, overriding = with_overrides(config, os.environ, {}, settings)
    problems = [
        *problems,
        *overriding,
        *conflicts(config, settings, source=str(path)),
        *read_missing(config, options.root, source=str(path)),
    ]
    for problem in problems:
        print(problem)
    if problems:
        return BAD_CONFIGURATION
    print(f"{path}: no problems" if path.exists() else f"{path} not found; using defaults")
    return OK


def _print_setting(options: argparse.Namespace) -> int:
    from uma.feeds import all_feeds, settings_of  # noqa: PLC0415

    settings = settings_of(all_feeds())
    found = next((setting for setting in settings if setting.key == options.key), None)
    if found is None:
        meant = closest(options.key.upper(), (setting.key for setting in settings))
        print(f"uma: unknown setting {options.key}{f'; did you mean {meant}?' if meant else ''}", file=sys.stderr)
        return USAGE
    config, _ = read_config(Host(options.root).config_file, settings)
    print(found.text_of(config.of(found)))
    return OK


def _print_form(_: argparse.Namespace) -> int:
    import json  # noqa: PLC0415

    from uma.feeds import all_feeds  # noqa: PLC0415
    from uma.settings_form import form_document  # noqa: PLC0415

    print(json.dumps(form_document(all_feeds()), indent=1, ensure_ascii=False))
    return OK


def _print_defaults(_: argparse.Namespace) -> int:
    from uma.feeds import all_feeds, settings_of  # noqa: PLC0415
    from uma.settings_form import default_cfg  # noqa: PLC0415

    print(default_cfg(settings_of(all_feeds())), end="")
    return OK


def _print_status(options: argparse.Namespace) -> int:
    from uma.runtime.status import describe_status, find_statuses, status_document  # noqa: PLC0415

    statuses = find_statuses(Host(options.root), os.environ.get("UMA_TOKEN", ""))
    if options.json:
        import json  # noqa: PLC0415

        print(json.dumps(status_document(statuses), indent=2))
    elif not statuses:
        print("UMA is not running.")
    for status in () if options.json else statuses:
        print(*describe_status(status), sep="\n")
    return OK if statuses else NOT_RUNNING


def _pack_diagnostics(options: argparse.Namespace) -> int:
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


def _seconds(text: str) -> float:
    with suppress(ValueError):
        seconds = float(text)
        if 0 < seconds < float("inf"):
            return seconds
    raise argparse.ArgumentTypeError(f"{text!r} must be a positive number of seconds")


def _watch(options: argparse.Namespace) -> int:
    from uma.feeds import all_feeds  # noqa: PLC0415
    from uma.watch.address import stream_url  # noqa: PLC0415
    from uma.watch.client import Line  # noqa: PLC0415
    from uma.watch.command import Wanted, watch  # noqa: PLC0415
    from uma.watch.conditions import parse_condition  # noqa: PLC0415
    from uma.watch.hook import parse_command  # noqa: PLC0415

    # Taken out: what --exec starts has no need of it.
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


def _print_token(_: argparse.Namespace) -> int:
    import hashlib  # noqa: PLC0415 - this command's alone
    import secrets  # noqa: PLC0415 - as above

    token = secrets.token_urlsafe(TOKEN_BYTES)
    print(f"token         {token}")
    print(f'TOKEN_SHA256="{hashlib.sha256(token.encode()).hexdigest()}"')
    return OK


if __name__ == "__main__":
    sys.exit(main())
