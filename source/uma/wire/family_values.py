"""How metric values are read off a snapshot: the words in which the table of families is written."""

from collections.abc import Callable, Iterable, Iterator

from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.model import Disk, ParityCheck, ParityResult, StorageStatus, UnassignedDevice
from uma.feeds.system.model import SystemStats
from uma.wire.fields import FIELDS
from uma.wire.prometheus import Endpoint, Labels, Sample, Snapshot

Values = Callable[[Snapshot], Iterable[Sample]]
AnyDisk = Disk | UnassignedDevice


def one(value: float | None) -> list[Sample]:
    """One sample without labels; none of what is not known."""
    return [] if value is None else [({}, value)]


def ratio(percent: float) -> float:
    """*percent* as a share of 1."""
    return round(percent / 100, 6)  # 10.4 / 100 is 0.10400000000000001


def one_ratio(percent: float | None) -> list[Sample]:
    """``one`` of a percentage."""
    return one(None if percent is None else ratio(percent))


def one_hot(name: str, words: Iterable[str], word: str | None, labels: Labels | None = None) -> Iterator[Sample]:
    """A sample for each of *words*, and for *word* where it is none of them; nothing without a word."""
    if word is not None:
        for each in dict.fromkeys((*words, word)):
            yield {**(labels or {}), name: each}, float(each == word)


def of_system(values: Callable[[SystemStats], Iterable[Sample]]) -> Values:
    """Samples of the newest system message."""
    return lambda snapshot: [] if snapshot.system is None else values(snapshot.system)


def of_storage(values: Callable[[StorageStatus], Iterable[Sample]]) -> Values:
    """Samples of the newest storage message."""
    return lambda snapshot: [] if snapshot.storage is None else values(snapshot.storage)


def of_parity(values: Callable[[ParityCheck], Iterable[Sample]]) -> Values:
    """Samples of the parity operation."""
    return of_storage(lambda storage: values(storage.parity_check))


def of_last_parity(values: Callable[[ParityResult], Iterable[Sample]]) -> Values:
    """Samples of how the last parity operation ended, where one did."""
    return of_parity(lambda parity: [] if parity.last is None else values(parity.last))


def disks_of(storage: StorageStatus) -> Iterator[tuple[Labels, AnyDisk]]:
    """Every device with the labels that name its place; those do not change with what is in it."""
    for role, disks in (("parity", storage.parity_disks), ("data", storage.disks)):
        for disk in disks:
            yield {"disk": disk.name, "role": role, "pool": ""}, disk
    for member in storage.cache_disks:
        yield {"disk": member.name, "role": "pool", "pool": member.pool}, member
    if storage.boot is not None:
        yield {"disk": storage.boot.name, "role": "boot", "pool": ""}, storage.boot
    for device in storage.unassigned:
        yield {"disk": device.name, "role": "unassigned", "pool": ""}, device


def each_disk(value: Callable[[AnyDisk], float | None]) -> Values:
    """A sample for each device of which *value* is known."""

    def values(storage: StorageStatus) -> Iterator[Sample]:
        for labels, disk in disks_of(storage):
            found = value(disk)
            if found is not None:
                yield labels, found

    return of_storage(values)


def each_slot(value: Callable[[Disk], float | None]) -> Values:
    """The same, without the unassigned devices, of which Unraid knows less."""
    return each_disk(lambda disk: value(disk) if isinstance(disk, Disk) else None)


def each_disk_one_hot(name: str, words: Iterable[str], word: Callable[[AnyDisk], str | None]) -> Values:
    """``one_hot`` for each device of which *word* is known."""
    return of_storage(
        lambda storage: (
            sample for labels, disk in disks_of(storage) for sample in one_hot(name, words, word(disk), labels)
        )
    )


def each_reading(values: Callable[[SmartReading], Iterable[Sample]]) -> Values:
    """Samples of each drive whose SMART data has been read, and that is still there."""

    def every(snapshot: Snapshot) -> Iterator[Sample]:
        for labels, disk in () if snapshot.storage is None else disks_of(snapshot.storage):
            reading = snapshot.smart.get(disk.name)
            if reading is not None and disk.device_base is not None:
                for added, value in values(reading):
                    yield {**labels, **added}, value

    return every


def each_endpoint(value: Callable[[Endpoint], float | None], *, is_typed: bool = False) -> Values:
    """A sample for each WebSocket address, with the type of its messages if *is_typed*."""

    def values(snapshot: Snapshot) -> Iterator[Sample]:
        for endpoint in snapshot.endpoints:
            found = value(endpoint)
            if found is not None:
                typed = {"message_type": endpoint.message_type} if is_typed else {}
                yield {"endpoint": endpoint.path, **typed}, found

    return values


def disk_info(storage: StorageStatus) -> Iterator[Sample]:
    """What is in each slot, as labels."""
    for labels, disk in disks_of(storage):
        filesystem = disk.filesystem if isinstance(disk, Disk) else None
        yield {**labels, "device": disk.device_base or "", "id": disk.id or "", "filesystem": filesystem or ""}, 1


def is_healthy(disk: Disk) -> float | None:
    """SMART's verdict; None where it is not known."""
    return {"passed": 1.0, "failed": 0.0}.get(disk.health)


def usage_state(disk: AnyDisk) -> str | None:
    """The usage by the user's limits; None where no file system is mounted."""
    return disk.usage_state if isinstance(disk, Disk) else None


def words_of(model: str, field: str) -> tuple[str, ...]:
    """The words that the wire contract has for a field."""
    _, rule = FIELDS[model][field]
    known = rule["anyOf"][0] if "anyOf" in rule else rule
    return tuple(known["enum"])
