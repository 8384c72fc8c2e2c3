"""The server's id: 128 random bits in 32 hexadecimal digits, made once and kept on the
flash drive.

It is not a secret. It is not derived from the licence's GUID, a MAC address, SMBIOS or
the server's name, so it does not identify the owner. If the flash drive can't be
written, the id is the GUID's hash by scrypt: it never changes, and guessing the GUID
from it is expensive.
"""

import os
import re
import secrets
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from uma.fence.whole_files import write_whole
from uma.opener import open_at_once

ID_BYTES = 16
MAX_FILE_BYTES = 4096

_ID = re.compile(r"[0-9a-f]{32}")
_SALT = b"uma server-id"
_SCRYPT_N, _SCRYPT_R, _SCRYPT_MAX_BYTES = 1 << 15, 8, 1 << 26
"""0.1 s and 32 MB for each GUID that an attacker tries."""


class ServerId:
    """Callable that returns the id kept at *path*, the same for the daemon's life.
    Blocks.

    *flash_guid* returns the flash drive's GUID, or None if it is not known.
    """

    def __init__(self, path: Path, flash_guid: Callable[[], str | None]) -> None:
        self._path = path
        self._flash_guid = flash_guid
        self._id: str | None = None
        # Several threads may call at once; only one may create it.
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """Return the id. The first call reads, creates or derives it."""
        with self._lock:
            if self._id is None:
                self._id = self._read() or self._make() or self._derive() or secrets.token_hex(ID_BYTES)
            return self._id

    def _read(self) -> str | None:
        try:
            # Opening a FIFO at this path must not block.
            with open(self._path, "rb", opener=open_at_once) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return None
                text = file.read(MAX_FILE_BYTES).decode(errors="replace").strip().lower()
        except OSError:
            return None
        return text if _ID.fullmatch(text) else None

    def _make(self) -> str | None:
        try:
            write_whole(self._path, f"{secrets.token_hex(ID_BYTES)}\n", is_synced=True)
        except OSError:
            return None
        return self._read()

    def _derive(self) -> str | None:
        guid = self._flash_guid()
        if not guid:
            return None
        # Python's own hashlib has no scrypt, so OpenSSL's is loaded for this one call.
        if sys.modules.get("_hashlib", True) is None:
            del sys.modules["_hashlib"]
        from _hashlib import scrypt  # noqa: PLC0415 - see above

        derived = scrypt(
            guid.encode(), salt=_SALT, n=_SCRYPT_N, r=_SCRYPT_R, p=1, maxmem=_SCRYPT_MAX_BYTES, dklen=ID_BYTES
        )
        return derived.hex()
