"""The daemon's own settings."""

from dataclasses import fields

from uma.config import Config
from uma.core_settings import CORE, CORE_KEYS


def test_each_has_its_field():
    """Config has a field for each, under its key in small letters, at its default."""
    names = {field.name for field in fields(Config)}

    assert len(CORE_KEYS) == len(CORE)
    assert {key.lower() for key in CORE_KEYS} == names - {"feeds"}
    assert all(Config().of(setting) == setting.default for setting in CORE)


def test_each_default_is_valid():
    """Each default's text is read back as the same value."""
    assert all(setting.value_of(setting.text_of(setting.default)) == setting.default for setting in CORE)
