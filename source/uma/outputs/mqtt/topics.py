"""Where things are at the broker: the topics of one server, and those by which Home Assistant discovers it."""

import re
from dataclasses import dataclass, replace

ONLINE, OFFLINE = b"online", b"offline"

DISCOVERY_PREFIX = "homeassistant"
"""Home Assistant's own default for where it looks."""

COMPONENTS = ("sensor", "binary_sensor", "event")
"""Kinds of entities that UMA announces."""

_OBJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")

ID_DIGITS = 20
"""Of the server's id in the client identifier: MQTT 3.1.1 promises 23 characters, of letters and digits."""


def node_of(server_name: str) -> str:
    """The topic level for a server of this name: ``tower`` for ``Tower``."""
    return re.sub(r"[^a-z0-9_-]+", "-", server_name.lower()).strip("-") or "unraid"


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of server *node* below *prefix*, one or more levels; *server_id* is its identity at the broker."""

    prefix: str
    node: str
    server_id: str
    discovery_prefix: str = DISCOVERY_PREFIX

    @property
    def base(self) -> str:
        """What all of its own topics begin with."""
        return f"{self.prefix}/{self.node}"

    @property
    def availability(self) -> str:
        """Where it is ``online`` or ``offline``."""
        return f"{self.base}/availability"

    @property
    def claim(self) -> str:
        """Where it claims that ``base`` is its own."""
        return f"{self.base}/server"

    def elsewhere(self) -> "Topics":
        """Return the topics for a server whose base is another's: ``uma/tower-1a2b``."""
        return replace(self, node=f"{self.node}-{self.server_id[:4]}")

    def of_stream(self, stream: str) -> str:
        """Where the frames of *stream* are."""
        return f"{self.base}/{stream}"

    @property
    def client_id(self) -> str:
        """Identifier of its connection: the same each time, so that the broker ends one that it has yet to miss."""
        return f"uma{self.server_id[:ID_DIGITS]}"

    @property
    def identity(self) -> str:
        """What tells this server's entities from all others: no secret, and the same under another name."""
        return f"uma_{self.server_id}"

    @property
    def former_identity(self) -> str:
        """What version 2026.11.23 had in its place, made of the server's name."""
        return re.sub(r"[^A-Za-z0-9_-]", "_", f"{self.prefix}_{self.node}")

    @property
    def birth(self) -> str:
        """Where Home Assistant says ``online`` when it has started."""
        return f"{self.discovery_prefix}/status"

    def discovery(self, component: str, object_id: str) -> str:
        """Where Home Assistant is told of an entity."""
        return f"{self.discovery_prefix}/{component}/{self.identity}/{object_id}/config"

    @property
    def every_discovery(self) -> tuple[str, ...]:
        """Filters for all that Home Assistant has ever been told of this server."""
        return tuple(
            f"{self.discovery_prefix}/{component}/{identity}/+/config"
            for component in COMPONENTS
            for identity in (self.identity, self.former_identity)
        )

    def is_discovery(self, topic: str) -> bool:
        """Whether Home Assistant was told of an entity of this server at *topic*."""
        return self._identity_in(topic) == self.identity

    def is_former_discovery(self, topic: str) -> bool:
        """Whether it was told so by version 2026.11.23."""
        return self._identity_in(topic) == self.former_identity

    def _identity_in(self, topic: str) -> str | None:
        rest = topic.removeprefix(f"{self.discovery_prefix}/")
        component, identity, object_id, end, *more = [*rest.split("/", 4), "", "", "", ""]
        is_whole = component in COMPONENTS and end == "config" and not any(more)
        return identity if is_whole and rest != topic and _OBJECT_ID.fullmatch(object_id) else None
