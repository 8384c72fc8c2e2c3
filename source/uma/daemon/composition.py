"""What the daemon is made of, and what goes where: the sources' messages onto streams, the settings into every part."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

import uma
from uma.config import Config, Problem
from uma.daemon.supervision import HealthBoard
from uma.feeds.docker.source import DockerSource
from uma.feeds.hostnames import Hostnames
from uma.feeds.server_identity import read_server_identity
from uma.feeds.smart.drives import read_drives
from uma.feeds.smart.source import SmartSource
from uma.feeds.source import Publish, Source
from uma.feeds.storage.emhttp import read_display
from uma.feeds.storage.source import StorageSource
from uma.feeds.system.model import SystemStats
from uma.feeds.system.source import SystemSource
from uma.feeds.udev import UdevSource
from uma.host import Host
from uma.model import Message
from uma.model.close_codes import GOING_AWAY, POLICY_VIOLATION
from uma.outputs.nchan import WebGui
from uma.runtime.server_info import hash_of, leave_notice, new_key
from uma.streams import History, Multiplex, Stream
from uma.streams.history import RETAINED_SECONDS
from uma.web.access import Policy
from uma.web.pages import pages_folder, read_pages
from uma.web.state import DOCKER, METRICS, STORAGE, SYSTEM, AppState
from uma.wire.envelope import encode
from uma.wire.multiplex import Unsubscribed

KEPT_EVENTS = 1000
MQTT = "mqtt"
"""The broker's entry in health."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Paths:
    """What is not a setting: the host observed, and Docker's socket."""

    host: Host
    docker_socket: Path


