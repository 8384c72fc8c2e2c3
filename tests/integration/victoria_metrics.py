"""Debian's real VictoriaMetrics, which scrapes a daemon and answers by Prometheus' HTTP API."""

import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Self

from .daemon import Daemon, free_port
from .programs import Program, until

PROGRAM = shutil.which("victoria-metrics")


class VictoriaMetrics:
    """``victoria-metrics`` at 127.0.0.1, its data in *folder*; it scrapes *daemon* each second."""

    def __init__(self, folder: Path, daemon: Daemon) -> None:
        folder.mkdir()
        self.url = f"http://127.0.0.1:{free_port()}"
        self._folder = folder
        (folder / "scrape.yml").write_text(
            "global: { scrape_interval: 1s }\nscrape_configs:\n"
            f'  - {{ job_name: uma, static_configs: [{{ targets: ["{daemon.server}"] }}] }}\n'
        )

    def __enter__(self) -> Self:
        self._program = Program(
            [
                str(PROGRAM),
                f"-promscrape.config={self._folder}/scrape.yml",
                f"-storageDataPath={self._folder}/data",
                f"-httpListenAddr={self.url.removeprefix('http://')}",
                # A current answer, not one of half a minute ago.
                "-search.latencyOffset=0s",
            ],
            log=self._folder / "log",
        )
        # Its words of it are others from one version to the next.
        until(self._answers, 60, what="VictoriaMetrics")
        return self

    def __exit__(self, *exception: object) -> None:
        self._program.__exit__(None, None, None)

    def _answers(self) -> bool:
        assert self._program.is_running(), self._program.output
        try:
            self.query("1")
        except (OSError, urllib.error.URLError):
            return False
        return True

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series that *expression* gives now."""
        url = f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as response:
            answer = json.loads(response.read())
        assert answer["status"] == "success", answer
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found
