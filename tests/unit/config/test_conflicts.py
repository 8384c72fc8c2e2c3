"""Settings without effect because of another one."""

from dataclasses import replace

import pytest

from tests.support.feeds import config_of, parse_config
from uma.config.conflicts import conflicts
from uma.config.model import Config
from uma.settings import Choice

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


WORD = Choice(
    "WORD", "Word", default="little", choices={"no": "No", "little": "L", "much": "M"}, needs_token=frozenset({"much"})
)


def test_conflicts():
    """Control, and a word that needs a token, are problems without a token; with one, or disabled, they are not."""
    config = replace(config_of(control=True), feeds={"WORD": "much"})
    told = [str(problem) for problem in conflicts(config, [WORD], source="uma.cfg")]

    assert told == [
        "uma.cfg: WORD: much needs a token, and TOKEN_SHA256 is empty; using little",
        "uma.cfg: CONTROL: yes needs a token, and TOKEN_SHA256 is empty; control stays off",
    ]
    for harmless in (Config(), replace(config, token_sha256=SHA256), Config(feeds={"WORD": "no"})):
        assert conflicts(harmless, [WORD], source="uma.cfg") == []


def test_a_broker_closed_by_a_fault_is_one_problem():
    """An invalid MQTT_TLS is named; MQTT_HOST, which is set, is not called empty."""
    config, problems = parse_config('MQTT_HOST="hub"\nMQTT_USER="roger"\nMQTT_TLS="ja"', source="uma.cfg")

    assert [problem.key for problem in (*problems, *conflicts(config, [], source="uma.cfg"))] == ["MQTT_TLS"]
    assert config.mqtt_host == ""


@pytest.mark.parametrize(
    ("word", "token", "value"),
    [("much", "", "little"), ("much", SHA256, "much"), ("no", "", "no"), (None, "", "little")],
)
def test_words_that_need_a_token(word, token, value):
    """Without a token they mean the default."""
    config = Config(token_sha256=token, feeds={} if word is None else {"WORD": word})

    assert config.of(WORD) == value
