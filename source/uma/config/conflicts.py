"""Settings that are valid by themselves, but have no effect because of another one."""

from collections.abc import Iterable

from uma.config.model import Config, Problem
from uma.settings import AnySetting


def conflicts(config: Config, settings: Iterable[AnySetting], *, source: str) -> list[Problem]:
    """Return problems of *settings* that are valid by themselves, but have no effect
    because of another one.
    """
    problems = [
        Problem(
            0,
            setting.key,
            f"{config.feeds[setting.key]} needs a token, and TOKEN_SHA256 is empty; using {setting.default}",
            source,
        )
        for setting in settings
        if config.lacks_token(setting)
    ]
    if config.control and not config.token_sha256:
        problems.append(
            Problem(0, "CONTROL", "yes needs a token, and TOKEN_SHA256 is empty; control stays off", source)
        )
    if config.mqtt_user and not config.mqtt_host:
        problems.append(Problem(0, "MQTT_USER", "needs MQTT_HOST, which is empty; nothing is published", source))
    return problems
