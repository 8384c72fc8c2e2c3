"""Bodies of libvirt's calls and replies."""

import struct
from contextlib import suppress

import pytest

from tests.fakes.libvirt import FakeDomain, text
from uma.feeds.vms import protocol
from uma.feeds.vms.protocol import Domain, DomainInfo, LifecycleEvent

PLEX = FakeDomain("plex", 7, active=3)
DOMAIN = Domain("plex", bytes([7]) * 16, 3)


def test_a_domain_packs_as_libvirt_has_it():
    """Calls about a domain begin with name, UUID and id."""
    assert DOMAIN.packed == PLEX.packed


def test_domains():
    """A list of domains comes in libvirt's order."""
    body = struct.pack(">I", 2) + PLEX.packed + FakeDomain("off", 1).packed + struct.pack(">I", 2)

    assert protocol.parse_domains(body) == [DOMAIN, Domain("off", bytes([1]) * 16, -1)]


def test_info():
    """A domain's info has its state, both sizes of memory and its CPUs; the time that follows is left out."""
    assert protocol.parse_info(struct.pack(">IQQIQ", 1, 4096, 2048, 2, 99)) == DomainInfo(1, 4096, 2048, 2)


def test_host_cpus():
    """The number of CPUs follows a model of 32 characters, each of four bytes."""
    assert protocol.parse_host_cpus(bytes(128) + struct.pack(">Qi", 1 << 24, 20)) == 20


def test_block():
    """Bytes read and written, without the numbers of requests."""
    assert protocol.parse_block(struct.pack(">qqqqq", 1, 512, 2, 1024, 0)) == (512, 1024)


def test_statistics_of_every_type():
    """All seven types of a typed parameter are read."""
    values = [
        struct.pack(">ii", 1, -1),
        struct.pack(">iI", 2, 2),
        struct.pack(">iq", 3, -3),
        struct.pack(">iQ", 4, 4),
        struct.pack(">id", 5, 0.5),
        struct.pack(">ii", 6, 1),
        struct.pack(">i", 7) + text("vda"),
    ]
    parameters = b"".join(text(f"p{number}") + value for number, value in enumerate(values))
    body = struct.pack(">I", 1) + PLEX.packed + struct.pack(">I", 7) + parameters

    assert protocol.parse_statistics(body) == {
        DOMAIN.uuid: (DOMAIN, {"p0": -1, "p1": 2, "p2": -3, "p3": 4, "p4": 0.5, "p5": 1, "p6": "vda"})
    }


def test_statistics_of_128_virtual_cpus():
    """libvirt 10 has 46 figures of each: a machine of a Threadripper's size does not end the feed."""
    names = [f"vcpu.{cpu}.{name}" for cpu in range(128) for name in ("time", *(f"kvm{n}.sum" for n in range(45)))]
    parameters = b"".join(text(name) + struct.pack(">iQ", 4, 7) for name in names)
    body = struct.pack(">I", 1) + PLEX.packed + struct.pack(">I", len(names)) + parameters

    (_, statistics) = protocol.parse_statistics(body)[DOMAIN.uuid]
    assert len(statistics) == 128 * 46
    assert len(body) < protocol.MAX_MESSAGE_BYTES


def test_lifecycle():
    """The domain, and the event's numbers."""
    body = struct.pack(">i", 0) + PLEX.packed + struct.pack(">ii", 5, 2)

    assert protocol.parse_lifecycle(body) == LifecycleEvent(DOMAIN, 5, 2)


def test_errors():
    """An error is reported in libvirt's words, else by its number."""
    assert protocol.parse_error(struct.pack(">iiI", 42, 10, 1) + text("Domain not found")) == "Domain not found"
    assert protocol.parse_error(struct.pack(">iiI", 42, 10, 0)) == "error 42"


@pytest.mark.parametrize(
    "parse",
    [
        protocol.parse_auth,
        protocol.parse_domains,
        protocol.parse_info,
        protocol.parse_host_cpus,
        protocol.parse_block,
        protocol.parse_statistics,
        protocol.parse_lifecycle,
        protocol.parse_text,
        protocol.parse_error,
    ],
)
@pytest.mark.parametrize("body", [b"", b"\0\0\0\1", b"\xff" * 64, bytes(3), b"\0\0\0\1" + b"\xff" * 40])
def test_garbage_is_a_value_error(parse, body):
    """For any bytes a parser returns or raises ValueError, and nothing else."""
    with suppress(ValueError):
        parse(body)


def test_block_devices_are_never_in_the_statistics():
    """Group 32 would make libvirtd open every image, even ISOs: no call requests it."""
    assert protocol.STATISTICS & 32 == 0
