"""Values of the environment and the command line."""

from dataclasses import replace

import pytest

from tests.support.feeds import config_of, parse_config, with_overrides
from uma.config.model import GUARDS, Config
from uma.config.overrides import OTHER_VARIABLES

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def test_flags_over_environment_over_file():
    """A flag overrides the environment, which overrides the file; other values stay."""
    config, problems = with_overrides(
        config_of(port=1, bind="10.0.0.1", smart="off"),
        {"UMA_PORT": "2", "UMA_BIND": "10.0.0.2", "PATH": "/bin", "PORT": "9"},
        {"port": "3"},
    )

    assert problems == []
    assert config == config_of(port=3, bind="10.0.0.2", smart="off")


def test_invalid_overrides_change_nothing():
    """An invalid variable or flag is an error that names it; the previous value stays."""
    config, problems = with_overrides(
        config_of(port=1), {"UMA_PORT": "x", "UMA_STATS_INTERVAL": "0"}, {"port": "70000", "max_connections": ""}
    )

    assert config == config_of(port=1)
    assert [str(problem) for problem in problems] == [
        'environment: UMA_PORT: "x" is not a whole number from 1 to 65535; it stays 1',
        'environment: UMA_STATS_INTERVAL: "0" is not a whole number from 1 to 3600; it stays 5',
        'command line: --port: "70000" is not a whole number from 1 to 65535; it stays 1',
        "command line: --max-connections: is empty, where a whole number from 1 to 1000 is wanted; it stays 100",
    ]
    assert all(problem.is_error for problem in problems)


def test_any_free_port():
    """Port 0 is accepted from flag and environment, as tests need it, but not from the file."""
    assert with_overrides(Config(), {}, {"port": "0"}) == (config_of(port=0), [])
    assert with_overrides(Config(), {"UMA_PORT": "0"}, {}) == (config_of(port=0), [])
    assert [problem.key for problem in parse_config('PORT="0"', source="uma.cfg")[1]] == ["PORT"]


def test_unknown_overrides():
    """An unknown UMA_ variable is reported and is not an error; variables of other flags are ignored."""
    config, problems = with_overrides(
        Config(), {"UMA_PROT": "1", **dict.fromkeys(OTHER_VARIABLES, "x")}, {"colour": "1"}
    )

    assert config == Config()
    assert [(problem.key, problem.is_error) for problem in problems] == [("UMA_PROT", False), ("colour", False)]


@pytest.mark.parametrize("variable", ["UMA_BIND", "UMA_TOKEN_SHA256", "UMA_MQTT_TLS", "UMA_MQTT_CA_FILE"])
def test_security_settings_fail_closed_by_the_environment(variable: str):
    """An invalid variable fails closed like an invalid line."""
    before = config_of(mqtt_host="broker", token_sha256=SHA256, bind="10.0.0.1")

    config, problems = with_overrides(before, {variable: "wrong?"}, {})

    assert config == replace(before, **GUARDS[variable.removeprefix("UMA_")].values)
    assert [problem.is_closed for problem in problems] == [True]


def test_variables_of_clients_are_not_settings():
    """The server and the token that a user exports for `uma watch` and the examples are not reported as misspelled
    settings.
    """
    _, problems = with_overrides(Config(), {"UMA_SERVER": "tower:34600", "UMA_TOKEN": "secret"}, {})

    assert problems == []
