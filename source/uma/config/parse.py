"""The text of uma.cfg, parsed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from uma.config.model import GUARDS, Config, Guard, Problem
from uma.config.words import fault, shown, shown_value, unknown
from uma.core_settings import CORE, CORE_KEYS
from uma.settings import AnySetting

MAX_PROBLEMS = 100
"""Problems listed of one text; a damaged file has one in every line."""

_DEFAULTS = Config()
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def parse_config(text: str, settings: Sequence[AnySetting] = CORE, *, source: str) -> tuple[Config, list[Problem]]:
    """Parse the values of *settings* in *text*, the content of a uma.cfg; *source* is
    its name in problems. Never raises.

    If a key occurs twice, the last one counts, as in the webGUI. An invalid value falls
    back to the key's default, or to its entry in GUARDS. At most ``MAX_PROBLEMS``
    problems are listed.
    """
    known = {setting.key: setting for setting in settings}
    values: dict[str, Any] = {}
    closed: dict[str, Guard] = {}
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        pair = _pair_of(line)
        if pair is None:
            key = _key_of(line)
            guard = GUARDS.get(key)
            words = "ignored" if guard is None else guard.words
            if guard is not None:
                closed[key] = guard
            message = f'is not of the form KEY="value"; {words}'
            problems.append(Problem(number, "" if guard is None else key, message, source, is_closed=guard is not None))
            continue
        key, raw = pair
        if key in lines:
            problems.append(
                Problem(number, shown(key), f"is set in line {lines[key]} already; this line counts", source)
            )
        lines[key] = number
        values.pop(key, None)
        closed.pop(key, None)
        setting = known.get(key)
        if setting is None:
            problems.append(unknown(source, number, key, known))
            continue
        value = setting.value_of(raw)
        if value is not None:
            values[key] = value
            continue
        guard = GUARDS.get(key)
        if guard is not None:
            closed[key] = guard
        effect = f"using the default, {shown_value(setting, setting.default)}" if guard is None else guard.words
        problems.append(Problem(number, key, f"{fault(setting, raw)}; {effect}", source, is_closed=guard is not None))
    return with_guards(with_values(_DEFAULTS, values, known), closed.values()), _bounded(source, problems)


def with_guards(config: Config, guards: Iterable[Guard]) -> Config:
    """Return *config* with the fallbacks of invalid security settings."""
    for guard in guards:
        config = replace(config, **guard.values)
    return config


def with_values(config: Config, values: Mapping[str, Any], known: Mapping[str, AnySetting]) -> Config:
    """Return *config* with *values* by key, each of a setting in *known*."""
    own = {key.lower(): value for key, value in values.items() if key in CORE_KEYS}
    feeds = {**config.feeds, **{key: value for key, value in values.items() if key not in CORE_KEYS}}
    return replace(config, **own, feeds={key: value for key, value in feeds.items() if value != known[key].default})


def _pair_of(line: str) -> tuple[str, str] | None:
    """Split *line* into key and value; return None if it is not an assignment.

    The webGUI writes KEY="value"; PHP and shells also accept a bare or single-quoted
    value. No regular expression is used: one for all forms took quadratic time.
    """
    name, equals, rest = line.partition("=")
    key, rest = name.strip(), rest.strip()
    if not equals or not _KEY.fullmatch(key):
        return None
    if rest[:1] in ('"', "'"):
        value, quote, tail = rest[1:].partition(rest[0])
        tail = tail.lstrip()
        return (key, value.strip()) if quote and tail[:1] in ("", "#", ";") else None
    end = min((at for mark in "#;" if (at := rest.find(mark)) >= 0), default=len(rest))
    value = rest[:end].rstrip()
    if not value and key in GUARDS:
        # The webGUI writes quotes, so the file was cut here: not a wish for no value.
        return None
    return None if len(value.split()) > 1 or "'" in value or '"' in value else (key, value)


def _key_of(line: str) -> str:
    """Guess the key of a broken *line*."""
    return (line.replace("=", " ").split(None, 1) or [""])[0]


def _bounded(source: str, problems: list[Problem]) -> list[Problem]:
    left_out = len(problems) - MAX_PROBLEMS
    if left_out <= 0:
        return problems
    return [*problems[:MAX_PROBLEMS], Problem(0, "", f"{left_out} more problems are not listed", source)]
