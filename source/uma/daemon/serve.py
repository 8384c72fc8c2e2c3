"""The process of the daemon: its settings, its log, and its exit code."""

import asyncio
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from uma.aio.executor import leave_stuck_threads
from uma.config import Config, Problem, conflicts, kept, read_config, with_overrides
from uma.errors import PortTaken
from uma.exit_codes import BAD_CONFIGURATION, OK, PORT_IS_TAKEN, RESTART_WANTED
from uma.feeds import all_feeds, settings_of
from uma.feeds.libraries import no_certificates, no_frozenlist_extension
from uma.host import Host
from uma.runtime.logs import Format, configure_logs
from uma.runtime.server_info import withdraw_notice

with no_certificates(), no_frozenlist_extension():
    from uma.daemon.fencing import Fencing
    from uma.daemon.main import End, run

SUPERVISED: Final = "UMA_SUPERVISED"
"""Environment variable set by rc.uma, which restarts a daemon."""

log = structlog.get_logger()


def serve(host: Host, path: Path, flags: Mapping[str, str], *, log_format: Format | None) -> int:
    """Serve *host* with the settings at *path* until a signal ends it; return the exit
    code.

    The environment overrides the file; *flags* override both.
    """
    stored: list[Config] = []
    feeds = all_feeds()
    settings = settings_of(feeds)

    def load() -> tuple[Config, Sequence[Problem]]:
        config, problems = read_config(path, settings)
        if stored and any(problem.is_damage for problem in problems):
            # The defaults would open what the unreadable settings had closed.
            config = kept(stored[0], config)
        stored[:] = [config]
        config, overriding = with_overrides(config, os.environ, flags, settings)
        configure_logs(format=log_format, level=config.log_level, syslog=host.syslog_socket)
        problems = [*problems, *overriding, *conflicts(config, settings, source="settings")]
        if config.mqtt_host:
            from uma.outputs.mqtt.selection import problems_of  # noqa: PLC0415 - most servers have no broker

            problems += problems_of(config, feeds, source="settings")
        for problem in problems:
            if problem.is_closed:
                log.error("setting invalid", problem=str(problem))
            else:
                log.warning("setting ignored", problem=str(problem))
        return config, problems

    try:
        fencing = Fencing(host, feeds, [path])
        end = asyncio.run(run(load, host, feeds, fencing, is_supervised=bool(os.environ.get(SUPERVISED))))
    except PortTaken as taken:
        log.error("address taken", reason=str(taken))
        return PORT_IS_TAKEN
    except OSError as error:
        log.error("address unusable", reason=str(error))
        return BAD_CONFIGURATION
    finally:
        if host.steward is None:
            withdraw_notice(host.notice)
        else:
            # The steward withdraws the notice.
            with suppress(OSError):
                host.steward.end()
    if end is End.AGAIN:
        # The process stays the same, so its parent and pid file remain valid.
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - this very program, with its own arguments
    # Nothing is looked for in what ends with the process: saves 80 ms of CPU.
    gc.freeze()
    code = RESTART_WANTED if end is End.FENCED else OK
    leave_stuck_threads(code)
    return code
