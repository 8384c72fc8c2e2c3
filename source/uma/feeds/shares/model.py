"""User shares, as the webGUI's Shares tab shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from uma.feeds.feed import COUNT, MOMENT, Doc, KnownWords, Words

PROTECTION = Words("protected", "unprotected", "unknown")
MOVER = Words("to_secondary", "to_primary", "none")
SECURITY = KnownWords("public", "secure", "private")


@dataclass(frozen=True, slots=True)
class Placement:
    """Placement of a share: the pool that files are written to,
    and the mover's target.
    """

    about: ClassVar[str] = "Placement of a share's files, and the mover's target."

    primary: Annotated[str | None, Doc("Primary storage: array, or a pool's name.")]
    secondary: Annotated[str | None, Doc("Secondary storage: array, or a pool's name; null for none.")]
    mover: Annotated[str | None, Doc("Which way the mover takes files."), MOVER]


@dataclass(frozen=True, slots=True)
class SmbExport:
    """SMB export of a share."""

    about: ClassVar[str] = "SMB export of a share."

    exported: Annotated[bool | None, Doc("Whether it is exported, and SMB is on.")]
    hidden: Annotated[bool | None, Doc("Whether it is left out of lists of shares.")]
    security: Annotated[str | None, Doc("Who may read and write."), SECURITY]


@dataclass(frozen=True, slots=True)
class NfsExport:
    """NFS export of a share."""

    about: ClassVar[str] = "NFS export of a share."

    exported: Annotated[bool | None, Doc("Whether it is exported, and NFS is on.")]
    security: Annotated[str | None, Doc("Who may read and write."), SECURITY]


@dataclass(frozen=True, slots=True)
class ComputedSize:
    """A share's own size, which Unraid computed at the user's request."""

    about: ClassVar[str] = "A share's own size, which the user had Unraid compute."

    bytes: Annotated[int, Doc("Size on all disks."), COUNT]
    per_disk: Annotated[Mapping[str, int], Doc("Size on each disk and pool, by name.")]
    at: Annotated[str | None, Doc("When it was computed."), MOMENT]


@dataclass(frozen=True, slots=True)
class Share:
    """One user share. A field is None if it is not known now."""

    about: ClassVar[str] = "One user share. What is not known now is null."

    name: Annotated[str, Doc("Name; two may differ by case only.")]
    protection: Annotated[str, Doc("Whether all its files survive the loss of a disk."), PROTECTION]
    encrypted: Annotated[bool | None, Doc("Whether all its files are encrypted.")]
    placement: Annotated[Placement, Doc("Where its files are written.")]
    exclusive: Annotated[bool | None, Doc("Whether it is read and written without the user share file system.")]
    valid: Annotated[bool, Doc("False if it refers to storage that does not exist.")]
    free_bytes: Annotated[int | None, Doc("Free space of the disks that it may use."), COUNT]
    floor_bytes: Annotated[int | None, Doc("Free space below which a disk gets no more of its files."), COUNT]
    smb: Annotated[SmbExport, Doc("Export by SMB.")]
    nfs: Annotated[NfsExport, Doc("Export by NFS.")]
    computed_size: Annotated[ComputedSize | None, Doc("Its size, if the user had it computed.")]


@dataclass(frozen=True, slots=True)
class SharesStatus:
    """Every user share."""

    kind: ClassVar[str] = "shares_status"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "Every user share."

    shares: Annotated[tuple[Share, ...], Doc("By name; empty while the array is stopped.")]
