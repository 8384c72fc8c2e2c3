r"""Unraid's ini dialect as text in, sections out:
``KEY="value"`` lines below ``["name"]`` headers.

Python's configparser would keep the quotes of a header, lower-case the keys and choke
on ``%``. emhttpd's own escaping rules are not public, so a value is taken verbatim but
for its quotes and a ``\"`` inside them.
"""


def parse(text: str) -> dict[str, dict[str, str]]:
    """Sections by name, each with its keys and values;
    keys above the first header are under ``""``.

    Never raises: a comment or a line without ``=`` is skipped, a section that comes
    twice is one; the last of two equal keys counts. A byte order mark and CRLF are
    harmless.
    """
    keys: dict[str, str] = {}
    sections = {"": keys}
    for line in text.removeprefix("\ufeff").split("\n"):
        key, separator, value = line.partition('="')
        # Nearly every line is plain, and this is the daemon's innermost loop.
        if separator and value[-1:] == '"' and "\\" not in value and key.isidentifier():
            keys[key] = value[:-1]
        else:
            keys = _parse_line(line.strip(), keys, sections)
    if not sections[""]:
        del sections[""]
    return sections


def is_cut(text: str) -> bool:
    """Return True if *text* ends within a line, as while a file is rewritten in place.

    emhttpd quotes every value, so a complete last line has its closing quote. The
    newline after it may be missing.
    """
    last = text.rstrip().rpartition("\n")[2].lstrip()
    if not last or last[0] in "#;":
        return False
    if last[0] == "[":
        return True
    value = last.partition("=")[2].lstrip()
    return not value or (value[0] == '"' and (len(value) == 1 or value[-1] != '"'))


def _parse_line(line: str, keys: dict[str, str], sections: dict[str, dict[str, str]]) -> dict[str, str]:
    """Parse *line*, and return the section of the next line."""
    first = line[:1]
    if first == "[" and line[-1] == "]":
        return sections.setdefault(_unquoted(line[1:-1].strip()), {})
    key, separator, value = line.partition("=")
    if separator and first not in "#;=":
        keys[key.rstrip()] = _unquoted(value.lstrip())
    return keys


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == '"' and value[-1] == '"':
        value = value[1:-1]
        if '\\"' in value:
            return value.replace('\\"', '"')
    return value
