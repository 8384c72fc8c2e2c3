"""Small files of root's own, written atomically."""

import os
from contextlib import suppress
from pathlib import Path

OWNER_ONLY = 0o600


def write_whole(path: Path, text: str, *, mode: int = OWNER_ONLY, is_synced: bool = False) -> None:
    """Write *text* to *path*, readable by this user alone unless *mode* says otherwise.
    Blocks. Raises OSError.

    With *is_synced* it survives a loss of power. A crash leaves at most ``NAME.new``,
    which the next write replaces.
    """
    new = path.with_name(f"{path.name}.new")
    with suppress(FileNotFoundError):
        new.unlink()
    try:
        # The file has its mode from the first moment on, so that no other user can open
        # it in between.
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            if is_synced:
                file.flush()
                os.fsync(descriptor)
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise
