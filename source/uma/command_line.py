"""Arguments of the command ``uma``, and every text of its help.

``uma help``, the manual page and the completion for bash are made from this parser.
"""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import uma
from uma.addresses import SUPPORT_URL
from uma.arguments import Commands, Parser
from uma.exit_codes import BAD_CONFIGURATION, OK, PORT_IS_TAKEN, RESTART_WANTED, USAGE

ENVIRONMENT: Final = (
    ("UMA_TOKEN", "the token that watch and status send"),
    ("UMA_CONFIG", "default of --config"),
    ("UMA_ROOT", "default of --root"),
    ("UMA_DOCKER_SOCKET", "default of --docker-socket"),
    ("UMA_LOG_FORMAT", "default of --log-format"),
    ("UMA_KEY", "overrides the setting KEY of uma.cfg, as UMA_PORT does PORT"),
)
"""Environment variables and their purposes."""

EXIT_CODES: Final = (
    (OK, "success, or stopped by a signal"),
    (BAD_CONFIGURATION, "failure, such as an invalid configuration; status: not running; watch: refused permanently"),
    (USAGE, "wrong usage"),
    (PORT_IS_TAKEN, "the port is taken"),
    (RESTART_WANTED, "a restart is needed: new settings ask for rights that the fences refuse"),
)
"""Exit codes of all commands."""

FILES: Final = (
    ("/boot/config/plugins/uma/uma.cfg", "the settings"),
    ("/boot/config/plugins/uma/token-sha256", "the hash of the token"),
    ("/var/run/uma.json", "address and key of the running daemon, for root only"),
)
"""Files of a server, for the manual page."""


def command_parser(environment: Mapping[str, str] = os.environ) -> argparse.ArgumentParser:
    """Return the parser of all commands; *environment* gives defaults of flags."""
    parser = Parser(
        prog="uma",
        description="Unraid Management Agent: serve this server's live state, or follow another's.",
        epilog=_epilog(),
    )
    parser.add_argument("-V", "--version", action="version", version=f"uma {uma.__version__}")
    commands = Commands(parser)
    root = argparse.ArgumentParser(add_help=False)
    root.add_argument(
        "--root",
        type=Path,
        default=Path(environment.get("UMA_ROOT", "/")),
        metavar="DIR",
        help="folder of the host's files, such as a demo tree; default: /",
    )
    _add_serve(commands, root, environment)
    _add_status(commands, root)
    _add_snapshot(commands, root)
    _add_watch(commands)
    _add_config(commands, root)
    _add_check_config(commands, root)
    _add_test_broker(commands, root)
    _add_token(commands)
    _add_diagnostics(commands, root)
    _add_help(commands)
    return parser


def _epilog() -> str:
    tables = [
        ("Environment:", ENVIRONMENT),
        ("Exit codes:", [(str(code), meaning) for code, meaning in EXIT_CODES]),
    ]
    paragraphs = [
        "`uma help COMMAND` describes one command, with examples.",
        *("\n".join([title, *(f"  {name:18} {text}" for name, text in rows)]) for title, rows in tables),
    ]
    if SUPPORT_URL:
        paragraphs.append(f"Questions and bug reports: {SUPPORT_URL}")
    return "\n\n".join(paragraphs)


