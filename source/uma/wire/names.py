"""Names in the published schemas: light,
so that what only names a schema need not import them.
"""

import re
from typing import Final

from uma.feeds.feed import Feed

REFERENCE: Final = "#/components/schemas/{name}"


def wire_name(field: str) -> str:
    """Return a field's name on the wire: ``from_``,
    which Python has no other word for, is ``from``.
    """
    return field.removesuffix("_")


def message_name(feed: Feed) -> str:
    """Return the name of the schema of a feed's messages: ``DockerEventMessage``."""
    return "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", feed.kind)) + "Message"
