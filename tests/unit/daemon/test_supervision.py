"""Sources that fail, crash, are absent and come back."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.feeds import FEEDS, config_of
from uma.daemon.composition import App
from uma.daemon.supervision import HealthBoard, supervise
from uma.errors import SourceFailed, SourceUnavailable
from uma.feeds.docker.model import DockerEvent
from uma.feeds.feed import Publish, Report
from uma.host import Host
from uma.model import Message
from uma.model.health import SourceHealth

Turn = Callable[[Publish, Report], object]


class EnoughError(Exception):
    """Raised in the supervisor's sleep, when a test has seen enough."""


class Time:
    """A clock that tests and sleeps move, and the requested delays."""

    def __init__(self) -> None:
        self.now = 5000.0
        self.delays: list[float] = []

    def clock(self) -> float:
        return self.now


class Scripted:
    """A source whose every run performs the next action of a list."""

    name = "docker"

    def __init__(self, turns: list[Turn]) -> None:
        self._turns = turns

    async def run(self, publish: Publish, report: Report) -> None:
        self._turns.pop(0)(publish, report)


def raises(error: Exception, *, after: Turn | None = None) -> Turn:
    def turn(publish: Publish, report: Report) -> None:
        if after is not None:
            after(publish, report)
        raise error

    return turn


def says_ok(publish: Publish, report: Report) -> None:
    report("ok", "connected")


FAILURE = SourceFailed("no answer")
ABSENCE = SourceUnavailable("Docker is off")
DEFECT = KeyError("Name")


async def supervised(turns: list[Turn], *, time: Time | None = None, board: HealthBoard | None = None) -> list[float]:
    """Delays that the supervisor used after each of the *turns*."""
    time = time or Time()
    runs = len(turns)

    async def sleep(seconds: float) -> None:
        time.delays.append(seconds)
        time.now += seconds
        if len(time.delays) == runs:
            raise EnoughError

    with pytest.raises(EnoughError):
        await supervise(
            Scripted(turns), lambda message: None, board or HealthBoard(time.clock), clock=time.clock, sleep=sleep
        )
    return time.delays


def nominal(delays: list[float]) -> list[float]:
    """The delays without their jitter: the nearest of 0.2 s doubled up to 10 s, if within a fifth of it."""
    steps = (0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0)
    return [next((step for step in steps if abs(delay - step) <= 0.2 * step + 1e-9), -1.0) for delay in delays]


@pytest.mark.parametrize("error", [FAILURE, ABSENCE, DEFECT])
async def test_a_source_is_started_again_after_a_delay_that_doubles_up_to_ten_seconds(error: Exception) -> None:
    """Failed, absent or broken: the first delay is 0.2 s, the last one 10 s."""
    delays = await supervised([raises(error) for _ in range(9)])

    assert nominal(delays) == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0]


async def test_delays_are_jittered() -> None:
    """Two sources that fail together don't stay synchronised."""
    delays = await supervised([raises(FAILURE) for _ in range(40)])

    assert len(set(delays)) == 40


@pytest.mark.parametrize("error", [FAILURE, ABSENCE])
async def test_a_source_that_was_well_for_a_minute_is_started_again_at_once(error: Exception) -> None:
    """After a minute of being well, the next failure gets the first delay."""
    time = Time()

    def works(publish: Publish, report: Report) -> None:
        report("ok", "connected")
        time.now += 61

    delays = await supervised(
        [*[raises(error) for _ in range(4)], raises(error, after=works), raises(error), raises(error)], time=time
    )

    assert nominal(delays) == [0.2, 0.4, 0.8, 1.6, 0.2, 0.4, 0.8]


