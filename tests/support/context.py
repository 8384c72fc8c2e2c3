"""A source's context, with streams that the test fills."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from uma.feeds.feed import Context, Demand, Setting
from uma.host import Host
from uma.model.daemon_state import DaemonState
from uma.model.message import Message


class Settings:
    """Settings in force: the defaults, except those that the test changes by key."""

    def __init__(self, **values: Any) -> None:
        self.values = values

    def of(self, setting: Setting[Any]) -> Any:
        return self.values.get(setting.key, setting.default)


class Streams:
    """The newest message of each feed; ``put`` calls the listeners."""

    def __init__(self, daemon: DaemonState | None = None) -> None:
        self.daemon = daemon or DaemonState()
        self.health_listeners: set = set()
        self.sources: dict[str, object] = {}
        self.newest: dict[str, Message] = {}
        self.listeners: defaultdict[str, set] = defaultdict(set)
        self.demands: defaultdict[str, Demand] = defaultdict(Demand)

    def health_changed(self) -> None:
        for listener in tuple(self.health_listeners):
            listener()

    def put(self, name: str, message: Message) -> None:
        self.newest[name] = message
        for listener in tuple(self.listeners[name]):
            listener()


def context_on(root: Path, streams: Streams, **settings: Any) -> Context:
    """Return a context of the host below *root*."""
    return Context(
        host=Host(root),
        settings=Settings(**settings),
        demand=lambda name: streams.demands[name],
        newest=streams.newest.get,
        listeners=lambda name: streams.listeners[name],
        source=streams.sources.get,
        daemon=lambda: streams.daemon,
        health_listeners=streams.health_listeners,
    )
