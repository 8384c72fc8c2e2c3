"""A zip for bug reports: versions, settings, health, log and state, without secrets.

Its folder ``root`` is a host tree: ``uma snapshot storage --root root`` shows the
daemon's view of that state.
"""

import http.client
import json
import os
import re
import stat
import sys
import zipfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import uma
from uma.config import read_config
from uma.feeds import settings_of
from uma.feeds.feed import Feed
from uma.host import Host
from uma.opener import open_at_once
from uma.redaction import (
    id_mask,
    redact_addresses,
    redact_ini,
    redact_smart_text,
    secrets_in,
    without_secrets,
)
from uma.runtime.status import Status, ask, describe_status, find_statuses
from uma.serials import MIN_SECRET_CHARACTERS
from uma.settings import AnySetting

LARGEST = 4 * 1024 * 1024
"""Bytes read from the end of each file."""

LOG_LINES = 500

IS_SET = "(set)"

LIBRARIES = ("aiohttp", "aiodocker", "aiomqtt", "msgspec", "psutil", "pySMART", "pyudev", "structlog")

_STATE_FILES = ("var.ini", "disks.ini", "devs.ini")
_SETTINGS_FILES = ("plugins/dynamix/dynamix.cfg", "smart-all.cfg", "smart-one.cfg")
_OUR_LINE = re.compile(
    r"(?P<time>\w{3} [ \d]\d [\d:]{8}|\d{4}-\d\d-\d\dT\S{8,30}) \S{1,255} (?P<rest>(?:rc\.)?uma(?:\[\d{1,10}\])?: .*)"
)
"""A line with UMA's tag, as syslogd writes it: time, host, tag."""
_PROCESS_LINES = ("State", "VmHWM", "VmRSS", "RssAnon", "Threads")


def write_diagnostics(path: Path, host: Host, feeds: Sequence[Feed]) -> None:
    """Write the zip to a new file at *path*, readable by root only. Blocks. Raises
    OSError.

    It has the newest message of each of *feeds*, except those whose texts may name
    people.
    """
    state = [_text(host.state / name) for name in _STATE_FILES]
    secrets = secrets_in(state)
    secrets |= {password} if (password := _text(host.mqtt_password).strip()) else frozenset()
    secrets |= _private_values(host)
    status = _running(host)
    # A developer's folder can name a person.
    roots = {host.root, *([status.process.root] if status and status.process else ())}
    secrets |= {str(each) for root in roots for each in (root, root.resolve()) if each.name}
    mask = id_mask(state)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _texts(host, feeds, status):
            # The copied texts hold the server's versions and numbers only, which look
            # like addresses.
            shown = text if name.startswith("root/") else redact_addresses(text)
            archive.writestr(f"uma-diagnostics/{name}", without_secrets(mask(shown), secrets))


def _texts(host: Host, feeds: Sequence[Feed], status: Status | None) -> Iterator[tuple[str, str]]:
    yield "about.txt", "".join(f"{line}\n" for line in _about(host, status))
    yield "settings.txt", "".join(f"{line}\n" for line in _settings(host, settings_of(feeds)))
    yield "log.txt", _log(host)
    yield from _answers(status, feeds)
    for name in _STATE_FILES:
        yield f"root/var/local/emhttp/{name}", redact_ini(name, _text(host.state / name))
    for path in sorted(host.smart_texts.glob("*")):
        yield f"root/var/local/emhttp/smart/{path.name}", redact_smart_text(_text(path))
    for name in _SETTINGS_FILES:
        yield f"root/boot/config/{name}", redact_ini(Path(name).name, _text(host.flash_config / name))
    yield "root/boot/config/parity-checks.log", _text(host.flash_config / "parity-checks.log")


def _running(host: Host) -> Status | None:
    """Return the status of the daemon of *host*; None if none runs."""
    return next(iter(find_statuses(host, os.environ.get("UMA_TOKEN", ""))), None)


def _about(host: Host, status: Status | None) -> Iterator[str]:
    yield f"uma {uma.__version__}"
    yield f"Unraid {_text(host.root / 'etc/unraid-version').strip() or 'unknown'}"
    system = os.uname()
    yield f"kernel {system.release} {system.machine}, {os.cpu_count()} CPUs, {os.confstr('CS_GNU_LIBC_VERSION')}"
    yield f"Python {sys.version}"
    for library in LIBRARIES:
        try:
            yield f"{library} {metadata.version(library)}"
        except metadata.PackageNotFoundError:
            yield f"{library} is missing"
    if status is None:
        yield "UMA is not running."
        return
    yield from describe_status(status)
    for line in _text(Path(f"/proc/{status.notice.pid}/status")).splitlines():
        if line.startswith(_PROCESS_LINES):
            yield f"  {' '.join(line.split())}"


def _settings(host: Host, settings: Sequence[AnySetting]) -> Iterator[str]:
    config, problems = read_config(host.config_file, settings)
    for setting in settings:
        value = config.of(setting)
        yield f"{setting.key} {IS_SET if setting.is_hidden and value != setting.default else repr(value)}"
    yield from map(str, problems)


def _private_values(host: Host) -> frozenset[str]:
    """Return the values of the user's settings that name other machines or people."""
    config, _ = read_config(host.config_file)
    files = (config.tls_certificate, config.tls_key, config.mqtt_ca_file)
    addresses = (config.heartbeat_url, *config.allowed_origins)
    values = (config.mqtt_user, *config.mqtt_host.split(), *files, *addresses, *map(_host_in, addresses))
    return frozenset(value for value in values if len(value) >= MIN_SECRET_CHARACTERS)


def _host_in(address: str) -> str:
    """Return the name in *address*: a line may have it without scheme and port."""
    try:
        return urlsplit(address if "//" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""


def _log(host: Host) -> str:
    """Return UMA's own lines of syslog, without the host's name."""
    found = filter(None, map(_OUR_LINE.fullmatch, _text(host.syslog).splitlines()))
    ours = [f"{line['time']} {line['rest']}\n" for line in found]
    return "".join(ours[-LOG_LINES:])


def _answers(status: Status | None, feeds: Sequence[Feed]) -> Iterator[tuple[str, str]]:
    """Yield the running daemon's answers, which hold no secrets (docs/security.md)."""
    if status is None:
        return
    for name in ("health", "feeds", *(feed.name for feed in feeds if feed.retained and not feed.is_private)):
        try:
            text = json.dumps(json.loads(ask(status.notice, f"/api/v1/{name}")), indent=1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            text = f"{type(error).__name__}: {error}\n"
        yield f"{name.replace('/', '-')}.json", text


def _text(path: Path) -> str:
    """Return the end of the file at *path*; ``""`` if there is none."""
    try:
        # A FIFO at this path must not block, and a device must not be read.
        with open(path, "rb", opener=open_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return ""
            # Files in proc have no size.
            file.seek(max(0, status.st_size - LARGEST))
            return file.read(LARGEST).decode(errors="replace")
    except OSError:
        return ""
