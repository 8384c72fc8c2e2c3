"""What of the host may be passed on in a bug report: values that are known to be harmless, and nothing else.

Of emhttpd's files every key stays, since a new release's keys are what a report is often about; a value stays only if
its key is listed here. What of the rest is a secret or a serial number must not turn up in any other text either.
"""

import re
from collections.abc import Iterable, Mapping

from uma.feeds.storage.identity import masked_id

LEFT_OUT = "(left out)"


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
    "smart-all.cfg": _words("hotTemp maxTemp smLevel smEvents"),
    "smart-one.cfg": _words("hotTemp maxTemp smLevel smEvents"),
}
"""By file, the keys whose values say nothing about who the server belongs to."""

IDENTITIES = frozenset({"id", "idSb"})
"""Keys whose values end in a serial number; they stay, with that cut to its last 4 characters."""

_SECRET_KEY = re.compile(r"csrf_token|.*GUID|regTo|luksKeyfile|luksKey")
_SERIAL_LINE = re.compile(r"(?i)^(?P<label>[^:|]*(?:serial|wwn|logical unit|eui-?64|uuid|guid)[^:|]*:\s*)\S.*$")
_VALUE = re.compile(r'^(?P<key>\s*[^=\[#;"]+?\s*)=(?P<value>.*)$')
_HEADER = re.compile(r'^\s*\[\s*"?(?P<name>.*?)"?\s*\]\s*$')

SHORTEST_SECRET = 4
"""Characters; what is shorter is a word of its own in any text."""


def redact_ini(name: str, text: str) -> str:
    """*text*, the file *name* of emhttpd or of its settings, with the values that may be passed on."""
    # There a drive's full id is the header; elsewhere it is the name of a slot or of a part of the settings.
    is_by_drive = name == "smart-one.cfg"
    return "".join(f"{_redact_line(line, KEPT_VALUES[name], is_by_drive)}\n" for line in text.splitlines())


def _redact_line(line: str, kept: frozenset[str], is_by_drive: bool) -> str:
    header = _HEADER.match(line)
    if header:
        return f'["{masked_id(header["name"]) if is_by_drive else header["name"]}"]'
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
    """*text* of smartctl without the lines' values that tell one drive from all others."""
    replacement = rf"\g<label>{LEFT_OUT}"
    return "".join(f"{_SERIAL_LINE.sub(replacement, line)}\n" for line in text.splitlines())


def secrets_in(texts: Iterable[str]) -> frozenset[str]:
    """The secrets and serial numbers that emhttpd's files *texts* hold: what must be in no other text."""
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
                found |= {value, value.rpartition("_")[2]}
    return frozenset(secret for secret in found if len(secret) >= SHORTEST_SECRET)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """*text* with every one of *secrets* that stands in it as a word of its own left out."""
    for secret in secrets:
        text = re.sub(rf"(?<![\w-]){re.escape(secret)}(?![\w-])", LEFT_OUT, text)
    return text
