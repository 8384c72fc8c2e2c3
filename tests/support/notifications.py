"""Unraid's notifications, written for tests as its ``notify`` script writes them."""

from pathlib import Path


def notification_text(*, quoted: bool = True, **changes: str) -> str:
    """A file of ``notify``: as in 7.2.1 and later, or shorter as before."""
    values = {
        "timestamp": "1750028400",
        "event": "Unraid Disk 3 temperature",
        "subject": "Warning [TOWER] - Disk 3 is hot (47 C)",
        "description": "",
        "importance": "warning",
        "link": "/Main",
        **changes,
    }
    lines = []
    for key, value in values.items():
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'{key}="{escaped}"' if quoted and key != "timestamp" else f"{key}={value}")
    return "\n".join(lines) + "\n"


def notify(folder: Path, name: str, *, unread: bool = True, text: str | None = None, **changes: str) -> None:
    """Write a notification: first its file in the archive, then, unless browser notices are off, the unread one."""
    for place in ("archive", "unread") if unread else ("archive",):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / f"{name}.notify").write_text(notification_text(**changes) if text is None else text)


def dismiss(folder: Path, name: str) -> None:
    """Archive as the webGUI does: remove the unread file."""
    (folder / "unread" / f"{name}.notify").unlink()
