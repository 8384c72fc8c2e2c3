"""The parts of the daemon: feeds become streams and sources, and settings reach each
part.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from uma.config import Config, Problem
from uma.daemon.live_settings import LiveSettings, interval_of, outdated, switched_off
from uma.daemon.own_address import OwnAddress
from uma.daemon.port import Port
from uma.daemon.supervision import HealthBoard
from uma.feeds.display import read_display
from uma.feeds.feed import Context, Demand, Feed, Hint, Publish, Source, SourceFactory
from uma.feeds.hostnames import Hostnames
from uma.feeds.server_identity import read_flash_guid, read_server_identity
from uma.host import Host
from uma.model import Message
from uma.model.close_codes import GOING_AWAY, POLICY_VIOLATION
from uma.model.daemon_state import DaemonState
from uma.model.health import Fence
from uma.outputs.mdns import MdnsAnnouncer
from uma.outputs.nchan import WebGui
from uma.runtime.openssl import tls_stand_in
from uma.runtime.server_id import ServerId
from uma.streams import Multiplex, Stream
from uma.web.access import Policy
from uma.web.pages import pages_folder, read_pages
from uma.web.rest import is_stale
from uma.web.state import METRICS, AppState
from uma.wire.envelope import Encode, encoder_of
from uma.wire.multiplex import Unsubscribed

if TYPE_CHECKING:
    from uma.web.tls import Certificate

KEPT_EVENTS = 1000
TLS = "tls"
MQTT = "mqtt"
"""The broker's entry in health."""

log = structlog.get_logger()


