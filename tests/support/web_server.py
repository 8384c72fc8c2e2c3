"""A served application on a real socket, with streams that the test publishes to."""

import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.feeds import DOCKER, SYSTEM
from tests.support.raw_sockets import Connection, connect, upgrade_head
from uma.listener.connection import GuardedConnection
from uma.model import Message
from uma.streams import Stream
from uma.web.state import AppState


@dataclass
class Server:
    served: AppState
    port: int
    paces: dict[float, Callable[[Message], None]]
    sources: dict[str, Any]
    clients: list[Connection] = field(default_factory=list)

    async def connect(self, **options) -> Connection:
        """A connection that ends with the test."""
        self.clients.append(await connect(self.port, **options))
        return self.clients[-1]

    async def upgrade(self, path: str = "/api/v1/ws/system/stats", **headers: str) -> Connection:
        """A connection that has become a WebSocket."""
        client = await self.connect()
        client.send(upgrade_head(path, **headers))
        status, _ = await client.head()
        assert status == 101
        return client

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def system(self) -> Stream:
        return self.served.streams[SYSTEM]

    @property
    def docker(self) -> Stream:
        return self.served.streams[DOCKER]


def open_guards() -> list[GuardedConnection]:
    """The server's side of every open connection."""
    return [each for each in gc.get_objects() if isinstance(each, GuardedConnection) and each.is_open]
