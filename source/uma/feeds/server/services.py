"""Services that are switched on in Unraid and don't run, such as a Docker with a
damaged image. The webGUI reports them on their own pages only.
"""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from typing import Any, Final

DOCKER: Final = "docker"
VMS: Final = "vms"
UPS: Final = "ups"

GRACE_SECONDS: Final = 300.0
"""Time that a service may take: emhttpd starts Docker and libvirt after the array."""


def stopped_services(newest: Callable[[str], Any]) -> frozenset[str]:
    """Return the services that are enabled and don't run, by the feeds' *newest*
    messages. Docker and libvirt run only while the array is started.
    """
    return frozenset(_stopped(newest))


def _stopped(newest: Callable[[str], Any]) -> Iterator[str]:
    if getattr(newest("storage/status"), "array_status", None) == "started":
        for name, feed in ((DOCKER, "docker/containers"), (VMS, "vms/status")):
            if _is_stopped(newest(feed)):
                yield name
    if _is_stopped(newest("ups/status")):
        yield UPS


def _is_stopped(message: Any) -> bool:  # noqa: ANN401 - a message of any of the three feeds
    return getattr(message, "service", None) == "stopped"


@dataclass(slots=True)
class StoppedLog:
    """Times since when services are stopped; monotonic."""

    _since: dict[str, float] = field(default_factory=dict)

    def note(self, stopped: Set[str], now: float) -> tuple[str, ...]:
        """Note which services are *stopped*; return those that have been for longer
        than GRACE_SECONDS.
        """
        self._since = {name: self._since.get(name, now) for name in stopped}
        return tuple(sorted(name for name, since in self._since.items() if now - since >= GRACE_SECONDS))
