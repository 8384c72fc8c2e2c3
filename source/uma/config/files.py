"""Files of settings: uma.cfg, and the token's hash beside it."""

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from uma.config.model import GUARDS, LOOPBACK, NOBODY, Config, Problem
from uma.config.parse import parse_config
from uma.core_settings import CORE
from uma.opener import open_at_once
from uma.settings import AnySetting

MAX_FILE_BYTES = 65536
"""Bytes of a uma.cfg that are parsed: 100 times the settings page's output."""

TOKEN_FILE = "token-sha256"  # noqa: S105 - a name, not a secret
"""Name of the file beside uma.cfg with the token's hash; it overrides TOKEN_SHA256."""

MAX_TOKEN_FILE_BYTES = 4096

_DEFAULTS = Config()
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def read_config(path: Path, settings: Sequence[AnySetting] = CORE) -> tuple[Config, list[Problem]]:
    """Read the values in *path* of *settings*, the daemon's and the feeds', and the
    token's hash beside it. Blocks.

    A missing file is normal: the user never saved settings. An unreadable file, or an
    empty one as after a power cut, is a problem; UMA then listens on loopback only.
    """
    config, problems = _read_file(path, settings)
    token, problem = read_token(path.with_name(TOKEN_FILE))
    if token is not None:
        config = replace(config, token_sha256=token)
    return config, problems if problem is None else [*problems, problem]


def read_token(path: Path) -> tuple[str | None, Problem | None]:
    """Read the token's hash at *path*; None without a file, NOBODY if the file has no
    hash.
    """
    guard = GUARDS["TOKEN_SHA256"]
    fault = "holds no SHA-256"
    try:
        with open(path, "rb", opener=open_at_once) as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                text = file.read(MAX_TOKEN_FILE_BYTES).decode(errors="replace").strip()
                if _SHA256.fullmatch(text):
                    return text.lower(), None
    except FileNotFoundError:
        return None, None
    except OSError as error:
        fault = f"can't be read ({error.strerror or error})"
    return NOBODY, Problem(0, "", f"{fault}; {guard.words}", str(path), is_closed=True)


def read_missing(config: Config, root: Path, *, source: str) -> list[Problem]:
    """Read whether the files named in *config* exist below *root*; return a problem for
    each missing one. Blocks.
    """
    path = root / config.mqtt_ca_file.lstrip("/")
    if not config.mqtt_ca_file or path.is_file():
        return []
    return [Problem(0, "MQTT_CA_FILE", f"{path} is not a file; nothing is published", source)]


def kept(before: Config, damaged: Config) -> Config:
    """Return the settings *before* the file was *damaged*, with the token that was set
    since in its own file.
    """
    return replace(before, token_sha256=damaged.token_sha256 or before.token_sha256)


def _read_file(path: Path, settings: Sequence[AnySetting]) -> tuple[Config, list[Problem]]:
    fault, content = "", b"?"
    try:
        with open(path, "rb", opener=open_at_once) as file:
            is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            content = file.read(MAX_FILE_BYTES + 1) if is_file else content
        if not is_file:
            fault = "is not a file"
        elif not content:
            fault = "is empty"
        elif len(content) > MAX_FILE_BYTES:
            fault = f"is over {MAX_FILE_BYTES} bytes"
        elif b"\0" in content:
            fault = "is damaged: it holds zeros"
    except FileNotFoundError:
        return _DEFAULTS, []
    except OSError as error:
        fault = f"can't be read ({error.strerror or error})"
    if fault:
        words = f"{fault}; keeping the settings in force, at a start the defaults at {LOOPBACK} only"
        closed = replace(_DEFAULTS, bind=LOOPBACK)
        # No alarm for an empty file: it may have been created just now.
        return closed, [Problem(0, "", words, str(path), is_damage=True, is_closed=bool(content))]
    return parse_config(content.decode(errors="replace"), settings, source=str(path))
