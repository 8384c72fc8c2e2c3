"""State of the web side: created by the daemon, changed by a reload, read by every
handler.
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
"""Prefix of all addresses that change something."""

BULK = CONTAINERS + "bulk/"

METRICS = "metrics"
"""Name of /metrics among the disabled addresses."""


@dataclass(slots=True)
class AppState:
    """The feeds and their streams by name, the multiplex, the sources' health, the
    access rules, and the dashboard.

    ``source_of`` returns the source of a feed by name; None if it was never enabled.

    ``control`` handles requests that change containers; None while that is disabled,
    and then the router has no such address.

    ``display`` reads the webGUI's display settings, by which the dashboard formats
    numbers and times; it blocks.

    ``documents`` caches the requested schemas in encoded form.

    ``disabled`` names, by stream, the setting that disabled it; ``intervals`` the
    seconds between the heartbeats of a stream that has one.

    ``fences`` returns those around this process, by name.

    ``is_demo``: the array is a demo, not this server's own.

    ``ignored_settings`` are the settings that are not in force, a sentence each;
    ``is_shut`` if one of them is a security setting, so that access is denied until it
    is corrected.
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
    fences: Callable[[], Mapping[str, Fence]] = dict
    denied_requests: DeniedRequests = field(default_factory=DeniedRequests)


SERVED = web.AppKey("served", AppState)
