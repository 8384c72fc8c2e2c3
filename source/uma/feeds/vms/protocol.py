"""Libvirt's remote protocol: bodies of calls, and parsers for replies and events. Pure.

Facts: libvirt's ``src/remote/remote_protocol.x`` and ``src/rpc/virnetprotocol.x``.
Numbers and layouts there never change.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from uma.feeds.vms.xdr import Unpacker, packed, packed_text

PROGRAM: Final = 0x20008086
VERSION: Final = 1
HEADER: Final = struct.Struct(">IIIIIII")
"""Length of all, program, version, procedure, type, serial, status."""
CALL, REPLY, EVENT = 0, 1, 2
OK: Final = 0
MAX_MESSAGE_BYTES: Final = 4 << 20
"""libvirt allows 32 MiB; the list of a thousand machines takes 50 KB."""
MAX_DOMAINS: Final = 4096
MAX_STATISTICS: Final = 65_536
"""libvirt 9 and later have some 46 figures of each virtual CPU."""
UUID_BYTES: Final = 16
NODE_MODEL_BYTES: Final = 128
"""``char model[32]``: XDR takes four bytes for each."""

READ_ONLY: Final = 1
LIFECYCLE: Final = 0
AUTOSTART: Final = 1 << 10
ACTIVE_ONLY: Final = 1
NO_WAIT: Final = 1 << 29
"""Flag that omits the figures of a hung qemu;
without it all figures are missing for 30 s.
"""
STATISTICS: Final = 1 | 2 | 4 | 8 | 16
"""State, CPU, balloon, virtual CPUs, interfaces. Never 32, block devices: for those
libvirtd opens each image, even ISOs on sleeping disks (strace, libvirt 9.0).
"""


class Procedure(IntEnum):
    """The calls that UMA makes, all allowed on the read-only socket."""

    CONNECT_OPEN = 1
    NODE_GET_INFO = 6
    DOMAIN_GET_XML_DESC = 14
    DOMAIN_GET_INFO = 16
    DOMAIN_BLOCK_STATS = 64
    AUTH_LIST = 66
    CONNECT_LIST_ALL_DOMAINS = 273
    CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY = 316
    DOMAIN_EVENT_CALLBACK_LIFECYCLE = 318
    CONNECT_GET_ALL_DOMAIN_STATS = 344


@dataclass(frozen=True, slots=True)
class Domain:
    """A virtual machine as libvirt names it; ``id`` is -1 while it is not active."""

    name: str
    uuid: bytes
    id: int

    @property
    def packed(self) -> bytes:
        """Return the domain as an argument of a call."""
        return packed_text(self.name) + self.uuid + packed(self.id)


@dataclass(frozen=True, slots=True)
class DomainInfo:
    """A domain's state number, memory in KiB and number of virtual CPUs."""

    state: int
    maximum_kib: int
    memory_kib: int
    vcpus: int


@dataclass(frozen=True, slots=True)
class LifecycleEvent:
    """A change in a domain's life: libvirt's numbers of the event and of its detail."""

    domain: Domain
    event: int
    detail: int


Statistics = Mapping[str, int | float | str]


def open_body(uri: str) -> bytes:
    """Return the body of CONNECT_OPEN."""
    return packed(1) + packed_text(uri) + packed(READ_ONLY)


def stats_body(flags: int) -> bytes:
    """Return the body of CONNECT_GET_ALL_DOMAIN_STATS, for all domains."""
    return packed(0, STATISTICS, flags)


def parse_auth(body: bytes) -> list[int]:
    """Return the kinds of authentication that AUTH_LIST offers; 0 means none."""
    unpacker = Unpacker(body)
    return [unpacker.uint32() for _ in range(unpacker.count(20))]


def parse_error(body: bytes) -> str:
    """Return the message of an error."""
    unpacker = Unpacker(body)
    code, _domain = unpacker.int32(), unpacker.int32()
    return unpacker.optional_text() or f"error {code}"


def parse_domains(body: bytes) -> list[Domain]:
    """Return the domains of CONNECT_LIST_ALL_DOMAINS."""
    unpacker = Unpacker(body)
    return [_domain(unpacker) for _ in range(unpacker.count(MAX_DOMAINS))]


def parse_info(body: bytes) -> DomainInfo:
    """Return the result of DOMAIN_GET_INFO."""
    unpacker = Unpacker(body)
    return DomainInfo(unpacker.uint32(), unpacker.uint64(), unpacker.uint64(), unpacker.uint32())


def parse_host_cpus(body: bytes) -> int:
    """Return the number of the host's CPUs, from NODE_GET_INFO."""
    unpacker = Unpacker(body)
    unpacker.opaque(NODE_MODEL_BYTES)
    unpacker.uint64()  # memory
    return unpacker.int32()


def parse_block(body: bytes) -> tuple[int, int]:
    """Return the bytes read and written, from DOMAIN_BLOCK_STATS; -1 is unknown."""
    unpacker = Unpacker(body)
    unpacker.int64()  # requests
    read = unpacker.int64()
    unpacker.int64()
    return read, unpacker.int64()


def parse_statistics(body: bytes) -> dict[bytes, tuple[Domain, Statistics]]:
    """Return the records of CONNECT_GET_ALL_DOMAIN_STATS, by UUID."""
    unpacker = Unpacker(body)
    records: dict[bytes, tuple[Domain, Statistics]] = {}
    for _ in range(unpacker.count(MAX_DOMAINS)):
        domain = _domain(unpacker)
        values = dict(_parameter(unpacker) for _ in range(unpacker.count(MAX_STATISTICS)))
        records[domain.uuid] = (domain, values)
    return records


def parse_lifecycle(body: bytes) -> LifecycleEvent:
    """Return the event of DOMAIN_EVENT_CALLBACK_LIFECYCLE."""
    unpacker = Unpacker(body)
    unpacker.int32()  # of our one callback
    return LifecycleEvent(_domain(unpacker), unpacker.int32(), unpacker.int32())


def parse_text(body: bytes) -> str:
    """Return the text of a reply that contains nothing else."""
    return Unpacker(body).text()


def _domain(unpacker: Unpacker) -> Domain:
    return Domain(unpacker.text(), unpacker.opaque(UUID_BYTES), unpacker.int32())


def _parameter(unpacker: Unpacker) -> tuple[str, int | float | str]:
    """Return the next typed parameter: its name and its value."""
    name, kind = unpacker.text(), unpacker.int32()
    match kind:
        case 1 | 6:
            return name, unpacker.int32()
        case 2:
            return name, unpacker.uint32()
        case 3:
            return name, unpacker.int64()
        case 4:
            return name, unpacker.uint64()
        case 5:
            return name, unpacker.double()
        case 7:
            return name, unpacker.text()
        case _:
            raise ValueError(f"a parameter of type {kind}")
