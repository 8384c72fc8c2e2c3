"""Grafana's dashboards: their queries asked of a real Prometheus, their paths by the parser that the plugin uses."""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios import SCENARIOS

from .containers import lead_lives
from .daemon import Daemon
from .dockerd import Dockerd
from .programs import CHECKOUT, NODE_MODULES, clean_environment, until
from .prometheus import Prometheus

GRAFANA = CHECKOUT / "integrations/grafana"
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))

MATCHES = """
const { JSONPath } = require('jsonpath-plus');
const { messages, paths } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(messages.map((json) => paths.map((path) => JSONPath({ path, json }).length))));
"""


def targets(dashboard: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The panel's title and each of its queries."""
    for panel in json.loads(dashboard.read_text())["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target


EXPRESSIONS = [(title, target["expr"]) for path in DASHBOARDS for title, target in targets(path) if "expr" in target]
LIVE = [(title, target) for path in DASHBOARDS for title, target in targets(path) if "fields" in target]


def asked(expression: str) -> str:
    """Return *expression* as Grafana asks it with all servers chosen."""
    for variable, value in {"$instance": ".*", "$site": ".*", "$server": ".*", "$__rate_interval": "1m"}.items():
        expression = expression.replace(variable, value)
    assert "$" not in expression
    return expression


def test_dashboards_are_whole() -> None:
    """Each has its own uid, panels with their own ids that fit the grid, and only the data sources provisioned here."""
    dashboards = [json.loads(path.read_text()) for path in DASHBOARDS]
    sources = set(
        re.findall(r"^    uid: (\S+)$", (GRAFANA / "provisioning/datasources/uma.yml").read_text(), re.MULTILINE)
    )

    assert {path.name for path in DASHBOARDS} == set(re.findall(r"`(\w+\.json)`", (GRAFANA / "README.md").read_text()))
    assert len({dashboard["uid"] for dashboard in dashboards}) == len(dashboards)
    for dashboard in dashboards:
        panels = dashboard["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
        used = {panel["datasource"]["uid"] for panel in panels} | {
            target["datasource"]["uid"] for panel in panels for target in panel["targets"]
        }
        assert used <= sources


def test_the_data_sources_json_data_is_text() -> None:
    """The plugin reads its settings as a map of text to text: every value is quoted, the commented ones too."""
    text = (GRAFANA / "provisioning/datasources/uma.yml").read_text()
    settings = re.findall(r"^ +(?:# +)?(host|header\w+): (.+)$", text, re.MULTILINE)

    assert [name for name, _ in settings] == ["host", "headerName1", "headerValue1"]
    assert all(re.fullmatch(r'"[^"]+"', value) for _, value in settings)


@pytest.fixture
def busy(make_daemon: Callable[..., Daemon], tower: Path, dockerd: Dockerd) -> Daemon:
    """A daemon whose server has a parity check running, and a Docker."""
    SCENARIOS["check-running"].texts.write_to(tower)
    daemon = make_daemon(docker_socket=dockerd.socket).start()
    daemon.until_source("docker", "ok")
    return daemon


def test_every_query_returns_data(busy: Daemon, dockerd: Dockerd, tmp_path: Path) -> None:
    """On a server with a parity check running and a live Docker, no panel of a Prometheus dashboard is empty."""
    if shutil.which("prometheus") is None:
        pytest.skip("there is no Prometheus on this machine (Debian: prometheus)")
    assert EXPRESSIONS
    with Prometheus(tmp_path / "prometheus", busy) as prometheus:
        prometheus.until_value('uma_source_up{source="docker"}', 1)
        asyncio.run(lead_lives(dockerd, ["plex"]))
        for title, expression in EXPRESSIONS:
            query = asked(expression)
            until(partial(prometheus.query, query), 30, what=f"{title}: {query}")


@pytest.mark.smoke
def test_every_path_matches_one_value(busy: Daemon, dockerd: Dockerd, node: str) -> None:
    """Each field of the live dashboard has one value in each golden message and each of a real daemon's.

    With none or two the plugin's columns would be of different lengths, and the panel dead.
    """
    asyncio.run(lead_lives(dockerd, ["plex"]))
    events = until(lambda: len(found := busy.get("/api/v1/docker/events")) >= 4 and found)
    storage = [json.loads(path.read_text()) for path in sorted((CHECKOUT / "tests/golden/storage").glob("*.json"))]
    messages = {
        "/api/v1/ws/system/stats": [busy.newest("system/stats")],
        "/api/v1/ws/storage/status": [busy.newest("storage/status"), *storage],
        "/api/v1/ws/docker/events": events,
    }

    assert {target["path"] for _, target in LIVE} == messages.keys()
    for title, target in LIVE:
        paths = [field["jsonPath"] for field in target["fields"]]
        done = subprocess.run(
            [node, "-e", MATCHES],
            input=json.dumps({"messages": messages[target["path"]], "paths": paths}),
            env=clean_environment(NODE_PATH=str(NODE_MODULES)),
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        counts = json.loads(done.stdout)
        assert len(counts) == len(messages[target["path"]])
        assert all(set(each) == {1} for each in counts), (title, paths)


def test_live_values_are_of_the_type_said() -> None:
    """Each live query begins with the time; types are given by hand, since the plugin takes null for text."""
    for title, target in LIVE:
        first, *others = target["fields"]
        assert (first["jsonPath"], first["type"]) == ("$.timestamp", "time"), title
        assert {field["type"] for field in others} <= {"number", "string"}, title
