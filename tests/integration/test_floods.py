"""Attackers with all means of a machine on the LAN: their answers, and the effect on other clients."""

import asyncio
import contextlib
import itertools
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.raw_sockets import TEXT, Connection, connect, frame, upgrade_head
from tests.timed import IN_SECONDS

from .clients import Crowd, crowd
from .daemon import STREAMS, Daemon

GET = b"GET /api/v1/health HTTP/1.1\r\nHost: tower\r\n\r\n"
LASTS = 2.0
"""Seconds of each attack."""

LONGEST_GAP = 2.5
"""Seconds between messages that are sent every second, on a machine with more to do than this."""

LONGEST_ANSWER = 2.0
MOST_MEMORY = 140_000_000
"""Bytes; it begins with some 45 million. What is sent ahead, and parsed at once, would be more than a billion."""
SOCKETS = 1000
"""At once, with the default settings (docs/floods.md)."""


@dataclass
class Attack:
    """One kind of attack: runs until it is cancelled, and records its answers."""

    port: int
    told: list[int] = field(default_factory=list)
    ended: int = 0
    goes_on: bool = True
    """End of loops once False: up to Python 3.11 wait_for() may lose a cancellation."""
    connections: list[Connection] = field(default_factory=list)

    async def connect(self) -> Connection:
        self.connections.append(await connect(self.port))
        return self.connections[-1]

    async def until_ended(self, connection: Connection) -> None:
        """Read what there is, to the end of the connection."""
        with contextlib.suppress(ConnectionError):
            async for _ in connection.reader:
                pass
        self.ended += 1

    def drop(self, connection: Connection) -> None:
        """Close it."""
        self.connections.remove(connection)
        connection.writer.transport.abort()

    def end(self) -> None:
        for connection in self.connections:
            connection.writer.transport.abort()


async def idle_sockets(attack: Attack) -> None:
    """Open 2,000 silent connections."""
    for _ in range(2000):
        await attack.connect()
    await asyncio.Event().wait()


async def half_sent_heads(attack: Attack) -> None:
    """Open 1,000 that stop in the middle of a line."""
    for _ in range(1000):
        (await attack.connect()).send(GET[:30])
    await asyncio.Event().wait()


async def slow_heads(attack: Attack) -> None:
    """Slowloris: 300 that send a line now and then, and never the last one."""
    for _ in range(300):
        (await attack.connect()).send(GET[:-2])
    while True:
        for connection in attack.connections:
            connection.send(b"X-a: b\r\n")
        await asyncio.sleep(0.3)


async def large_heads(attack: Attack) -> None:
    """Send heads without an end, one after the other."""
    while attack.goes_on:
        connection = await attack.connect()
        connection.send(GET[:-2] + b"X: " + b"x" * 100_000)
        attack.told.append((await connection.response())[0])
        attack.drop(connection)


async def pipelines(attack: Attack) -> None:
    """Send requests without waiting for an answer, on five connections, and read all answers."""

    async def go_on() -> None:
        connection = await attack.connect()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(attack.until_ended(connection))
            while True:
                connection.send(GET * 5000)
                await connection.writer.drain()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(go_on())


async def unread_pipelines(attack: Attack) -> None:
    """Do the same on fifty connections without reading an answer."""
    for _ in range(50):
        connection = await attack.connect()
        connection.writer.transport.pause_reading()
        connection.send(GET * 5000)
    await asyncio.Event().wait()


async def large_pipelines(attack: Attack) -> None:
    """Send the largest possible requests on three hundred connections before any answer, and read none."""
    for fields in (b"X: " + b"x" * 15_000 + b"\r\n", b"a:\r\n" * 3000, b"a:\r\n" * 100):
        for _ in range(100):
            connection = await attack.connect()
            connection.writer.transport.pause_reading()
            connection.send((GET[:-2] + fields + b"\r\n") * 50)
    await asyncio.Event().wait()


async def bodies(attack: Attack) -> None:
    """Send the start of bodies of a gigabyte."""
    while attack.goes_on:
        connection = await attack.connect()
        connection.send(GET[:-2] + b"Content-Length: 1000000000\r\n\r\n" + bytes(200_000))
        attack.told.append((await connection.response())[0])
        attack.drop(connection)


async def handshakes(attack: Attack) -> None:
    """Send as many handshakes from one address as possible; accepted ones stay."""

    async def go_on() -> None:
        while attack.goes_on:
            connection = await attack.connect()
            connection.send(upgrade_head())
            attack.told.append((await connection.head())[0])
            if attack.told[-1] != 101:
                attack.drop(connection)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(20):
            tasks.create_task(go_on())


async def comers_and_goers(attack: Attack) -> None:
    """Reset clients as soon as they are accepted."""
    while attack.goes_on:
        connection = await attack.connect()
        connection.send(upgrade_head())
        attack.told.append((await connection.head())[0])
        attack.drop(connection)


async def frames_without_end(attack: Attack) -> None:
    """Send messages of empty fragments without a last one."""
    while attack.goes_on:
        connection = await attack.connect()
        connection.send(upgrade_head() + frame(TEXT, first_byte=TEXT) + frame(0, first_byte=0) * 20_000)
        await connection.head()
        attack.told.append(await connection.close_code())
        attack.drop(connection)


async def noise(attack: Attack) -> None:
    """Send random bytes."""
    while attack.goes_on:
        number, connection = len(attack.told), await attack.connect()
        connection.send(bytes((number * 7919 + at * at) % 256 for at in range(500)))
        await attack.until_ended(connection)
        attack.told.append(0)
        attack.drop(connection)


