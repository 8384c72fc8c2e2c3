"""Updates that Unraid has found: of itself, of plugins, of containers."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from uma.feeds.feed import COUNT, MOMENT, Doc, Words

Status = Literal["up_to_date", "available", "incompatible", "unknown"]
STATUS = Words("up_to_date", "available", "incompatible", "unknown")


@dataclass(frozen=True, slots=True)
class OsUpdate:
    """The release of Unraid, and the newest that its last check found."""

    about: ClassVar[str] = "The release of Unraid, and the newest that its last check found."

    installed: Annotated[str | None, Doc("Release that runs.")]
    available: Annotated[str | None, Doc("Newest release that the last check found.")]
    status: Annotated[Status, Doc("Whether there is a newer one; unknown until Unraid has checked."), STATUS]
    checked_at: Annotated[str | None, Doc("When Unraid last checked."), MOMENT]
    eligible: Annotated[bool | None, Doc("Whether the licence covers it.")]
    ignored: Annotated[bool | None, Doc("Whether the user ignores this release.")]


@dataclass(frozen=True, slots=True)
class PluginUpdate:
    """One installed plugin, and the newest version that the last check found."""

    about: ClassVar[str] = "One installed plugin, and the newest version that the last check found."

    name: Annotated[str, Doc("Name.")]
    installed: Annotated[str | None, Doc("Version that is installed.")]
    available: Annotated[str | None, Doc("Newest version that the last check found.")]
    status: Annotated[
        Status, Doc("Whether there is a newer one; incompatible if it does not run on this Unraid."), STATUS
    ]
    checked_at: Annotated[str | None, Doc("When Unraid last checked."), MOMENT]


@dataclass(frozen=True, slots=True)
class UpdatesStatus:
    """Results of Unraid's own checks; UMA never uses the network for them."""

    kind: ClassVar[str] = "updates_status"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "Results of Unraid's own update checks; UMA itself never uses the network for them."

    os: Annotated[OsUpdate, Doc("Unraid itself.")]
    plugins: Annotated[tuple[PluginUpdate, ...], Doc("Installed plugins, by name.")]
    containers_available: Annotated[
        int | None, Doc("Containers with an update; null while docker/containers does not know."), COUNT
    ]
