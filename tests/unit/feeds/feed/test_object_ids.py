"""Object ids made from names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uma.feeds.feed.object_ids import object_part

LEGAL = r"[a-z]([a-z0-9~._-]*[a-z_-])*[0-9]{0,2}"
"""Names of pools that the webGUI's CacheDevices.page accepts, and numbers of members."""


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("disk1", "disk1"),
        ("my-pool", "my-pool"),
        ("my.pool", "0my-2epool"),
        ("my_pool2", "my_pool2"),
        ("tank-special", "tank-special"),
        ("tank~special", "0tank-7especial"),
        ("a-b~c", "0a-2db-7ec"),
        ("Cache", "0-43ache"),
        ("0tank", "00tank"),
        ("\u00e9t\u00e9", "0-c3-a9t-c3-a9"),
        ("", "0"),
    ],
)
def test_plain_names_stay(name: str, part: str) -> None:
    """A name that is valid in a topic is its own id; any other begins with a digit, as no pool does."""
    assert object_part(name) == part


@given(st.lists(st.from_regex(LEGAL, fullmatch=True) | st.text(max_size=8), max_size=30))
def test_no_two_names_share_an_id(names: list[str]) -> None:
    """All names have different ids, and each is valid in a topic."""
    parts = {name: object_part(name) for name in names}

    assert len(set(parts.values())) == len(parts)
    assert all(re.fullmatch("[a-z0-9_-]+", part) for part in parts.values())
