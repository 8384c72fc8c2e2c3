"""The description of a feed."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from uma.feeds.feed.context import Context, Source
from uma.feeds.feed.entities import Entity
from uma.feeds.feed.metrics import Metric
from uma.host import Host
from uma.settings import AnySetting, Choice, Seconds, Switch

SourceFactory = Callable[[Context], Source]
Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Resource:
    """A REST address that is not a stream: history, SMART data.

    ``answer`` gets the feed's source and the query, and may be async. It returns bytes
    of JSON, or an object that msgspec encodes; it raises BadRequest for 400. ``result``
    is the type of the answer, which OpenAPI describes. A disabled feed gives 503.
    """

    path: str
    summary: str
    answer: Callable[[Any, Query], object | Awaitable[object]]
    result: Any
    query: Mapping[str, Mapping[str, Any]] | None = None
    """JSON Schema of each query parameter."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Everything about one feed. The package's docstring has an example.

    Args:
        name: ``subject/what``: the REST and WebSocket path, MQTT topic, CLI argument.
        title: a heading, such as ``UPS``.
        summary: content and frequency, in one sentence. OpenAPI,
        AsyncAPI and the docs have it.
        message: the message's type; its ``retained`` decides state or events.
        source: builds the source, and imports what only it needs. Feeds that name the
            same function share the source: it runs while one of them is on.
        switch: the setting that switches it off; for a Choice, the word ``no``.
        settings: the feed's other settings.
        needs: the name of a feed that this one's source reads; while that is off, this
            one is, too.
        interval: seconds between heartbeats, or the setting that holds them; None for
            events. A message older than three intervals degrades health.
        metrics: the families, or a function that imports and returns them.
        entities: Home Assistant's, or a function of the newest message (one device per
            disk). The function returns None while it is not known which exist.
        lazy_entities: a function that imports and returns entities that always exist.
        layout: the part of a message that decides which entities exist; see
            ``entities``.
        facts: the part of a message whose change a broker gets at once; figures wait 15
            s.
        snapshot: reads one message now, blocking, for the command line; without it the
            source runs until its first message.
        resources: REST addresses beside the stream.
        companions: function from the feed's source to sources without messages that run
            beside it.
        panel: the dashboard's module, such as ``panels/ups.js``.
        channel: the nchan channel; ``uma_ups_status`` unless given.
        lifted: fields that the envelope repeats beside ``data``.
        public: fields that a GET returns even without the token: the server's identity
            only.
        occurred_at: the Unix time of an event; the time of publication unless given.
        is_private: whether its texts may name people: diagnostics leave it out.
        has_intervals: whether the source has ``add_interval`` and ``drop_interval``,
            for clients of the multiplex that ask for an interval of their own.
        tcp_ports: reads the ports of the feed's peers; the daemon can connect to no
            others.
        needs_counters: whether it reads the kernel's performance counters.
    """

    name: str
    title: str
    summary: str
    message: type
    source: SourceFactory
    switch: Switch | Choice
    settings: tuple[AnySetting, ...] = ()
    needs: str | None = None
    interval: float | Seconds | None = 30.0
    metrics: Sequence[Metric] | Callable[[], Sequence[Metric]] = ()
    entities: Sequence[Entity] | Callable[[Any], Iterable[Entity] | None] = ()
    lazy_entities: Callable[[], Sequence[Entity]] | None = None
    layout: Callable[[Any], object] | None = None
    facts: Callable[[Any], object] | None = None
    snapshot: Callable[[Context], Any] | None = None
    resources: tuple[Resource, ...] = ()
    companions: Callable[[Any], Iterable[Source]] | None = None
    panel: str | None = None
    channel: str = ""
    lifted: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    occurred_at: Callable[[Any], float] | None = None
    is_private: bool = False
    has_intervals: bool = False
    tcp_ports: Callable[[Host], Iterable[int]] | None = None
    needs_counters: bool = False

    @property
    def subject(self) -> str:
        """The first part of the name: ``ups``."""
        return self.name.partition("/")[0]

    @property
    def kind(self) -> str:
        """The ``type`` of its messages on the wire."""
        kind: str = self.message.kind  # type: ignore[attr-defined]  # a message's, see Message
        return kind

    @property
    def retained(self) -> bool:
        """True if only the newest message matters, False for events."""
        retained: bool = self.message.retained  # type: ignore[attr-defined]  # see kind
        return retained

    @property
    def nchan_channel(self) -> str:
        """The webGUI's channel."""
        return self.channel or f"uma_{self.name.replace('/', '_')}"

    @property
    def all_settings(self) -> tuple[AnySetting, ...]:
        """The switch, the interval if it is a setting, and the others, each once."""
        interval = (self.interval,) if isinstance(self.interval, Seconds) else ()
        return tuple({setting.key: setting for setting in (self.switch, *interval, *self.settings)}.values())
