"""Settings of the server's feeds."""

from uma.feeds.feed import Text

LETTERS = "A-Za-z\u00c0-\u1fff\u3040-\ud7ff"
"""Ranges of letters that Python, PCRE and browsers read alike: also Zürich's."""

SITE = Text(
    "SITE",
    "Site",
    "A word that groups servers, such as their location, in tables of many servers.",
    default="",
    pattern=rf"[{LETTERS}0-9 _.\-]{{0,32}}",
    words="a text of at most 32 letters, digits, spaces and _.-",
)
