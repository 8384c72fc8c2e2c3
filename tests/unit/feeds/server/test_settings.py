"""The settings of the server's feeds."""

import pytest

from tests.support.feeds import parse_config
from uma.feeds.server.settings import SITE


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("Berlin", True),
        ("Büro 1", True),
        ("Zürich_2.b", True),
        ("Москва", True),
        ("名" * 32, True),
        ("名" * 33, False),
        ("<b>", False),
        ("a–b", False),
        ("x\u202ey", False),
    ],
)
def test_a_site_has_letters_of_any_script(text, is_taken):
    """Towns have accents, too; markup and invisible characters are refused."""
    config, problems = parse_config(f'SITE="{text}"\n', source="uma.cfg")

    assert (config.of(SITE), len(problems)) == ((text, 0) if is_taken else ("", 1))