@pytest.mark.parametrize("error", [FAILURE, ABSENCE, None])
async def test_a_source_that_is_dropped_at_once_is_not_well(error: Exception | None) -> None:
    """A source that reports ok and fails at once, or just ends, is restarted ever more rarely: five times in half a
    minute.
    """
    turn = says_ok if error is None else raises(error, after=says_ok)

    delays = await supervised([turn] * 8)

    assert [round(delay / step, 1) for delay, step in zip(delays, (1, 2, 4, 8, 12, 12, 12, 12), strict=True)] == [
        pytest.approx(1.0, abs=0.2)
    ] * 8


async def test_a_source_that_was_well_before_it_was_unavailable_counts_as_well() -> None:
    """A drop after a login is not a plain absence, with any last report of the source."""

    def dropped(publish: Publish, report: Report) -> None:
        report("ok", "connected")
        report("unavailable", "dropped")
        raise ABSENCE

    delays = await supervised([dropped] * 3)

    assert [delay / step for delay, step in zip(delays, (1, 2, 4), strict=True)] == [pytest.approx(1.0, abs=0.2)] * 3


async def test_flapping_is_logged_once_and_summed_up() -> None:
    """A source that is dropped again and again has few lines in the log, and one with the count once it recovers."""
    time = Time()
    due: list[tuple[float, Callable[[], None]]] = []

    def later(seconds: float, function: Callable[[], None]) -> Callable[[], None]:
        due.append((time.now + seconds, function))
        return due.clear

    board = HealthBoard(time.clock, later)
    with capture_logs() as logs:
        await supervised([raises(ABSENCE, after=says_ok)] * 40, time=time, board=board)
        assert len(logs) == 5
        board.report("docker", "ok", "connected")
        (when, settle), *_ = due
        assert when == time.now + 60
        settle()
        board.report("docker", "unavailable", "Docker is off")

    assert [(line["event"], line.get("status"), line.get("changes")) for line in logs] == [
        ("source changed", "unavailable", None),
        ("source changed", "ok", None),
        ("source changed", "unavailable", None),
        ("source changed", "ok", None),
        ("source flapping", "unavailable", None),
        ("source changed", "ok", 76),
        ("source changed", "unavailable", None),
    ]
    assert logs[4]["detail"] == "Docker is off"


async def test_changes_that_are_far_apart_are_all_logged() -> None:
    """A source that comes and goes every few minutes is not flapping."""
    time = Time()
    board = HealthBoard(time.clock)
    with capture_logs() as logs:
        for number in range(20):
            time.now += 30
            board.report("docker", "ok" if number % 2 else "unavailable", "")

    assert len(logs) == 20


async def test_a_flapping_source_that_is_switched_off_is_not_logged_later() -> None:
    """A forgotten source has no status to log."""
    cancelled: list[bool] = []
    board = HealthBoard(lambda: 7.0, lambda seconds, function: lambda: cancelled.append(True))
    for _ in range(5):
        board.report("mqtt", "unavailable", "")
        board.report("mqtt", "ok", "")
    before = len(cancelled)

    board.forget("mqtt")

    assert len(cancelled) == before + 1


def test_a_source_is_listed_before_it_reports() -> None:
    """Health lists each wanted source from the first answer on; a reported status stays."""
    board = HealthBoard(lambda: 7.0)
    board.report("docker", "ok", "20.10")
    with capture_logs() as logs:
        board.expect("docker")
        board.expect("smart")
        board.report("smart", "ok", "")

    assert [health.status for health in board.sources.values()] == ["ok", "ok"]
    assert logs == []


async def test_a_crash_loop_stays_slow_though_it_says_ok_each_time() -> None:
    """A defect right after each start fills neither the log nor a processor."""
    delays = await supervised([raises(DEFECT, after=says_ok) for _ in range(8)])

    assert nominal(delays) == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


@pytest.mark.parametrize(("seconds", "last"), [(59.0, 0.8), (61.0, 0.2)])
async def test_a_defect_after_a_steady_minute_is_met_with_the_first_delay(seconds: float, last: float) -> None:
    """An occasional crash is not a loop."""
    time = Time()

    def works(publish: Publish, report: Report) -> None:
        time.now += seconds

    delays = await supervised([raises(DEFECT), raises(DEFECT), raises(DEFECT, after=works)], time=time)

    assert nominal(delays) == [0.2, 0.4, last]


