"""Debian's real Prometheus, which scrapes a daemon by the configuration in integrations/prometheus."""

import json
import shutil
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Self

from .daemon import Daemon, free_port
from .programs import CHECKOUT, Program, until

EXAMPLE = CHECKOUT / "integrations/prometheus"


class Prometheus:
    """``prometheus`` at 127.0.0.1, its data in *folder*; it scrapes *daemon* each second."""

    def __init__(self, folder: Path, daemon: Daemon) -> None:
        folder.mkdir()
        self._folder = folder
        self._port = free_port()
        config = (EXAMPLE / "prometheus.yml").read_text()
        for example, here in (("tower.local:34600", daemon.server), ("_interval: 15s", "_interval: 1s")):
            assert example in config
            config = config.replace(example, here)
        (folder / "prometheus.yml").write_text(config)
        shutil.copy(EXAMPLE / "rules.yml", folder)

    @classmethod
    def at(cls, port: int) -> Self:
        """Return one that another program has started at *port*."""
        found = cls.__new__(cls)
        found._port = port
        return found

    @property
    def url(self) -> str:
        """Its address, as clients of its API take it."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._program = Program(
            [
                "prometheus",
                f"--config.file={self._folder}/prometheus.yml",
                f"--storage.tsdb.path={self._folder}/data",
                f"--web.listen-address=127.0.0.1:{self._port}",
            ],
            log=self._folder / "log",
        )
        self._program.until_output("Server is ready to receive web requests", 60)
        return self

    def __exit__(self, *exception: object) -> None:
        self._program.__exit__(None, None, None)

    def get(self, path: str, **query: str) -> Any:
        """The ``data`` of its HTTP API's answer."""
        answer = json.loads(self._read(f"api/v1/{path}?{urllib.parse.urlencode(query)}"))
        assert answer["status"] == "success", answer
        return answer["data"]

    def own_metric(self, name: str) -> float:
        """Return its own metric of this name."""
        (line,) = (line for line in self._read("metrics").splitlines() if line.startswith(f"{name} "))
        return float(line.split()[1])

    def _read(self, path: str) -> str:
        url = f"http://127.0.0.1:{self._port}/{path}"
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as response:
            return str(response.read().decode())

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """Labels and value of each series that *expression* gives now."""
        data = self.get("query", query=expression)
        if data["resultType"] == "scalar":
            return [({}, float(data["result"][1]))]
        return [(each["metric"], float(each["value"][1])) for each in data["result"]]

    def until_value(self, expression: str, value: float) -> None:
        """Wait until *expression* gives one series with this value."""
        until(lambda: [found for _, found in self.query(expression)] == [value], 30, what=f"{expression} == {value}")
