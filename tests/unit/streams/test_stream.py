"""The contract of streams, as stated in their package."""

import asyncio

import pytest

from uma.errors import StreamClosed, StreamFull
from uma.feeds.docker.model import DockerEvent
from uma.feeds.system.model import DiskIO, NetworkIO, SystemStats
from uma.model import Message
from uma.streams import Stream, Subscription

# A reader that is never woken soon fails its test.
pytestmark = pytest.mark.timeout(10)


def state(uptime: int) -> SystemStats:
    return SystemStats(
        cpu_percent=15.2,
        memory_percent=45.8,
        memory_used=458,
        memory_total=1000,
        uptime=uptime,
        load_average=(0.5, 0.7, 0.9),
        disk_io=DiskIO(0, 0, 0, 0),
        network_io=NetworkIO(0, 0, 0, 0),
        cpu_cores=(15.2,),
        cpu_temperature=None,
    )


def event(seq: int) -> DockerEvent:
    return DockerEvent(
        action="start",
        container_id="abc123def456",
        container_name="plex",
        image="plexinc/pms-docker:latest",
        status="running",
        attributes={"exitCode": "0", "signal": ""},
        container_id_full="abc123def456" * 5,
        time_nano=1_750_028_400_000_000_000 + seq,
        seq=seq,
    )


