"""State behind the web side: set up by the daemon, changed by a reload,
read by every handler.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from uma.feeds.feed import Feed
from uma.model.health import Fence, SourceHealth
from uma.streams import Multiplex, Stream
from uma.web.access import Policy
from uma.web.denied_requests import DeniedRequests
from uma.web.pages import Page
from uma.web.scrapes import Scrapes
from uma.web.websocket import Clients

CONTAINERS = "/api/v1/docker/containers/"
"""The beginning of all addresses that change something."""

BULK = CONTAINERS + "bulk/"
OPERATIONS = ("start", "stop", "restart", "pause", "unpause")

METRICS = "metrics"
"""Switched off like a stream."""


@dataclass(slots=True)
class AppState:
    """The feeds and their streams by name, all over one socket, the sources' health,
    who may read, the dashboard.

    ``source_of`` gives the source of a feed by its name; None where it was never on.

    ``control`` answers what changes containers; None where that is switched off, and
    the router does not know it.

    ``display`` reads the webGUI's display settings, by which the dashboard writes
    numbers and times; it blocks.

    ``documents`` are the schemas that have been asked for, as they are sent.

    ``disabled`` names, by stream, the setting that switched it off; ``intervals`` the
    seconds between the heartbeats of a stream that has one.

    ``fences`` are those around this process, by name, as far as it has any.

    ``is_demo``: the array is a demo tree, not this server's own.

    ``ignored_settings`` are the settings that are not in force, a sentence each;
    ``is_shut`` if one of them guards, and something is therefore shut until it is
    corrected.
    """

    feeds: Sequence[Feed]
    streams: Mapping[str, Stream]
    multiplex: Multiplex
    sources: Mapping[str, SourceHealth]
    pages: Mapping[str, Page]
    started_at: float
    source_of: Callable[[str], object | None] = lambda _name: None
    began: float = field(default_factory=time.monotonic)
    display: Callable[[], Mapping[str, str]] = dict
    policy: Policy = field(default_factory=Policy)
    disabled: Mapping[str, str] = field(default_factory=dict)
    intervals: Mapping[str, float] = field(default_factory=dict)
    max_connections: int = 100
    clients: Clients = field(default_factory=Clients)
    documents: dict[str, bytes] = field(default_factory=dict)
    control: Handler | None = None
    ignored_settings: tuple[str, ...] = ()
    is_shut: bool = False
    scrapes: Scrapes = field(default_factory=Scrapes)
    is_demo: bool = False
    fences: Mapping[str, Fence] = field(default_factory=dict)
    denied_requests: DeniedRequests = field(default_factory=DeniedRequests)


SERVED = web.AppKey("served", AppState)
