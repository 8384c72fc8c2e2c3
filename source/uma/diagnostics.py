"""One zip that a bug report can be answered from: versions, settings, health, log and state, without secrets.

Its folder ``root`` is a host tree: ``uma snapshot storage --root root`` says what the daemon makes of that state.
"""

import http.client
import json
import os
import stat
import sys
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import uma
from uma.config import Config, read_config
from uma.host import Host
from uma.redaction import LEFT_OUT, redact_ini, redact_smart_text, secrets_in, without_secrets
from uma.runtime.status import ask, describe_status, read_status

LARGEST = 4 * 1024 * 1024
"""Bytes of the end of each file that are looked at."""

LOG_LINES = 500

LIBRARIES = ("aiohttp", "aiodocker", "aiomqtt", "asyncinotify", "msgspec", "psutil", "pySMART", "pyudev", "structlog")

_STATE_FILES = ("var.ini", "disks.ini", "devs.ini")
_SETTINGS_FILES = ("plugins/dynamix/dynamix.cfg", "smart-all.cfg", "smart-one.cfg")
_PRIVATE_SETTINGS = frozenset({"token_sha256", "mqtt_user"})
_PROCESS_LINES = ("State", "VmHWM", "VmRSS", "RssAnon", "Executor")


def write_diagnostics(path: Path, host: Host) -> None:
    """Write the zip to *path*, where there must be no file yet, for root's eyes alone. Blocks. Raises OSError."""
    secrets = secrets_in(_text(host.state / name) for name in _STATE_FILES)
    secrets |= {password} if (password := _text(host.mqtt_password).strip()) else frozenset()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _texts(host):
            archive.writestr(f"uma-diagnostics/{name}", without_secrets(text, secrets))


def _texts(host: Host) -> Iterator[tuple[str, str]]:
    yield "about.txt", "".join(f"{line}\n" for line in _about(host))
    yield "settings.txt", "".join(f"{line}\n" for line in _settings(host))
    yield "log.txt", _log(host)
    yield from _answers(host)
    for name in _STATE_FILES:
        yield f"root/var/local/emhttp/{name}", redact_ini(name, _text(host.state / name))
    for path in sorted(host.smart_texts.glob("*")):
        yield f"root/var/local/emhttp/smart/{path.name}", redact_smart_text(_text(path))
    for name in _SETTINGS_FILES:
        yield f"root/boot/config/{name}", redact_ini(Path(name).name, _text(host.flash_config / name))
    yield "root/boot/config/parity-checks.log", _text(host.flash_config / "parity-checks.log")


def _about(host: Host) -> Iterator[str]:
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
    status = read_status(host)
    if status is None:
        yield "UMA is not running."
        return
    yield from describe_status(status)
    for line in _text(Path(f"/proc/{status.notice.pid}/status")).splitlines():
        if line.startswith(_PROCESS_LINES):
            yield f"  {' '.join(line.split())}"


def _settings(host: Host) -> Iterator[str]:
    config, problems = read_config(host.config_file)
    for name in Config.__dataclass_fields__:
        value = getattr(config, name)
        yield f"{name.upper()} {LEFT_OUT if name in _PRIVATE_SETTINGS and value else value!r}"
    for problem in problems:
        yield str(problem)


def _log(host: Host) -> str:
    lines = _text(host.syslog).splitlines()
    ours = [line for line in lines if " uma: " in line or " uma[" in line or " rc.uma" in line]
    return "".join(f"{line}\n" for line in ours[-LOG_LINES:])


def _answers(host: Host) -> Iterator[tuple[str, str]]:
    """What the running daemon says; these messages hold no secrets (wire contract, section 4)."""
    status = read_status(host)
    if status is None:
        return
    for name in ("health", "system/stats", "storage/status"):
        try:
            text = json.dumps(json.loads(ask(status.notice, f"/api/v1/{name}")), indent=1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            text = f"{type(error).__name__}: {error}\n"
        yield f"{name.replace('/', '-')}.json", text


def _text(path: Path) -> str:
    """The end of the file at *path*; ``""`` where there is none to read."""
    try:
        # A FIFO in the file's place must not block, and a device must not be read.
        with open(path, "rb", opener=_open_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return ""
            # What lies in proc has no size.
            file.seek(max(0, status.st_size - LARGEST))
            return file.read(LARGEST).decode(errors="replace")
    except OSError:
        return ""


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)