def _add_serve(commands: Commands, root: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    serve = commands.add(
        "serve",
        "run the daemon",
        "Run the daemon until SIGTERM or SIGINT. SIGHUP reads the settings again.",
        "Flags override environment variables, which override the settings file. On Unraid the plugin runs this "
        "command; use /etc/rc.d/rc.uma to start and stop it.",
        examples=["uma serve --bind 127.0.0.1 --port 34601", "uma serve --demo --root demo/tower"],
        parents=[root],
    )
    config = environment.get("UMA_CONFIG")
    serve.add_argument(
        "--config",
        type=Path,
        default=config and Path(config),
        metavar="FILE",
        help="settings file; default: boot/config/plugins/uma/uma.cfg below DIR",
    )
    serve.add_argument("--bind", metavar="ADDRESSES", help="IP addresses to listen on, * for all; default: 0.0.0.0")
    serve.add_argument("--port", metavar="N", help="port, 1 to 65535; 0 takes any free one; default: 34600")
    docker_socket = environment.get("UMA_DOCKER_SOCKET")
    serve.add_argument(
        "--docker-socket",
        type=Path,
        default=docker_socket and Path(docker_socket),
        metavar="PATH",
        help="Docker's socket; default: var/run/docker.sock below DIR",
    )
    serve.add_argument(
        "--log-format",
        choices=["text", "json", "syslog"],
        default=environment.get("UMA_LOG_FORMAT"),
        help="format of log lines; default: text",
    )
    serve.add_argument("--demo", action="store_true", help="mark the array below DIR as a demo")


def _add_status(commands: Commands, root: argparse.ArgumentParser) -> None:
    status = commands.add(
        "status",
        "show if the daemon runs, its address and its health",
        "Show each running daemon: version, address, uptime, health and connections. Exit code 1 if none runs.",
        "Root needs no token for the plugin's daemon. For another user's daemon, set UMA_TOKEN.",
        examples=["uma status", "uma status --json"],
        parents=[root],
    )
    status.add_argument("--json", action="store_true", help="print one JSON object")


def _add_snapshot(commands: Commands, root: argparse.ArgumentParser) -> None:
    snapshot = commands.add(
        "snapshot",
        "print one message and exit",
        "Read the host once and print the message of one feed as JSON. No daemon is needed.",
        examples=["uma snapshot storage/status", "uma snapshot system | jq .data.cpu_percent"],
        parents=[root],
    )
    snapshot.add_argument(
        "feed", metavar="FEED", help="name of a feed, such as storage/status, or its subject: storage"
    )


def _add_watch(commands: Commands) -> None:
    watch = commands.add(
        "watch",
        "follow a stream of any UMA, and run a command for each message",
        "Print each message of a stream as it arrives. It reconnects automatically and reports lost events; "
        "Ctrl-C ends it. UMA_TOKEN is sent as the token.",
        "A filter is KEY.PATH=VALUE or KEY.PATH!=VALUE. The path begins at the top of the message or in data; * is "
        "each item of a list, as in disks.*.status=disabled.",
        examples=[
            "uma watch docker/events",
            "uma watch tower/system/stats --json",
            "uma watch tower/docker/events --filter action=die --exec ./notify.sh",
        ],
    )
    watch.add_argument(
        "address",
        metavar="ADDRESS",
        help="feed of this server, such as docker/events; of another: tower/docker/events, "
        "[fd00::1]:34600/docker/events, or a complete ws:// URL",
    )
    watch.add_argument(
        "--filter",
        action="append",
        default=[],
        metavar="EXPR",
        help="show matching messages only; repeatable, all must match",
    )
    watch.add_argument(
        "--exec", metavar="CMD", help="run CMD for each message, given as JSON on standard input; no shell"
    )
    watch.add_argument(
        "--timeout", type=_seconds, default=30.0, metavar="SECONDS", help="kill CMD after SECONDS; default: 30"
    )
    watch.add_argument("--json", action="store_true", help="print each message as one line of JSON, in ASCII")


def _add_config(commands: Commands, root: argparse.ArgumentParser) -> None:
    config = commands.add(
        "config",
        "print settings",
        "Print one setting, all defaults, or the settings form.",
        examples=["uma config get PORT", "uma config defaults"],
    )
    below = Commands(config, "config ")
    get = below.add(
        "get",
        "print one setting",
        "Print the value that uma.cfg gives a setting, or its default.",
        examples=["uma config get PORT"],
        parents=[root],
    )
    get.add_argument("key", metavar="KEY", help="name of a setting, as in docs/settings.md")
    below.add(
        "defaults",
        "print all defaults as a uma.cfg",
        "Print every setting with its default, in the format of uma.cfg.",
        examples=["uma config defaults"],
    )
    below.add(
        "form",
        "print the settings form as JSON",
        "Print the sections, texts and rules of the settings page as JSON.",
        examples=["uma config form"],
    )


def _add_check_config(commands: Commands, root: argparse.ArgumentParser) -> None:
    check = commands.add(
        "check-config",
        "validate a uma.cfg and the UMA_* variables",
        "Print every problem in the settings, one per line. Exit code 1 if there is one.",
        examples=["uma check-config", "uma check-config /boot/config/plugins/uma/uma.cfg"],
        parents=[root],
    )
    check.add_argument("file", nargs="?", type=Path, metavar="FILE", help="default: this server's uma.cfg")


def _add_test_broker(commands: Commands, root: argparse.ArgumentParser) -> None:
    trial = commands.add(
        "test-broker",
        "log in at the MQTT broker of a uma.cfg",
        "Connect to each broker of MQTT_HOST, log in and out again, and print the result. Nothing is published. "
        "UMA_MQTT_PASSWORD replaces the stored password. Exit code 1 if a broker refuses.",
        examples=["uma test-broker", "uma test-broker /tmp/new.cfg"],
        parents=[root],
    )
    trial.add_argument("file", nargs="?", type=Path, metavar="FILE", help="default: this server's uma.cfg")


def _add_token(commands: Commands) -> None:
    commands.add(
        "token",
        "create a token and its hash",
        "Print a new random token, and the line TOKEN_SHA256 that makes the daemon require it. Nothing is stored.",
        examples=["uma token"],
    )


def _add_diagnostics(commands: Commands, root: argparse.ArgumentParser) -> None:
    diagnostics = commands.add(
        "diagnostics",
        "pack the files for a bug report into a zip",
        "Write a zip with state files, settings, log and health, without serial numbers, keys, tokens and names. "
        "Look through it before you share it.",
        examples=["uma diagnostics", "uma diagnostics /boot/uma.zip"],
        parents=[root],
    )
    diagnostics.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="zip to write; default: a new file in /tmp"
    )


def _add_help(commands: Commands) -> None:
    helping = commands.add(
        "help",
        "describe a command",
        "Show the help of a command, or the list of commands.",
        examples=["uma help watch", "uma help config get"],
    )
    helping.add_argument("about", nargs="*", metavar="COMMAND", help="default: the list of commands")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} must be a positive number of seconds")
    return seconds
