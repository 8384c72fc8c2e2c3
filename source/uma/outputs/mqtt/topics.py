"""Topics of one server at the broker, and those of Home Assistant's discovery."""

import re
from dataclasses import dataclass, replace

ONLINE, OFFLINE = b"online", b"offline"

DISCOVERY_PREFIX = "homeassistant"
"""Home Assistant's default for discovery topics."""

COMPONENTS = ("sensor", "binary_sensor", "event")
"""Kinds of entities that UMA announces."""

_OBJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")

ID_DIGITS = 20
"""Digits of the server's id in the client identifier:
MQTT 3.1.1 guarantees 23 letters and digits.
"""

_AT_BROKER = "ghijklmnopqrstuvwxyz"
"""Characters other than digits of an id."""


def node_of(server_name: str) -> str:
    """Return the topic level for a server of this name: ``tower`` for ``Tower``."""
    return re.sub(r"[^a-z0-9_-]+", "-", server_name.lower()).strip("-") or "unraid"


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of server *node* below *prefix*, one or more levels; *server_id* is
    its identity at the broker.
    """

    prefix: str
    node: str
    server_id: str
    discovery_prefix: str = DISCOVERY_PREFIX

    @property
    def base(self) -> str:
        """Return the prefix of all its own topics."""
        return f"{self.prefix}/{self.node}"

    @property
    def availability(self) -> str:
        """Return the topic of ``online`` and ``offline``."""
        return f"{self.base}/availability"

    @property
    def claim(self) -> str:
        """Return the topic of its claim to ``base``."""
        return f"{self.base}/server"

    def elsewhere(self) -> "Topics":
        """Return the topics for a server whose base belongs to another:
        ``uma/tower-1a2b``.
        """
        return replace(self, node=f"{self.node}-{self.server_id[:4]}")

    def of_stream(self, stream: str) -> str:
        """Return the topic of *stream*'s frames."""
        return f"{self.base}/{stream}"

    def client_id(self, broker: int | None = None, attempt: int = 0) -> str:
        """Return the identifier of its connection: the same each time,
        so that the broker ends one that it has yet to miss.

        At each of several brokers it is another. Else a try that was given up at one
        node of a cluster, and is completed late, ends the connection to another node.

        Each *attempt* of a failover has another, too. NATS locks an identifier
        for the 5 s that its login waits (nats-server, mqtt.go, mqttProcessConnect).
        """
        last = "" if broker is None else _AT_BROKER[broker % len(_AT_BROKER)]
        if attempt > 0:
            last += _AT_BROKER[(attempt - 1) % len(_AT_BROKER)]
        return f"uma{self.server_id[: ID_DIGITS - len(last)]}{last}"

    @property
    def identity(self) -> str:
        """Return the identifier of this server's entities: not secret, and unchanged
        when the server is renamed.
        """
        return f"uma_{self.server_id}"

    @property
    def former_identity(self) -> str:
        """Return the identifier used by builds before the first release, made from
        the server's name.
        """
        return re.sub(r"[^A-Za-z0-9_-]", "_", f"{self.prefix}_{self.node}")

    @property
    def birth(self) -> str:
        """Return the topic at which Home Assistant publishes ``online`` after its
        start.
        """
        return f"{self.discovery_prefix}/status"

    def discovery(self, component: str, object_id: str) -> str:
        """Return the discovery topic of an entity."""
        return f"{self.discovery_prefix}/{component}/{self.identity}/{object_id}/config"

    @property
    def every_discovery(self) -> tuple[str, ...]:
        """Return the filters for every entity ever announced for this server."""
        return tuple(
            f"{self.discovery_prefix}/{component}/{identity}/+/config"
            for component in COMPONENTS
            for identity in (self.identity, self.former_identity)
        )

    def is_discovery(self, topic: str) -> bool:
        """Return True if *topic* is a discovery topic of this server's entities."""
        return self._identity_in(topic) == self.identity

    def is_former_discovery(self, topic: str) -> bool:
        """Return True if *topic* is one of a build before the first release."""
        return self._identity_in(topic) == self.former_identity

    def _identity_in(self, topic: str) -> str | None:
        rest = topic.removeprefix(f"{self.discovery_prefix}/")
        component, identity, object_id, end, *more = [*rest.split("/", 4), "", "", "", ""]
        is_whole = component in COMPONENTS and end == "config" and not any(more)
        return identity if is_whole and rest != topic and _OBJECT_ID.fullmatch(object_id) else None