async def test_a_source_that_ends_is_started_again() -> None:
    """A source should not end; if it does, it is restarted."""
    assert nominal(await supervised([lambda publish, report: None] * 2)) == [0.2, 0.4]


async def test_messages_and_reports_of_a_source_arrive() -> None:
    """The supervisor forwards publish, and adds the source's own name to its reports."""
    message = DockerEvent("start", "abc", "plex", "img", "running", {}, "abc", 1, 1)
    published: list[Message] = []
    board = HealthBoard(lambda: 7.0)

    def turn(publish: Publish, report: Report) -> None:
        publish(message)
        report("ok", "connected")

    async def sleep(seconds: float) -> None:
        raise EnoughError

    with pytest.raises(EnoughError):
        await supervise(Scripted([turn]), published.append, board, sleep=sleep)

    assert published == [message]
    assert board.sources == {"docker": SourceHealth("ok", "connected", 7.0)}


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (FAILURE, "failed", "no answer"),
        (ABSENCE, "unavailable", "Docker is off"),
        (DEFECT, "failed", "KeyError: 'Name'"),
    ],
)
async def test_the_end_of_a_source_is_its_health(error: Exception, status: str, detail: str) -> None:
    """An absence is not a failure, and a defect is named by its type."""
    board = HealthBoard(lambda: 7.0)

    await supervised([raises(error)], board=board)

    assert board.sources["docker"] == SourceHealth(status, detail, 7.0)  # type: ignore[arg-type]


async def test_health_follows_a_source_down_and_up() -> None:
    """Each change of status has its own time; a lasting failure keeps the time of its start."""
    time = Time()
    board = HealthBoard(time.clock)
    seen: list[SourceHealth] = []

    def look(publish: Publish, report: Report) -> None:
        seen.append(board.sources["docker"])

    await supervised(
        [
            raises(FAILURE),
            raises(SourceFailed("still no answer"), after=look),
            raises(ABSENCE, after=look),
            raises(FAILURE, after=look),
        ],
        time=time,
        board=board,
    )

    assert [(health.status, health.detail) for health in seen] == [
        ("failed", "no answer"),
        ("failed", "still no answer"),
        ("unavailable", "Docker is off"),
    ]
    assert [health.since for health in seen] == pytest.approx([5000.0, 5000.0, 5000.0 + sum(time.delays[:2])])
    assert board.sources["docker"].since == pytest.approx(5000.0 + sum(time.delays[:3]))


async def test_a_defect_is_logged_with_its_traceback_and_a_failure_is_not() -> None:
    """A defect is logged with its traceback, so that it can be fixed; a failure is one line."""
    with capture_logs() as logs:
        await supervised([raises(DEFECT), raises(FAILURE)])

    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("source crashed", "error"),
        ("source failed", "warning"),
    ]
    assert logs[0]["exc_info"]


async def test_a_status_that_lasts_is_logged_once() -> None:
    """A source that stays away all night does not fill the log; its return is logged once."""
    with capture_logs() as logs:
        await supervised([*[raises(FAILURE) for _ in range(30)], says_ok, says_ok, raises(ABSENCE)])

    assert [(line["event"], line.get("status")) for line in logs] == [
        ("source failed", None),
        ("source changed", "ok"),
        ("source changed", "unavailable"),
    ]


async def test_a_source_that_is_well_from_the_start_is_not_logged() -> None:
    """A daemon whose sources are well logs nothing of them."""
    with capture_logs() as logs:
        await supervised([says_ok])

    assert logs == []


