"""Messages of the feeds that the server's summary judges, with the fields that it reads."""

from types import SimpleNamespace
from typing import Any


def container(**changes: Any) -> SimpleNamespace:
    """Return a container that runs."""
    usual = {"name": "plex", "state": "running", "health": None, "exit_code": None, "stopped": None, "oom_kills": 0}
    return SimpleNamespace(**(usual | changes))


def containers(*each: SimpleNamespace, service: str = "running", image: Any = None) -> SimpleNamespace:
    """Return the message of docker/containers; *image* is the storage of images."""
    return SimpleNamespace(service=service, containers=each, image_storage=image)


def ups(status: str = "online", **changes: Any) -> SimpleNamespace:
    """Return the message of ups/status with one UPS."""
    usual = {"id": "apcupsd", "name": "rack", "status": status, "flags": (), "on_battery_since": None}
    return SimpleNamespace(service="running", ups=(SimpleNamespace(**(usual | changes)),))


def notifications(alert: int = 0) -> SimpleNamespace:
    """Return the message of notifications/status."""
    return SimpleNamespace(unread=SimpleNamespace(alert=alert, warning=5, normal=9, total=alert + 14))


def details(
    *, pools: tuple[Any, ...] = (), boot_disks: tuple[Any, ...] = (), disks: tuple[Any, ...] = ()
) -> SimpleNamespace:
    """Return the message of storage/details."""
    return SimpleNamespace(pools=pools, boot_disks=boot_disks, disks=disks)


def pool(state: str | None = "online", errors: int | None = 0, scrub_errors: int | None = None) -> SimpleNamespace:
    """Return a pool of storage/details."""
    return SimpleNamespace(name="cache", state=state, errors_total=errors, scrub=SimpleNamespace(errors=scrub_errors))
