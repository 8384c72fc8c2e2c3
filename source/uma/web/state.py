"""What the web side serves from: set up by the daemon, changed by a reload, read by every handler."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from uma.feeds.docker.model import DockerEvent
from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.model import StorageStatus
from uma.feeds.system.model import SystemStats
from uma.model.health import SourceHealth
from uma.streams import History, Multiplex, Stream
from uma.web.access import Policy
from uma.web.denied_requests import DeniedRequests
from uma.web.event_counts import EventCounts
from uma.web.pages import Page
from uma.web.scrapes import Scrapes
from uma.web.websocket import Clients

SYSTEM, DOCKER, STORAGE = "system/stats", "docker/events", "storage/status"
MESSAGE_TYPES = {SYSTEM: SystemStats.kind, DOCKER: DockerEvent.kind, STORAGE: StorageStatus.kind}
BULK = "/api/v1/docker/containers/bulk/"
"""What the addresses that change something begin with."""

METRICS = "metrics"
"""Switched off like a stream."""


@dataclass(slots=True)
class AppState:
    """Streams by name and all over one socket, the retained history, the sources' health, who may read, the dashboard.

    ``smart`` gives the drives' SMART readings of now, by slot name; ``containers`` how many
    there are in each state, as Docker's events tell; ``events`` counts those.

    ``control`` answers what changes containers; None where that is switched off, and the router does not know it.

    ``display`` reads the webGUI's display settings, by which the dashboard writes numbers and times; it blocks.

    ``documents`` are the schemas that have been asked for, as they are sent.

    ``disabled`` names, by stream, the setting that switched it off; ``intervals`` the seconds between the heartbeats of
    a stream that has one.

    ``ignored_settings`` are the settings that are not in force, a sentence each; ``is_shut`` if one of them guards, and
    something is therefore shut until it is corrected.
    """

    streams: Mapping[str, Stream]
    multiplex: Multiplex
    history: History
    sources: Mapping[str, SourceHealth]
    pages: Mapping[str, Page]
    started_at: float
    began: float = field(default_factory=time.monotonic)
    display: Callable[[], Mapping[str, str]] = dict
    smart: Callable[[], Mapping[str, SmartReading]] = dict
    policy: Policy = field(default_factory=Policy)
    disabled: Mapping[str, str] = field(default_factory=dict)
    intervals: Mapping[str, float] = field(default_factory=dict)
    max_connections: int = 100
    containers: Callable[[], Mapping[str, int]] = dict
    events: EventCounts = field(default_factory=EventCounts)
    clients: Clients = field(default_factory=Clients)
    documents: dict[str, bytes] = field(default_factory=dict)
    control: Handler | None = None
    ignored_settings: tuple[str, ...] = ()
    is_shut: bool = False
    scrapes: Scrapes = field(default_factory=Scrapes)
    denied_requests: DeniedRequests = field(default_factory=DeniedRequests)


SERVED = web.AppKey("served", AppState)