class App:
    """The streams, the sources and what is served of them; they outlive a reload."""

    def __init__(self, config: Config, paths: Paths, problems: Sequence[Problem] = ()) -> None:
        host = paths.host
        self.board = HealthBoard()
        self.streams = {name: _make_stream(name, config) for name in (SYSTEM, DOCKER, STORAGE)}
        self.history = History(_retained_samples(config))
        self.system = SystemSource(host=host, interval=config.stats_interval)
        self.multiplex = Multiplex(
            self.streams,
            events={DOCKER},
            sampled=SYSTEM,
            begin=self.system.add_interval,
            end=self.system.drop_interval,
            capacity=config.max_connections,
        )
        self.docker = DockerSource(socket=paths.docker_socket, exec_events=config.exec_events)
        self.smart = SmartSource(
            host=host,
            mode="cached",
            changed=lambda: self.storage.nudge(),  # noqa: PLW0108 - storage is made next, and needs smart's readings
            drives=partial(read_drives, host),
        )
        self.storage = StorageSource(
            host=host, interval=config.storage_interval, smart=lambda: self.smart.readings, seated=self.smart.seat
        )
        self.udev = UdevSource(self.look_again)
        self.webgui = WebGui(host.nginx_socket, self.streams)
        self._docker_socket = paths.docker_socket
        self._own_names = Hostnames(host)
        self._host = host
        self._notice, self._key = host.notice, new_key()
        self.served = AppState(
            streams=self.streams,
            multiplex=self.multiplex,
            history=self.history,
            sources=self.board.sources,
            pages=read_pages(pages_folder()),
            display=partial(read_display, host),
            started_at=time.time(),
            smart=lambda: self.smart.readings,
            containers=lambda: self.docker.containers,
        )
        self.apply(config, problems)

    def apply(self, config: Config, problems: Sequence[Problem] = ()) -> None:
        """Put *config* in force everywhere but in the address and in which sources run; health lists its *problems*."""
        self.served.ignored_settings = tuple(map(str, problems))
        self.served.is_shut = any(problem.is_closed for problem in problems)
        self.system.interval = config.stats_interval
        self.storage.interval = config.storage_interval
        self.docker.exec_events = config.exec_events
        if config.smart == "off":
            self.smart.readings = {}
        else:
            self.smart.mode = config.smart
        self.history.resize(_retained_samples(config))
        policy = Policy(
            allowed=config.allowed_origins,
            token_sha256=config.token_sha256,
            key_sha256=hash_of(self._key),
            own_names=self._own_names,
        )
        if policy.token_sha256 != self.served.policy.token_sha256:
            self.close_streams(POLICY_VIOLATION, "the token has changed")
        self.served.policy = policy
        self._let_control(config)
        self.served.max_connections = config.max_connections
        self.served.intervals = {SYSTEM: config.stats_interval, STORAGE: config.storage_interval}
        self.served.disabled = {
            stream: setting
            for stream, setting, is_wanted in (
                (SYSTEM, "SYSTEM_STATS", config.system_stats),
                (DOCKER, "DOCKER_EVENTS", config.docker_events),
                (STORAGE, "STORAGE_STATUS", config.storage_status),
                (METRICS, "METRICS", config.metrics),
            )
            if not is_wanted
        }
        self._list_sources(config)
        self.multiplex.capacity = config.max_connections
        for name, stream in self.streams.items():
            stream.capacity = config.max_connections
            if name in self.served.disabled:
                reason = f"{name} has been switched off"
                stream.close(GOING_AWAY, reason)
                self.multiplex.stop_following(name, Unsubscribed(None, name, reason).encode())

    def _let_control(self, config: Config) -> None:
        """Let containers be controlled, or not, as *config* says: never without a token."""
        if not (config.control and config.token_sha256):
            self.served.control = None
        elif self.served.control is None:
            # Here, since few servers want it: what changes something is not even imported on the others.
            from uma.control import Bulk, Containers  # noqa: PLC0415

            self.served.control = Bulk(Containers(self._docker_socket)).answer

    def _list_sources(self, config: Config) -> None:
        """Have health list each source that *config* asks for, before the first of them runs, and no other."""
        wanted = {
            self.system.name: config.system_stats,
            self.docker.name: config.docker_events,
            self.storage.name: config.storage_status,
            self.smart.name: config.storage_status and config.smart != "off",
            self.udev.name: config.storage_status,
            self.webgui.name: config.webgui,
            MQTT: bool(config.mqtt_host),
        }
        for name, is_wanted in wanted.items():
            if is_wanted:
                self.board.expect(name)
            else:
                self.board.forget(name)

    def wanted_sources(self, config: Config) -> list[tuple[Source, Publish]]:
        """Each source that *config* asks for, and where its messages go."""
        sources: list[tuple[bool, Source, Publish]] = [
            (config.system_stats, self.system, self._publish_stats),
            (config.docker_events, self.docker, self._publish_event),
            (config.storage_status, self.storage, self.streams[STORAGE].publish),
            (config.storage_status and config.smart != "off", self.smart, self._publish_nothing),
            (config.storage_status, self.udev, self._publish_nothing),
            (config.webgui, self.webgui, self._publish_nothing),
        ]
        wanted = [(source, publish) for is_wanted, source, publish in sources if is_wanted]
        return [*wanted, *self._wanted_readers(config)]

    def _wanted_readers(self, config: Config) -> list[tuple[Source, Publish]]:
        """What reads the streams for others, and publishes nothing on them."""
        if not config.mqtt_host:
            return []
        # What it imports costs memory, and few servers have a broker.
        from uma.outputs.mqtt.publisher import MqttPublisher  # noqa: PLC0415

        nameplate = partial(read_server_identity, self._host)
        reader = MqttPublisher(streams=self.streams, config=config, host=self._host, nameplate=nameplate)
        return [(reader, self._publish_nothing)]

    def look_again(self) -> None:
        """Something about the devices may have changed: look now, not at the next look."""
        self.storage.nudge()
        self.smart.nudge()

    def close_streams(self, code: int, reason: str) -> None:
        """End every connection."""
        for stream in self.streams.values():
            stream.close(code, reason)
        self.multiplex.close(code, reason)

    def leave_notice(self, bind: str, port: int) -> None:
        """Tell root on this machine where the daemon serves. Blocks."""
        try:
            leave_notice(self._notice, version=uma.__version__, bind=bind, port=port, key=self._key)
        except OSError as error:
            # Normal for a demo, a test, and whoever is not root.
            log.debug("no notice left", path=str(self._notice), reason=str(error))

    @staticmethod
    def _publish_nothing(message: Message) -> None:
        """Where the messages of a source that only nudges or hands on would go."""

    def _publish_event(self, message: Message) -> None:
        self.streams[DOCKER].publish(message)
        self.served.events.add(message)

    def _publish_stats(self, message: Message) -> None:
        self.streams[SYSTEM].publish(message)
        if isinstance(message, SystemStats):
            self.history.add(time.time(), message)


def _make_stream(name: str, config: Config) -> Stream:
    return Stream(
        name,
        encode=encode,
        clock=time.time,
        capacity=config.max_connections,
        recent=KEPT_EVENTS if name == DOCKER else 1,
    )


def _retained_samples(config: Config) -> int:
    return max(1, RETAINED_SECONDS // config.stats_interval)
