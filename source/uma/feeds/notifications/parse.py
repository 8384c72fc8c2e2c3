"""Files of Unraid's ``notify`` script, and its settings, as values. Pure.

Facts: scripts/notify of the webGUI. From 7.2.1 on, values are quoted, with backslashes;
before, they are unquoted up to the line's end.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from uma.feeds.ini import parse
from uma.feeds.moments import moment
from uma.feeds.notifications.model import Notification
from uma.serials import masked_id

DEFAULT_PATH: Final = "/tmp/notifications"  # noqa: S108 - Unraid's own default, below the host's root
FORBIDDEN_ROOTS: Final = frozenset({"mnt", "dev", "proc", "sys"})
"""Folders that would wake a disk, or don't exist; the webGUI offers neither."""
FIELDS: Final = frozenset({"timestamp", "event", "subject", "description", "importance", "message", "link"})
IMPORTANCES: Final = frozenset({"alert", "warning"})
MAX_EVENT_CHARACTERS: Final = 100
MAX_SUBJECT_CHARACTERS: Final = 200
MAX_DESCRIPTION_CHARACTERS: Final = 500
MAX_LINK_CHARACTERS: Final = 200
MAX_ID_CHARACTERS: Final = 255

_ESCAPED: Final = re.compile(r"\\(.?)", re.DOTALL)
_UNESCAPED_QUOTE: Final = re.compile(r'(?<!\\)(?:\\\\)*"')
_BREAK: Final = re.compile(r"<(?:br|/p|/li|/div) ?/?>", re.IGNORECASE)
_TAG: Final = re.compile(
    r"</?(?:a|b|code|div|em|font|h[1-6]|i|img|li|ol|p|pre|span|strong|u|ul)\b[^<>]{0,300}>", re.IGNORECASE
)
"""Tags in texts of plugins, such as Fix Common Problems; the webGUI shows their
effect. Other words in angle brackets stay.
"""
_HAS_DIGIT: Final = re.compile(r"\d")
_DRIVE: Final = re.compile(r"(?<!\S)([^\s()]{5,128}) \((?=(?:sd[a-z]{1,3}|nvme\d{1,3}n\d{1,3})\))")
"""A drive in the form of the webGUI's monitor, ``ID (sdb)``; it may have been removed
long ago.
"""
_WORD: Final = re.compile(r"(?<![\w./-])[A-Za-z0-9_.-]{12,128}+(?!/)")
"""A word outside of paths."""
_SERIAL: Final = re.compile(r"(?=[A-Z]*+\d)(?=\d*+[A-Z])[A-Z0-9]{8,20}(?:_[0-9a-f]{16,33})?\Z")
"""The end of an id, with its world wide name: capitals and digits, both present."""

Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Given:
    """Fields of one file, ``""`` if missing. ``timestamp`` is Unix seconds as text."""

    timestamp: str
    event: str
    subject: str
    description: str
    importance: str
    link: str


def parse_given(text: str) -> Given | None:
    """Return the fields of a file; None for an empty one, as while it is being
    written.
    """
    fields: dict[str, str] = {}
    open_key = ""
    for line in text.split("\n"):
        key, separator, value = line.partition("=")
        if open_key and key not in FIELDS:
            # notify does not escape a newline in a text.
            fields[open_key] += f" {line.strip()}"
            open_key = "" if _UNESCAPED_QUOTE.search(line) else open_key
        elif separator:
            key, value = key.strip(), value.strip()
            is_new = key not in fields
            fields.setdefault(key, value)
            open_key = key if is_new and value[:1] == '"' and not _UNESCAPED_QUOTE.search(value[1:]) else ""
    fields = {key: _unquoted(value) for key, value in fields.items()}
    if not fields:
        return None
    return Given(
        timestamp=fields.get("timestamp", ""),
        event=fields.get("event", ""),
        subject=fields.get("subject", ""),
        description=fields.get("description", ""),
        importance=fields.get("importance", ""),
        link=fields.get("link", ""),
    )


def importance_of(given: Given) -> str:
    """Return the importance as the bell counts it; unknown words count as notices."""
    return given.importance if given.importance in IMPORTANCES else "normal"


def item_from(name: str, given: Given, *, unread: bool, written_at: float, mask: Mask) -> Notification:
    """Return the notification of the file *name*; *mask* shortens known serial
    numbers.
    """

    def plain(text: str, most: int) -> str:
        return _shortened(mask(_with_masked_drives(_plain(text))), most)

    return Notification(
        id=name[:MAX_ID_CHARACTERS],
        at=_moment_of(given, written_at),
        importance=importance_of(given),
        event=plain(given.event, MAX_EVENT_CHARACTERS),
        subject=plain(given.subject, MAX_SUBJECT_CHARACTERS),
        description=plain(given.description, MAX_DESCRIPTION_CHARACTERS),
        link=plain(given.link, MAX_LINK_CHARACTERS) or None,
        unread=unread,
    )


def parse_path(text: str) -> str | None:
    """Return the folder that dynamix.cfg, *text*, names; None for a forbidden one."""
    path = parse(text).get("notify", {}).get("path") or DEFAULT_PATH
    parts = [part for part in path.split("/") if part not in ("", ".")]
    is_plain = path.startswith("/") and path.isprintable() and ".." not in parts
    return path if is_plain and parts and parts[0] not in FORBIDDEN_ROOTS else None


def ids_in(texts: tuple[str, ...]) -> list[str]:
    """Return the ids of all drives in emhttpd's files *texts*."""
    sections = (section for text in texts for section in parse(text).values())
    return [section[key] for section in sections for key in ("id", "idSb") if section.get(key)]


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] == '"'
    # Before 7.2.1, a text may begin and end with words in quotes.
    if is_quoted and not _UNESCAPED_QUOTE.search(value[1:-1]):
        return _ESCAPED.sub(r"\1", value[1:-1])
    return value


def _plain(text: str) -> str:
    """Return *text* without HTML: texts of the webGUI and of plugins contain breaks,
    tags and entities.
    """
    # Imported here: its table of entities costs memory, and few servers show texts.
    from html import unescape  # noqa: PLC0415

    return " ".join(
        "".join(c if c.isprintable() else " " for c in unescape(_TAG.sub("", _BREAK.sub(" ", text)))).split()
    )


def _with_masked_drives(text: str) -> str:
    text = _DRIVE.sub(lambda match: f"{masked_id(match[1])} (" if _HAS_DIGIT.search(match[1]) else match[0], text)
    return _WORD.sub(lambda match: _masked_if_id(match[0]), text)


def _masked_if_id(word: str) -> str:
    """Return *word*, masked if it has the form of a drive's id: a model with a digit,
    and a serial number.
    """
    full = word.rstrip(".-")
    at = next((at for at, character in enumerate(full) if character == "_" and _SERIAL.match(full, at + 1)), 0)
    is_id = at > 0 and _HAS_DIGIT.search(full[:at]) is not None
    return f"{masked_id(full)}{word[len(full) :]}" if is_id else word


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _moment_of(given: Given, written_at: float) -> str | None:
    text = given.timestamp
    return moment(int(text) if text.isascii() and text.isdigit() and len(text) < 12 else written_at)
