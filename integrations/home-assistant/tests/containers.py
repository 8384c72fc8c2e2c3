"""A Docker for a test, whose containers are created, recreated and destroyed on command."""

import copy
import json
import time
from pathlib import Path
from typing import Any

from tests.fakes.docker import FakeDocker, docker_event
from tests.integration.programs import CHECKOUT

RECORDED = json.loads((CHECKOUT / "demo/tower/demo/containers.json").read_text())["inspected"][0]


class Docker(FakeDocker):
    """Containers by name; each change is an event, as with Docker."""

    def __init__(self, socket: Path) -> None:
        super().__init__(socket)
        self._made = 0
        self._ids: dict[str, str] = {}

    def make(self, name: str, *, state: str = "running", health: str | None = None, quietly: bool = False) -> None:
        """Create a container with its own id."""
        self._made += 1
        id_ = f"{self._made:064x}"
        self._ids[name] = id_
        self.names[id_] = name
        self.states[id_] = state
        inspected: dict[str, Any] = copy.deepcopy(RECORDED)
        inspected["Id"], inspected["Name"] = id_, f"/{name}"
        inspected["State"] = {**inspected["State"], "Status": state, "Running": state == "running"}
        inspected["State"].pop("Health", None)
        if health:
            inspected["State"]["Health"] = {"Status": health}
        self.inspected[id_] = inspected
        if not quietly:
            self._tell("create", name)
            if state == "running":
                self._tell("start", name)

    def end(self, name: str, **attributes: str) -> None:
        """End it by itself."""
        id_ = self._ids[name]
        self.states[id_] = "exited"
        exit_code = int(attributes.get("exitCode", "0"))
        self.inspected[id_]["State"] |= {"Status": "exited", "Running": False, "ExitCode": exit_code}
        self._tell("die", name, **attributes)

    def destroy(self, name: str) -> None:
        """Remove it."""
        id_ = self._ids[name]
        for table in (self.states, self.names, self.inspected):
            del table[id_]
        self._tell("destroy", name)

    def follow(self, name: str) -> None:
        """Apply an operation to it."""
        id_ = self._ids[name]
        state = self.states[id_]
        self.inspected[id_]["State"] |= {"Status": state, "Running": state == "running"}
        self._tell("start" if state == "running" else "die", name, exitCode="0")

    def _tell(self, action: str, name: str, **attributes: str) -> None:
        event = docker_event(action, "c1", at=time.time_ns(), name=name, **attributes)
        event["Actor"]["ID"] = self._ids[name]
        self.emit(event)
