"""The protocol of every published message."""

from typing import ClassVar, Protocol


class Message(Protocol):
    """A frozen, slotted dataclass that a feed publishes; its fields are the ``data`` of
    the wire.

    ``kind`` is the ``type`` on the wire. Of a ``retained`` kind only the latest message
    matters. Of events every message matters, in order.
    """

    kind: ClassVar[str]
    retained: ClassVar[bool]
