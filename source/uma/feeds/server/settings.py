"""Settings of the server's feeds."""

from uma.feeds.feed import Text

SITE = Text(
    "SITE",
    "Site",
    "A word that groups servers, such as their location, in tables of many servers.",
    default="",
    pattern=r"[A-Za-z0-9 _.\-]{0,32}",
    words="at most 32 letters, digits, blanks and _.-",
)
