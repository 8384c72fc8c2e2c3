"""The settings as data for the form."""

import re

from tests.support.feeds import FEEDS, RULES, SETTINGS
from uma.settings_form import SECTIONS, default_cfg, form_document


def test_each_setting_has_its_row():
    """Every setting except the token's hash has one row; the feeds' sections come last."""
    sections = form_document(FEEDS)
    keys = [row["key"] for section in sections for row in section["settings"]]

    assert tuple(section["section"] for section in sections)[: len(SECTIONS)] == SECTIONS
    assert sorted(keys) == sorted(RULES.keys() - {"TOKEN_SHA256"})


def test_each_row_has_words_and_a_rule():
    """A row has a label, a help text, and a rule for the browser: choices, bounds, a pattern or an address."""
    for section in form_document(FEEDS):
        for row in section["settings"]:
            assert row["label"], row
            assert row["help"].endswith((".", "example.com")), row
            assert {"choices", "least", "pattern", "is_address"} & row.keys(), row


def test_defaults_are_allowed():
    """Each default is among the choices, within the bounds, or matches the pattern."""
    for section in form_document(FEEDS):
        for row in section["settings"]:
            assert RULES[row["key"]].value_of(row["default"]) is not None, row
            if "pattern" in row:
                assert re.fullmatch(row["pattern"], row["default"]), row


def test_default_cfg_is_as_the_webgui_writes_it():
    """Each setting is there once, in quotes."""
    lines = default_cfg(SETTINGS).splitlines()

    assert len(lines) == len(SETTINGS)
    assert all(re.fullmatch(r'[A-Z0-9_]+="[^"]*"', line) for line in lines)
