"""Write emhttpd's state files as Unraid does, from a few words: ``array(parity=2, disks=[disk("8TB", used="4.2TB")])``.

The defaults are a healthy, started server. Every model, serial number and name is invented. Key order, KiB against
sectors and the numbers var.ini derives from the slots follow Unraid 6.12 and 7.x.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from uma.feeds.storage.emhttp import EmhttpTexts

KIB = 1024
UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
XFS_LOG = 2_086_912
"""KiB that xfs reserves on a disk of some TB for its own log."""
GAP = {"Data": 52, "Parity": 52}
"""KiB before and behind the partition of an array disk; 1 MiB elsewhere."""
MOUNTED = ("Started", "Stopping", "Formatting")
"""States of the array in which its disks are mounted."""

FAULTY_COLORS = {
    "DISK_OK": "green",
    "DISK_NP": "grey-off",
    "DISK_NP_DSBL": "red-off",
    "DISK_NP_MISSING": "red-off",
    "DISK_DSBL": "red",
    "DISK_DSBL_NEW": "blue",
    "DISK_INVALID": "yellow",
    "DISK_NEW": "blue",
    "DISK_WRONG": "red",
}


def bytes_of(text: str) -> int:
    """Return the bytes of ``4.2TB``, as written."""
    number, unit = re.fullmatch(r"([\d.]+)([KMGT]B)", text).groups()  # type: ignore[union-attr]
    return round(float(number) * UNITS[unit])


def sectors_of(text: str) -> int:
    """Sectors of 512 bytes of a drive sold as ``8TB``, as drive makers have agreed to count them (IDEMA)."""
    return 97_696_368 + 1_953_504 * (bytes_of(text) // 10**9 - 50)


@dataclass(frozen=True, slots=True)
class Device:
    """A slot and its contents. *used* is None without a mounted file system; *keys* are written unchanged."""

    size: str = "8TB"
    used: str | None = None
    status: str = "DISK_OK"
    temp: str = "34"
    spun_down: bool = False
    fs: str = "xfs"
    fs_status: str = "Mounted"
    luks: int = 0
    model: str = ""
    serial: str = ""
    nvme: bool = False
    rotational: str = "1"
    errors: int = 0
    warning: str = ""
    critical: str = ""
    recorded: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_gone(self) -> bool:
        """Return True if the slot holds no device."""
        return self.status.startswith("DISK_NP")


def disk(size: str = "8TB", used: str | None = "4TB", **changes: object) -> Device:
    """A disk of the array."""
    return replace(Device(size=size, used=used), **changes)  # type: ignore[arg-type]


def parity(size: str = "8TB", **changes: object) -> Device:
    """A parity disk."""
    return replace(Device(size=size, fs=""), **changes)  # type: ignore[arg-type]


def ssd(size: str = "1TB", used: str | None = None, **changes: object) -> Device:
    """Return a SATA SSD; in a pool only the first member has *used*."""
    return replace(Device(size=size, used=used, rotational="0", temp="31", fs="btrfs"), **changes)  # type: ignore[arg-type]


def nvme(size: str = "1TB", used: str | None = None, **changes: object) -> Device:
    """An NVMe SSD."""
    return replace(ssd(size, used, temp="42", nvme=True), **changes)  # type: ignore[arg-type]


EMPTY = Device(size="0GB", status="DISK_NP", recorded=False, temp="*")
"""An empty slot of the array."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool. *capacity* is its file system's size, by default its first member's."""

    name: str
    members: Sequence[Device]
    fs: str = "btrfs"
    profile: str = "single"
    used: str | None = "256GB"
    capacity: str | None = None
    kind: str = "Cache"
    fs_status: str = "Mounted"
    keys: Mapping[str, str] = field(default_factory=dict)


