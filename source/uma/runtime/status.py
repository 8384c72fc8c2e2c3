"""Status of the running daemon, from outside: its notice, its process, and its health
over HTTP.
"""

import http.client
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uma.config.model import LOOPBACK
from uma.core_settings import EVERYWHERE
from uma.host import Host
from uma.runtime.processes import DaemonProcess, find_daemons
from uma.runtime.server_info import Notice, read_notice, read_start

TIMEOUT = 3.0
"""Seconds that the daemon gets to answer; it takes milliseconds."""

LARGEST_ANSWER = 4 * 1024 * 1024

DESTINATIONS = ("mqtt", "heartbeat")
"""Sources on other machines, shown while they are well, too."""

SPELT = {"gpu": "GPU", "mqtt": "MQTT", "smart": "SMART", "ups": "UPS", "vms": "VMs", "webgui": "WebGUI"}
"""Labels of sources that have capitals of their own."""

MIN_LABEL = 12
"""Width of the first column, in characters: that of most labels."""


@dataclass(frozen=True, slots=True)
class Status:
    """A running daemon: ``uptime`` in seconds, and its health, or the ``trouble`` in
    getting it.

    ``process`` is set if the daemon left no notice and was found by its process;
    ``version`` then comes from its health.
    """

    notice: Notice
    uptime: float
    health: Mapping[str, Any] | None
    trouble: str = ""
    process: DaemonProcess | None = None


def read_status(host: Host) -> Status | None:
    """Read the status of the daemon whose notice *host* holds; None if none runs.
    Blocks for TIMEOUT at most.
    """
    notice = read_notice(host.notice)
    # A process with the same number and another start time is a different one.
    if notice is None or read_start(notice.pid) != notice.started:
        return None
    return _status_from(notice)


def find_statuses(host: Host, token: str) -> list[Status]:
    """Read the status of the daemon of *host*, or, without a notice, of each daemon on
    this machine. Blocks.

    If the host has a root of its own, only the daemon of that root counts. *token*
    gives access to a daemon whose notice is not readable.
    """
    if (status := read_status(host)) is not None:
        return [status]
    return [
        _status_from(Notice("", each.pid, read_start(each.pid) or 0, each.bind, each.port, token, tls=each.tls), each)
        for each in find_daemons()
        if host.root == Path("/") or ("/" / each.root).resolve() == host.root.resolve()
    ]


def status_document(statuses: Sequence[Status]) -> Mapping[str, Any]:
    """Return the output of ``uma status --json``: the first daemon's fields, and
    ``others`` for any more.
    """
    if not statuses:
        return {"running": False}
    first, *others = map(_document, statuses)
    return {"running": True, **first, "others": others}


def _document(status: Status) -> Mapping[str, Any]:
    return {
        "version": _version(status),
        "pid": status.notice.pid,
        "addresses": [f"{_shown(address)}:{status.notice.port}" for address in status.notice.bind.split()],
        "root": str(status.process.root) if status.process else None,
        "uptime_seconds": round(status.uptime),
        "health": status.health,
        "trouble": status.trouble or None,
    }


def _version(status: Status) -> str | None:
    return status.notice.version or (status.health or {}).get("version")


def _status_from(notice: Notice, process: DaemonProcess | None = None) -> Status:
    uptime = time.clock_gettime(time.CLOCK_BOOTTIME) - notice.started / os.sysconf("SC_CLK_TCK")
    try:
        health = json.loads(ask(notice, "/api/v1/health"))
        if not isinstance(health, dict):
            raise ValueError("its answer is not a JSON object")
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
        return Status(notice, uptime, None, reason, process)
    return Status(notice, uptime, health, process=process)


def ask(notice: Notice, path: str) -> bytes:
    """Fetch the body at *path* from the daemon. Raises OSError, HTTPException,
    ValueError if it is refused.
    """
    if not notice.port:
        raise ValueError("no port is open, since its TLS settings can't be used; its log says why")
    connection = _connection_to(notice)
    try:
        headers = {"Authorization": f"Bearer {notice.key}"} if notice.key else {}
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read(LARGEST_ANSWER)
    finally:
        connection.close()
    if response.status != http.client.OK:
        hint = "; set UMA_TOKEN" if response.status == http.client.UNAUTHORIZED else ""
        raise ValueError(f"it answers {response.status} {response.reason}{hint}")
    return body


def _connection_to(notice: Notice) -> http.client.HTTPConnection:
    address = _own_address(notice.bind)
    if not notice.tls:
        return http.client.HTTPConnection(address, notice.port, timeout=TIMEOUT)
    import ssl  # noqa: PLC0415 - only where it is needed

    # The certificate is for the server's name; this is its own loopback address.
    context = ssl._create_unverified_context()  # noqa: S323 - see above
    return http.client.HTTPSConnection(address, notice.port, timeout=TIMEOUT, context=context)


def describe_status(status: Status) -> Iterator[str]:
    """Describe the status for a person, line by line."""
    # In the style of Unraid's own rc scripts.
    yield "UMA is currently running."
    rows = list(_rows(status))
    width = max(MIN_LABEL, *(len(label) for label, _ in rows))
    for label, text in rows:
        yield f"  {label:<{width}} {text}"


def _rows(status: Status) -> Iterator[tuple[str, str]]:
    """Return a label and a text for each line of the status."""
    notice, health = status.notice, status.health
    yield "Version", f"{_version(status) or 'unknown'}, process {notice.pid}"
    if status.process is not None:
        yield "Root", f"{status.process.root}{', a demo' if (health or {}).get('demo') else ''}"
    yield "Address", ", ".join(f"{_shown(address)}:{notice.port}" for address in notice.bind.split())
    yield "Uptime", duration(status.uptime)
    if health is None:
        yield "Health", f"unknown: {status.trouble}"
        return
    yield "Health", str(health.get("status", "unknown"))
    streams = {name: stream.get("connections", 0) for name, stream in health.get("streams", {}).items()}
    if "multiplex" in health:
        streams["several at once"] = health["multiplex"].get("connections", 0)
    each = ", ".join(f"{name} {count}" for name, count in streams.items() if count)
    yield "Connections", f"{sum(streams.values())}{f': {each}' if each else ''}"
    for name, source in health.get("sources", {}).items():
        if source.get("status") != "ok" or name in DESTINATIONS:
            detail = source.get("detail")
            yield SPELT.get(name, name.capitalize()), f"{source.get('status')}{f': {detail}' if detail else ''}"
    for name, fence in health.get("fences", {}).items():
        yield f"Fence {name}", f"{fence.get('state')}: {fence.get('detail')}"
    for problem in health.get("ignored_settings", ()):
        yield "Setting", str(problem)


def _own_address(bind: str) -> str:
    """Return the address at which to reach a daemon that listens at *bind*: connecting
    to 0.0.0.0 or :: reaches this machine.
    """
    address = bind.split(maxsplit=1)[0]
    return LOOPBACK if address == EVERYWHERE else address


def _shown(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def duration(seconds: float) -> str:
    """Format *seconds* by its two largest units, such as ``3 h 12 min``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