class Encoder:
    """Encoder of a message's number and the time, which counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, message: Message, now: float) -> bytes:
        self.calls += 1
        number = message.seq if isinstance(message, DockerEvent) else message.uptime  # type: ignore[union-attr]
        return f"{message.kind} {number} at {now:g}".encode()


def stream(
    *, capacity: int = 100, backlog: int = 256, recent: int = 1, now: float = 7.0, encoder: Encoder | None = None
) -> Stream:
    return Stream(
        "test",
        encode=encoder or Encoder(),
        clock=lambda: now,
        capacity=capacity,
        backlog=backlog,
        recent=recent,
    )


async def pending(subscription: Subscription) -> list[bytes]:
    """Return the frames that a subscription would send now, until it is closed."""
    subscription.offer("the end", b"")
    frames = []
    while frame := await subscription.next_frame():
        frames.append(frame)
    return frames


async def test_a_message_is_encoded_once_and_its_frame_shared() -> None:
    """However many subscriptions exist, one encoding serves them and REST with the same bytes."""
    encoder = Encoder()
    messages = stream(encoder=encoder)

    with messages.subscribe() as one, messages.subscribe() as other:
        messages.publish(event(1))
        frames = [await one.next_frame(), await other.next_frame(), messages.recent[-1]]

    assert frames[0] == b"docker_event 1 at 7"
    assert frames[0] is frames[1] is frames[2]
    assert encoder.calls == 1


async def test_a_newer_state_takes_the_place_of_the_one_not_yet_sent() -> None:
    """A client that did not read gets the newest state only."""
    messages = stream(backlog=2)

    with messages.subscribe() as subscription:
        for uptime in range(1000):
            messages.publish(state(uptime))

        assert await pending(subscription) == [b"stats 999 at 7"]


async def test_a_newer_state_keeps_the_older_ones_place_in_the_queue() -> None:
    """A state that keeps changing does not lose its place behind later frames."""
    subscription = Subscription(backlog=10, leave=lambda _: None)
    for key, frame in (("stats", b"old"), ("storage_status", b"s"), ("stats", b"new")):
        subscription.offer(key, frame)

    assert await pending(subscription) == [b"new", b"s"]


async def test_events_come_all_and_in_order() -> None:
    """Every event counts, up to the backlog."""
    messages = stream(backlog=256)

    with messages.subscribe() as subscription:
        for seq in range(256):
            messages.publish(event(seq))
        frames = [await subscription.next_frame() for _ in range(256)]

    assert frames == [f"docker_event {seq} at 7".encode() for seq in range(256)]


async def test_events_come_in_order_to_a_reading_client() -> None:
    """Frames read between two publications neither repeat nor change their order."""
    messages = stream(backlog=2)
    frames = []

    with messages.subscribe() as subscription:
        for seq in range(0, 20, 2):
            messages.publish(event(seq))
            messages.publish(event(seq + 1))
            frames.append(await subscription.next_frame())
            frames.append(await subscription.next_frame())

    assert frames == [f"docker_event {seq} at 7".encode() for seq in range(20)]


async def test_a_lagging_subscription_is_closed_with_1013_and_counted_and_delays_no_other() -> None:
    """One event more than the backlog ends it, its pending frames are dropped, and the others get everything."""
    messages = stream(backlog=3)

    with messages.subscribe() as reader:
        with messages.subscribe() as lagging:
            received = []
            for seq in range(4):
                messages.publish(event(seq))
                received.append(await reader.next_frame())
            with pytest.raises(StreamClosed) as closed:
                await lagging.next_frame()

        assert (closed.value.code, closed.value.reason) == (1013, "more than 3 messages behind")
        assert received == [f"docker_event {seq} at 7".encode() for seq in range(4)]
        assert messages.dropped_clients == 1
    assert messages.dropped_clients == 1


async def test_a_full_backlog_is_not_lagging() -> None:
    """The limit itself may be pending."""
    messages = stream(backlog=3)

    with messages.subscribe() as subscription:
        for seq in range(3):
            messages.publish(event(seq))

        assert not subscription.is_lagging


async def test_the_newest_state_is_offered_at_once() -> None:
    """A new subscriber of a stream of states need not wait for the next."""
    messages = stream()
    messages.publish(state(1))
    messages.publish(state(2))

    with messages.subscribe() as subscription:
        assert await pending(subscription) == [b"stats 2 at 7"]


async def test_no_event_is_replayed_to_a_later_client() -> None:
    """An event that is past would set off an automation again."""
    messages = stream(recent=10)
    messages.publish(event(1))

    with messages.subscribe() as subscription:
        messages.publish(event(2))

        assert await pending(subscription) == [b"docker_event 2 at 7"]


async def test_nothing_is_offered_before_the_first_message() -> None:
    """A stream without a message offers nothing."""
    with stream().subscribe() as subscription:
        assert await pending(subscription) == []


async def test_one_more_than_the_capacity_is_refused_and_leaving_frees_the_place() -> None:
    """The stream is full at its capacity and reports both numbers; a freed place can be taken at once."""
    messages = stream(capacity=2)

    with messages.subscribe():
        with messages.subscribe():
            assert messages.connections == 2
            with pytest.raises(StreamFull, match=r"^test has 2 of 2 connections$"), messages.subscribe():
                pass
            assert messages.connections == 2
        assert messages.connections == 1
        with messages.subscribe():
            assert messages.connections == 2
    assert messages.connections == 0


async def test_an_error_frees_the_place_too() -> None:
    """A broken connection holds no place."""
    messages = stream(capacity=1)

    with pytest.raises(ConnectionError), messages.subscribe():
        raise ConnectionError

    with messages.subscribe():
        assert messages.connections == 1


async def test_the_daemons_own_readers_take_no_place() -> None:
    """They are admitted though the stream is full, and leave, even lagging, without being counted."""
    messages = stream(capacity=1, backlog=1)

    with messages.subscribe(), messages.subscribe(takes_place=False) as own:
        assert messages.connections == 1
        messages.publish(event(1))
        assert await own.next_frame() == b"docker_event 1 at 7"
        messages.publish(event(2))
        messages.publish(event(3))
        assert own.is_lagging
    assert messages.dropped_clients == 1


async def test_a_lower_capacity_closes_no_connection() -> None:
    """Present clients stay; a new one waits until there are fewer."""
    messages = stream(capacity=2)

    with messages.subscribe() as one, messages.subscribe() as other:
        messages.capacity = 1
        messages.publish(event(1))
        assert await one.next_frame() == await other.next_frame()
        with pytest.raises(StreamFull), messages.subscribe():
            pass


async def test_closing_ends_every_subscription_with_the_code_given() -> None:
    """Each reader gets the code instead of pending frames, once and for all."""
    messages = stream()

    with messages.subscribe() as one, messages.subscribe() as other:
        messages.publish(event(1))
        messages.close(1012, "the daemon restarts")
        messages.publish(event(2))
        for subscription in (one, other, one):
            with pytest.raises(StreamClosed) as closed:
                await subscription.next_frame()
            assert (closed.value.code, closed.value.reason) == (1012, "the daemon restarts")

    assert messages.dropped_clients == 0


async def test_without_a_code_closing_means_that_the_daemon_stops() -> None:
    """1001 is what a client gets at SIGTERM."""
    messages = stream()

    with messages.subscribe() as subscription:
        messages.close()

        assert (await subscription.closed()).code == 1001


async def test_the_first_code_counts() -> None:
    """A client that lagged keeps its code, whatever ends the stream later."""
    messages = stream(backlog=1)

    with messages.subscribe() as subscription:
        messages.publish(event(1))
        messages.publish(event(2))
        messages.close(1001, "the daemon stops")

        assert (await subscription.closed()).code == 1013


async def test_a_waiting_reader_is_woken_by_a_message() -> None:
    """A reader sleeps until there is a frame."""
    messages = stream()

    with messages.subscribe() as subscription:
        for seq in (1, 2):
            asyncio.get_running_loop().call_soon(messages.publish, event(seq))
            assert await subscription.next_frame() == f"docker_event {seq} at 7".encode()


async def test_a_waiting_reader_is_woken_by_the_end() -> None:
    """A reader that waits for a frame gets the end, and so does one that waits for the end."""
    messages = stream()

    with messages.subscribe() as subscription:
        asyncio.get_running_loop().call_soon(messages.close)
        with pytest.raises(StreamClosed):
            await subscription.next_frame()
    with messages.subscribe() as subscription:
        asyncio.get_running_loop().call_soon(messages.close)
        assert (await subscription.closed()).reason == "the daemon stops"


async def test_a_stream_remembers_its_newest_message_and_frames() -> None:
    """REST and metrics are served from the stream: the last message, its time, and the last frames."""
    messages = stream(recent=3)
    assert (messages.newest, messages.last_message_at, messages.messages) == (None, None, 0)

    for seq in range(1, 6):
        messages.publish(event(seq))

    assert (messages.newest, messages.last_message_at, messages.messages) == (event(5), 7.0, 5)
    assert list(messages.recent) == [f"docker_event {seq} at 7".encode() for seq in (3, 4, 5)]


def test_frames_are_delivered_as_they_are_published() -> None:
    """A delivering subscription first passes pending frames, then each new frame before publish returns."""
    messages = stream()
    messages.publish(state(1))
    delivered: list[bytes] = []

    with messages.subscribe() as subscription:
        subscription.deliver_to(lambda frame: delivered.append(frame) is None)
        assert delivered == [b"stats 1 at 7"]
        messages.publish(state(2))
        assert delivered == [b"stats 1 at 7", b"stats 2 at 7"]

    messages.publish(state(3))
    assert len(delivered) == 2


def test_refused_frames_stay_pending_in_order() -> None:
    """Frames refused by a full connection are delivered, oldest first, once it has room; none overtakes another."""
    messages = stream()
    delivered: list[bytes] = []
    has_room = False

    def take(frame: bytes) -> bool:
        if has_room:
            delivered.append(frame)
        return has_room

    with messages.subscribe() as subscription:
        subscription.deliver_to(take)
        messages.publish(event(1))
        messages.publish(event(2))
        has_room = True
        messages.publish(event(3))
        assert delivered == []
        subscription.flush()

    assert delivered == [f"docker_event {seq} at 7".encode() for seq in (1, 2, 3)]


def test_a_refused_state_gives_way_to_a_newer_one() -> None:
    """A full connection gets only the newest state once it has room."""
    messages = stream()
    delivered: list[bytes] = []
    has_room = False

    with messages.subscribe() as subscription:
        subscription.deliver_to(lambda frame: has_room and delivered.append(frame) is None)
        for uptime in range(10):
            messages.publish(state(uptime))
        has_room = True
        subscription.flush()

    assert delivered == [b"stats 9 at 7"]


def test_a_client_that_refuses_too_much_lags() -> None:
    """A subscription whose refused frames exceed the backlog is closed with 1013."""
    messages = stream(backlog=2)

    with messages.subscribe() as subscription:
        subscription.deliver_to(lambda _: False)
        for seq in (1, 2, 3):
            messages.publish(event(seq))

        assert subscription.is_lagging


def test_taking_a_frame_may_end_the_subscription() -> None:
    """If a connection is found lost while it gets a frame, its subscription ends and no other."""
    messages = stream()
    messages.publish(state(1))
    delivered: list[bytes] = []

    with messages.subscribe() as lost, messages.subscribe() as other:

        def take(_: bytes) -> bool:
            lost.close(1006, "the connection was lost")
            return True

        lost.deliver_to(take)
        other.deliver_to(lambda frame: delivered.append(frame) is None)
        messages.publish(state(2))

    assert delivered == [b"stats 1 at 7", b"stats 2 at 7"]


async def test_messages_are_numbered_and_listeners_called() -> None:
    """Each message has the next number, whatever its kind; listeners are called once it can be read."""
    messages = stream(recent=2)
    seen: list[tuple[int, bytes]] = []
    messages.listeners.add(lambda: seen.append((messages.seq, messages.recent[-1])))
    assert messages.seq == 0
    messages.publish(event(7))
    messages.publish(event(8))
    messages.listeners.clear()
    messages.publish(event(9))

    assert seen == [(1, b"docker_event 7 at 7"), (2, b"docker_event 8 at 7")]
    assert messages.seq == 3


async def test_a_listener_may_leave_while_it_is_called() -> None:
    """A listener may remove itself, and the others are still called."""
    messages = stream()
    called: list[str] = []

    def leave(name: str) -> None:
        called.append(name)
        messages.listeners.clear()

    messages.listeners |= {lambda: leave("one"), lambda: leave("two")}
    messages.publish(state(1))

    assert sorted(called) == ["one", "two"]


async def test_a_branch_has_the_name_the_newest_message_and_the_numbers() -> None:
    """It begins with the stream's newest message, and no number is used twice."""
    messages = stream()
    messages.publish(state(1))
    branch = messages.branch()
    empty = stream().branch()
    branch.publish(state(2))
    messages.publish(state(3))

    assert (branch.name, branch.messages, branch.seq, branch.newest) == ("test", 1, 2, state(2))
    assert (messages.messages, messages.seq, messages.newest) == (2, 3, state(3))
    assert (empty.seq, empty.newest, list(empty.recent)) == (0, None, [])
    assert branch.connections == 0


async def test_forgotten_frames_are_not_offered() -> None:
    """A newcomer gets no earlier state, and REST no earlier event; the numbering continues."""
    forgetful = stream()
    forgetful.publish(state(1))
    forgetful.forget()
    with forgetful.subscribe() as subscription:
        assert await pending(subscription) == []
        forgetful.publish(state(2))
        assert len(await pending(subscription)) == 1

    assert (forgetful.seq, len(forgetful.recent)) == (2, 1)


def test_a_client_is_demand_and_the_daemons_own_reader_is_none() -> None:
    """A client's subscription is demand while it is open; a channel's or a broker's must request figures itself."""
    stream = Stream("system/stats", encode=lambda message, now: b"", clock=lambda: 7.0, capacity=2)
    with stream.subscribe(takes_place=False):
        assert not stream.demand.wanted
        with stream.subscribe() as one, stream.subscribe():
            one.close(1013, "lagging")
            assert stream.demand.wanted
        assert not stream.demand.wanted
