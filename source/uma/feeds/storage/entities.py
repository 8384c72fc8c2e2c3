"""Home Assistant entities for the array, its disks and pools,
and the parity operation.
"""

import json
import re
from collections.abc import Iterator
from typing import Final

from uma.feeds.feed import (
    A_PROBLEM,
    IN_CELSIUS,
    IN_MEGABYTES_PER_SECOND,
    IN_PERCENT,
    Entity,
    as_words,
    one_word,
    path,
    scaled,
    sensor,
    words_of,
)
from uma.feeds.feed.entities import MESSAGE
from uma.feeds.feed.fields import rule_of
from uma.feeds.feed.object_ids import object_part
from uma.feeds.storage.model import Disk, ParityCheck, ParityResult, StorageStatus

UNKNOWN = "unknown"
NEVER = "never"
"""State of the parity operation on a server where none ever ran."""

DISK_WORDS: Final = [*words_of(rule_of(Disk, "status")), UNKNOWN]

_PARITY = path("parity_check")


def facts(status: StorageStatus) -> object:
    """Return the parts of *status* whose changes are published at once, without
    figures.
    """
    disks = (*status.parity_disks, *status.disks, *status.cache_disks)
    return (
        status.array_status,
        status.array_protection,
        (status.parity_check.action, status.parity_check.status),
        tuple((disk.name, disk.status, disk.health, disk.temperature_state, disk.usage_state) for disk in disks),
    )


def is_whole(status: StorageStatus) -> bool:
    """Return True if each disk missing from *status* is known to be removed."""
    return status.array_status != UNKNOWN and bool(status.parity_disks or status.disks or status.cache_disks)


def layout(status: StorageStatus) -> object:
    """Return the parts of *status* that decide the set of entities."""
    return (
        tuple(disk.name for disk in status.parity_disks),
        tuple(disk.name for disk in status.disks),
        tuple((disk.name, disk.pool) for disk in status.cache_disks),
        status.boot is None,
    )


def entities_of(status: StorageStatus) -> Iterator[Entity]:
    """Describe all entities of a server with the state *status*."""
    yield from _array()
    yield from _parity()
    for role, disks in (
        ("parity_disks", status.parity_disks),
        ("disks", status.disks),
        ("cache_disks", status.cache_disks),
    ):
        for disk in disks:
            yield from _disk(role, disk)
    for pool in dict.fromkeys(disk.pool for disk in status.cache_disks):
        usage = f"{MESSAGE}.cache_disks | selectattr('pool', 'eq', {_quoted(pool)}) | map(attribute='usage_percent')"
        yield sensor(
            f"pool_{object_part(pool)}_usage", f"Pool {pool} usage", _only_number(usage), IN_PERCENT, "mdi:database"
        )
    if status.boot is not None:
        yield sensor(
            "boot_usage",
            "Boot device usage",
            f"{{{{ ({MESSAGE}.boot or {{}}).usage_percent | default(none) }}}}",
            IN_PERCENT,
            "mdi:usb-flash-drive",
        )


def _array() -> Iterator[Entity]:
    states, protections = (
        words_of(rule_of(StorageStatus, "array_status")),
        words_of(rule_of(StorageStatus, "array_protection")),
    )
    protection = path("array_protection")
    yield sensor(
        "array", "Array", one_word(path("array_status"), states, otherwise="other"), as_words(states), "mdi:server"
    )
    yield sensor(
        "protection",
        "Array protection",
        one_word(protection, protections, otherwise=UNKNOWN),
        as_words(protections),
        "mdi:shield-check",
    )
    yield Entity(
        "binary_sensor",
        "array_problem",
        "Array problem",
        # While a disk is rebuilt, the failure of another one may not be recoverable.
        f"{{% set word = {protection} %}}"
        f"{{{{ none if word == '{UNKNOWN}' else 'ON' if word in ['degraded', 'rebuilding', 'invalid'] else 'OFF' }}}}",
        A_PROBLEM,
    )
    used, free = (
        f"{MESSAGE}.disks | map(attribute='{name}') | select('number') | sum" for name in ("used_bytes", "free_bytes")
    )
    yield sensor(
        "array_usage",
        "Array usage",
        f"{{% set used = {used} %}}{{% set all = used + ({free}) %}}"
        "{{ (100 * used / all) | round(1) if all else none }}",
        IN_PERCENT,
        "mdi:database",
    )


