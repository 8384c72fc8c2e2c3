"""Values from the environment and the command line, which override uma.cfg's."""

from collections.abc import Mapping, Sequence
from typing import Any

from uma.config.model import GUARDS, Config, Guard, Problem
from uma.config.parse import with_guards, with_values
from uma.config.words import fault, shown_value, unknown
from uma.core_settings import CORE
from uma.settings import AnySetting

OTHER_VARIABLES = frozenset(
    {"UMA_CONFIG", "UMA_ROOT", "UMA_DOCKER_SOCKET", "UMA_LOG_FORMAT", "UMA_SERVER", "UMA_SUPERVISED", "UMA_TOKEN"}
)
"""Environment variables that are not settings: flags, and variables of clients."""


def with_overrides(
    config: Config,
    environment: Mapping[str, str],
    flags: Mapping[str, str],
    settings: Sequence[AnySetting] = CORE,
) -> tuple[Config, list[Problem]]:
    """Apply *environment* (``UMA_PORT``, …), then *flags* (``port``, …: Config's
    names), to *config*.

    An invalid value leaves the setting unchanged. Port 0, any free one, is for tests
    and accepted only here. Variables without ``UMA_`` are ignored; an unknown one with
    it is a problem, but not an error.
    """
    known = {setting.key: setting for setting in settings}
    problems: list[Problem] = []
    variables = {name: text for name, text in environment.items() if name.startswith("UMA_")}
    for source, prefix, texts in (("environment", "UMA_", variables), ("command line", "", flags)):
        values: dict[str, Any] = {}
        closed: list[Guard] = []
        for name, text in texts.items():
            if name in OTHER_VARIABLES:
                continue
            key = name.removeprefix(prefix).upper()
            setting = known.get(key)
            if setting is None:
                problems.append(unknown(source, 0, name, known, prefix))
                continue
            value = 0 if (key, text.strip()) == ("PORT", "0") else setting.value_of(text.strip())
            if value is None:
                guard = GUARDS.get(key)
                effect = f"it stays {shown_value(setting, config.of(setting))}" if guard is None else guard.words
                label = name if prefix else f"--{name.replace('_', '-')}"
                message = f"{fault(setting, text)}; {effect}"
                problems.append(Problem(0, label, message, source, is_closed=guard is not None))
                if guard is not None:
                    closed.append(guard)
            else:
                values[key] = value
        config = with_guards(with_values(config, values, known), closed)
    return config, problems
