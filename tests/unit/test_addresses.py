"""The project's addresses, which everything that shows them takes from one module."""

import re

import pytest

from uma import addresses


@pytest.mark.parametrize("name", ["DOWNLOAD_URL", "PROJECT_URL", "SUPPORT_URL"])
def test_an_address_is_https_or_not_set(name):
    """Each is empty, or https without a slash at its end."""
    assert re.fullmatch(r"(https://\S*[^\s/])?", getattr(addresses, name))
