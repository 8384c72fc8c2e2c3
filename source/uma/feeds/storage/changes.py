"""Changes between two valid states of storage, so that automations need not compare.

A state that could not be read (``unknown``) is never part of a change. The first state
is not a change.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from uma.counted import counted
from uma.feeds.storage.model import Disk, ParityCheck, StorageStatus, UnassignedDevice

ARRAY: Final = "array"
PARITY: Final = "parity"
ARRAY_ACTIONS: Final = {"started": "array_started", "maintenance": "array_started", "stopped": "array_stopped"}
AWAKE: Final = "active"
ASLEEP: Final = "standby"

Device = tuple[str, str | None]
"""The whole disk's path and its id; together they show a replaced drive."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: of *subject* (a slot, a pool, ``array``, ``parity``, ``mover``),
    from one word to another.
    """

    action: str
    subject: str
    before: str | None
    after: str | None
    detail: str


def changes_between(old: StorageStatus, new: StorageStatus) -> tuple[Change, ...]:
    """Return the changes from *old* to *new*, in an order that suits a reader."""
    if "unknown" in (old.array_status, new.array_status):
        return ()
    return (*_array(old, new), *_devices(old, new), *_slots(old, new), *_parity(old.parity_check, new.parity_check))


def every_disk(status: StorageStatus) -> Iterator[Disk]:
    """Yield each disk of *status* once: parity, array, pools and the boot device."""
    yield from status.parity_disks
    yield from status.disks
    yield from status.cache_disks
    if status.boot is not None and status.boot.name not in {disk.name for disk in status.cache_disks}:
        yield status.boot


def _array(old: StorageStatus, new: StorageStatus) -> Iterator[Change]:
    before, after = old.array_status, new.array_status
    # Between started and maintenance the array stops, even if that was not seen.
    if before != after and after in ARRAY_ACTIONS:
        yield Change(ARRAY_ACTIONS[after], ARRAY, before, after, f"the array is {_array_word(after)}")
    before, after = old.array_protection, new.array_protection
    if before != after and "unknown" not in (before, after):
        yield Change("protection_changed", ARRAY, before, after, f"the array's protection is now {after}")


def _array_word(status: str) -> str:
    return "in maintenance mode" if status == "maintenance" else status


def _devices(old: StorageStatus, new: StorageStatus) -> Iterator[Change]:
    before, after = _devices_of(old), _devices_of(new)
    for device in before.keys() - after.keys():
        yield Change("device_removed", before[device], device[0], None, _naming(device, "gone"))
    for device in after.keys() - before.keys():
        yield Change("device_added", after[device], None, device[0], _naming(device, "here"))


def _devices_of(status: StorageStatus) -> Mapping[Device, str]:
    """Map every present device to its slot's name."""
    return {
        (device.device_base, device.id): device.name
        for device in _all_devices(status)
        if device.device_base is not None
    }


def _all_devices(status: StorageStatus) -> Iterator[Disk | UnassignedDevice]:
    yield from every_disk(status)
    yield from status.unassigned


def _naming(device: Device, word: str) -> str:
    path, identity = device
    return f"{path} ({identity}) is {word}" if identity else f"{path} is {word}"


def _slots(old: StorageStatus, new: StorageStatus) -> Iterator[Change]:
    disks = {disk.name: disk for disk in every_disk(old)}
    for disk in every_disk(new):
        before = disks.get(disk.name)
        if before is None:
            continue
        yield from _state(before, disk)
        if _is_same(before, disk):
            yield from _spin(before, disk)
            yield from _readings(before, disk)
    devices = {device.name: device for device in old.unassigned}
    for device in new.unassigned:
        before_device = devices.get(device.name)
        if before_device is not None and _is_same(before_device, device):
            yield from _spin(before_device, device)
            yield from _word(
                "temperature_state_changed", device.name, before_device.temperature_state, device.temperature_state
            )


def _is_same(old: Disk | UnassignedDevice, new: Disk | UnassignedDevice) -> bool:
    """Check that both are the same drive: figures of two drives are not a change."""
    return old.device_base is not None and (old.device_base, old.id) == (new.device_base, new.id)


def _state(old: Disk, new: Disk) -> Iterator[Change]:
    before, after = _awake(old.status), _awake(new.status)
    if before != after:
        yield Change("disk_state_changed", new.name, before, after, f"{new.name} is {after}")


def _awake(status: str) -> str:
    return AWAKE if status == ASLEEP else status


def _spin(old: Disk | UnassignedDevice, new: Disk | UnassignedDevice) -> Iterator[Change]:
    if old.spun_down != new.spun_down and new.rotational is not False:
        action, word = ("disk_spun_down", "down") if new.spun_down else ("disk_spun_up", "up")
        states = (ASLEEP, AWAKE) if old.spun_down else (AWAKE, ASLEEP)
        yield Change(action, new.name, *states, f"{new.name} spun {word}")


def _readings(old: Disk, new: Disk) -> Iterator[Change]:
    yield from _word("temperature_state_changed", new.name, old.temperature_state, new.temperature_state)
    yield from _word("usage_state_changed", new.name, old.usage_state, new.usage_state)
    # Unraid's "clear statistics" resets the counter; that is not an error.
    if new.errors > old.errors:
        more = new.errors - old.errors
        detail = f"{new.name} has {counted(more, 'more read or write error')}"
        yield Change("errors_increased", new.name, str(old.errors), str(new.errors), detail)
    # From unknown to passed is a first reading, not a change.
    if old.health != new.health and "failed" in (old.health, new.health):
        yield Change("health_changed", new.name, old.health, new.health, f"SMART of {new.name}: {new.health}")


def _word(action: str, subject: str, before: str | None, after: str | None) -> Iterator[Change]:
    """Compare two states in which None counts as ok: a sleeping disk has
    neither value.
    """
    if (before or "ok") != (after or "ok"):
        what = action.removesuffix("_state_changed")
        yield Change(action, subject, before, after, f"{what} of {subject}: {after or 'not known now'}")


def _parity(old: ParityCheck, new: ParityCheck) -> Iterator[Change]:
    was_active, is_active = old.status != "idle", new.status != "idle"
    is_another = was_active and is_active and old.action != new.action
    if was_active and (not is_active or is_another):
        yield _finished(old, new)
    if is_active and (not was_active or is_another):
        yield Change("parity_started", PARITY, None, new.action, f"{_named(new.action)} has started")
        if new.status == "paused":
            yield Change("parity_paused", PARITY, "running", "paused", f"{_named(new.action)} is paused")
    elif was_active and is_active and old.status != new.status:
        action, word = ("parity_paused", "is paused") if new.status == "paused" else ("parity_resumed", "goes on")
        yield Change(action, PARITY, old.status, new.status, f"{_named(new.action)} {word}")


def _finished(old: ParityCheck, new: ParityCheck) -> Change:
    # The log's line may come a moment after the end: until then the result is not
    # known.
    is_told = new.last is not None and new.last != old.last
    result = new.last.result if new.last is not None and is_told else None
    errors = new.last.errors if new.last is not None and is_told else new.errors
    said = {"ok": "has finished", "cancelled": "was cancelled", "failed": "has failed", None: "has ended"}[result]
    return Change("parity_finished", PARITY, old.action, result, f"{_named(old.action)} {said}, errors: {errors}")


def _named(action: str | None) -> str:
    return {
        "check": "parity check",
        "correcting_check": "correcting parity check",
        "read_check": "read check",
        "sync": "parity sync",
        "rebuild": "rebuild",
        "clear": "clearing",
    }.get(action or "", "parity operation")
