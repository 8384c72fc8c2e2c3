"""The daemon's fences: their bounds from the settings, and the time at which they go
up.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

import structlog

import uma
from uma.aio.executor import Executor
from uma.aio.ticks import sleep_to_tick
from uma.config import Config, Problem
from uma.daemon.live_settings import is_on
from uma.feeds.feed import Feed
from uma.fence.bounds import FIRST_FREE_PORT, Bounds
from uma.fence.client import HAS_ENDED
from uma.fence.fences import Fences, put_up_fences
from uma.fence.kernel import count_threads
from uma.fence.landlock import is_shut
from uma.host import Host
from uma.model.health import Fence
from uma.runtime.openssl import lacks_tls

log = structlog.get_logger()

SYSTEM_FOLDERS: Final = (
    *("/bin", "/sbin", "/lib", "/lib64", "/usr", "/etc", "/boot", "/proc", "/sys"),
    *("/run", "/var/run", "/var/local", "/var/lib", "/var/log", "/tmp"),  # noqa: S108 - notifications lie there
)
"""Folders that feeds and the C library read. Of /var/lib only Docker's own folder,
where Unraid keeps its update checks. Not /mnt, not /dev.
"""

DEVICES: Final = ("null", "zero", "random", "urandom", "nvidiactl", "nvidia-modeset", "nvidia-uvm")
NVIDIA: Final = "nvidia[0-9]*"

THREAD_LOOK_SECONDS, THREAD_LOOKS = 0.002, 500
"""Seconds. An idle thread ends at once; one that waits for a flash drive may
never end.
"""

LOOK_SECONDS: Final = 30.0
"""Between looks at the flash drive and the steward."""

DNS_PORT: Final = 53
"""Long answers of DNS come by TCP."""

HTTP_PORTS: Final = (80, 443)
"""Ports that an address may redirect to."""


@asynccontextmanager
async def no_thread_left() -> AsyncIterator[None]:
    """Run functions inside the block in threads that have ended after it.

    Fences apply to threads that start later. A hanging thread delays this for a moment
    and prevents a fence, which health reports.
    """
    executor = Executor(1)
    asyncio.get_running_loop().set_default_executor(executor)
    try:
        yield
    finally:
        executor.shutdown()
        for _ in range(THREAD_LOOKS):
            # Python's own threads end a moment before the kernel's.
            if count_threads() == 1:
                break
            await asyncio.sleep(THREAD_LOOK_SECONDS)


class Fencing:
    """The daemon's fences: measured by the first settings, put up once, and compared
    with later settings. The daemon also reads the files *named*.
    """

    def __init__(self, host: Host, feeds: Sequence[Feed], named: Sequence[Path]) -> None:
        self._host = host
        self._feeds = feeds
        self._named = named
        self._bounds: Bounds | None = None
        self._fences = Fences()
        self._fault = ""

    @property
    def is_up(self) -> bool:
        """True if this process can no longer start a program."""
        return self._fences.is_any_up

    def measure(self, config: Config) -> None:
        """Determine the daemon's needs under *config*. Blocks on flash."""
        self._bounds = self._bounds_of(config)

    def put_up(self) -> None:
        """Put up the measured fences. Takes a millisecond."""
        if self._bounds is not None:
            devices = Path("/dev")
            self._fences = put_up_fences(
                self._bounds,
                own=self._host.own_folder,
                devices=[*(devices / name for name in DEVICES), *devices.glob(NVIDIA)],
                steward=self._host.steward,
            )

    def current(self) -> Mapping[str, Fence]:
        """Return each fence for health."""
        return self._fences.current()

    async def watch(self, on_fault: Callable[[], None]) -> NoReturn:
        """Call *on_fault* once the fence makes the flash drive unreadable, after it was
        mounted again, or the steward has ended. Looks twice a minute.
        """
        while True:
            await sleep_to_tick(LOOK_SECONDS)
            before, self._fault = self._fault, await asyncio.to_thread(self._find_fault)
            if self._fault not in ("", before):
                on_fault()

    def lack(self, config: Config) -> str:
        """Return why *config* needs a restart; "" if it does not. Blocks on flash."""
        fault = self._find_fault()
        if fault:
            return fault
        if lacks_tls(config):
            return "the settings need TLS, which was left out"
        lack = self._fences.lacks(self._bounds_of(config))
        return lack and f"the settings need {lack}"

    def _find_fault(self) -> str:
        """Return the fault that only a restart repairs, or "". Blocks on flash."""
        files = self._fences.by_name.get("files")
        if files is not None and files.state == "holds" and is_shut(self._host.flash_config):
            return "the flash drive was mounted again, and its files can't be read"
        return HAS_ENDED if self._host.steward is not None and self._host.steward.has_ended else ""

    def _bounds_of(self, config: Config) -> Bounds:
        needed = [feed for feed in self._feeds if is_on(feed, config)]
        return Bounds(
            calls=config.fence_calls,
            files=config.fence_files,
            rights=config.fence_rights,
            user=config.fence_user,
            controls=config.control,
            docker=self._host.docker_socket.absolute(),
            low_ports=frozenset({config.port} if config.port < FIRST_FREE_PORT else ()),
            allows_perf=any(feed.needs_counters for feed in needed),
            read=frozenset(_resolved(_readable(config, self._host, self._named))),
            # A tree of files belongs to a test or a developer, whose peers are
            # anywhere.
            ports=frozenset(_ports(config, self._host, needed)) if self._host.root == Path("/") else None,
        )


def problems_of(lack: str) -> list[Problem]:
    """Return health's problem for *lack*; none if nothing is lacking."""
    if not lack:
        return []
    log.warning("restart needed", reason=lack)
    return [Problem(0, "", f"{lack}: restart UMA", "fences")]


def _readable(config: Config, host: Host, named: Sequence[Path]) -> Iterator[Path]:
    yield from map(Path, SYSTEM_FOLDERS)
    if host.root != Path("/"):
        yield host.root
    # Later imports must be readable.
    yield from map(Path, (sys.prefix, sys.base_prefix, *(each for each in sys.path if each)))
    yield Path(uma.__file__).parents[1]
    texts = (config.tls_certificate, config.tls_key, config.mqtt_ca_file)
    for file in (*named, host.docker_socket, *(Path(text) for text in texts if text)):
        # The file's folder: a renewed file is a new one.
        yield file.absolute().parent


def _resolved(paths: Iterator[Path]) -> Iterator[Path]:
    """Yield each path, or its nearest existing parent."""
    for path in paths:
        found = path.absolute()
        while not found.exists() and found != found.parent:
            found = found.parent
        found = found.resolve()
        if found != Path("/"):
            yield found


def _ports(config: Config, host: Host, feeds: Sequence[Feed]) -> Iterator[int]:
    for feed in feeds:
        if feed.tcp_ports is not None:
            yield from feed.tcp_ports(host)
    if config.mqtt_host:
        yield from (config.mqtt_port, DNS_PORT)
    if config.heartbeat_url:
        yield from (*HTTP_PORTS, DNS_PORT)
        with suppress(ValueError):
            yield urlsplit(config.heartbeat_url).port or HTTP_PORTS[0]