class App:
    """The streams, the sources and the web's state; they outlive a reload."""

    def __init__(self, config: Config, host: Host, feeds: Sequence[Feed], problems: Sequence[Problem] = ()) -> None:
        self.board = HealthBoard()
        self.hint = Hint()
        self.feeds = tuple(feeds)
        encode = encoder_of(self.feeds)
        self.streams = {feed.name: _make_stream(feed, config, encode) for feed in self.feeds}
        self.multiplex = Multiplex(
            self.streams,
            events=frozenset(feed.name for feed in self.feeds if not feed.retained),
            sampled=frozenset(feed.name for feed in self.feeds if feed.has_intervals),
            begin=self._begin_interval,
            end=self._end_interval,
            capacity=config.max_connections,
        )
        self.webgui = WebGui(host.nginx_socket, self.feeds, self.streams)
        self._stream_of = {feed.message: self.streams[feed.name] for feed in self.feeds}
        self._feed_of = {feed.name: feed for feed in self.feeds}
        self._sources: dict[SourceFactory, Source] = {}
        self._settings = LiveSettings(config)
        self._server_id = ServerId(host.server_id, partial(read_flash_guid, host))
        self._own_names = Hostnames(host)
        self._host = host
        self._address = OwnAddress(host, self._server_id)
        self.served = AppState(
            feeds=self.feeds,
            streams=self.streams,
            multiplex=self.multiplex,
            sources=self.board.sources,
            source_of=self._source_of,
            pages=read_pages(pages_folder()),
            display=partial(read_display, host),
            started_at=time.time(),
            is_demo=host.is_demo,
        )
        self.apply(config, problems)

    def apply(self, config: Config, problems: Sequence[Problem] = ()) -> None:
        """Put *config* in force, except for the address and the choice of running
        sources; health lists its *problems*.

        Afterwards ``sources`` has those that *config* enables, each with its publish
        function.
        """
        self.note_problems(problems)
        self.served.is_shut = any(problem.is_closed for problem in problems)
        for name in outdated(self.feeds, self._settings.config, config):
            self.streams[name].forget()
        self._settings.config = config
        policy = Policy(
            allowed=config.allowed_origins,
            token_sha256=config.token_sha256,
            key_sha256=self._address.key_sha256,
            own_names=self._own_names,
        )
        if policy.token_sha256 != self.served.policy.token_sha256:
            self.close_streams(POLICY_VIOLATION, "the token has changed")
        self.served.policy = policy
        self._let_control(config)
        self.served.max_connections = config.max_connections
        self.served.intervals = {feed.name: seconds for feed in self.feeds if (seconds := interval_of(feed, config))}
        self.served.disabled = {
            **switched_off(self.feeds, config),
            **({} if config.metrics else {METRICS: "METRICS"}),
        }
        self.sources = self._wanted_sources(config)
        self.multiplex.capacity = config.max_connections
        for name, stream in self.streams.items():
            stream.capacity = config.max_connections
            if name in self.served.disabled:
                reason = f"{name} has been switched off"
                stream.close(GOING_AWAY, reason)
                self.multiplex.stop_following(name, Unsubscribed(None, name, reason).encode())

    def note_problems(self, problems: Sequence[Problem]) -> None:
        """List *problems* as the settings that are not in force, for health."""
        self.served.ignored_settings = tuple(map(str, problems))

    def _let_control(self, config: Config) -> None:
        """Enable or disable control of containers by *config*; without a token it stays
        disabled.
        """
        if not (config.control and config.token_sha256):
            self.served.control = None
        elif self.served.control is None:
            # Imported here: few servers enable it, and code that changes something is
            # not even loaded on the others.
            from uma.control import Bulk, Containers  # noqa: PLC0415

            self.served.control = Bulk(Containers(self._host.docker_socket, steward=self._host.steward)).answer

    def _wanted_sources(self, config: Config) -> list[tuple[Source, Publish]]:
        """Build the sources that *config* enables. Health lists each before the first
        one runs.
        """
        wanted: dict[str, tuple[Source, Publish]] = {}
        for feed in self.feeds:
            if feed.name not in self.served.disabled:
                source = self._built(feed)
                wanted[source.name] = (source, self._publish)
                for companion in () if feed.companions is None else feed.companions(source):
                    wanted[companion.name] = (companion, self._publish_nothing)
        for reader in self._wanted_readers(config):
            wanted[reader.name] = (reader, self._publish_nothing)
        for name in tuple(self.board.sources):
            if name not in wanted:
                self.board.forget(name)
        for name in wanted:
            self.board.expect(name)
        return list(wanted.values())

    def _wanted_readers(self, config: Config) -> Iterator[Source]:
        """Yield the readers of the streams, which publish nothing themselves."""
        if config.webgui:
            yield self.webgui
        if config.announce:
            has_token = bool(config.token_sha256)
            yield MdnsAnnouncer(self._host, partial(self._address.announcement, has_token=has_token))
        if config.heartbeat_url:
            # It imports TLS if the address needs it, which few servers have.
            from uma.outputs.heartbeat import Heartbeat  # noqa: PLC0415

            yield Heartbeat(config.heartbeat_url, lambda: not self._daemon_state().is_degraded_beside(Heartbeat.name))
        if config.mqtt_host:
            # Its imports cost memory, and few servers have a broker.
            with tls_stand_in():
                from uma.outputs.mqtt.publisher import MqttPublisher  # noqa: PLC0415

            yield MqttPublisher(
                feeds=[feed for feed in self.feeds if feed.name not in self.served.disabled],
                streams=self.streams,
                intervals=self.served.intervals,
                config=config,
                host=self._host,
                nameplate=partial(read_server_identity, self._host, self._server_id),
                private=[feed.name for feed in self.feeds if feed.is_private and feed.retained],
            )

    def _built(self, feed: Feed) -> Source:
        """Return the source of *feed*, built at first use; feeds with one factory share
        it.
        """
        if feed.source not in self._sources:
            context = Context(
                server_id=self._server_id,
                host=self._host,
                settings=self._settings,
                demand=lambda name: self.streams[name].demand if name in self.streams else Demand(),
                newest=self._newest,
                listeners=lambda name: self.streams[name].listeners if name in self.streams else set(),
                hint=self.hint,
                source=self._source_of,
                daemon=self._daemon_state,
                health_listeners=self.board.listeners,
            )
            self._sources[feed.source] = feed.source(context)
        return self._sources[feed.source]

    def _daemon_state(self) -> DaemonState:
        served, now = self.served, time.monotonic()
        return DaemonState(
            started_at=served.started_at,
            has_token=served.policy.token_sha256 != "",
            has_control=served.control is not None,
            is_shut=served.is_shut,
            feeds=tuple(feed.name for feed in self.feeds if feed.name not in served.disabled),
            sources=served.sources,
            stale=tuple(name for name, stream in self.streams.items() if is_stale(served, stream, now)),
        )

    def _source_of(self, name: str) -> object | None:
        """Return the source of the feed *name*; None if it was never enabled."""
        return self._sources.get(self._feed_of[name].source)

    def _newest(self, name: str) -> Message | None:
        """Return the newest message of the feed *name*; None if it is off, or not part
        of this build.
        """
        stream = self.streams.get(name)
        return None if stream is None or name in self.served.disabled else stream.newest

    def _begin_interval(self, name: str, interval: float, publish: Callable[[Message], None]) -> None:
        source: Any = self._built(self._feed_of[name])
        source.add_interval(interval, publish)

    def _end_interval(self, name: str, interval: float) -> None:
        source: Any = self._built(self._feed_of[name])
        source.drop_interval(interval)

    def prepare(self) -> None:
        """Create what can't be created behind the fences. Blocks."""
        self._server_id()
        if not self._host.is_demo:
            # A demo's tree is part of the project and stays unchanged.
            with suppress(OSError):
                self._host.own_folder.mkdir(mode=0o700, exist_ok=True)

    def note_fences(self, fences: Callable[[], Mapping[str, Fence]]) -> None:
        """Have health show *fences*; from now on the steward writes the notice."""
        self.served.fences = fences
        if self._host.steward is not None:
            self._address.write_by(self._host.steward)

    def close_streams(self, code: int, reason: str) -> None:
        """End every connection."""
        for stream in self.streams.values():
            stream.close(code, reason)
        self.multiplex.close(code, reason)

    def sources_with(self, certificate: "Certificate | None") -> list[tuple[Source, Publish]]:
        """Return every source that the settings enable, and the port's *certificate*,
        which renews itself.
        """
        return [*self.sources, *([] if certificate is None else [(certificate, self._publish_nothing)])]

    def note_port(self, bind: str, port: Port) -> None:
        """Publish the daemon's address, and the state of *port* in health. Blocks."""
        if port.fault:
            self.board.report(TLS, "failed", f"no port is open: {port.fault}")
        elif port.certificate is None:
            self.board.forget(TLS)
        self._address.publish(bind, port=port.number, has_tls=port.certificate is not None)

    def _publish(self, message: Message) -> None:
        """Publish *message* on the stream of its type, unless that is disabled."""
        stream = self._stream_of[type(message)]
        if stream.name not in self.served.disabled:
            stream.publish(message)

    @staticmethod
    def _publish_nothing(message: Message) -> None:
        """Drop the message: this source only nudges others or forwards data."""


def _make_stream(feed: Feed, config: Config, encode: Encode) -> Stream:
    return Stream(
        feed.name,
        encode=encode,
        clock=time.time,
        capacity=config.max_connections,
        recent=1 if feed.retained else KEPT_EVENTS,
        demand=Demand(),
    )
