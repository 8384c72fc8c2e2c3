"""Events that wait a moment for facts that their message needs.

Docker 28 and later report ``stop`` before ``die`` (moby#50242). The stop is held until
the die, so that it carries the exit code. A container is inspected once if its labels
hide Docker's attributes or its event was too long. Other events of that container wait
behind it; events of other containers don't wait.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final, NoReturn

from uma.feeds.docker.events import ContainerEvent, Inspected

MAX_STOP_SECONDS: Final = 1.0
"""Seconds that a stop waits for its die."""

MAX_DISTRUSTED: Final = 1024

UNKNOWN_EXIT_CODE: Final = "255"
"""Docker's own word for an unknown exit code."""

_NAME_ONLY: Final = frozenset({"destroy", "remove"})
"""The container is gone; no inspect can answer."""


@dataclass(slots=True)
class _Held:
    """The first event waits for a die or an inspect; the others wait behind it."""

    events: deque[ContainerEvent]
    waits_for_die: bool
    timer: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class HeldEvents:
    """Queue of events that passes them to *deliver* in an order that clients can use.

    *is_running* says whether a container's die is still to come; *inspect* returns None
    if Docker does not answer. ``work`` must run while events are taken.
    """

    deliver: Callable[[ContainerEvent], None]
    is_running: Callable[[str], bool]
    inspect: Callable[[str], Awaitable[Inspected | None]]
    stop_seconds: float = MAX_STOP_SECONDS
    _held: dict[str, _Held] = field(default_factory=dict)
    _distrusted: dict[str, Inspected | None] = field(default_factory=dict)
    _questions: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def distrust(self, container_id: str) -> None:
        """Take the exit code of a container from an inspect."""
        self._distrusted.setdefault(container_id, None)
        if len(self._distrusted) > MAX_DISTRUSTED:
            del self._distrusted[next(iter(self._distrusted))]

    def take(self, event: ContainerEvent) -> None:
        """Deliver *event*, now or soon."""
        if event.is_labelled or event.is_bare:
            self.distrust(event.container_id)
        held = self._held.get(event.container_id)
        if held is None:
            self._pass(event)
        elif not held.waits_for_die:
            held.events.append(event)
        elif event.action == "die":
            self._end(event.container_id)
            self._pass(event, followed_by=held.events)
        elif event.action in {"start", *_NAME_ONLY}:
            # The die did not come.
            self._release(event.container_id)
            self.take(event)
        else:
            self._pass(event)

    def flush(self) -> None:
        """Deliver waiting events without further facts."""
        while self._held:
            self._release(next(iter(self._held)))
        while not self._questions.empty():
            self._questions.get_nowait()

    async def work(self) -> NoReturn:
        """Inspect the containers that events wait for, one at a time."""
        while True:
            container_id = await self._questions.get()
            inspected = await self.inspect(container_id)
            if container_id in self._distrusted and inspected is not None:
                self._distrusted[container_id] = inspected
            self._release(container_id, inspected)

    def _pass(self, event: ContainerEvent, *, followed_by: deque[ContainerEvent] | None = None) -> None:
        container_id = event.container_id
        later = followed_by or deque()
        if self._needs_inspect(event):
            self._held[container_id] = _Held(deque([event, *later]), waits_for_die=False)
            self._questions.put_nowait(container_id)
        elif event.action == "stop" and self.is_running(container_id):
            timer = asyncio.get_running_loop().call_later(self.stop_seconds, self._release, container_id)
            self._held[container_id] = _Held(deque([event]), waits_for_die=True, timer=timer)
        else:
            self._deliver(event)
            for each in later:
                self.take(each)

    def _needs_inspect(self, event: ContainerEvent) -> bool:
        if event.container_id not in self._distrusted or event.action in _NAME_ONLY:
            return False
        is_nameless = event.is_bare and self._distrusted[event.container_id] is None
        return event.action == "die" or is_nameless

    def _release(self, container_id: str, inspected: Inspected | None = None) -> None:
        """Deliver the first held event of a container, and process the others again."""
        held = self._end(container_id)
        if held is None:
            return
        first = held.events.popleft()
        if first.action == "die" and not held.waits_for_die:
            known = None if inspected is None else inspected.exit_code
            first = replace(first, exit_code=UNKNOWN_EXIT_CODE if known is None else str(known))
        self._deliver(first)
        for event in held.events:
            self.take(event)

    def _end(self, container_id: str) -> _Held | None:
        held = self._held.pop(container_id, None)
        if held is not None and held.timer is not None:
            held.timer.cancel()
        return held

    def _deliver(self, event: ContainerEvent) -> None:
        known = self._distrusted.get(event.container_id)
        if event.is_bare and known is not None:
            event = replace(event, name=known.name, image=event.image or known.image)
        if event.action == "kill" and event.container_id in self._distrusted:
            event = replace(event, signal="")
        if event.action in _NAME_ONLY:
            self._distrusted.pop(event.container_id, None)
        self.deliver(event)