def _parity() -> Iterator[Entity]:
    actions, statuses = [*words_of(rule_of(ParityCheck, "action")), NEVER], words_of(rule_of(ParityCheck, "status"))
    results = [*words_of(rule_of(ParityResult, "result")), NEVER]
    yield sensor(
        "parity_action",
        "Parity operation",
        one_word(f"{_PARITY}.action", actions, otherwise=NEVER),
        as_words(actions),
        "mdi:shield-sync",
    )
    yield sensor(
        "parity_status",
        "Parity operation status",
        one_word(f"{_PARITY}.status", statuses, otherwise="idle"),
        as_words(statuses),
        "mdi:shield-sync",
    )
    yield sensor(
        "parity_progress", "Parity operation progress", f"{{{{ {_PARITY}.percent }}}}", IN_PERCENT, "mdi:progress-check"
    )
    yield sensor(
        "parity_speed",
        "Parity operation speed",
        scaled(f"{_PARITY}.speed_bytes_per_sec", 10**6, 1),
        IN_MEGABYTES_PER_SECOND,
    )
    yield sensor(
        "parity_eta",
        "Parity operation time left",
        scaled(f"{_PARITY}.eta_seconds", 60, 0),
        {"device_class": "duration", "unit_of_measurement": "min", "state_class": "measurement"},
    )
    yield sensor(
        "parity_errors",
        "Parity errors",
        f"{{{{ {_PARITY}.errors }}}}",
        {"state_class": "measurement"},
        "mdi:alert-circle",
    )
    yield sensor(
        "parity_last",
        "Last parity operation",
        one_word(f"({_PARITY}.last or {{}}).result", results, otherwise=NEVER),
        # When it ended, how long it took and how many errors it found.
        {**as_words(results), "json_attributes_template": f"{{{{ ({_PARITY}.last or {{}}) | to_json }}}}"},
        "mdi:shield-check",
    )


def _disk(role: str, disk: Disk) -> Iterator[Entity]:
    part, shown = f"disk_{object_part(disk.name)}", _shown(disk.name)

    def of(attribute: str) -> str:
        return f"{MESSAGE}.{role} | selectattr('name', 'eq', {_quoted(disk.name)}) | map(attribute='{attribute}')"

    yield sensor(f"{part}_temperature", f"{shown} temperature", _only_number(of("temperature")), IN_CELSIUS)
    yield sensor(
        f"{part}_status",
        f"{shown} status",
        f"{{% set words = {of('status')} | list %}}"
        f"{{{{ '{UNKNOWN}' if not words else words[0] if words[0] in {DISK_WORDS} else 'other' }}}}",
        as_words(DISK_WORDS),
        "mdi:harddisk",
    )
    yield Entity(
        "binary_sensor",
        f"{part}_health",
        f"{shown} health",
        f"{{{{ {{'passed': 'OFF', 'failed': 'ON'}}.get({of('health')} | first | default('')) }}}}",
        A_PROBLEM,
    )
    if role == "disks":
        usage = _only_number(of("usage_percent"))
        yield sensor(f"{part}_usage", f"{shown} usage", usage, IN_PERCENT, "mdi:harddisk")


def _only_number(values: str) -> str:
    """Return a template for the first number among *values*; None if there is none."""
    return f"{{{{ {values} | select('number') | first | default(none) }}}}"


def _shown(name: str) -> str:
    """Return ``Disk 1`` for ``disk1``; a pool's own name stays."""
    match = re.fullmatch(r"(disk|parity)(\d*)", name)
    return f"{match[1].capitalize()} {match[2]}".strip() if match else name


def _quoted(name: str) -> str:
    """Quote *name* as a text in a template."""
    return json.dumps(name)
