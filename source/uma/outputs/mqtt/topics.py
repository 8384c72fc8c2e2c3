"""Where things are at the broker: the topics of one server, and those by which Home Assistant discovers it."""

import re
from dataclasses import dataclass

BIRTH = "homeassistant/status"
"""Where Home Assistant says ``online`` when it has started."""

ONLINE, OFFLINE = b"online", b"offline"

_DISCOVERY = "homeassistant"


def node_of(server_name: str) -> str:
    """The topic level for a server of this name: ``tower`` for ``Tower``."""
    return re.sub(r"[^a-z0-9_-]+", "-", server_name.lower()).strip("-") or "unraid"


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of server *node* below *prefix*, one or more levels."""

    prefix: str
    node: str

    @property
    def base(self) -> str:
        """What all of its own topics begin with."""
        return f"{self.prefix}/{self.node}"

    @property
    def availability(self) -> str:
        """Where it is ``online`` or ``offline``."""
        return f"{self.base}/availability"

    def of_stream(self, stream: str) -> str:
        """Where the frames of *stream* are."""
        return f"{self.base}/{stream}"

    @property
    def identity(self) -> str:
        """What tells this server from all others at the broker: no secret, and the same after each restart."""
        return re.sub(r"[^A-Za-z0-9_-]", "_", f"{self.prefix}_{self.node}")

    def discovery(self, component: str, object_id: str) -> str:
        """Where Home Assistant is told of an entity."""
        return f"{_DISCOVERY}/{component}/{self.identity}/{object_id}/config"

    @property
    def every_discovery(self) -> str:
        """A filter for all that Home Assistant has ever been told of this server."""
        return self.discovery("+", "+")

    def is_discovery(self, topic: str) -> bool:
        """Whether *topic* is one by which Home Assistant was told of this server."""
        root, _, identity, _, end, *more = [*topic.split("/"), "", "", "", ""]
        return (root, identity, end) == (_DISCOVERY, self.identity, "config") and not any(more)
