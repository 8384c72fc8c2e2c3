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
    return pascal_case(feed.kind) + "Message"


def pascal_case(name: str) -> str:
    """Join the words of *name* as in the name of a class: ``docker_event`` becomes
    ``DockerEvent``.
    """
    return "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", name))
