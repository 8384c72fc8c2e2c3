"""Events of containers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from uma.feeds.feed.fields import COUNT, SERIAL, Doc, KnownWords, Matching


@dataclass(frozen=True, slots=True)
class DockerEvent:
    """One container event of Docker's stream.

    ``action`` is Docker's word up to a colon; ``container_id`` its first 12 characters;
    ``status`` the container's state after the event (created, running, paused,
    restarting, exited, dead, removed, or the health word); ``attributes`` has exactly
    the string keys ``exitCode`` and ``signal``; ``time_nano`` is Docker's own time in
    nanoseconds since the epoch; ``seq`` rises by one with each event of one daemon
    life.
    """

    kind: ClassVar[str] = "docker_event"
    retained: ClassVar[bool] = False
    about: ClassVar[str] = "One event of one container."

    action: Annotated[
        str,
        Doc("Docker's own word, up to a colon."),
        KnownWords(
            "create",
            "start",
            "restart",
            "pause",
            "unpause",
            "kill",
            "die",
            "oom",
            "stop",
            "destroy",
            "rename",
            "update",
            "health_status",
        ),
    ]
    container_id: Annotated[str, Doc("The first 12 characters of the id."), Matching(maxLength=12)]
    container_name: Annotated[str, Doc("Without a leading slash."), Matching(pattern="^(?!/)")]
    image: Annotated[str, Doc("Image that the container was created from.")]
    status: Annotated[
        str,
        Doc("The container's state after the event, or the health word."),
        KnownWords("created", "running", "paused", "restarting", "exited", "dead", "removed", "healthy", "unhealthy"),
    ]
    attributes: Annotated[
        Mapping[str, str],
        Doc("Exactly exitCode and signal, as strings; 0 and empty when there was none."),
        Matching(
            properties={"exitCode": {"type": "string"}, "signal": {"type": "string"}}, required=["exitCode", "signal"]
        ),
    ]
    container_id_full: Annotated[str, Doc("The whole id.")]
    time_nano: Annotated[int, Doc("Docker's own time, nanoseconds since 1970: more than a double holds."), COUNT]
    seq: Annotated[int, Doc("Rises by one with each event of one daemon life."), SERIAL]
