"""The commands other than ``serve``: each prints, and ends.

The daemon imports none of this. What only some commands need is imported by them: most
start in a fraction of a second.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace as Options
from typing import Final

from uma.addresses import SUPPORT_URL
from uma.config import conflicts, read_config, read_missing, with_overrides
from uma.core_settings import CORE, CORE_KEYS
from uma.errors import SourceError, Unreadable
from uma.exit_codes import BAD_CONFIGURATION, NOT_RUNNING, OK, USAGE
from uma.host import Host
from uma.settings import AnySetting
from uma.spelling import hint

TOKEN_BYTES: Final = 32


def _snapshot(options: Options) -> int:
    from uma.feeds import all_feeds  # noqa: PLC0415
    from uma.runtime.logs import configure_logs  # noqa: PLC0415
    from uma.snapshot import feed_named, take_snapshot  # noqa: PLC0415

    # Standard output is the message's alone: structlog's own default is to log there.
    configure_logs(format="text", level="warning")
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
    _print_json(message)
    return OK


def _check_config(options: Options) -> int:
    from uma.feeds import all_feeds, settings_of  # noqa: PLC0415

    path: Path = options.file or Host(options.root).config_file
    if _is_missing(options):
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


def _is_missing(options: Options) -> bool:
    """Return True, and say so, if the file that the user named does not exist."""
    if options.file is None or options.file.exists():
        return False
    print(f"uma: file not found: {options.file}", file=sys.stderr)
    return True


def _test_broker(options: Options) -> int:
    if _is_missing(options):
        return BAD_CONFIGURATION
    host = Host(options.root)
    config, problems = read_config(options.file or host.config_file)
    if not config.mqtt_host:
        faults = [
            str(each)
            for each in problems
            if each.key == "MQTT_HOST" or (each.is_closed and each.key.startswith("MQTT_"))
        ]
        for fault in faults or ["MQTT_HOST is empty"]:
            print(f"uma: {fault}", file=sys.stderr)
        return BAD_CONFIGURATION
    from uma.aio.interruptible import run_interruptible  # noqa: PLC0415 - only here
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
        reason = run_interruptible(try_broker(broker if password is None else replace(broker, password=password), host))
        said = reason or "logged in"
        print(said if broker.host in said else f"{broker.address}: {said}")
        code = BAD_CONFIGURATION if reason else code
    return code


def _print_setting(options: Options) -> int:
    settings: Sequence[AnySetting] = CORE
    if options.key not in CORE_KEYS:
        # Feeds double the time, and rc.uma asks for SERVICE at each start.
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

    _print_json(json.dumps(form_document(all_feeds()), indent=1, ensure_ascii=False).encode())
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


def _print_json(text: bytes) -> None:
    """Print JSON, which is UTF-8 on any terminal."""
    sys.stdout.buffer.write(text + b"\n")


COMMANDS: Final[Mapping[str, Callable[[Options], int]]] = {
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
