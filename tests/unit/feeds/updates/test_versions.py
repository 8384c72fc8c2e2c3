"""Versions compared as PHP does."""

import shutil
import subprocess

import pytest

from uma.feeds.updates.versions import compare, is_newer

PAIRS = [
    ("7.3.0-rc.1", "7.3.0", -1),
    ("7.3", "7.3.0", -1),
    ("1.0", "999.9.9", -1),
    ("7.3.2", "7.3.10", -1),
    ("2026.08.01a", "2026.08.01", -1),
    ("7.3-pl1", "7.3", 1),
    ("abc", "1", -1),
    ("", "1", -1),
    ("1", "", 1),
    ("", "", 0),
    ("7.4.0-beta.0.1", "7.4.0-beta.0.2", -1),
    ("7.0.0-x", "7.0.0", -1),
    ("1.0.0", "1.0", 1),
    ("1.0.dev", "1.0", -1),
    ("6.12.0-rc2", "6.12.0-rc10", -1),
    ("1..2", "1.2", 0),
    ("devx", "dev", 0),
    ("1.0alpha", "1.0beta", -1),
    ("1.0x", "1.0dev", -1),
    ("9", "9a", 1),
    ("a", "b", -1),
    ("pl", "1", 1),
    ("7_3+1", "7.3.1", 0),
    ("1.²", "1.1", -1),
    ("1.٣", "1.1", -1),
]
"""Each with PHP's own result (8.2)."""


@pytest.mark.parametrize(("first", "second", "order"), PAIRS)
def test_php_agrees(first, second, order):
    """Older, equal or newer, both ways round."""
    assert (compare(first, second), compare(second, first)) == (order, -order)


def test_php_itself():
    """The table is PHP's, if PHP is installed."""
    if shutil.which("php") is None:
        pytest.skip("there is no php on this machine (Debian: php-cli)")
    code = "foreach (array_chunk(array_slice($argv, 1), 2) as $p) echo version_compare($p[0], $p[1]), ' ';"
    arguments = [text for first, second, _ in PAIRS for text in (first, second)]
    told = subprocess.run(["php", "-n", "-r", code, "--", *arguments], capture_output=True, text=True, check=True)

    assert [int(word) for word in told.stdout.split()] == [order for _, _, order in PAIRS]


def test_newer():
    """A release is newer than its candidates, and not newer than itself."""
    assert is_newer("7.3.0", "7.3.0-rc.1")
    assert not is_newer("7.3.0", "7.3.0")


def test_a_long_version():
    """A text that is not a version takes only a moment."""
    assert compare("9" * 100_000, "1") == 1
