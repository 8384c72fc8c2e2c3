"""Files that are generated from the feeds are as they would be generated now."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.generated_pages import default_file, metrics_page, page_words, settings_json, settings_page
from tests.support.feeds import FEEDS, SETTINGS

PROJECT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("docs/settings.md", lambda: settings_page(FEEDS, SETTINGS)),
        ("docs/metrics.md", lambda: metrics_page(FEEDS)),
        ("emhttp/settings.json", lambda: settings_json(FEEDS)),
        ("emhttp/default.cfg", lambda: default_file(SETTINGS)),
        ("emhttp/dashboard/words.json", lambda: page_words(PROJECT / "emhttp")),
    ],
)
def test_generated_files(name: str, make: Callable[[], str], request: pytest.FixtureRequest):
    """No generated file is edited by hand; --update-golden writes them."""
    path = PROJECT / name
    if request.config.getoption("--update-golden"):
        path.write_text(make())

    assert path.read_text() == make()
