"""Tiles of integrations/tiles with a real daemon's answers: fine, asleep, in trouble, refused."""

import hashlib
import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from .daemon import Daemon
from .programs import CHECKOUT, NODE_MODULES, until
from .tiles import glance_text, homepage_rows

TILES = CHECKOUT / "integrations/tiles"
ADDRESS = "http://tower.local:34600"
PATH = "/api/v1/server/summary"

HOMEPAGE = yaml.safe_load((TILES / "homepage.yaml").read_text())[0]["Servers"][0]["Tower"]["widget"]
GLANCE = yaml.safe_load((TILES / "glance.yaml").read_text())[0]
HOMARR = json.loads((TILES / "homarr.json").read_text())
NODE_RED = json.loads((TILES / "node-red.json").read_text())
N8N = json.loads((TILES / "n8n.json").read_text())

RENDER = """
const fs = require("fs");
const h = (name, props, ...children) => ({ name, props, children });
const [, , names, path] = process.argv;
const code = `${fs.readFileSync(path, "utf8")}; return tile;`;
const template = new Function("h", "data", "status", ...names.split(" "), code);
const isNode = (child) => child !== null && typeof child === "object";
const isText = (child) => ["string", "number"].includes(typeof child);
const texts = (children) => {
    const all = children.flat(Infinity);
    const nodes = all.filter(isNode);
    return nodes.length > 0 ? nodes.flatMap((node) => texts(node.children)) : [all.filter(isText).join("")];
};
const { data, status } = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(texts([template(h, data, status)]).filter(Boolean)));
"""
"""Evaluates Homarr's template, as JSX made of plain calls, and prints the texts in it."""


def homarr_texts(folder: Path, answer: Any, error: str | None = None) -> list[str]:
    """Return the texts that the template gives of *answer*, or of an *error*."""
    (folder / "tile.jsx").write_text(f"const tile = {HOMARR['template']};")
    (folder / "render.cjs").write_text(RENDER)
    options = ("--ignoreConfig", "--allowJs", "--noCheck", "--jsx", "react", "--jsxFactory", "h", "--target", "es2023")
    tsc = [NODE_MODULES / ".bin/tsc", *options, "--outDir", folder / "out", folder / "tile.jsx"]
    subprocess.run(tsc, check=True, timeout=120, cwd=folder)
    names = "Stack Group Text RefreshButton Skeleton Alert Badge"
    scope = {"data": {"summary": answer}, "status": {"summary": {"loading": False, "error": error}}}
    done = subprocess.run(
        ["node", folder / "render.cjs", names, folder / "out/tile.js"],
        input=json.dumps(scope), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    texts: list[str] = json.loads(done.stdout)
    return texts


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One daemon's answers: its summary, and what it says without the token that it then wants."""
    folder = tmp_path_factory.mktemp("tiles")
    daemon = Daemon(folder, CHECKOUT / "demo/tower").start()
    try:
        # The first one may come before the disks are known.
        until(lambda: daemon.newest("server/summary")["data"]["hottest"], 60, what="a summary with disks")
        summary = daemon.newest("server/summary")
        daemon.reload(TOKEN_SHA256=hashlib.sha256(b"a token").hexdigest())
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                f"http://{daemon.server}{PATH}", timeout=20
            )
        problem = json.loads(refused.value.read())
    finally:
        daemon.end()
    unknown = summary["data"] | {"hottest": None, "fullest": None, "cpu_percent": None, "array_protection": None}
    return {"summary": summary, "unknown": summary | {"data": unknown | {"findings": []}}, "problem": problem}


def test_homepage_shows_known_values(answers: dict[str, Any]) -> None:
    """Each row has the summary's own value; null becomes words, never "null" or 0."""
    assert HOMEPAGE["url"] == f"{ADDRESS}{PATH}"
    data = answers["summary"]["data"]
    rows = homepage_rows(HOMEPAGE["mappings"], answers["summary"])
    unknown = homepage_rows(HOMEPAGE["mappings"], answers["unknown"])

    assert rows["State"] == data["severity"] != "ok"
    assert rows["News"] == data["findings"][0]["text"]
    assert rows["Array"] == data["array_protection"]
    assert (rows["Hottest disk, °C"], rows["CPU, %"]) == (data["hottest"]["temperature"], data["cpu_percent"])
    assert [type(value) for value in unknown.values()] == [str] * len(unknown)
    assert (unknown["Hottest disk, °C"], unknown["News"]) == ("all asleep", "none")


