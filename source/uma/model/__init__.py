"""What UMA knows: frozen dataclasses without I/O, parsing or libraries.

A *message* is a model object that can be published; its ``kind`` is the ``type`` on the wire, and its fields are, in
order and by name, the ``data`` of that message (wire contract, sections 2 to 4). Of a ``retained`` kind only the latest
message matters; of the others, events, every one does, in order.
"""

from uma.model.docker import DockerEvent
from uma.model.storage import StorageStatus
from uma.model.system import SystemStats

Message = SystemStats | DockerEvent | StorageStatus

__all__ = ["DockerEvent", "Message", "StorageStatus", "SystemStats"]
