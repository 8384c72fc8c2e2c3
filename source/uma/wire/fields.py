"""What each field on the wire means, and what its values are held to: the part of the schemas that types don't tell.

The words are the wire contract's. They are data and not docstrings, which ``python -OO`` drops.
"""

from collections.abc import Mapping
from typing import Any, Final

Rule = Mapping[str, Any]
FREE: Final[Rule] = {}

TIMESTAMP: Final[Rule] = {"format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
COUNT: Final[Rule] = {"minimum": 0}
PERCENT: Final[Rule] = {"minimum": 0, "maximum": 100}
CELSIUS: Final[Rule] = {"minimum": -40, "maximum": 120}
SIZE: Final[Rule] = {"pattern": r"^\d+(\.\d+)?([KMGTPEZY]?B)$"}
SERIAL: Final[Rule] = {"minimum": 1}


def words(*closed: str) -> Rule:
    """One of these words and no other."""
    return {"enum": list(closed)}


def known_words(*known: str) -> Rule:
    """One of these words, or a word of a newer Unraid or Docker that is passed on as it came."""
    return {"anyOf": [{"enum": list(known)}, {"type": "string"}]}


DISK_STATUS: Final = known_words(
    "active", "standby", "disabled", "emulated", "missing", "invalid", "wrong", "new", "rebuilding", "syncing"
)

DISK: Final[Mapping[str, tuple[str, Rule]]] = {
    "name": ("The slot, as Unraid names it: disk1, parity, cache2, flash.", FREE),
    "device": ("What the file system is on: a partition in the array, else the device. Null for a gone disk.", FREE),
    "status": ("What state the disk is in; standby is spun down.", DISK_STATUS),
    "temperature": ("Whole °C; null when spun down or without a sensor.", CELSIUS),
    "size": ("The device's size as the webGUI writes it, without the space.", SIZE),
    "used": ("Used space as the webGUI writes it; null where no file system is mounted.", SIZE),
    "free": ("Free space as the webGUI writes it; null where no file system is mounted.", SIZE),
    "device_base": ("The whole disk; null for a gone one.", FREE),
    "id": ("Model and serial, the serial cut to its last 4 characters; null for flash and for a gone disk.", FREE),
    "size_bytes": ("The device's size in bytes.", COUNT),
    "used_bytes": ("Used space in bytes; null where no file system is mounted.", COUNT),
    "free_bytes": ("Free space in bytes; null where no file system is mounted.", COUNT),
    "usage_percent": ("Used space in percent, one decimal; null where no file system is mounted.", PERCENT),
    "usage_state": ("Usage against the user's limits; null without used.", words("ok", "warning", "critical")),
    "temperature_state": (
        "Temperature against the user's thresholds; null without one.",
        words("ok", "hot", "critical"),
    ),
    "spun_down": ("Whether the disk sleeps.", FREE),
    "errors": ("Read and write errors that Unraid has counted.", COUNT),
    "health": ("SMART's overall verdict, as last read.", words("passed", "failed", "unknown")),
    "filesystem": ("Without a luks: prefix; null when nothing is mounted.", FREE),
    "encrypted": ("Whether the file system is in a LUKS container.", FREE),
    "rotational": ("Whether it is a hard disk; null for a gone one.", FREE),
}

FIELDS: Final[Mapping[str, Mapping[str, tuple[str, Rule]]]] = {
    "SystemStats": {
        "cpu_percent": ("Use of all logical CPUs since the last sample.", PERCENT),
        "memory_percent": ("memory_used of memory_total.", PERCENT),
        "memory_used": ("Bytes in use: total minus available, as the webGUI counts.", COUNT),
        "memory_total": ("Bytes of memory.", COUNT),
        "uptime": ("Whole seconds since boot.", COUNT),
        "load_average": ("Over 1, 5 and 15 minutes.", FREE),
        "disk_io": ("Traffic of all physical disks, each counted once.", FREE),
        "network_io": ("Traffic of all physical network interfaces.", FREE),
        "cpu_cores": ("Percent of each logical CPU that is online.", FREE),
        "cpu_temperature": ("°C; null without a sensor.", FREE),
    },
    "DiskIO": {
        "read_bytes": ("Since boot.", COUNT),
        "write_bytes": ("Since boot.", COUNT),
        "read_bytes_per_sec": ("Since the last sample.", COUNT),
        "write_bytes_per_sec": ("Since the last sample.", COUNT),
    },
    "NetworkIO": {
        "bytes_sent": ("Since boot.", COUNT),
        "bytes_recv": ("Since boot.", COUNT),
        "bytes_sent_per_sec": ("Since the last sample.", COUNT),
        "bytes_recv_per_sec": ("Since the last sample.", COUNT),
    },
    "DockerEvent": {
        "action": (
            "Docker's own word, up to a colon.",
            known_words(
                "create",
                "start",
                "restart",
                "pause",
                "unpause",
                "kill",
                "die",
                "oom",
                "stop",
                "destroy",
                "rename",
                "update",
                "health_status",
            ),
        ),
        "container_id": ("The first 12 characters of the id.", {"maxLength": 12}),
        "container_name": ("Without a leading slash.", {"pattern": "^(?!/)"}),
        "image": ("As the container was made from it.", FREE),
        "status": (
            "The container's state after the event, or the health word.",
            known_words(
                "created", "running", "paused", "restarting", "exited", "dead", "removed", "healthy", "unhealthy"
            ),
        ),
        "attributes": ("Exactly exitCode and signal, as strings; 0 and empty when there was none.", FREE),
        "container_id_full": ("The whole id.", FREE),
        "time_nano": ("Docker's own time, nanoseconds since 1970: more than a double holds.", COUNT),
        "seq": ("Rises by one with each event of one daemon life.", SERIAL),
    },
    "StorageStatus": {
        "array_status": (
            "What the array is doing.",
            known_words(
                "started",
                "stopped",
                "starting",
                "stopping",
                "maintenance",
                "formatting",
                "copying",
                "clearing",
                "unknown",
            ),
        ),
        "array_protection": (
            "Whether the array would survive the loss of a disk.",
            words(
                "none",
                "degraded",
                "rebuilding",
                "syncing",
                "invalid",
                "unprotected",
                "protected",
                "unknown",
            ),
        ),
        "disks": ("Data disks of the array.", FREE),
        "cache_disks": ("Every pool's members.", FREE),
        "parity_disks": ("Parity disks of the array.", FREE),
        "boot": ("The flash drive, or the boot pool's first member.", FREE),
        "unassigned": ("Devices in no slot.", FREE),
        "parity_check": ("The parity operation that runs, is paused, or ran last.", FREE),
    },
    "Disk": DISK,
    "PoolDisk": {**DISK, "pool": ("The pool's name, without number or subpool.", FREE)},
    "UnassignedDevice": {
        **{
            name: DISK[name]
            for name in (
                "name",
                "id",
                "spun_down",
                "temperature",
                "temperature_state",
                "size",
                "size_bytes",
                "rotational",
            )
        },
        "device": ("The whole device.", FREE),
        "device_base": ("The whole device.", FREE),
        "status": ("Whether it sleeps.", words("active", "standby")),
    },
    "ParityCheck": {
        "action": (
            "What it does; null if none ever ran.",
            words("check", "correcting_check", "read_check", "sync", "rebuild", "clear"),
        ),
        "status": ("Whether it is under way.", words("idle", "running", "paused")),
        "percent": ("How far it is; null when idle.", PERCENT),
        "speed_bytes_per_sec": ("Null when idle, paused or not measured yet.", COUNT),
        "eta_seconds": ("To its end; null when idle, paused or not measured yet.", COUNT),
        "errors": ("Found so far, or by the last run.", COUNT),
        "last": ("How the last one ended; null if none did.", FREE),
    },
    "ParityResult": {
        "at": ("When it ended.", {"format": "date-time"}),
        "duration_seconds": ("How long it ran.", COUNT),
        "result": ("How it ended.", words("ok", "cancelled", "failed")),
        "errors": ("Found by it.", COUNT),
    },
    "Problem": {
        "type": ("A URI of the kind of problem; about:blank says that the status is all there is.", FREE),
        "title": ("The status in words.", FREE),
        "status": ("The HTTP status.", {"minimum": 400, "maximum": 599}),
        "detail": ("What is wrong, in one sentence for a person.", FREE),
    },
    "Health": {
        "status": ("degraded when a source has failed or a message is older than three intervals.", FREE),
        "service": ("Always uma.", FREE),
        "version": ("Of the daemon.", FREE),
        "started_at": ("When the daemon started.", TIMESTAMP),
        "streams": ("By the end of their addresses, such as system/stats.", FREE),
        "multiplex": ("The address /api/v1/ws, which carries several streams.", FREE),
        "sources": (
            "By name: system, docker, storage, smart, udev, webgui, mqtt, as far as they are switched on.",
            FREE,
        ),
        "ignored_settings": ("Settings not in force, each a sentence with its file and line.", FREE),
    },
    "StreamAnswer": {
        "connections": ("Clients now.", COUNT),
        "limit": ("Clients at most.", SERIAL),
        "messages": ("Published since the daemon started.", COUNT),
        "dropped_clients": ("Closed since they read too slowly.", COUNT),
        "last_message_at": ("Null before the first message.", TIMESTAMP),
    },
    "MultiplexAnswer": {
        "connections": ("Clients now.", COUNT),
        "limit": ("Clients at most.", SERIAL),
        "dropped_clients": ("Closed since they read too slowly.", COUNT),
        "subscriptions": ("How many of them follow each stream.", FREE),
    },
    "SourceAnswer": {
        "status": ("unavailable is a normal absence, as of Docker while the array is stopped.", FREE),
        "detail": ("In words for a person.", FREE),
        "since": ("When status last changed.", TIMESTAMP),
    },
    "DriveSmart": {
        "name": ("The slot, as in storage_status.", FREE),
        "health": ("SMART's overall verdict.", FREE),
        "temperature": ("Whole °C, when last read.", FREE),
        "power_on_hours": ("Hours that it has run.", COUNT),
        "attributes": ("Raw values of 5, 187, 197, 198 and 199, as far as the drive has them.", FREE),
        "wear_percent": ("Endurance used up; may pass 100. Null where the drive does not tell.", COUNT),
        "spare_percent": ("Spare left. Null where the drive does not tell.", COUNT),
        "at": ("When these data were read.", TIMESTAMP),
    },
    "SystemHistory": {
        "timestamp": ("Unix seconds.", FREE),
        "cpu_percent": ("As in stats.", FREE),
        "memory_percent": ("As in stats.", FREE),
        "memory_used": ("As in stats.", FREE),
        "load_average": ("Over 1 minute.", FREE),
        "read_bytes_per_sec": ("Of disk_io.", FREE),
        "write_bytes_per_sec": ("Of disk_io.", FREE),
        "bytes_sent_per_sec": ("Of network_io.", FREE),
        "bytes_recv_per_sec": ("Of network_io.", FREE),
        "cpu_temperature": ("As in stats.", FREE),
    },
    "BulkRequest": {
        "container_ids": ("Ids of 12 or 64 characters, as docker_event has them.", {"minItems": 1, "maxItems": 100}),
    },
    "BulkResult": {
        "container_id": ("The entry of container_ids.", FREE),
        "success": ("Whether the container is in the state that was asked for.", FREE),
        "message": ("What came of it, for a person.", FREE),
    },
    "BulkSummary": {
        "total": ("Entries of container_ids.", COUNT),
        "succeeded": ("Of these.", COUNT),
        "failed": ("Of these.", COUNT),
    },
    "BulkAnswer": {
        "results": ("One for each entry of container_ids, in their order.", FREE),
        "summary": ("How many there were.", FREE),
    },
    "StatsMessage": {
        "type": ("Always stats.", FREE),
        "timestamp": ("UTC, to the second.", TIMESTAMP),
        "cpu_percent": ("The same as in data.", PERCENT),
        "memory_percent": ("The same as in data.", PERCENT),
        "data": ("The sample.", FREE),
    },
    "DockerEventMessage": {
        "type": ("Always docker_event.", FREE),
        "timestamp": ("When it happened: UTC, to the second.", TIMESTAMP),
        "data": ("The event.", FREE),
    },
    "StorageStatusMessage": {
        "type": ("Always storage_status.", FREE),
        "timestamp": ("UTC, to the second.", TIMESTAMP),
        "data": ("All of storage.", FREE),
    },
}

ABOUT: Final[Mapping[str, str]] = {
    "SystemStats": "One sample of the machine. Every number is finite and, but for the temperature, never null.",
    "DiskIO": "Bytes of all physical disks.",
    "NetworkIO": "Bytes of all physical network interfaces.",
    "DockerEvent": "One event of one container.",
    "StorageStatus": "The array, its pools and every device.",
    "Disk": "A device in an array slot or at boot.",
    "PoolDisk": "A pool's member.",
    "UnassignedDevice": "A device in no slot.",
    "ParityCheck": "A parity operation.",
    "ParityResult": "How a parity operation ended.",
    "Problem": "An error, as RFC 9457 has it.",
    "Health": "How the daemon itself is.",
    "StreamAnswer": "How one stream is.",
    "MultiplexAnswer": "How the address that carries several streams is.",
    "SourceAnswer": "What a source last said of itself.",
    "DriveSmart": "What a drive's SMART data said when they were last read.",
    "SystemHistory": "The samples of the last hour, oldest first, as columns of equal length.",
    "BulkRequest": "Which containers to start, stop or restart.",
    "BulkResult": "What came of one container.",
    "BulkSummary": "How many containers there were, and what came of them.",
    "BulkAnswer": "What came of a bulk operation.",
    "StatsMessage": "What /api/v1/ws/system/stats carries, at once and then every 5 s.",
    "DockerEventMessage": "What /api/v1/ws/docker/events carries, as it occurs.",
    "StorageStatusMessage": "What /api/v1/ws/storage/status carries: at once, every 30 s, and within 1 s of a change.",
}
