"""Values that the feeds, the streams and the outputs share: no I/O, no parsing, no
library.

A *message* is a frozen dataclass that can be published; its ``kind`` is the ``type`` on
the wire, and its fields are, in order and by name, the ``data`` of that message. Of a
``retained`` kind only the latest message matters. Of events every message matters, in
order.
"""

from uma.model.message import Message

__all__ = ["Message"]