def pool(name: str, *members: Device, **changes: object) -> Pool:
    """A pool of *members*."""
    return replace(Pool(name, members or (nvme(),)), **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Resync:
    """A parity operation, of which *share* is done."""

    action: str
    share: float = 0.42
    speed: str = "150MB"
    errors: int = 0
    correcting: bool = False
    paused: bool = False
    measured: bool = True


@dataclass(frozen=True, slots=True)
class LastSync:
    """End of the last parity operation, in Unix seconds, and its result."""

    started: int = 1_748_757_600
    ended: int = 1_748_827_800
    exit_code: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class ArrayTexts:
    """Every file, as text."""

    var: str
    disks: str
    devs: str
    shares: str
    parity_log: str = ""
    dynamix: str = ""
    smart_one: str = ""

    def texts(self) -> EmhttpTexts:
        """Return the files' texts as the daemon reads them."""
        return EmhttpTexts(
            var=self.var,
            disks=self.disks,
            devs=self.devs,
            parity_log=self.parity_log,
            dynamix_default="",
            dynamix=self.dynamix,
            smart_one=self.smart_one,
        )

    def write_to(self, root: Path) -> Path:
        """Write them where they are on a server, below *root*, and return it. An empty setting is no file."""
        emhttp, config = root / "var/local/emhttp", root / "boot/config"
        for folder in (emhttp, config / "plugins/dynamix"):
            folder.mkdir(parents=True, exist_ok=True)
        for name in ("var", "disks", "devs", "shares"):
            (emhttp / f"{name}.ini").write_text(getattr(self, name))
        for text, name in (
            (self.parity_log, "parity-checks.log"),
            (self.dynamix, "plugins/dynamix/dynamix.cfg"),
            (self.smart_one, "smart-one.cfg"),
        ):
            if text:
                (config / name).write_text(text)
        return root


def array(
    *,
    version: str = "7.2.0",
    parity: int | Sequence[Device] = 1,
    disks: Sequence[Device] | None = None,
    pools: Sequence[Pool] = (),
    flash: Device | None = Device(size="64GB", used="1.1GB", fs="vfat", temp="*", model="Stick", serial="00000001"),
    unassigned: Sequence[Device] = (),
    slots: int = 0,
    fs_state: str = "Started",
    md_state: str | None = None,
    start_mode: str = "Normal",
    resync: Resync | None = None,
    next_action: str | None = None,
    last: LastSync | None = None,
    parity_log: str = "",
    time_zone: str = "Europe/Berlin",
    display: Mapping[str, str] | None = None,
    smart_one: Mapping[str, Mapping[str, str]] | None = None,
    var: Mapping[str, str] | None = None,
) -> ArrayTexts:
    """Return the state files of a server with these disks; *slots* array slots are listed, the others empty."""
    data = list(disks if disks is not None else (disk(), disk()))
    data += [EMPTY] * (slots - len(data))
    parities = [_parity_slot(number, parity) for number in range(2)]
    writer = _Writer(version, is_mounted=fs_state in MOUNTED and start_mode == "Normal")
    array_sections = [writer.slot("parity", 0, parities[0], "Parity")]
    array_sections += [writer.slot(f"disk{n}", n, device, "Data") for n, device in enumerate(data, 1)]
    array_sections += [writer.slot("parity2", 29, parities[1], "Parity")]
    other_sections = list(writer.pools(pools))
    if flash:
        number = 30 + len(other_sections)
        other_sections.append(writer.slot("flash", max(32, number), flash, "Flash", is_mounted=True))
    devs = [writer.unassigned(f"dev{number}", device) for number, device in enumerate(unassigned, 1)]
    numbers = _var(
        version=version,
        slots=[*parities, *data],
        fs_state=fs_state,
        md_state=md_state or ("STOPPED" if fs_state == "Stopped" else "STARTED"),
        start_mode=start_mode,
        resync=resync,
        next_action=next_action,
        last=last,
        time_zone=time_zone,
        mounted=sum(
            section.get("fsStatus") == "Mounted" and section["type"] not in ("Flash", "Boot")
            for section in (*array_sections, *other_sections)
        ),
    )
    return ArrayTexts(
        var=_lines(numbers | dict(var or {})),
        disks="".join(map(_section, (*array_sections, *other_sections))),
        devs="".join(map(_section, devs)),
        shares=_section(_share(version)),
        parity_log=parity_log,
        dynamix=f"[display]\n{_lines(display)}" if display else "",
        smart_one="".join(f"[{id_}]\n{_lines(keys)}" for id_, keys in (smart_one or {}).items()),
    )


def _parity_slot(number: int, wanted: int | Sequence[Device]) -> Device:
    present = [parity() for _ in range(wanted)] if isinstance(wanted, int) else list(wanted)
    unused = Device(size="0GB", status="DISK_NP_DSBL", recorded=False, temp="*", fs="", keys={"color": "grey-off"})
    return present[number] if number < len(present) else unused


class _Writer:
    """Gives every device its kernel name and identity, in slot order."""

    def __init__(self, version: str, *, is_mounted: bool) -> None:
        self._has_sectors = not version.startswith("6.")
        self._is_7_3 = tuple(map(int, version.split(".")[:2])) >= (7, 3)
        self._is_mounted = is_mounted
        self._disks = 1  # sda is the flash drive
        self._nvmes = 0
        self._serials = 0

    def slot(
        self, name: str, index: int, device: Device, kind: str, *, is_mounted: bool | None = None
    ) -> dict[str, str]:
        """A section of disks.ini."""
        base, identity = self._identity(device, kind)
        sectors = 0 if device.size == "0GB" else sectors_of(device.size)
        kib = sectors // 2 - (GAP.get(kind, KIB) if sectors else 0)
        gone = device.is_gone
        section = {"idx": str(index), "name": name, "device": base, "id": identity if base else ""}
        if self._has_sectors:
            section |= {"size": "0" if gone else str(kib)}
            section |= {"sectors": "0" if gone else str(sectors), "sector_size": "0" if gone else "512"}
            section |= {"transport": self._transport(device, kind), "rotational": "" if gone else device.rotational}
            section |= {"discard": "" if gone else "01"[device.rotational == "0"]}
        else:
            section |= {"transport": self._transport(device, kind), "size": "0" if gone else str(kib)}
            section |= {"status": device.status, "format": "-" if gone else "GPT: 4KiB-aligned"}
            section |= {"rotational": "" if gone else device.rotational}
        section |= {"removable": "" if gone else "01"[kind == "Flash"], "spundown": "01"[device.spun_down]}
        section |= {"status": device.status, "format": "-" if gone else "GPT: 4KiB-aligned"}
        section |= {"temp": "*" if gone or device.spun_down else device.temp, "numReads": "5118", "numWrites": "204"}
        section |= {"numErrors": str(device.errors), "type": kind, "color": _color(device)}
        if kind != "Flash":
            recorded = device.recorded and device.status != "DISK_NP"
            section |= {"spindownDelay": "-1", "spinupGroup": "", "idSb": identity if recorded else ""}
            section |= {"sizeSb": str(kib) if recorded else "0", "deviceSb": self._superblock_device(name, base, kind)}
        if kind != "Parity" and (kind not in ("Cache", "Boot") or device.fs_status != "member"):
            mounted = self._is_mounted if is_mounted is None else is_mounted
            section |= self._file_system(name, device, kib, kind, is_mounted=mounted)
        elif kind == "Cache":
            section |= {"luksState": str(device.luks)}
        return section | dict(device.keys)

    def pools(self, pools: Iterable[Pool]) -> Iterator[dict[str, str]]:
        """The sections of all members of all pools."""
        index = 30
        for pool_ in pools:
            for number, member in enumerate(pool_.members, 1):
                name = pool_.name if number == 1 else f"{pool_.name}{number}"
                is_first = number == 1 and "~" not in name
                told = replace(
                    member,
                    fs=pool_.fs if is_first else "",
                    used=pool_.used if is_first else None,
                    fs_status=pool_.fs_status if is_first else "member",
                    keys={**self._pool_keys(pool_), **pool_.keys, **member.keys} if is_first else member.keys,
                )
                yield self.slot(name, index, told, pool_.kind)
                index += 1

    def unassigned(self, name: str, device: Device) -> dict[str, str]:
        """A section of devs.ini."""
        base, identity = self._identity(device, "New")
        sectors = sectors_of(device.size)
        section = {"name": name, "id": identity, "device": base}
        if self._has_sectors:
            section |= {"transport": self._transport(device, "New"), "sectors": str(sectors), "sector_size": "512"}
        else:
            section |= {"size": str(sectors // 2)}
        section |= {"rotational": device.rotational, "spundown": "01"[device.spun_down]}
        section |= {"temp": "*" if device.spun_down else device.temp, "numReads": "12", "numWrites": "0"}
        return section | dict(device.keys)

    def _identity(self, device: Device, kind: str) -> tuple[str, str]:
        """Kernel name (none where there is no device) and id."""
        self._serials += 1
        model = device.model or ("BIRCH_NV100-{}" if device.nvme else "ALDER_HD500-{}").format(device.size)
        identity = f"{model}_{device.serial or f'Q7R{self._serials:03}W{self._serials * 7919:05}'}"
        if kind == "Flash":
            return "sda", identity
        if device.is_gone:
            return "", identity
        if device.nvme:
            self._nvmes += 1
            return f"nvme{self._nvmes - 1}n1", identity
        self._disks += 1
        high, low = divmod(self._disks - 1, 26)
        return f"sd{chr(96 + high) if high else ''}{chr(97 + low)}", identity

    def _transport(self, device: Device, kind: str) -> str:
        if device.is_gone:
            return ""
        return "usb" if kind == "Flash" else "nvme" if device.nvme else "ata"

    def _superblock_device(self, name: str, base: str, kind: str) -> str:
        if kind == "Data":
            return f"md{name.removeprefix('disk')}{'p1' if self._has_sectors else ''}" if base else ""
        return "" if kind == "Parity" or not base else f"{base}{'p1' if base[-1].isdigit() else '1'}"

    def _pool_keys(self, pool_: Pool) -> dict[str, str]:
        keys = {"fsProfile": pool_.profile, "slots": str(len(pool_.members)), "devices": str(len(pool_.members))}
        keys |= {"uuid": "0e1d2c3b-4a59-6877-8695-a4b3c2d1e0f1", "shareEnabled": "yes", "shareFloor": "0"}
        if self._is_7_3:
            keys |= {"bootSize": "0", "bootPool": "no"}
        if pool_.capacity and pool_.used and self._is_mounted and pool_.fs_status == "Mounted":
            whole, used = (bytes_of(text) // KIB for text in (pool_.capacity, pool_.used))
            # Newer releases write btrfs's raw size, twice a mirror's.
            copies = 2 if pool_.profile == "raid1" and pool_.fs.endswith("btrfs") and self._has_sectors else 1
            keys |= {"fsSize": str(whole * copies), "fsFree": str(whole - used), "fsUsed": str(used)}
        return keys

    def _file_system(self, name: str, device: Device, kib: int, kind: str, *, is_mounted: bool) -> dict[str, str]:
        has_device = device.status != "DISK_NP"
        mounted = is_mounted and has_device and device.used is not None and device.fs_status == "Mounted"
        if mounted:
            status = "Mounted"
        elif not has_device:
            status = "-"
        else:
            status = device.fs_status if device.fs_status != "Mounted" else "-"
        size = used = 0
        if mounted:
            size = max(0, kib - {"xfs": XFS_LOG, "vfat": 14_848}.get(device.fs.removeprefix("luks:"), 0))
            used = min(size, bytes_of(device.used or "0KB") // KIB)
        keys = {} if kind == "Flash" else {"luksState": str(device.luks)}
        keys |= {"fsType": device.fs if has_device else "auto", "fsStatus": status}
        if self._has_sectors:
            keys |= {"fsMountpoint": "/boot" if kind in ("Flash", "Boot") else f"/mnt/{name}", "autotrim": "off"}
            keys |= {"compression": "off"}
        keys |= {"warning": device.warning, "critical": device.critical, "exportable": "no", "comment": ""}
        keys |= {"fsColor": "green-on" if mounted else "grey-off"}
        return keys | {"fsSize": str(size), "fsFree": str(size - used), "fsUsed": str(used)}


def _color(device: Device) -> str:
    color = FAULTY_COLORS.get(device.status, "green")
    return color if "-" in color else f"{color}-{'blink' if device.spun_down else 'on'}"


def _var(
    *,
    version: str,
    slots: Sequence[Device],
    fs_state: str,
    md_state: str,
    start_mode: str,
    resync: Resync | None,
    next_action: str | None,
    last: LastSync | None,
    time_zone: str,
    mounted: int,
) -> dict[str, str]:
    statuses = [device.status for device in slots]
    present = [device for device in slots if not device.is_gone]
    disabled = sum("DSBL" in status for status in statuses)
    largest = max((sectors_of(device.size) // 2 - 52 for device in present), default=0)
    parities = "".join(
        f" {letter}" for letter, device in zip("PQ", slots, strict=False) if device.status != "DISK_NP_DSBL"
    )
    action = resync.action if resync else next_action if next_action is not None else f"check{parities}"
    position = int(largest * resync.share) if resync else 0
    is_moving = resync is not None and not resync.paused
    measured = is_moving and resync is not None and resync.measured
    sync = last or LastSync(started=0, ended=0)
    color = ("green" if parities else "yellow") + ("-on" if fs_state == "Started" else "-blink")
    return {
        "version": version,
        "MAX_ARRAYSZ": "30",
        "NAME": "Elm",
        "timeZone": time_zone,
        "COMMENT": "100% of %h, and = too",
        "startArray": "yes",
        "spindownDelay": "2",
        "poll_attributes": "1800" if version.startswith("6.") else "30",
        "luksKeyfile": "/root/keyfile",
        "shareUser": "e",
        "safeMode": "no",
        "startMode": start_mode,
        "configValid": "yes",
        "flashGUID": "0781-5567-4C53-0001AB34CD56",
        "tpmGUID": "03-5A6B7C8D9E0F1A2B3C4D5E6F",
        "regFILE": "/boot/config/Pro.key",
        "regGUID": "0781-5567-4C53-0001AB34CD56",
        "regTy": "Pro",
        "regTo": "Robin Lindqvist",
        "sbClean": "no" if fs_state == "Started" else "yes",
        "sbName": "/boot/config/super.dat",
        "sbSynced": str(1_750_001_000 if resync else sync.started),
        "sbSyncErrs": str(resync.errors if resync else sync.errors),
        "sbSynced2": "0" if resync else str(sync.ended),
        "sbSyncExit": "0" if resync else str(sync.exit_code),
        "sbNumDisks": str(len(present) + statuses[:2].count("DISK_NP_DSBL")),
        "mdColor": color,
        "mdNumDisks": str(len(present)),
        "mdNumDisabled": str(disabled),
        "mdNumInvalid": str(disabled + statuses.count("DISK_INVALID")),
        "mdNumMissing": str(statuses.count("DISK_NP_MISSING")),
        "mdNumNew": str(statuses.count("DISK_NEW")),
        "mdNumErased": "0",
        "mdResync": str(largest if is_moving else 0),
        "mdResyncCorr": "01"[resync is not None and resync.correcting],
        "mdResyncPos": str(position),
        "mdResyncDb": str(5 * bytes_of(resync.speed) // KIB if measured and resync else 0),
        "mdResyncDt": "5" if is_moving else "0",
        "mdResyncAction": action,
        "mdResyncSize": str(largest),
        "mdState": md_state,
        "mdVersion": "2.9.35",
        "fsState": fs_state,
        "fsProgress": "",
        "fsCopyPrcnt": "0",
        "fsNumMounted": str(mounted),
        "fsNumUnmountable": "0",
        "fsUnmountableMask": "",
        "shareCount": "1",
        "shareMoverActive": "no",
        "reservedNames": "parity,parity2,disk,disks,flash,boot,user",
        "csrf_token": "7F3D9A1C5B2E8046",
    }


def _share(version: str) -> dict[str, str]:
    share = {"name": "media", "nameOrig": "media", "comment": "", "allocator": "highwater", "splitLevel": ""}
    share |= {"floor": "17950564.8", "include": "", "exclude": "", "useCache": "yes", "cachePool": "cache"}
    share |= {} if version.startswith("6.") else {"cachePool2": ""}
    return share | {"cow": "auto", "color": "green-on", "size": "0", "free": "3906000000", "used": "3906000000"}


def _section(keys: Mapping[str, str]) -> str:
    return f'["{keys["name"]}"]\n{_lines(keys)}'


def _lines(keys: Mapping[str, str]) -> str:
    return "".join(f'{key}="{value}"\n' for key, value in keys.items())
