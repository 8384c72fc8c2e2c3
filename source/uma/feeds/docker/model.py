"""What happened to a container."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class DockerEvent:
    """One container event of Docker's stream.

    ``action`` is Docker's word up to a colon; ``container_id`` its first 12 characters; ``status`` the container's
    state after the event (created, running, paused, restarting, exited, dead, removed, or the health word);
    ``attributes`` has exactly the string keys ``exitCode`` and ``signal``; ``time_nano`` is Docker's own time in
    nanoseconds since the epoch; ``seq`` rises by one with each event of one daemon life.
    """

    kind: ClassVar[str] = "docker_event"
    retained: ClassVar[bool] = False

    action: str
    container_id: str
    container_name: str
    image: str
    status: str
    attributes: Mapping[str, str]
    container_id_full: str
    time_nano: int
    seq: int
