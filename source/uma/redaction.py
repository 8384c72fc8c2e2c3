"""Redaction for bug reports: only values that are known to be harmless stay.

Every key of emhttpd's files stays, since reports are often about keys of a new release.
A value stays only if its key is listed here. Secrets and serial numbers among the other
values must not occur in any other text either.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping

from uma.serials import LEFT_OUT, masked_id, secret_words, serial_mask


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEPT_VALUES: Mapping[str, frozenset[str]] = {
    "var.ini": _words(
        "version MAX_ARRAYSZ MAX_CACHESZ timeZone startArray spindownDelay poll_attributes safeMode startMode "
        "configValid shutdownTimeout USE_SSL PORT PORTSSL deviceCount cacheNumDevices shareCount shareMoverActive "
        "sbClean sbVersion sbState sbSynced sbSynced2 sbSyncErrs sbSyncExit sbNumDisks mdColor mdNumDisks "
        "mdNumDisabled mdNumInvalid mdNumMissing mdNumNew mdNumErased mdResync mdResyncCorr mdResyncPos mdResyncDb "
        "mdResyncDt mdResyncAction mdResyncSize mdState mdVersion fsState fsCopyPrcnt fsNumMounted fsNumUnmountable "
        "fsUnmountableMask"
    ),
    "disks.ini": _words(
        "idx name device size sectors sector_size transport rotational discard removable spundown status format temp "
        "numReads numWrites numErrors type color spindownDelay sizeSb deviceSb devices devicesSb slots state luksState "
        "fsType fsStatus fsColor fsMountpoint fsProfile fsWidth fsGroups fsEmpty fsSize fsFree fsUsed autotrim "
        "compression warning critical hotTemp maxTemp bootSize"
    ),
    "devs.ini": _words(
        "name device size sectors sector_size transport rotational discard removable spundown temp status"
    ),
    "dynamix.cfg": _words("unit number scale hot max hotssd maxssd warning critical poll events"),
    "smart-all.cfg": _words("hotTemp maxTemp smSelect smLevel smEvents smType smPort1 smPort2 smPort3 smGlue"),
    "smart-one.cfg": _words("hotTemp maxTemp smSelect smLevel smEvents smType smPort1 smPort2 smPort3 smGlue"),
}
"""By file, the keys whose values say nothing about the server's owner."""

IDENTITIES = frozenset({"id", "idSb"})
"""Keys whose values end in a serial number; they stay, with the serial cut to its last
4 characters.
"""

_SECRET_KEY = re.compile(r"csrf_token|.*GUID|regTo|luksKeyfile|luksKey")
_NAMES_OF_ONE = re.compile(r"(?i)serial n|wwn|logical unit id|eui-?64|[gu]uid|nqn|sas address")
"""Words in smartctl's lines that identify one drive, or one port of it."""
_ADDRESS = re.compile(r"(?<![\w.])(?:(?:\d{1,3}\.){3}\d{1,3}(?!\.?\w)|(?<!:)[0-9A-Fa-f:.]{3,45}(?![\w:]))")
_MAC = re.compile(r"(?i)(?<![0-9a-f:])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![0-9a-f:])")
_VALUE = re.compile(r'(?P<key>[^=\[#;"]+)=(?P<value>.*)$')

SHORTEST_SECRET = 4
"""Characters; a shorter text is an ordinary word."""


def redact_ini(name: str, text: str) -> str:
    """Return *text* of file *name* with only the harmless values."""
    # In this file a header is a drive's full id; elsewhere it is the name of a slot or
    # of a section.
    is_by_drive = name == "smart-one.cfg"
    return "".join(f"{_redact_line(line, KEPT_VALUES[name], is_by_drive)}\n" for line in text.splitlines())


def _header_of(line: str) -> str | None:
    """Return the name in the header *line*; None if *line* is not a header."""
    text = line.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return None
    return text[1:-1].strip().removeprefix('"').removesuffix('"')


def _redact_line(line: str, kept: frozenset[str], is_by_drive: bool) -> str:
    header = _header_of(line)
    if header is not None:
        return f'["{masked_id(header) if is_by_drive else header}"]'
    pair = _VALUE.match(line)
    if pair is None:
        return f"; {LEFT_OUT}" if line.strip() else ""
    key, value = pair["key"].strip(), _unquoted(pair["value"])
    if key in IDENTITIES:
        value = masked_id(value) or ""
    elif key not in kept and value:
        value = LEFT_OUT
    return f'{key}="{value}"'


def _unquoted(value: str) -> str:
    return value.strip().strip('"')


def redact_smart_text(text: str) -> str:
    """Return smartctl's *text* without the values that identify one drive."""
    return "".join(f"{_without_name(line)}\n" for line in text.splitlines())


def _without_name(line: str) -> str:
    name = _NAMES_OF_ONE.search(line)
    if name is None:
        return line
    separator = min((at for at in (line.find(":", name.end()), line.find("=", name.end())) if at >= 0), default=-1)
    # Up to the value: with its separator, or after the name if there is none.
    value = separator + 1 if separator >= 0 else name.end()
    kept = line[:value]
    rest = line[value:].lstrip()
    return f"{line[: len(line) - len(rest)]}{LEFT_OUT}" if rest else kept


def redact_addresses(text: str) -> str:
    """Return *text* without the addresses of other machines, IP or MAC."""
    return _ADDRESS.sub(_address_shown, _MAC.sub(LEFT_OUT, text))


def _address_shown(match: re.Match[str]) -> str:
    try:
        address = ipaddress.ip_address(match[0].rstrip(".:") or match[0])
    except ValueError:
        return match[0]
    return match[0] if address.is_loopback or address.is_unspecified else LEFT_OUT


def secrets_in(texts: Iterable[str]) -> frozenset[str]:
    """Return the secrets and serial numbers in emhttpd's files *texts*."""
    found: set[str] = set()
    for text in texts:
        for line in text.splitlines():
            pair = _VALUE.match(line)
            if pair is None:
                continue
            key, value = pair["key"].strip(), _unquoted(pair["value"])
            if _SECRET_KEY.fullmatch(key):
                found.add(value)
            elif key in IDENTITIES:
                found.update(secret_words(value))
    return frozenset(secret for secret in found if len(secret) >= SHORTEST_SECRET)


def id_mask(texts: Iterable[str]) -> Callable[[str], str]:
    """Return a function that cuts ids of drives, those of *texts* or others, out of a
    text.
    """
    pairs = (_VALUE.match(line) for text in texts for line in text.splitlines())
    ids = [_unquoted(pair["value"]) for pair in pairs if pair and pair["key"].strip() in IDENTITIES]
    return serial_mask(ids, replacement=LEFT_OUT)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return *text* without *secrets*, as far as they are whole words in it."""
    for secret in secrets:
        text = re.sub(rf"(?<![\w-]){re.escape(secret)}(?![\w-])", LEFT_OUT, text)
    return text
