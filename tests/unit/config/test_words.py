"""Words of problems, which end up in a log or on a terminal."""

import pytest

from tests.support.feeds import parse_config, problem_of, with_overrides
from uma.config.model import Config


def test_sentence():
    """A problem is one sentence with place, key, fault and effect."""
    assert str(problem_of('PORT="70000"')) == (
        'uma.cfg, line 1: PORT: "70000" is not a whole number from 1 to 65535; using the default, 34600'
    )
    assert str(problem_of('METRICS=""')) == (
        "uma.cfg, line 1: METRICS: is empty, where yes or no is wanted; using the default, yes"
    )
    assert str(problem_of('ALLOWED_ORIGINS="a/b"')).endswith("using the default, empty")


def test_token_is_never_quoted():
    """A token stored in place of its hash is not logged, nor is a user's name."""
    assert "hunter2" not in str(problem_of('TOKEN_SHA256="hunter2"'))
    assert "roger" not in str(problem_of('MQTT_USER="roger\x07"'))


@pytest.mark.parametrize(
    "line",
    ['HEARTBEAT_URL="hc-ping.com/hunter2"', 'ALLOWED_ORIGINS="hunter2/x"', 'TLS_KEY="hunter2.pem"'],
)
def test_private_value_is_never_quoted(line: str):
    """An address or path that may be a secret or name somebody is in no log and no health answer, though invalid."""
    assert "hunter2" not in str(problem_of(line))


def test_value_can_not_forge_a_log_line():
    """Control characters in a value are escaped in its message, and a long value is cut."""
    message = problem_of('BIND="\x1b[2J\u2028' + "x" * 1000 + '"').message

    assert message.isprintable()
    assert len(message) < 150


@pytest.mark.parametrize(
    "line", ['MQTT_HOST="alice:hunter2@broker"', 'BIND="alice:hunter2@10.0.0.1"', 'MQTT_PORT="hunter2"']
)
def test_possible_logins_are_never_quoted(line: str):
    """A password in the wrong setting is never logged."""
    assert "hunter2" not in str(problem_of(line))


def test_a_misspelled_setting_is_answered_with_a_guess():
    """A key that is nearly a setting gets a guess, in uma.cfg and among the variables."""
    _, in_file = parse_config('COLOUR="red"\nMQTT_HOTS="tower"\nPORTS="1"\n', source="uma.cfg")
    _, in_environment = with_overrides(Config(), {"UMA_PORTS": "1"}, {})

    guesses = [problem.message.partition("; ")[2] for problem in in_file]
    assert guesses == ["", "did you mean MQTT_HOST?", "did you mean PORT?"]
    assert in_environment[0].message.endswith("did you mean UMA_PORT?")