ATTACKS: dict[Callable[[Attack], Awaitable[None]], set[int]] = {
    idle_sockets: set(),
    half_sent_heads: set(),
    slow_heads: set(),
    large_heads: {431},
    pipelines: set(),
    unread_pipelines: set(),
    large_pipelines: set(),
    bodies: {413},
    handshakes: {101, 503},
    comers_and_goers: {101, 503},
    frames_without_end: {1008},
    noise: {0},
}
"""Possible answers to each attack."""


@pytest.fixture(autouse=True)
def many_sockets() -> Iterator[None]:
    """As many files as this process may have."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] < 4096:
        pytest.skip(f"a process may have {before[1]} open files here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def answer_times(people: Crowd) -> list[float]:
    """Measure how long a new client waits for an answer, repeatedly during the attack."""
    times: list[float] = []
    deadline = time.monotonic() + LASTS
    while time.monotonic() < deadline:
        started = time.monotonic()
        async with asyncio.timeout(10):
            status, _ = await people.get("/api/v1/health")
        times.append(time.monotonic() - started)
        assert status == 200
        await asyncio.sleep(0.05)
    return times


@contextlib.asynccontextmanager
async def under(attack: Attack, course: Callable[[Attack], Awaitable[None]]) -> AsyncIterator[None]:
    """Attack during the whole block."""
    attacking = asyncio.ensure_future(course(attack))
    try:
        yield
        if attacking.done():
            attacking.result()
    finally:
        attack.goes_on = False
        attacking.cancel()
        await asyncio.wait([attacking])
        attack.end()


def most_memory_of(daemon: Daemon) -> int:
    """The most bytes that were ever resident."""
    status = Path(f"/proc/{daemon.program.process.pid}/status").read_text()
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kilobytes) * 1024


async def keep_arrivals(listener, arrivals: list[float]) -> None:
    seen = 0
    while True:
        if len(listener.frames) > seen:
            seen = len(listener.frames)
            arrivals.append(time.monotonic())
        await asyncio.sleep(0.01)


@IN_SECONDS
@pytest.mark.timeout(400)
# An attack that is cancelled while connecting leaves a socket, which Python closes with a warning.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_no_other_client_waits(make_daemon: Callable[..., Daemon]) -> None:
    """Under each attack a client gets its messages in time, a newcomer its answer, the attacker the promised
    answers.
    """
    daemon = make_daemon()
    daemon.configure(STATS_INTERVAL=1)
    await asyncio.to_thread(daemon.start)
    async with crowd(daemon) as people:
        honest = await people.join("system/stats")
        for course, promised in ATTACKS.items():
            attack, arrivals = Attack(daemon.port), [time.monotonic()]
            watching = asyncio.ensure_future(keep_arrivals(honest, arrivals))
            async with under(attack, course):
                answers = await answer_times(people)
            watching.cancel()
            await asyncio.to_thread(daemon.until_connections, "system/stats", 1)

            gaps = [after - before for before, after in itertools.pairwise(arrivals)]
            name = course.__name__
            slowest = f"{name}: an answer after {max(answers):.2f} s, {max(gaps):.2f} s between messages"
            assert max(gaps) < LONGEST_GAP, slowest
            assert max(answers) < LONGEST_ANSWER, slowest
            assert set(attack.told) <= promised, name
            assert promised <= {101} or attack.told, name
            assert honest.close_code is None, name
        health = await asyncio.to_thread(daemon.health)
    dropped = {stream: state["dropped_clients"] for stream, state in health["streams"].items()}
    assert set(STREAMS) <= set(dropped)
    assert set(dropped.values()) == {0}
    assert health["status"] == "healthy"
    assert most_memory_of(daemon) < MOST_MEMORY
    assert "level=error" not in daemon.program.output
    assert "level=warning" not in daemon.program.output


@IN_SECONDS
async def test_the_oldest_idle_socket_makes_room(make_daemon: Callable[..., Daemon]) -> None:
    """The younger 1,000 of 2,000 idle sockets are left, and a new client is served within about a second."""
    daemon = make_daemon()
    await asyncio.to_thread(daemon.start)
    attack = Attack(daemon.port)
    connections = [await attack.connect() for _ in range(2 * SOCKETS)]
    started = time.monotonic()
    newcomer = await attack.connect()
    newcomer.send(GET)
    status, _, _ = await newcomer.response()
    took = time.monotonic() - started
    await asyncio.sleep(0.2)
    ended = [connection.reader.at_eof() or connection.reader.exception() is not None for connection in connections]
    attack.end()

    assert 200 == status
    assert took < LONGEST_ANSWER
    assert all(ended[:SOCKETS])
    assert not any(ended[SOCKETS + 10 :])


@IN_SECONDS
async def test_half_sent_heads_are_closed_after_ten_seconds(make_daemon: Callable[..., Daemon]) -> None:
    """Slowloris: ten seconds later no endless head is left, however it is extended."""
    daemon = make_daemon()
    await asyncio.to_thread(daemon.start)
    attack = Attack(daemon.port)
    started = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        for beginning, more in ((b"", b""), (GET[:20], b""), (GET[:-2], b"X: y\r\n"), (b"\r\n", b"\r\n")):
            for _ in range(20):
                connection = await attack.connect()
                connection.send(beginning)
                tasks.create_task(attack.until_ended(connection))
                tasks.create_task(prolong(connection, more))
        slow = list(attack.connections)
    took = time.monotonic() - started
    attack.end()

    assert len(slow) == attack.ended
    assert 9 < took < 14


async def prolong(connection: Connection, more: bytes) -> None:
    """Send a little now and then, until the peer has closed."""
    while more and not connection.reader.at_eof() and not connection.writer.is_closing():
        connection.send(more)
        await asyncio.sleep(0.5)
