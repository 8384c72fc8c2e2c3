"""The shape that every published message has."""

from typing import ClassVar, Protocol


class Message(Protocol):
    """A frozen, slotted dataclass that a feed publishes;
    its fields are the ``data`` of the wire.

    ``kind`` is the ``type`` on the wire. Of a ``retained`` kind only the latest message
    matters; of the others, events, each one does, in order.
    """

    kind: ClassVar[str]
    retained: ClassVar[bool]
