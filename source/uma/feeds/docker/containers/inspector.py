"""Inspects of changed containers, a few at a time."""

import asyncio
import json
import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Final, NoReturn

import structlog

from uma.errors import SourceError
from uma.feeds.docker.client import DockerApi
from uma.feeds.docker.containers.cgroups import read_place, read_sample
from uma.feeds.docker.containers.parse import parse_digests, parse_inspected, parse_list
from uma.feeds.docker.containers.table import INSPECTED_ACTIONS, Containers
from uma.feeds.docker.events import ContainerEvent
from uma.host import Host

MAX_INSPECTS: Final = 4
"""Inspects at a time, so that a Docker with 200 containers is not flooded at
its start.
"""

PACE_SECONDS, QUICK_ROUNDS = 0.25, 4
"""Seconds between rounds, after so many quick ones: in a storm of events each container
is inspected four times a second, not for each event. A start or an end takes few.
"""

log = structlog.get_logger()


class Inspector:
    """Inspector of the containers in *table*; *changed* is called after each round.

    ``settled`` is set while no container waits to be inspected.
    """

    def __init__(self, host: Host, table: Containers, changed: Callable[[], None]) -> None:
        self.settled = asyncio.Event()
        self._host = host
        self._table = table
        self._changed = changed
        self._waiting: dict[str, bool] = {}
        self._asked: set[str] = set()
        self._is_wanted = asyncio.Event()

    def begin(self, container_ids: Iterable[str]) -> None:
        """Inspect all of these, and forget others."""
        self._waiting = dict.fromkeys(container_ids, True)
        self._want()

    def take(self, event: ContainerEvent) -> None:
        """Inspect the event's container if the event requires it; list a new one."""
        if event.action in INSPECTED_ACTIONS:
            self._waiting[event.container_id] = True
        elif event.container_id in self._asked:
            # The answer may be older than the event and show a paused container as
            # running.
            self._waiting[event.container_id] = True
        elif event.action == "create":
            self._waiting.setdefault(event.container_id, False)
        if self._waiting:
            self._want()

    async def work(self, docker: DockerApi) -> NoReturn:
        """Inspect waiting containers by *docker*, until cancelled."""
        loop = asyncio.get_running_loop()
        due = -math.inf
        while True:
            await self._is_wanted.wait()
            # Without quick rounds left, this one is due later than now.
            due = max(due + PACE_SECONDS, loop.time() - (QUICK_ROUNDS - 1) * PACE_SECONDS)
            await asyncio.sleep(due - loop.time())
            self._is_wanted.clear()
            waiting = list(self._waiting)
            for first in range(0, len(waiting), MAX_INSPECTS):
                async with asyncio.TaskGroup() as group:
                    for container_id in waiting[first : first + MAX_INSPECTS]:
                        is_known = self._waiting.get(container_id, True)
                        reading = self._inspect(docker, container_id) if is_known else self._list(docker, container_id)
                        group.create_task(reading, name=f"inspect {container_id[:12]}")
            for image_id in self._table.unchecked_images():
                self._table.digests[image_id] = await self._digests_of(docker, image_id)
            if self._waiting:
                self._is_wanted.set()
            else:
                self.settled.set()
            self._changed()

    def check_images(self) -> None:
        """Look up images whose update is in question."""
        if self._table.unchecked_images():
            self._want()

    def _want(self) -> None:
        self.settled.clear()
        self._is_wanted.set()

    async def _inspect(self, docker: DockerApi, container_id: str) -> None:
        # Cleared first: a container that an event changes meanwhile is inspected again.
        self._waiting.pop(container_id, None)
        self._asked.add(container_id)
        try:
            await self._learn(docker, container_id)
        finally:
            self._asked.discard(container_id)

    async def _learn(self, docker: DockerApi, container_id: str) -> None:
        try:
            body = await docker.read("GET /containers/ID/json", f"containers/{container_id}/json")
        except SourceError as error:
            # It was removed meanwhile, or is damaged: events give the rest.
            log.debug("container not inspected", id=container_id[:12], reason=str(error))
            return
        record = parse_inspected(body)
        if record is None:
            return
        place = await asyncio.to_thread(read_place, self._host, record.pid, record.id) if record.pid else None
        sample = await asyncio.to_thread(read_sample, place) if place is not None else None
        if sample is not None and sample.oom_kills:
            record = replace(record, oom_kills=max(record.oom_kills or 0, sample.oom_kills))
        self._table.learn(record, place)

    async def _digests_of(self, docker: DockerApi, image_id: str) -> frozenset[str]:
        try:
            return parse_digests(await docker.read("GET /images/ID/json", f"images/{image_id}/json"))
        except SourceError as error:
            log.debug("image not inspected", id=image_id[:19], reason=str(error))
            return frozenset()

    async def _list(self, docker: DockerApi, container_id: str) -> None:
        self._waiting.pop(container_id, None)
        asked = {"all": "1", "filters": json.dumps({"id": [container_id]})}
        with suppress(SourceError, ValueError):
            for record in parse_list(await docker.read("GET /containers/json", "containers/json", asked)).values():
                self._table.add(record)
