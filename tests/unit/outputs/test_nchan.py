"""The webGUI's channels: posts and their times, and the absence of nginx, for which a substitute serves."""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar

import pytest
from aiohttp import web

from tests.supervised import Observed, supervised, until
from tests.support.feeds import DOCKER, GUIDES, STORAGE, SYSTEM, encode, feed_named
from tests.support.messages import event, stats
from tests.timed import IN_SECONDS
from uma.errors import SourceUnavailable
from uma.feeds.feed import ON_DEMAND, Doc, Feed, Switch
from uma.model.health import SourceState
from uma.outputs.nchan import KEPT_EVENTS, Channel, WebGui
from uma.streams import Stream
from uma.wire.envelope import encoder_of

NEVER = 3600.0


@dataclass
class Nchan:
    """Stand-in for nginx that records posts and queries in order. It can be made to fail."""

    socket: Path
    subscribers: dict[str, int] = field(default_factory=dict)
    status: int | None = None
    refused: int = 0
    posted: list[tuple[str, str, bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    types: set[tuple[str, str]] = field(default_factory=set)

    def frames(self, channel: str) -> list[dict]:
        return [json.loads(body) for name, _, body in self.posted if name == channel]

    async def answer(self, request: web.Request) -> web.Response:
        channel = request.match_info["channel"]
        if self.status is not None:
            self.refused += 1
            return web.Response(status=self.status)
        reader_count = self.subscribers.get(channel, 0)
        if request.method == "GET":
            self.asked.append(channel)
            if not any(name == channel for name, _, _ in self.posted):
                return web.Response(status=404)
        else:
            self.posted.append((channel, request.query["buffer_length"], await request.read()))
            self.types.add((request.headers["Accept"], request.headers["Content-Type"]))
        return web.json_response(
            {"messages": 1, "requested": 0, "subscribers": reader_count, "last_message_id": "1:0"},
            status=200 if request.method == "GET" else 201 if reader_count else 202,
        )

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """nginx runs inside the block; after it nginx and its socket are gone."""
        application = web.Application()
        application.router.add_route("*", "/pub/{channel}", self.answer)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.UnixSite(runner, self.socket).start()
            yield
        finally:
            await runner.cleanup()
            self.socket.unlink(missing_ok=True)


@dataclass
class Posting:
    """The poster between three streams and the stand-in."""

    webgui: WebGui
    streams: dict[str, Stream]
    nchan: Nchan
    observed: Observed | None = None

    async def until_status(self, status: SourceState) -> None:
        assert self.observed is not None
        await self.observed.until_status(status)

    async def until_posted(self, channel: str, count: int) -> list[dict]:
        await until(lambda: len(self.nchan.frames(channel)) >= count)
        return self.nchan.frames(channel)


class LoopClock:
    """The loop's time, which passes only by ``advance``. It begins at a tick."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.now = math.ceil(loop.time() / 5) * 5.0

    async def advance(self, seconds: float) -> None:
        """Let that time pass."""
        self.now += seconds
        await self.settle()

    async def until(self, predicate: Callable[[], object]) -> None:
        """Wait without the loop's timers."""
        deadline = time.monotonic() + 30
        while not predicate():
            assert time.monotonic() < deadline
            await asyncio.sleep(0)
        await self.settle()

    async def settle(self) -> None:
        """Let all that is due happen."""
        # nginx's stand-in is in this process: an answer needs a few turns of the loop, no time.
        for _ in range(200):
            await asyncio.sleep(0)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LoopClock]:
    loop = asyncio.get_running_loop()
    frozen = LoopClock(loop)
    with monkeypatch.context() as patched:
        patched.setattr(loop, "time", lambda: frozen.now)
        yield frozen


def streams() -> dict[str, Stream]:
    return {
        name: Stream(name, encode=encode, clock=time.time, capacity=1, recent=1000 if name == DOCKER else 1)
        for name in (SYSTEM, DOCKER, STORAGE)
    }


@asynccontextmanager
async def posting(folder: Path, **seconds: float) -> AsyncIterator[Posting]:
    """Everything except nginx runs."""
    nchan, its_streams = Nchan(folder / "nginx.socket"), streams()
    webgui = WebGui(nchan.socket, GUIDES, its_streams, **seconds)
    at_work = Posting(webgui, its_streams, nchan)
    async with supervised(webgui) as at_work.observed:
        yield at_work


async def test_the_same_bytes_go_to_each_channel(tmp_path: Path) -> None:
    """Each stream's frames are posted unchanged, as JSON text, to a channel that keeps one state and 50 events."""
    async with posting(tmp_path) as at_work, at_work.nchan.listening():
        at_work.streams[SYSTEM].publish(stats())
        at_work.streams[DOCKER].publish(event())
        await at_work.until_posted("uma_stats", 1)
        await at_work.until_posted("uma_docker", 1)

    assert sorted(at_work.nchan.posted) == [
        ("uma_docker", "50", at_work.streams[DOCKER].recent[-1]),
        ("uma_stats", "1", at_work.streams[SYSTEM].recent[-1]),
    ]
    assert at_work.nchan.types == {("text/json", "application/json")}


async def test_no_place_of_a_client_is_taken(tmp_path: Path) -> None:
    """The poster reads all streams and counts in none."""
    async with posting(tmp_path) as at_work, at_work.nchan.listening():
        at_work.streams[SYSTEM].publish(stats())
        await at_work.until_posted("uma_stats", 1)

        assert [stream.connections for stream in at_work.streams.values()] == [0, 0, 0]


async def test_every_frame_on_demand(tmp_path: Path) -> None:
    """With a page open each frame is posted, once."""
    async with posting(tmp_path) as at_work, at_work.nchan.listening():
        at_work.nchan.subscribers["uma_stats"] = 1
        for number in range(5):
            at_work.streams[SYSTEM].publish(stats(float(number)))
            await at_work.until_posted("uma_stats", number + 1)

    assert [frame["cpu_percent"] for frame in at_work.nchan.frames("uma_stats")] == [0, 1, 2, 3, 4]
    assert at_work.nchan.asked == []


async def test_an_unwatched_state_is_only_kept_fresh(tmp_path: Path) -> None:
    """Without a page the first frame is posted, later ones are not, and the newest is posted after REFRESH."""
    async with posting(tmp_path, refresh_seconds=0.6, ask_seconds=0.05) as at_work, at_work.nchan.listening():
        for number in range(4):
            at_work.streams[SYSTEM].publish(stats(float(number)))
            await until(lambda number=number: len(at_work.nchan.asked) + len(at_work.nchan.posted) > number)
        await at_work.until_posted("uma_stats", 2)

    assert [frame["cpu_percent"] for frame in at_work.nchan.frames("uma_stats")] == [0, 3]


async def until_subscribed(at_work: "Posting", clock: "LoopClock") -> None:
    """Wait for the subscription; the first look for the socket may have been too early."""
    await clock.advance(5)
    await clock.until(lambda: at_work.streams[SYSTEM]._subscriptions)


async def publish_off_the_beat(at_work: "Posting", clock: "LoopClock") -> None:
    """Publish a message that is posted, and 10 s later another."""
    await until_subscribed(at_work, clock)
    at_work.streams[SYSTEM].publish(stats(1.0))
    await clock.until(lambda: len(at_work.nchan.posted) == 1)
    await clock.advance(10)
    at_work.streams[SYSTEM].publish(stats(2.0))


async def test_a_change_in_between_delays_the_next_frame_only_once(tmp_path: Path, clock: "LoopClock") -> None:
    """A change off the beat is held back. It is not posted just before the next frame, which would be held in turn."""
    async with posting(tmp_path) as at_work, at_work.nchan.listening():
        await publish_off_the_beat(at_work, clock)
        await clock.until(lambda: len(at_work.nchan.asked) == 1)
        for _ in range(4):
            await clock.advance(5)
        at_work.streams[SYSTEM].publish(stats(3.0))
        await clock.until(lambda: len(at_work.nchan.posted) == 2)
        at_work.nchan.asked.clear()
        for _ in range(5):
            await clock.advance(5)

    assert [frame["cpu_percent"] for frame in at_work.nchan.frames("uma_stats")] == [1, 3]
    assert at_work.nchan.asked == []


async def test_a_lasting_change_is_posted_late_at_most(tmp_path: Path, clock: "LoopClock") -> None:
    """If no frame follows the one held back, it is posted one question after the refresh."""
    async with posting(tmp_path) as at_work, at_work.nchan.listening():
        await publish_off_the_beat(at_work, clock)
        for _ in range(5):
            await clock.advance(5)
        await clock.until(lambda: len(at_work.nchan.posted) == 2)


async def test_one_question_at_each_tick(tmp_path: Path, clock: "LoopClock") -> None:
    """A sample comes at the tick at which the channel is asked for the one before, and needs no question of its own."""
    async with posting(tmp_path) as at_work, at_work.nchan.listening():
        await until_subscribed(at_work, clock)
        for number in range(1, 5):
            await clock.advance(5)
            at_work.streams[SYSTEM].publish(stats(float(number)))
            await clock.settle()

    assert len(at_work.nchan.asked) == 3
    assert [frame["cpu_percent"] for frame in at_work.nchan.frames("uma_stats")] == [1]


async def test_a_page_that_comes_gets_the_newest_at_once(tmp_path: Path) -> None:
    """A channel without readers is queried; as soon as it has one, the held-back frame is posted."""
    async with posting(tmp_path, refresh_seconds=3600, ask_seconds=0.05) as at_work, at_work.nchan.listening():
        at_work.streams[SYSTEM].publish(stats(1.0))
        await at_work.until_posted("uma_stats", 1)
        at_work.streams[SYSTEM].publish(stats(2.0))
        await until(lambda: at_work.nchan.asked.count("uma_stats") >= 2)
        at_work.nchan.subscribers["uma_stats"] = 1
        await at_work.until_posted("uma_stats", 2)
        at_work.nchan.asked.clear()
        at_work.streams[SYSTEM].publish(stats(3.0))
        frames = await at_work.until_posted("uma_stats", 3)

    assert [frame["cpu_percent"] for frame in frames] == [1, 2, 3]
    assert at_work.nchan.asked == []


async def test_posting_ends_some_time_after_the_last_page(tmp_path: Path) -> None:
    """After a page is gone, frames are posted for WATCHED seconds more."""
    async with (
        posting(tmp_path, watched_seconds=0.3, refresh_seconds=3600, ask_seconds=0.05) as at_work,
        at_work.nchan.listening(),
    ):
        at_work.nchan.subscribers["uma_stats"] = 1
        at_work.streams[SYSTEM].publish(stats(1.0))
        await at_work.until_posted("uma_stats", 1)
        at_work.nchan.subscribers.clear()
        at_work.streams[SYSTEM].publish(stats(2.0))
        await at_work.until_posted("uma_stats", 2)
        await asyncio.sleep(0.4)
        at_work.streams[SYSTEM].publish(stats(3.0))
        await until(lambda: at_work.nchan.asked.count("uma_stats") >= 2)

    assert len(at_work.nchan.frames("uma_stats")) == 2


async def test_events_are_posted_watched_or_not(tmp_path: Path) -> None:
    """Each event is posted, in order, even without readers."""
    async with posting(tmp_path) as at_work, at_work.nchan.listening():
        at_work.streams[DOCKER].publish(event(1))
        await at_work.until_posted("uma_docker", 1)
        for seq in range(2, 101):
            at_work.streams[DOCKER].publish(event(seq))
        frames = await at_work.until_posted("uma_docker", 100)

    assert [frame["data"]["seq"] for frame in frames] == list(range(1, 101))


@IN_SECONDS
async def test_without_nginx_it_waits_quietly(tmp_path: Path) -> None:
    """A missing socket is a normal state; a new one is noticed within about a second and gets the newest state."""
    async with posting(tmp_path) as at_work:
        await at_work.until_status("unavailable")
        assert at_work.observed is not None
        assert at_work.observed.health.detail.startswith("the webGUI's nginx is not running")
        at_work.streams[SYSTEM].publish(stats(1.0))
        at_work.streams[SYSTEM].publish(stats(2.0))
        async with at_work.nchan.listening():
            started = time.monotonic()
            frames = await at_work.until_posted("uma_stats", 1)
            assert time.monotonic() - started < 2.5
            await at_work.until_status("ok")

    assert [frame["cpu_percent"] for frame in frames] == [2.0]
    assert at_work.observed.board.history == ["unavailable", "ok"]


async def test_a_restarted_nginx_has_the_newest_state(tmp_path: Path) -> None:
    """Its channels are empty, so it gets the newest state even without a new message."""
    async with posting(tmp_path, ask_seconds=0.05) as at_work:
        at_work.streams[STORAGE].publish(stats(1.0))
        async with at_work.nchan.listening():
            await at_work.until_posted("uma_storage", 1)
        async with at_work.nchan.listening():
            frames = await at_work.until_posted("uma_storage", 2)
            await at_work.until_status("ok")

    assert frames[0] == frames[1]


async def test_events_while_nginx_was_away_follow(tmp_path: Path) -> None:
    """Events that nginx missed are posted when it is back, as many as its channel keeps, and none twice."""
    async with posting(tmp_path) as at_work:
        async with at_work.nchan.listening():
            at_work.streams[DOCKER].publish(event(1))
            await at_work.until_posted("uma_docker", 1)
        for seq in range(2, 6):
            at_work.streams[DOCKER].publish(event(seq))
        await at_work.until_status("unavailable")
        async with at_work.nchan.listening():
            await at_work.until_posted("uma_docker", 5)
            await at_work.until_status("ok")
        for seq in range(6, 400):
            at_work.streams[DOCKER].publish(event(seq))
        async with at_work.nchan.listening():
            await at_work.until_posted("uma_docker", 5 + KEPT_EVENTS)
            at_work.streams[DOCKER].publish(event(400))
            await at_work.until_posted("uma_docker", 6 + KEPT_EVENTS)
        at_work.streams[DOCKER].publish(event(401))
        await at_work.until_status("unavailable")
        async with at_work.nchan.listening():
            frames = await at_work.until_posted("uma_docker", 7 + KEPT_EVENTS)
            await at_work.until_status("ok")

    seqs = [frame["data"]["seq"] for frame in frames]
    assert seqs == [1, 2, 3, 4, 5, *range(400 - KEPT_EVENTS, 402)]


@pytest.mark.parametrize("status", [500, 507])
async def test_no_shared_memory_is_normal_and_met_with_patience(tmp_path: Path, status: int) -> None:
    """nchan without memory is unavailable; it gets a pause, and posting resumes when there is memory."""
    async with posting(tmp_path, room_seconds=1.0) as at_work, at_work.nchan.listening():
        at_work.nchan.status = status
        at_work.streams[SYSTEM].publish(stats(1.0))
        await at_work.until_status("unavailable")
        assert at_work.observed is not None
        assert f"HTTP {status}" in at_work.observed.health.detail
        refused = at_work.nchan.refused
        await asyncio.sleep(0.5)
        assert at_work.nchan.refused == refused
        at_work.nchan.status = None
        await at_work.until_posted("uma_stats", 1)
        await at_work.until_status("ok")


async def test_an_nginx_that_refuses_is_a_failure(tmp_path: Path) -> None:
    """An nginx without channels, which Unraid's never is, is reported as failed."""
    async with posting(tmp_path) as at_work, at_work.nchan.listening():
        at_work.nchan.status = 404
        at_work.streams[SYSTEM].publish(stats(1.0))

        await at_work.until_status("failed")


async def test_a_socket_without_a_listener_is_normal(tmp_path: Path) -> None:
    """The socket of a killed nginx counts as its absence."""
    async with posting(tmp_path) as at_work:
        async with at_work.nchan.listening():
            at_work.nchan.socket.rename(tmp_path / "kept")
            at_work.streams[SYSTEM].publish(stats(1.0))
        (tmp_path / "kept").rename(at_work.nchan.socket)

        await until(lambda: "does not answer" in at_work.observed.health.detail)
        assert at_work.observed.health.status == "unavailable"


@pytest.mark.parametrize(
    ("error", "reason"),
    [(TimeoutError(), "nothing came within 5 s"), (ConnectionResetError(104, "reset by peer"), "reset by peer")],
)
async def test_the_reason_of_a_silent_nginx_is_named(error: Exception, reason: str) -> None:
    """A timeout has no text of its own."""

    class Silent:
        async def request(self, *_: object, **__: object) -> object:
            raise error

    channel = Channel(Silent(), "uma_stats", 1, lambda status, detail: None)  # type: ignore[arg-type]
    with pytest.raises(SourceUnavailable, match=reason):
        await channel.post(b"{}")


async def test_closed_streams_are_subscribed_to_again(tmp_path: Path) -> None:
    """A changed token ends every subscription; the poster subscribes again and repeats no event."""
    async with posting(tmp_path) as at_work, at_work.nchan.listening():
        at_work.nchan.subscribers["uma_stats"] = 1
        at_work.streams[SYSTEM].publish(stats(1.0))
        at_work.streams[DOCKER].publish(event(1))
        await at_work.until_posted("uma_stats", 1)
        await at_work.until_posted("uma_docker", 1)
        for stream in at_work.streams.values():
            stream.close(1008, "the token has changed")
        at_work.streams[SYSTEM].publish(stats(2.0))
        at_work.streams[DOCKER].publish(event(2))
        await until(lambda: 2.0 in [frame["cpu_percent"] for frame in at_work.nchan.frames("uma_stats")])
        events = await at_work.until_posted("uma_docker", 2)

    assert [frame["data"]["seq"] for frame in events] == [1, 2]


async def test_missed_events_after_forgotten_ones_are_posted(tmp_path: Path) -> None:
    """While nginx is away a stream can forget its events, as after NOTIFICATIONS=counts; all later ones are posted."""
    async with posting(tmp_path) as at_work:
        for seq in (1, 2):
            at_work.streams[DOCKER].publish(event(seq))
        at_work.streams[DOCKER].forget()
        for seq in (3, 4, 5):
            at_work.streams[DOCKER].publish(event(seq))
        async with at_work.nchan.listening():
            frames = await at_work.until_posted("uma_docker", 3)

    assert [frame["data"]["seq"] for frame in frames] == [3, 4, 5]


async def test_an_answer_in_another_form_counts_as_a_reader(tmp_path: Path) -> None:
    """An extra post is better than a page without updates."""
    async with posting(tmp_path, refresh_seconds=3600) as at_work, at_work.nchan.listening():
        at_work.nchan.status = 202
        at_work.streams[SYSTEM].publish(stats(1.0))
        await at_work.until_status("ok")
        at_work.nchan.status = None
        at_work.streams[SYSTEM].publish(stats(2.0))

        await at_work.until_posted("uma_stats", 1)


@dataclass(frozen=True, slots=True)
class Load:
    kind: ClassVar[str] = "load"
    retained: ClassVar[bool] = True
    about: ClassVar[str] = "Load."

    percent: Annotated[float | None, Doc("Load."), ON_DEMAND]


def on_demand() -> Feed:
    """A feed whose figure is sampled on demand."""
    return Feed(
        name="load/status", title="Load", summary="Load.", message=Load, source=lambda context: pytest.fail("built"),
        switch=Switch("LOAD", "Load"),
    )  # fmt: skip


@asynccontextmanager
async def posting_load(folder: Path) -> AsyncIterator[tuple[Nchan, Stream, Stream]]:
    """Channels of the system and of an on-demand feed, queried often."""
    feeds = [feed_named(SYSTEM), on_demand()]
    nchan = Nchan(folder / "nginx.socket")
    encoder = encoder_of(feeds)
    both = {feed.name: Stream(feed.name, encode=encoder, clock=time.time, capacity=1) for feed in feeds}
    async with (
        nchan.listening(),
        supervised(WebGui(nchan.socket, feeds, both, watched_seconds=0.3, refresh_seconds=NEVER, ask_seconds=0.02)),
    ):
        yield nchan, both[SYSTEM], both["load/status"]


async def test_a_page_that_reads_a_channel_is_demand(tmp_path: Path) -> None:
    """Its figures are wanted once a page reads it, even without a message to post, and only briefly after that."""
    async with posting_load(tmp_path) as (nchan, system, load):
        load.publish(Load(None))
        await until(lambda: nchan.frames("uma_load_status"))
        assert not load.demand.wanted
        nchan.subscribers = {"uma_stats": 1, "uma_load_status": 1}
        system.publish(stats())
        await until(lambda: load.demand.wanted)
        nchan.subscribers = {}
        await until(lambda: not load.demand.wanted)


async def test_a_page_at_another_channel_causes_no_sampling(tmp_path: Path) -> None:
    """A page that only reads the system causes no sampling of other feeds."""
    async with posting_load(tmp_path) as (nchan, system, load):
        load.publish(Load(None))
        nchan.subscribers = {"uma_stats": 1}
        system.publish(stats())
        await until(lambda: "uma_load_status" in nchan.asked)
        await asyncio.sleep(0)

        assert system.demand.wanted
        assert not load.demand.wanted