def test_glance_shows_known_values(answers: dict[str, Any]) -> None:
    """Each line has the summary's own value; null is left out; a refusal gives its reason."""
    assert GLANCE["url"] == f"{ADDRESS}{PATH}"
    data = answers["summary"]["data"]
    lines = glance_text(GLANCE["template"], answers["summary"])

    assert lines[0] == data["severity"]
    assert data["findings"][0]["text"] in lines
    assert f"Hottest disk: {data['hottest']['temperature']} °C" in lines
    assert glance_text(GLANCE["template"], answers["unknown"]) == [data["severity"]]
    assert glance_text(GLANCE["template"], answers["problem"]) == [answers["problem"]["detail"]]


@pytest.mark.skipif(not NODE_MODULES.is_dir(), reason="there are no tests/node_modules here")
def test_homarr_shows_known_values(answers: dict[str, Any], tmp_path: Path) -> None:
    """The definition requests the summary; its template has each value, words for null, and an error's text."""
    assert HOMARR["$schema"] == "homarr-custom-widget-v2"
    assert HOMARR["sources"]["default"]["baseUrl"] == ADDRESS
    assert HOMARR["requests"]["summary"]["path"] == PATH
    data = answers["summary"]["data"]
    texts = homarr_texts(tmp_path, answers["summary"])

    assert texts[:2] == [data["name"], data["severity"]]
    assert data["findings"][0]["text"] in texts
    assert f"Hottest disk: {data['hottest']['temperature']} °C" in texts
    assert "Hottest disk: all asleep" in homarr_texts(tmp_path, answers["unknown"])
    assert "CPU: not known" in homarr_texts(tmp_path, answers["unknown"])
    assert homarr_texts(tmp_path, None, error="HTTP 401") == ["Unraid", "HTTP 401"]


def test_the_flows_are_whole() -> None:
    """Each wire of the Node-RED and n8n flows leads to a node of the flow, from the summaries' topic on."""
    nodes = {node["id"]: node for node in NODE_RED}
    assert {wire for node in NODE_RED for wires in node.get("wires", ()) for wire in wires} <= nodes.keys()
    source = next(node for node in NODE_RED if node["type"] == "mqtt in")
    assert (source["topic"], source["datatype"]) == ("uma/+/server/summary", "json")
    assert nodes[source["broker"]]["type"] == "mqtt-broker"
    assert all(node["z"] == "uma-tab" for node in NODE_RED if node["type"] not in ("tab", "mqtt-broker"))

    names = [node["name"] for node in N8N["nodes"]]
    ends = {to["node"] for outputs in N8N["connections"].values() for each in outputs["main"] for to in each}
    assert len({*names}) == len(names)
    assert N8N["connections"].keys() | ends == {*names}
    assert N8N["nodes"][0]["parameters"] == {"topics": "uma/+/server/summary", "options": {"jsonParseBody": True}}


@pytest.mark.skipif(not NODE_MODULES.is_dir(), reason="there is no Node here")
def test_n8n_forwards_changes(answers: dict[str, Any]) -> None:
    """The code forwards the first of three summaries, and the one with another severity."""
    code = next(node for node in N8N["nodes"] if node["type"].endswith(".code"))["parameters"]["jsCode"]
    well = answers["summary"]["data"] | {"severity": "ok"}
    messages = [answers["summary"]["data"], answers["summary"]["data"], well]
    items = [{"json": {"topic": "uma/tower/server/summary", "message": {"data": data}}} for data in messages]
    script = (
        f"const run = new Function('$input', '$getWorkflowStaticData', {json.dumps(code)}); const kept = {{}};"
        "console.log(JSON.stringify(JSON.parse(require('fs').readFileSync(0, 'utf8'))"
        ".map((item) => run({ all: () => [item] }, () => kept).length)))"
    )
    done = subprocess.run(
        ["node", "-e", script], input=json.dumps(items), capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == [1, 0, 1]
