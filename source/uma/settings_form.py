"""The settings as data for the webGUI's form, default.cfg and the docs."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from uma.core_settings import ACCESS, CORE, MQTT, SERVICE, Addresses
from uma.feeds.feed import Feed
from uma.settings import AnySetting, Choice, Entries, Number, Switch, Text

FEEDS: Final = "Feeds"
"""The form's section of the feeds' settings."""

SECTIONS: Final = (SERVICE, FEEDS, ACCESS, MQTT)


def default_cfg(settings: Iterable[AnySetting]) -> str:
    """Return the text of default.cfg: each setting with its default, in the webGUI's
    format.
    """
    return "".join(f'{setting.key}="{setting.text_of(setting.default)}"\n' for setting in settings)


def form_document(feeds: Sequence[Feed]) -> list[dict[str, Any]]:
    """Return the sections of the form, each with its rows; a setting without a group
    has no row.
    """
    own = [setting for feed in feeds for setting in feed.all_settings]
    rows: dict[str, list[AnySetting]] = {section: [] for section in SECTIONS}
    for setting in {each.key: each for each in (*CORE, *own)}.values():
        section = setting.group or (FEEDS if setting not in CORE else "")
        if section:
            rows.setdefault(section, []).append(setting)
    return [
        {"section": section, "settings": [dict(_row(setting)) for setting in found]} for section, found in rows.items()
    ]


def _row(setting: AnySetting) -> Iterator[tuple[str, Any]]:
    yield "key", setting.key
    yield "label", setting.label
    yield "help", setting.help
    yield "default", setting.text_of(setting.default)
    yield "wanted", setting.rule
    match setting:
        case Switch():
            yield "choices", {"yes": "Yes", "no": "No"}
        case Choice():
            yield "choices", dict(setting.choices)
        case Number():
            yield "least", setting.least
            yield "most", setting.most
        case Entries():
            yield "pattern", f" *(?:{setting.pattern}(?: +{setting.pattern})* *)?"
        case Addresses():
            yield "is_address", True
        case Text():
            yield "pattern", setting.pattern
