"""Publishes the streams to a broker, and announces their entities to Home Assistant: a
reader that runs like a source.
"""

import asyncio
import math
import ssl
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from uma.config import Config
from uma.errors import SourceError, SourceFailed, SourceUnavailable
from uma.feeds.feed import Feed, Publish, Report
from uma.host import Host
from uma.model.server_identity import ServerIdentity
from uma.outputs.mqtt.bridge import Link, connected
from uma.outputs.mqtt.broker import Broker, read_broker, read_trust
from uma.outputs.mqtt.claim import Claim, Yielded
from uma.outputs.mqtt.client import ConnectionLost, signed_on, until_ended
from uma.outputs.mqtt.events import LostEvents
from uma.outputs.mqtt.failover import MOVED_ANSWER_SECONDS, Failover
from uma.outputs.mqtt.progress import Progress
from uma.outputs.mqtt.selection import selected
from uma.outputs.mqtt.session import Content, Session
from uma.outputs.mqtt.timing import USUAL, Timing
from uma.outputs.mqtt.topics import Topics, node_of
from uma.streams import Stream

MAX_DROPS = 2
"""Number of connections in a row that end soon after logging in before a broker gets a
pause.
"""

log = structlog.get_logger()


class MqttPublisher:
    """Reader of the *streams* of *feeds* while it is connected to the broker of
    ``config``, which a reload may change.

    *intervals* are the seconds between two messages of a state, by feed. *private*
    names states with texts, which the broker must not retain unless it gets them.
    """

    name = "mqtt"

    def __init__(
        self,
        *,
        feeds: Sequence[Feed],
        streams: Mapping[str, Stream],
        intervals: Mapping[str, float],
        config: Config,
        host: Host,
        nameplate: Callable[[], ServerIdentity],
        private: Sequence[str] = (),
        timing: Timing = USUAL,
    ) -> None:
        self.config = config
        # A word that selects nothing can be the name of a feed that is switched off.
        self._feeds, _ = selected(feeds, config.mqtt_feeds)
        self._withheld = tuple(name for name in private if name not in {feed.name for feed in self._feeds})
        self._streams = streams
        self._intervals = intervals
        self._host = host
        self._nameplate = nameplate
        self._timing = timing
        self._has_warned = False
        # Kept over a connection's end.
        self._began = time.time()
        self._has_yielded = False
        # The index of the present broker: the next of several after each connection
        # that failed or ended.
        self._turn = 0
        self._failover = Failover()
        self._has_signed_on = False
        self._drops = 0
        self._lost = LostEvents()

    async def run(self, publish: Publish, report: Report) -> None:  # noqa: ARG002 - it reads messages, and makes none
        """Connect and publish until the connection is lost; after the loss of one of
        several brokers, continue at the next for a while. Raises SourceError.
        """
        while True:
            try:
                await self._run_at_next(report)
                return
            except SourceUnavailable as absence:
                pause = self._failover.pause()
                if pause is None or not self._has_several or self._drops > MAX_DROPS:
                    raise
                report("unavailable", str(absence))
            await asyncio.sleep(pause)

    @property
    def _has_several(self) -> bool:
        return len(self.config.mqtt_host.split()) > 1

    async def _run_at_next(self, report: Report) -> None:
        """Connect to the present broker, and publish until the connection is lost.
        Raises SourceError.
        """
        try:
            broker = await asyncio.to_thread(read_broker, self.config, self._host, self._turn)
            self._warn_of(broker)
            trust = await asyncio.to_thread(read_trust, broker, self._host)
            nameplate = await asyncio.to_thread(self._nameplate)
            topics = Topics(
                self.config.mqtt_prefix, node_of(nameplate.name), nameplate.id, self.config.mqtt_discovery_prefix
            )
            try:
                await self._connect(
                    broker, trust, topics.elsewhere() if self._has_yielded else topics, nameplate, report
                )
            except Yielded:
                self._has_yielded = True
                log.warning("mqtt topics taken", base=topics.base, instead=topics.elsewhere().base)
                await self._connect(broker, trust, topics.elsewhere(), nameplate, report)
        except SourceFailed as failure:
            report("failed", str(failure))
            if (self._turn + 1) % len(self.config.mqtt_host.split()) == 0:
                # Every broker has been tried.
                await asyncio.sleep(self._timing.refused)
            raise
        finally:
            self._turn += 1

    def _warn_of(self, broker: Broker) -> None:
        """Log once, not at each attempt, that other users may read the
        password's file.
        """
        if broker.readable_by_others is not None and not self._has_warned:
            self._has_warned = True
            path = str(broker.readable_by_others)
            log.warning("password readable by others", path=path, advice=f"chmod 600 {path}")

    async def _connect(
        self,
        broker: Broker,
        trust: ssl.SSLContext | None,
        topics: Topics,
        nameplate: ServerIdentity,
        report: Report,
    ) -> None:
        """Publish until the connection is lost. Raises SourceError, and Yielded if the
        topics belong to another server.
        """
        failure, has_yielded = None, False
        async with connected(broker, trust) as link:
            try:
                failure = await self._serve(broker, link, topics, nameplate, report)
            except* Yielded:
                has_yielded = True
        if has_yielded:
            raise Yielded
        if failure is not None:
            if self._drops > MAX_DROPS:
                report("unavailable", str(failure))
                await asyncio.sleep(self._timing.dropped)
            raise failure

    async def _serve(
        self, broker: Broker, link: Link, topics: Topics, nameplate: ServerIdentity, report: Report
    ) -> SourceError | None:
        """Publish until the connection is lost; return the reason."""
        failure: SourceError | None = None
        progress = Progress(broker, topics, self._lost, report, echo_seconds=self._timing.echo)
        content = Content(
            self._feeds, self._streams, self._intervals, self.config.mqtt_discovery, withheld=self._withheld
        )
        has_moved = self._has_signed_on and self._has_several
        login_seconds = min(self._timing.answer, self._failover.answer_seconds() if self._has_several else math.inf)
        attempt = self._failover.attempt if self._has_several else 0
        answer_seconds = MOVED_ANSWER_SECONDS if has_moved else self._timing.answer
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(until_ended(link), name="mqtt watch")
                async with signed_on(
                    broker,
                    link,
                    topics,
                    attempt=attempt,
                    within_seconds=login_seconds,
                    answer_seconds=answer_seconds,
                ) as client:
                    progress.begin(client)
                    self._has_signed_on = True
                    claim = Claim(nameplate.id, self._began)
                    session = Session(
                        client, topics, content, nameplate, claim=claim, progress=progress, timing=self._timing
                    )
                    await session.run(has_moved=has_moved, must_renew=self._has_several)
        except* (ConnectionLost, TimeoutError) as failures:
            failure = progress.trouble(failures.exceptions)
            self._drops = self._drops + 1 if progress.is_dropped else 0
            self._failover.begin(progress.seconds)
        return link.fault or failure
