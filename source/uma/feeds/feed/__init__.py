"""The parts of which a feed is described: frozen values,
without I/O or third-party imports.

A subject is one folder below ``uma/feeds``, and its name in ``SUBJECTS`` there. The
folder's ``__init__`` exports ``FEEDS``, a tuple of one Feed or several. It imports its
``model`` and nothing heavy; what only a running source needs is imported by the
function that builds it. A complete feed::

    # feeds/ups/model.py
    @dataclass(frozen=True, slots=True)
    class UpsStatus:
        '''State of the UPS. A field is None if it is not known now.'''

        kind: ClassVar[str] = "ups_status"
        retained: ClassVar[bool] = True  # False for events, which also have a seq
        about: ClassVar[str] = "The UPS, as its daemon reports it."  # required

        status: Annotated[str, Doc("State."), KnownWords("online", "on_battery")]
        load_percent: Annotated[float | None, Doc("Load."), PERCENT, ON_DEMAND]

    # feeds/ups/__init__.py
    INTERVAL = Seconds("UPS_INTERVAL", "UPS interval (seconds)", default=30, least=5)

    def _source(context: Context) -> Source:
        from uma.feeds.ups.source import UpsSource  # noqa: PLC0415 - while it is on

        return UpsSource(context)

    FEEDS = (
        Feed(
            name="ups/status",
            title="UPS",
            summary="State of the UPS: every 30 s, and after each change.",
            message=UpsStatus,
            source=_source,
            switch=Switch("UPS_STATUS", "UPS", "State of the UPS, by apcupsd or NUT."),
            interval=INTERVAL,
            metrics=(Gauge("uma_ups_load_ratio", "Load.", load_ratio),),
            entities=(
                sensor("ups_load", "UPS load", show(path("load_percent")), IN_PERCENT),
                problem("ups_problem", "UPS problem", path("status"), ok=("online",)),
            ),
            facts=lambda ups: ups.status,
            panel="panels/ups.js",
        ),
    )

    # feeds/ups/source.py
    class UpsSource:
        name = "ups"

        def __init__(self, context: Context) -> None: ...

        async def run(self, publish: Publish, report: Report) -> None:
            demand = self._context.demand("ups/status")
            while True:
                ups = await asyncio.to_thread(read_ups, self._context.host)
                publish(status_from(ups, demand.wanted))
                report("ok", "apcupsd at 127.0.0.1:3551")
                await self._wait()

**Several feeds of one source** (containers and their events): name the same function as
``source`` in both. The source publishes either type of message; its type decides the
stream.

**Reload.** ``run`` is cancelled and called again on the same object; ``settings.of``
gives the new values. A source keeps what has to survive that (a ``seq``) in attributes.

**Memory.** Long tables of metrics and entities are in modules of their own:
``metrics`` takes a function that imports and returns them, ``entities`` a function of
the message.
"""

from uma.feeds.feed.context import Context, Demand, Hint, Publish, Report, SettingsView, Source, registered
from uma.feeds.feed.description import Feed, Query, Resource, SourceFactory
from uma.feeds.feed.entities import (
    A_PROBLEM,
    A_TIME,
    IN_CELSIUS,
    IN_GIBIBYTES,
    IN_HERTZ,
    IN_MEGABYTES_PER_SECOND,
    IN_MINUTES,
    IN_PERCENT,
    IN_RPM,
    IN_VOLTS,
    IN_WATTS,
    MEASUREMENT,
    OTHER,
    Device,
    Entity,
    as_words,
    event,
    in_list,
    not_one_of,
    one_word,
    path,
    problem,
    scaled,
    sensor,
    show,
    word_sensor,
    words_of,
)
from uma.feeds.feed.fields import (
    CELSIUS,
    COUNT,
    MOMENT,
    ON_DEMAND,
    PERCENT,
    SECONDS,
    SERIAL,
    SIZE,
    TIMESTAMP,
    Doc,
    KnownWords,
    Matching,
    Rule,
    Words,
)
from uma.feeds.feed.metrics import Counter, Gauge, Labels, Metric, Sample, one_hot, ratio
from uma.settings import Choice, Count, Entries, Number, Seconds, Secret, Setting, Switch, Text

__all__ = [
    "A_PROBLEM",
    "A_TIME",
    "CELSIUS",
    "COUNT",
    "IN_CELSIUS",
    "IN_GIBIBYTES",
    "IN_HERTZ",
    "IN_MEGABYTES_PER_SECOND",
    "IN_MINUTES",
    "IN_PERCENT",
    "IN_RPM",
    "IN_VOLTS",
    "IN_WATTS",
    "MEASUREMENT",
    "MOMENT",
    "ON_DEMAND",
    "OTHER",
    "PERCENT",
    "SECONDS",
    "SERIAL",
    "SIZE",
    "TIMESTAMP",
    "Choice",
    "Context",
    "Count",
    "Counter",
    "Demand",
    "Device",
    "Doc",
    "Entity",
    "Entries",
    "Feed",
    "Gauge",
    "Hint",
    "KnownWords",
    "Labels",
    "Matching",
    "Metric",
    "Number",
    "Publish",
    "Query",
    "Report",
    "Resource",
    "Rule",
    "Sample",
    "Seconds",
    "Secret",
    "Setting",
    "SettingsView",
    "Source",
    "SourceFactory",
    "Switch",
    "Text",
    "Words",
    "as_words",
    "event",
    "in_list",
    "not_one_of",
    "one_hot",
    "one_word",
    "path",
    "problem",
    "ratio",
    "registered",
    "scaled",
    "sensor",
    "show",
    "word_sensor",
    "words_of",
]
