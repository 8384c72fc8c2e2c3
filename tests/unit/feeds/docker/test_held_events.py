"""Events that wait for a die or an inspect, in their order of delivery."""

import asyncio
from contextlib import suppress

import pytest

from tests.fakes.docker import docker_event
from uma.feeds.docker.events import ContainerEvent, Inspected, container_event_from
from uma.feeds.docker.held_events import MAX_DISTRUSTED, HeldEvents

T = 1_795_416_741_000_000_000
NEVER = 3600.0


def event(action: str, container: str = "c1", /, **attributes: str) -> ContainerEvent:
    parsed = container_event_from(docker_event(action, container, at=T, **attributes))
    assert parsed is not None
    return parsed


class Desk:
    """Held events with their deliveries, and inspects that a test answers."""

    def __init__(self, *, stop_seconds: float = NEVER) -> None:
        self.delivered: list[ContainerEvent] = []
        self.answers: asyncio.Queue[Inspected | None] = asyncio.Queue()
        self.asked: list[str] = []
        self.held = HeldEvents(self.delivered.append, self._runs, self._inspect, stop_seconds=stop_seconds)

    async def _inspect(self, container_id: str) -> Inspected | None:
        self.asked.append(container_id)
        return await self.answers.get()

    def _runs(self, container_id: str) -> bool:
        lives = [e.action for e in self.delivered if e.container_id == container_id and e.action in {"start", "die"}]
        return lives[-1:] != ["die"]

    @property
    def story(self) -> list[tuple[str, str]]:
        return [(e.container_id[:2], e.action) for e in self.delivered]

    async def work_until(self, count: int) -> None:
        """Answer inspects until *count* events have been delivered."""
        worker = asyncio.ensure_future(self.held.work())
        try:
            async with asyncio.timeout(5):
                while len(self.delivered) < count:
                    await asyncio.sleep(0)
        finally:
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        (["kill", "stop", "die", "destroy"], ["kill", "die", "stop", "destroy"]),
        (["stop", "kill", "die"], ["kill", "die", "stop"]),
        (["stop", "destroy"], ["stop", "destroy"]),
        (["stop", "start"], ["stop", "start"]),
        (["stop", "die", "start", "restart"], ["die", "stop", "start", "restart"]),
    ],
)
async def test_a_stop_comes_after_its_die(taken: list[str], expected: list[str]) -> None:
    """In any order of Docker's, clients get the die first, and no event twice."""
    desk = Desk()
    for action in taken:
        desk.held.take(event(action))

    assert [action for _, action in desk.story] == expected


async def test_a_stop_after_the_die_passes_at_once() -> None:
    """Docker 20.10 reports the die first, so no event waits."""
    desk = Desk()
    desk.held.take(event("die"))
    desk.held.take(event("stop"))

    assert desk.story == [("c1", "die"), ("c1", "stop")]


async def test_others_do_not_wait() -> None:
    """A waiting container delays only its own events."""
    desk = Desk()
    for each in (event("stop"), event("start", "c2"), event("create", "c3", exitCode="1"), event("die", "c3")):
        desk.held.take(each)
    desk.held.take(event("destroy", "c4"))

    assert desk.story == [("c2", "start"), ("c3", "create"), ("c4", "destroy")]


async def test_an_inspect_reveals_values_that_labels_hide() -> None:
    """The die of a labelled container has the inspected code; later events follow it."""
    desk = Desk()
    for action in ("create", "stop", "die", "destroy"):
        desk.held.take(event(action, exitCode="0"))
    desk.answers.put_nowait(Inspected("c1", "image:1", 66))
    await desk.work_until(4)

    assert [(e.action, e.exit_code) for e in desk.delivered] == [
        ("create", None),
        ("die", "66"),
        ("stop", None),
        ("destroy", None),
    ]
    assert desk.asked == ["c1" * 32]


async def test_each_die_is_inspected_again() -> None:
    """A container that dies twice may have two different codes."""
    desk = Desk()
    for code in (1, 2):
        desk.held.take(event("start", exitCode="0"))
        desk.held.take(event("die", exitCode="0"))
        desk.answers.put_nowait(Inspected("c1", "image:1", code))
        await desk.work_until(2 * code)

    assert [e.exit_code for e in desk.delivered if e.action == "die"] == ["1", "2"]


async def test_flushing_loses_nothing() -> None:
    """At the end of a session waiting events are delivered: a stop unchanged, a die with an unknown code."""
    desk = Desk()
    for each in (event("stop"), event("die", "c2", exitCode="?"), event("rename", "c2")):
        desk.held.take(each)
    desk.held.flush()

    assert desk.story == [("c1", "stop"), ("c2", "die"), ("c2", "rename")]
    assert desk.delivered[1].exit_code == "255"


async def test_made_up_labels_do_not_fill_the_memory() -> None:
    """The table of distrusted containers is bounded."""
    desk = Desk()
    for number in range(MAX_DISTRUSTED + 10):
        desk.held.distrust(f"{number:064}")

    assert len(desk.held._distrusted) == MAX_DISTRUSTED
