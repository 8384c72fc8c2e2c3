"""Unraid's files about shares as the message. Pure.

Facts and judgements are the webGUI's (ShareList.php): colours, placement, validity.
``used`` and ``size`` of shares.ini are left out: they describe the file systems.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from uma.feeds.ini import parse
from uma.feeds.ini_values import Section, whole
from uma.feeds.moments import moment
from uma.feeds.shares.model import ComputedSize, NfsExport, Placement, Share, SharesStatus, SmbExport

ARRAY: Final = "array"
KIB: Final = 1024
MAX_SHARES: Final = 1000
MAX_NAME_CHARACTERS: Final = 255
MAX_COMPUTED_DISKS: Final = 200
LARGEST_BYTES: Final = 2**62
MAX_SLOTS_WITHOUT_ARRAY: Final = 2
"""``SYS_ARRAY_SLOTS`` of a server without an array: its parity slots."""

Shares = Mapping[str, Section]


@dataclass(frozen=True, slots=True)
class Computed:
    """File of a computed share size: its time and text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class ShareTexts:
    """Texts of Unraid's files, "" if missing. ``computed`` is by share."""

    shares: str
    disks: str
    var: str
    smb: str
    nfs: str
    computed: Mapping[str, Computed]


@dataclass(frozen=True, slots=True)
class _Storage:
    """Disks and pools that shares can be placed on."""

    pools: tuple[str, ...]
    has_array: bool


def status_from(texts: ShareTexts) -> SharesStatus:
    """Return the message. A damaged section or file is left out by itself."""
    var = parse(texts.var).get("", {})
    slots = whole(var, "SYS_ARRAY_SLOTS")
    storage = _Storage(_pools(texts.disks), has_array=slots is None or slots > MAX_SLOTS_WITHOUT_ARRAY)
    smb, nfs = parse(texts.smb), parse(texts.nfs)
    found = [(name, section) for name, section in parse(texts.shares).items() if name and section]
    shares = (
        _share_from(
            name,
            section,
            storage,
            smb=_smb_from(smb.get(name), var),
            nfs=_nfs_from(nfs.get(name), var),
            computed=texts.computed.get(name),
        )
        for name, section in found[:MAX_SHARES]
    )
    return SharesStatus(tuple(sorted(shares, key=lambda share: (share.name.casefold(), share.name))))


def _pools(text: str) -> tuple[str, ...]:
    """Return the pools of disks.ini, like the webGUI's pools_filter."""
    names = (name for name, section in parse(text).items() if section.get("type") == "Cache")
    return tuple(dict.fromkeys(name.rstrip("0123456789") for name in names))


def _share_from(
    name: str,
    section: Section,
    storage: _Storage,
    *,
    smb: SmbExport,
    nfs: NfsExport,
    computed: Computed | None,
) -> Share:
    primary, secondary, is_valid = _pools_of(section, storage)
    return Share(
        name=name[:MAX_NAME_CHARACTERS],
        protection={"green-on": "protected", "yellow-on": "unprotected"}.get(section.get("color", ""), "unknown"),
        encrypted={"1": True, "2": False}.get(section.get("luksStatus", "")),
        placement=_placement_from(section, storage, primary, secondary),
        exclusive={"yes": True, "no": False}.get(section.get("exclusive", "")),
        valid=is_valid,
        free_bytes=_bytes(section, "free"),
        floor_bytes=_bytes(section, "floor"),
        smb=smb,
        nfs=nfs,
        computed_size=_computed_from(computed),
    )


def _pools_of(section: Section, storage: _Storage) -> tuple[str, str, bool]:
    """Return a share's two pools, "" for none, and whether its storage exists."""
    first, second = section.get("cachePool", ""), section.get("cachePool2", "")
    if storage.has_array and section.get("useCache") == "no":
        # A leftover of earlier settings: such a share uses the array only.
        first = ""
    elif not storage.has_array and not first:
        first = storage.pools[0] if storage.pools else ""
    is_missing = any(pool and pool not in storage.pools for pool in (first, second))
    return first, second, not is_missing and (storage.has_array or bool(first or second))


def _placement_from(section: Section, storage: _Storage, first: str, second: str) -> Placement:
    use = section.get("useCache")
    if not storage.has_array and not second:
        use = "only"
    match use:
        case "no":
            return Placement(primary=second or ARRAY, secondary=None, mover="none")
        case "only":
            return Placement(primary=first or None, secondary=None, mover="none")
        case "yes":
            return Placement(primary=first or None, secondary=second or ARRAY, mover="to_secondary")
        case "prefer":
            return Placement(primary=first or None, secondary=second or ARRAY, mover="to_primary")
        case _:
            return Placement(primary=None, secondary=None, mover=None)


def _smb_from(section: Section | None, var: Section) -> SmbExport:
    export = _export(section)
    return SmbExport(
        exported=_is_exported(export, var.get("shareSMBEnabled")),
        # e, eh, et, eth: exported, hidden, for Time Machine.
        hidden=None if export is None else "h" in export,
        security=_security(section),
    )


def _nfs_from(section: Section | None, var: Section) -> NfsExport:
    return NfsExport(exported=_is_exported(_export(section), var.get("shareNFSEnabled")), security=_security(section))


def _export(section: Section | None) -> str | None:
    return section.get("export") if section else None


def _is_exported(export: str | None, protocol: str | None) -> bool | None:
    """Return whether a share is exported; *protocol* is yes, no or ads (domain)."""
    if protocol == "no":
        return False
    return None if export is None or protocol is None else export.startswith("e")


def _security(section: Section | None) -> str | None:
    return (section.get("security") or None) if section else None


def _computed_from(computed: Computed | None) -> ComputedSize | None:
    """Return the size that scripts/share_size computed; None while it is running."""
    if computed is None:
        return None
    sizes = parse(computed.text).get("", {})
    total = _size(sizes.get("disk.total", ""))
    if total is None:
        return None
    others = ((name, _size(text)) for name, text in sizes.items() if name != "disk.total")
    per_disk = {name: size for name, size in others if size is not None}
    kept = dict(list(per_disk.items())[:MAX_COMPUTED_DISKS])
    return ComputedSize(bytes=total, per_disk=kept, at=moment(computed.at))


def _size(text: str) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return None
    return size if (size := int(text)) <= LARGEST_BYTES else None


def _bytes(section: Section, key: str) -> int | None:
    """Return a number of KiB as bytes; ``floor`` may have a fraction."""
    text = section.get(key, "")
    try:
        kib = float(text)
    except ValueError:
        return None
    size = kib * KIB
    if not 0 <= size <= LARGEST_BYTES:
        return None
    return int(size)
