"""A real Home Assistant process, seeded and used without a browser."""

import contextlib
import json
import math
import os
import shutil
import sqlite3
import time
import urllib.error
import urllib.parse
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from .daemon import LOOK_SECONDS
from .programs import CHECKOUT, Program, clean_environment, until

ENVIRONMENT = CHECKOUT / ".cache/home-assistant"
PORT = 8123

CONFIGURATION = f"""
homeassistant:
http:
  server_port: {PORT}
  server_host: 127.0.0.1
frontend:
recorder:
  commit_interval: 1
zeroconf:
logger:
  default: warning
  logs:
    custom_components.uma: info
"""


class HomeAssistant:
    """``hass`` in this thread's network namespace, with its configuration in *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "custom_components").mkdir(parents=True)
        shutil.copytree(CHECKOUT / "custom_components/uma", folder / "custom_components/uma")
        (folder / "configuration.yaml").write_text(CONFIGURATION)
        # The pages for a browser are 280 MB, and no test needs one.
        package = folder / "stub/hass_frontend"
        (package / "static").mkdir(parents=True)
        (package / "__init__.py").write_text(
            "from pathlib import Path\n\n\ndef where():\n    return Path(__file__).parent\n"
        )
        self._token = ""
        self.program: Program | None = None

    def __enter__(self) -> "HomeAssistant":
        self.program = Program(
            [ENVIRONMENT / "bin/hass", "-c", self._folder, "--log-no-color", "--skip-pip"],
            log=self._folder / "hass.log",
            environment=clean_environment(PYTHONPATH=str(self._folder / "stub")),
        )
        until(self._answers, 90, what="Home Assistant's answer", every=LOOK_SECONDS)
        self._seed()
        return self

    def __exit__(self, *error: object) -> None:
        assert self.program is not None
        with self.program as program:
            program.process.terminate()
            program.wait(60)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Return the REST API's answer."""
        return self._call(method, path, None if body is None else json.dumps(body).encode(), "application/json")

    def flows(self) -> list[dict[str, Any]]:
        """The flows in progress, as the page of integrations shows them."""
        with connect(f"ws://127.0.0.1:{PORT}/api/websocket", proxy=None) as socket:
            socket.recv(10)
            socket.send(json.dumps({"type": "auth", "access_token": self._token}))
            socket.recv(10)
            socket.send(json.dumps({"id": 1, "type": "config_entries/flow/progress"}))
            answer = json.loads(socket.recv(10))
        return [flow for flow in answer["result"] if flow["handler"] == "uma"]

    def entry(self) -> dict[str, Any]:
        """The one entry of the integration."""
        (entry,) = [one for one in self.call("GET", "/api/config/config_entries/entry") if one["domain"] == "uma"]
        return dict(entry)

    def states(self) -> dict[str, dict[str, Any]]:
        """Every state, by entity."""
        return {one["entity_id"]: one for one in self.call("GET", "/api/states")}

    def state(self, entity: str) -> str | None:
        """One state; None without the entity."""
        try:
            return str(self.call("GET", f"/api/states/{entity}")["state"])
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.NOT_FOUND:
                raise
            return None

    def until_state(self, entity: str, wanted: str, seconds: float = 20) -> None:
        """Wait for a state."""
        until(
            lambda: self.state(entity) == wanted,
            seconds,
            what=f"{entity} {wanted}, not {self.state(entity)}",
            every=LOOK_SECONDS,
        )

    def log(self) -> list[str]:
        """The lines of the integration's log."""
        assert self.program is not None
        return [
            line for line in self.program.lines if "custom_components.uma" in line and "custom integration" not in line
        ]

    def rows(self, since: float = 0, until: float = math.inf) -> int:
        """Count the recorder's states of that time; anything a second old is in it."""
        query = "select count(*) from states where last_updated_ts between ? and ?"
        with contextlib.closing(
            sqlite3.connect(f"file:{self._folder}/home-assistant_v2.db?mode=ro", uri=True)
        ) as database:
            return int(database.execute(query, (since, until)).fetchone()[0])

    def cpu_seconds(self) -> float:
        """The CPU time of the process so far."""
        assert self.program is not None
        fields = Path(f"/proc/{self.program.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _answers(self) -> bool:
        try:
            self._call("GET", "/api/onboarding", None, "")
        except OSError:
            return False
        return True

    def _seed(self) -> None:
        """Make a user, as the page that greets a new one does."""
        client = f"http://127.0.0.1:{PORT}/"
        user = {"client_id": client, "name": "t", "username": "t", "password": "t" * 8, "language": "en"}
        code = self.call("POST", "/api/onboarding/users", user)["auth_code"]
        form = urllib.parse.urlencode({"client_id": client, "grant_type": "authorization_code", "code": code})
        self._token = self._call("POST", "/auth/token", form.encode(), "application/x-www-form-urlencoded")[
            "access_token"
        ]

    def _call(self, method: str, path: str, body: bytes | None, kind: str) -> Any:
        headers = {"Content-Type": kind} if body is not None else {}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", body, headers, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")


def take_rates(hass: HomeAssistant, seconds: float) -> tuple[float, float]:
    """Rows a day and CPU seconds a minute, over *seconds*."""
    began, cpu = time.time(), hass.cpu_seconds()
    time.sleep(seconds)
    ended, cpu = time.time(), hass.cpu_seconds() - cpu
    # The recorder writes them a second later, or more on a busy machine.
    time.sleep(5)
    return hass.rows(began, ended) / (ended - began) * 86400, cpu / (ended - began) * 60
