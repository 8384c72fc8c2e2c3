"""Libvirt's numbers and XML as a machine's state and figures. Pure.

Formulas are the webGUI's of 7.3.2 (``get_vm_usage_stats`` in libvirt_helpers.php).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from uma.feeds.vms.model import NetworkTraffic
from uma.feeds.vms.protocol import Statistics

KIB: Final = 1024
LARGEST_BYTES: Final = 2**60
"""Largest valid number; a larger one means no limit, or damage."""
STATE_WORDS: Final = (
    "nostate",
    "running",
    "blocked",
    "paused",
    "shutdown",
    "shutoff",
    "crashed",
    "pmsuspended",
)
"""virDomainState, by number."""
EVENT_ACTIONS: Final = (
    "defined",
    "undefined",
    "started",
    "suspended",
    "resumed",
    "stopped",
    "shutdown",
    "pmsuspended",
    "crashed",
)
"""virDomainEventType, by number."""
STATE_AFTER: Final[Mapping[str, str]] = {
    "started": "running",
    "suspended": "paused",
    "resumed": "running",
    "stopped": "shutoff",
    "shutdown": "shutdown",
    "pmsuspended": "pmsuspended",
    "crashed": "crashed",
}
STOPPED: Final = EVENT_ACTIONS.index("stopped")
STOPPED_CRASHED, STOPPED_FAILED = 2, 5
"""Details of ``stopped``: qemu ended by itself, or could not be started."""
CDROM_TARGETS: Final = frozenset({"hda", "hdb"})
"""The webGUI's CD-ROM drives: it never counts their traffic."""
DISK_DEVICES: Final = frozenset({"disk", "lun"})
"""Kinds of a disk: a file or device, and a SCSI device passed through."""


@dataclass(frozen=True, slots=True)
class Definition:
    """Parts of a machine's XML: its template, and the target names of its disks; None
    if they are not known.
    """

    template: str | None
    disks: tuple[str, ...] | None


UNKNOWN: Final = Definition(None, None)


@dataclass(frozen=True, slots=True)
class Sample:
    """Cumulative figures of one active machine; CPU times in ns, ``at`` monotonic.

    ``life`` is libvirt's id: it differs after a restart, where counters begin again.
    """

    life: int
    at: float
    cpu_time: int | None
    vcpu_times: tuple[int, ...]
    memory_used_bytes: int | None
    memory_current_bytes: int | None
    network_io: NetworkTraffic | None


def parse_definition(xml: str) -> Definition:
    """Return the parts of a domain's XML that UMA needs; None if it is damaged.

    The XML can hold a VNC password, so no other part is kept.
    """
    # Imported here, so that a server without machines does not load it.
    import pyexpat  # noqa: PLC0415

    template: list[str] = []
    disks: list[str] = []
    device = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal device
        match name.rpartition(":")[2]:
            case "vmtemplate":
                template.append(attributes.get("name", ""))
            case "disk":
                device = attributes.get("device", "disk")
            case "target" if device in DISK_DEVICES:
                disks.append(attributes.get("dev", ""))

    def end(name: str) -> None:
        nonlocal device
        if name == "disk":
            device = ""

    parser = pyexpat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(xml, True)
    except pyexpat.ExpatError:
        return UNKNOWN
    return Definition(next(filter(None, template), None), tuple(disk for disk in disks if disk not in CDROM_TARGETS))


def sample_from(statistics: Statistics, *, life: int, at: float) -> Sample:
    """Return the figures in one machine's *statistics*; None for missing ones."""
    current = _whole(statistics, "balloon.current")
    resident = _whole(statistics, "balloon.rss")
    if resident is not None and current:
        resident = min(resident, current)
    times = (_whole(statistics, key) for key in statistics if key.startswith("vcpu.") and key.endswith(".time"))
    return Sample(
        life=life,
        at=at,
        cpu_time=_whole(statistics, "cpu.time"),
        vcpu_times=tuple(time for time in times if time is not None),
        memory_used_bytes=None if resident is None else size_of(resident),
        memory_current_bytes=size_of(current) if current else None,
        network_io=_network_from(statistics),
    )


def guest_percent(before: Sample, now: Sample) -> float | None:
    """Return the use of the virtual CPUs between two samples, None if unknown."""
    if before.life != now.life or not now.vcpu_times or len(before.vcpu_times) != len(now.vcpu_times):
        return None
    return _percent(sum(now.vcpu_times) - sum(before.vcpu_times), now.at - before.at, len(now.vcpu_times))


def host_percent(before: Sample, now: Sample, host_cpus: int) -> float | None:
    """Return the share of *host_cpus* between two samples, None if unknown."""
    if before.life != now.life or before.cpu_time is None or now.cpu_time is None or host_cpus < 1:
        return None
    return _percent(now.cpu_time - before.cpu_time, now.at - before.at, host_cpus)


def state_word(number: int) -> str:
    """Return libvirt's word for a state; ``nostate`` for a state of a later libvirt."""
    return STATE_WORDS[number] if 0 <= number < len(STATE_WORDS) else STATE_WORDS[0]


def state_shown(state: str | None) -> str | None:
    """Return the webGUI's word for a state (VMMachines.php)."""
    match state:
        case None:
            return None
        case "running":
            return "started"
        case "paused" | "pmsuspended":
            return "paused"
        case _:
            return "stopped"


def action_from(event: int, detail: int, *, was_active: bool) -> str | None:
    """Return the action of a lifecycle event; None for an event of a later libvirt.

    If qemu dies, libvirt says stopped, detail "failed" (kill -9, libvirt 9.0). It says
    the same of a failed start: *was_active* distinguishes them.
    """
    if not 0 <= event < len(EVENT_ACTIONS):
        return None
    action = EVENT_ACTIONS[event]
    if action == "stopped" and (detail == STOPPED_CRASHED or (detail == STOPPED_FAILED and was_active)):
        return "crashed"
    return action


def uuid_text(uuid: bytes) -> str:
    """Return *uuid* with dashes, as virsh writes it."""
    digits = uuid.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def size_of(kib: int) -> int | None:
    """Return a number of KiB as bytes; None if it can't be a size."""
    return kib * KIB if 0 <= kib * KIB <= LARGEST_BYTES else None


def traffic_sum(blocks: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the bytes read and written of all *blocks*; -1 is unknown."""
    return _sum(read for read, _ in blocks), _sum(written for _, written in blocks)


def _percent(cpu_ns: int, seconds: float, cpus: int) -> float | None:
    if seconds <= 0:
        return None
    return min(100.0, max(0.0, round(cpu_ns / (seconds * 1e9) * 100 / cpus, 1)))


def _network_from(statistics: Statistics) -> NetworkTraffic | None:
    """Return the traffic of all interfaces; None if libvirt counts that of none, such
    as of a card that is passed through.
    """
    count = _whole(statistics, "net.count")
    if count is None:
        return None
    indices = range(min(count, len(statistics)))
    received, sent = (
        [value for index in indices if (value := _whole(statistics, f"net.{index}.{way}.bytes")) is not None]
        for way in ("rx", "tx")
    )
    if count and not (received and sent):
        return None
    return NetworkTraffic(bytes_sent=_sum(sent), bytes_recv=_sum(received))


def _sum(counters: Iterable[int]) -> int:
    return min(LARGEST_BYTES, sum(counter for counter in counters if 0 <= counter <= LARGEST_BYTES))


def _whole(statistics: Statistics, key: str) -> int | None:
    value = statistics.get(key)
    return value if isinstance(value, int) and value >= 0 else None
