"""Names in the published schemas. This module is light, so naming a schema imports
little.
"""

import re
from typing import Final

from uma.feeds.feed import Feed

REFERENCE: Final = "#/components/schemas/{name}"


def wire_name(field: str) -> str:
    """Return a field's name on the wire: ``from_``, a keyword in Python without the
    underscore, is ``from``.
    """
    return field.removesuffix("_")


def message_name(feed: Feed) -> str:
    """Return the name of the schema of a feed's messages: ``DockerEventMessage``."""
    return "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", feed.kind)) + "Message"
