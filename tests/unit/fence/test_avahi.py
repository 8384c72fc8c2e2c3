"""An announcement in words."""

import pytest

from uma.fence.avahi import Announcement, parse_announcement, service_text

TOWER = Announcement(port=34600, id="0" * 32, version="2026.11.29a", has_token=True, has_tls=False)
WORDS = ("34600", "0" * 32, "2026.11.29a", "True", "False")


def test_there_and_back() -> None:
    """Its words make the same announcement."""
    assert TOWER.words() == WORDS
    assert parse_announcement(WORDS) == TOWER
    assert "auth=token" in service_text(TOWER)


@pytest.mark.parametrize(
    ("at", "word"),
    [
        (0, "0"),
        (0, "65536"),
        (0, "-1"),
        (0, "1e3"),
        (1, "0" * 31),
        (1, "G" * 32),
        (2, "<x>"),
        (2, ""),
        (3, "yes"),
        (4, ""),
    ],
)
def test_damaged_words(at: int, word: str) -> None:
    """Invalid words are refused."""
    words = [*WORDS]
    words[at] = word
    with pytest.raises(ValueError, match="announcement"):
        parse_announcement(words)


@pytest.mark.parametrize("words", [(), WORDS[:4], (*WORDS, "more")])
def test_too_few_or_many(words: tuple[str, ...]) -> None:
    """There must be exactly five words."""
    with pytest.raises(ValueError, match="unpack"):
        parse_announcement(words)
