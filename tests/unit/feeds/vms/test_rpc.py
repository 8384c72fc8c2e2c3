"""The client of libvirt's RPC, against a fake that speaks the real protocol."""

import asyncio
import struct

import pytest

from tests.fakes.libvirt import AUTH_LIST, HEADER, LIST, PROGRAM, REGISTER, FakeDomain, FakeLibvirt
from uma.aio.task_groups import together
from uma.errors import SourceFailed, SourceUnavailable
from uma.feeds.vms.protocol import Procedure, parse_domains
from uma.feeds.vms.rpc import Refused, Unanswered, connect
from uma.feeds.vms.xdr import packed

URI = "qemu:///system"


async def talk(path, conversation, lifecycle=lambda event: None):
    """Run *conversation* with a followed connection; return its result."""
    libvirt = await connect(path, lifecycle)
    told = []

    async def speak():
        told.append(await conversation(libvirt))
        raise SourceUnavailable("done")

    try:
        await together(follow=libvirt.follow, speak=speak)
    except SourceUnavailable as end:
        if str(end) != "done":
            raise
    finally:
        libvirt.close()
    return told[0]


async def test_a_read_only_connection_is_opened(tmp_path):
    """It lists the kinds of login, opens read-only, and registers for lifecycle events."""
    opened = []
    async with FakeLibvirt(tmp_path / "s") as server:
        server.answers[1] = lambda body: opened.append(body) or b""
        await talk(tmp_path / "s", lambda libvirt: libvirt.open(URI))

    assert server.asked == [AUTH_LIST, 1, REGISTER]
    assert opened == [packed(1) + struct.pack(">I", 14) + b"qemu:///system\0\0" + packed(1)]


async def test_answers_find_their_questions(tmp_path):
    """Parallel calls each get their own reply, in any order."""

    async def two_at_once(libvirt):
        return await asyncio.gather(
            libvirt.ask(Procedure.CONNECT_LIST_ALL_DOMAINS, parse_domains, packed(1, 0)),
            libvirt.ask(Procedure.AUTH_LIST, bytes),
        )

    async with FakeLibvirt(tmp_path / "s", FakeDomain("plex")):
        domains, auth = await talk(tmp_path / "s", two_at_once)

    assert [domain.name for domain in domains] == ["plex"]
    assert auth == packed(1, 0)


async def test_events_are_handed_on(tmp_path):
    """A lifecycle event reaches the caller at once."""
    events = []

    async def wait_for_event(libvirt):
        await libvirt.open(URI)
        server.emit(FakeDomain("plex", active=4), 2)
        while not events:
            await asyncio.sleep(0.001)

    async with FakeLibvirt(tmp_path / "s") as server:
        await talk(tmp_path / "s", wait_for_event, events.append)

    assert [(event.domain.name, event.domain.id, event.event) for event in events] == [("plex", 4, 2)]


async def test_a_login_is_a_failure(tmp_path):
    """A socket that requires SASL or polkit is reported as such."""
    async with FakeLibvirt(tmp_path / "s") as server:
        server.answers[AUTH_LIST] = lambda body: packed(1, 2)
        with pytest.raises(SourceFailed, match="requires a login"):
            await talk(tmp_path / "s", lambda libvirt: libvirt.open(URI))


async def test_libvirts_own_errors(tmp_path):
    """A removed domain is libvirt's error, in its words."""
    async with FakeLibvirt(tmp_path / "s"):
        with pytest.raises(Refused, match="Domain not found"):
            await talk(tmp_path / "s", lambda libvirt: libvirt.ask(Procedure.DOMAIN_GET_INFO, bytes, bytes(24)))


async def test_silence_ends(tmp_path):
    """A libvirt that never answers delays the call up to its timeout."""
    async with FakeLibvirt(tmp_path / "s") as server:
        server.answers[AUTH_LIST] = lambda body: None
        with pytest.raises(Unanswered, match=r"has not answered AUTH_LIST for 0\.05 s"):
            await talk(tmp_path / "s", lambda libvirt: libvirt.ask(Procedure.AUTH_LIST, bytes, seconds=0.05))


@pytest.mark.parametrize(
    "garbage",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        bytes(64),
        b"\xff" * 64,
        struct.pack(">I", 8) + bytes(4),
        struct.pack(">I", 5 << 20),
        HEADER.pack(32, PROGRAM, 1, AUTH_LIST, 1, 1, 0) + packed(9),
        HEADER.pack(28, PROGRAM, 1, 318, 2, 0, 0),
    ],
    ids=["HTTP", "zeros", "ones", "too short", "too long", "a reply that ends early", "an event without a body"],
)
async def test_garbage_is_a_failure(tmp_path, garbage):
    """Any bytes that are not libvirt's give one failure with a reason."""
    async with FakeLibvirt(tmp_path / "s") as server:
        server.garbage = garbage
        with pytest.raises(SourceFailed, match=r"does not speak|malformed"):
            await talk(tmp_path / "s", lambda libvirt: libvirt.open(URI))


async def test_other_programs_and_late_replies_are_ignored(tmp_path):
    """Keepalive messages and late replies are ignored."""
    async with FakeLibvirt(tmp_path / "s", FakeDomain("plex")) as server:

        async def after_noise(libvirt):
            await libvirt.open(URI)
            server.send(HEADER.pack(28, 0x6B656570, 1, 1, 2, 0, 0))
            server.send(HEADER.pack(28, PROGRAM, 1, LIST, 1, 999, 0))
            server.send(HEADER.pack(28, PROGRAM, 1, 5, 2, 0, 0))
            return await libvirt.ask(Procedure.CONNECT_LIST_ALL_DOMAINS, parse_domains, packed(1, 0))

        assert len(await talk(tmp_path / "s", after_noise)) == 1


async def test_an_end_is_an_absence(tmp_path):
    """libvirtd that stops with the array is not a failure."""
    async with FakeLibvirt(tmp_path / "s") as server:

        async def hang_up(libvirt):
            await libvirt.open(URI)
            server.hang_up()
            await asyncio.Future()

        with pytest.raises(SourceUnavailable, match="closed the connection"):
            await talk(tmp_path / "s", hang_up)


async def test_without_a_listener(tmp_path):
    """A socket that vanished between look and call is an absence."""
    with pytest.raises(SourceUnavailable, match="can't be reached"):
        await connect(tmp_path / "none", lambda event: None)