async def test_cancelling_passes_through_while_the_source_runs() -> None:
    """A stop is not a failure: the source sees the cancellation, and health and log stay silent."""
    board = HealthBoard()
    running = asyncio.Event()
    seen: list[str] = []

    class Endless:
        name = "system"

        async def run(self, publish: Publish, report: Report) -> None:
            running.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise

    with capture_logs() as logs:
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            task = group.create_task(supervise(Endless(), lambda message: None, board), name="system")
            await running.wait()
            task.cancel()

    assert task.cancelled()
    assert (seen, board.sources, logs) == (["cancelled"], {}, [])


async def test_cancelling_passes_through_while_the_supervisor_waits() -> None:
    """A stop does not wait for the next start."""
    waiting = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        task = group.create_task(
            supervise(Scripted([raises(FAILURE)]), lambda message: None, HealthBoard(), sleep=sleep), name="docker"
        )
        await waiting.wait()
        task.cancel()

    assert task.cancelled()


async def test_an_ended_source_is_freed_at_once() -> None:
    """After a cancellation nothing of a run is left to the garbage collection: a reload ends every source."""

    class Held:
        """An open file or socket of a source."""

    async def hold(publish: Publish, report: Report) -> None:
        held = Held()
        held_by.append(weakref.ref(held))
        await asyncio.Event().wait()

    held_by: list[weakref.ref[Held]] = []
    source = Scripted([])
    source.run = hold  # type: ignore[method-assign]
    gc.disable()
    try:
        task = asyncio.create_task(supervise(source, lambda message: None, HealthBoard()))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        del task
        assert held_by[0]() is None
    finally:
        gc.enable()


def test_a_source_that_is_switched_off_is_forgotten() -> None:
    """Health names only running sources; forgetting twice does no harm."""
    board = HealthBoard(lambda: 7.0)
    board.report("smart", "ok", "")

    board.forget("smart")
    board.forget("smart")

    assert board.sources == {}


EVERYTHING = config_of(mqtt_host="127.0.0.1", smart="query")


def every_source(root: Path) -> App:
    """All parts of a daemon that is not running."""
    return App(EVERYTHING, Host(root, docker=root / "docker.sock"), FEEDS)


async def test_a_stray_cancellation_is_a_failure_of_any_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CancelledError without a cancellation ends no source: each shows as failed and restarts."""
    app = every_source(tmp_path)
    sources = [source for source, _ in app.sources]
    runs: list[str] = []

    async def stray(self: object, publish: Publish, report: Report) -> None:
        runs.append(self.name)  # type: ignore[attr-defined]
        report("ok", "connected")
        raise asyncio.CancelledError

    async def sleep(seconds: float) -> None:
        if len(runs) % 2 == 0:
            raise EnoughError

    for source in sources:
        monkeypatch.setattr(type(source), "run", stray)
        with pytest.raises(EnoughError):
            await supervise(source, lambda message: None, app.board, sleep=sleep)

    assert len(sources) >= 7
    assert runs == [source.name for source in sources for _ in range(2)]
    assert {name: health.status for name, health in app.board.sources.items()} == {
        source.name: "failed" for source in sources
    }


async def test_an_ended_task_is_shown_for_any_source(tmp_path: Path) -> None:
    """A source whose task has ended shows as failed, after any kind of end."""
    app = every_source(tmp_path)
    for source, publish in app.sources:
        app.board.report(source.name, "ok", "as it was")
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            task = group.create_task(supervise(source, publish, app.board), name=source.name)
            task.add_done_callback(app.board.report_end)
            task.cancel()
        await asyncio.sleep(0)

        assert app.board.sources[source.name].status == "failed"


def test_the_crash_loop_of_a_stray_cancellation_stays_slow() -> None:
    """A source that cancels itself at once is restarted ever more slowly, as after any defect."""
    stray = [raises(asyncio.CancelledError(), after=says_ok) for _ in range(8)]  # type: ignore[arg-type]
    delays = asyncio.run(supervised(stray))

    assert nominal(delays) == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
