"""Files that are generated from the feeds are as they would be generated now."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.generated_pages import (
    default_file,
    integration_manifest,
    metrics_page,
    page_words,
    readme,
    settings_json,
    settings_page,
)
from tests.support.feeds import FEEDS, SETTINGS
from uma.addresses import DOWNLOAD_URL, PROJECT_URL, SUPPORT_URL

PROJECT = Path(__file__).parents[1]
README = PROJECT / "README.md"
MANIFEST = PROJECT / "custom_components/uma/manifest.json"
EXAMPLE = "https://example.org"


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("docs/settings.md", lambda: settings_page(FEEDS, SETTINGS)),
        ("docs/metrics.md", lambda: metrics_page(FEEDS)),
        ("emhttp/settings.json", lambda: settings_json(FEEDS)),
        ("emhttp/default.cfg", lambda: default_file(SETTINGS)),
        ("emhttp/dashboard/words.json", lambda: page_words(PROJECT / "emhttp")),
        (
            "README.md",
            lambda: readme(README.read_text(), download=DOWNLOAD_URL, project=PROJECT_URL, support=SUPPORT_URL),
        ),
        (
            "custom_components/uma/manifest.json",
            lambda: integration_manifest(MANIFEST.read_text(), project=PROJECT_URL, support=SUPPORT_URL),
        ),
    ],
)
def test_generated_files(name: str, make: Callable[[], str], request: pytest.FixtureRequest):
    """No generated file is edited by hand; --update-golden writes them."""
    path = PROJECT / name
    if request.config.getoption("--update-golden"):
        path.write_text(make())

    assert path.read_text() == make()


def test_readme_shows_the_projects_addresses():
    """Once they are set in uma.addresses, README names uma.plg, the repository and the tracker, and can be undone."""
    text = README.read_text()
    filled = readme(text, download=EXAMPLE, project=f"{EXAMPLE}/uma.git", support=f"{EXAMPLE}/issues")

    assert f"`{EXAMPLE}/uma.plg`" in filled
    assert f"`git clone {EXAMPLE}/uma.git`" in filled
    assert f"[Open an issue]({EXAMPLE}/issues)" in filled
    assert readme(filled, download=DOWNLOAD_URL, project=PROJECT_URL, support=SUPPORT_URL) == text


def test_the_integration_shows_the_projects_addresses():
    """Home Assistant links the repository as documentation, and the tracker for problems."""
    filled = integration_manifest(MANIFEST.read_text(), project=EXAMPLE, support=f"{EXAMPLE}/issues")

    assert f'"documentation": "{EXAMPLE}"' in filled
    assert f'"issue_tracker": "{EXAMPLE}/issues"' in filled
