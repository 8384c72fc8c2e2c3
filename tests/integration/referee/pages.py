"""Facts that the webGUI's pages show: of each device, of the parity operation, of the array."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from .html import Node, parse_html
from .webgui import Verdict

Key = tuple[str, str, str]
"""Page (main or dashboard), device (``""`` for the server), and what of it."""
Facts = Iterator[tuple[str, str]]

NAME = re.compile(r"[?&]name=([^&#]+)")
DESCRIPTION = re.compile(r" - ([\d.]+ ?\w+) \((\w+)\)")
SIZE = re.compile(r"([\d.]+?)(\.0*|(\.\d*[1-9])0*)? (\w?B)")
EMPTY_SLOT = "Device not present"


def shown(verdict: Verdict, slot_names: Mapping[str, str]) -> dict[Key, str]:
    """All that both pages show; *slot_names* by index, for slots without a link."""
    devices, update = verdict.published["devices"], verdict.published["update2"]
    facts: dict[Key, str] = {}
    for table, html in devices.items():
        for row in parse_html(html).all("tr") if table != "stop" else ():
            name = _name_of(row, slot_names)
            if name:
                facts |= {("main", name, what): text for what, text in _main_row(row)}
    # A slot to which a device could be assigned.
    for _, name, _ in [key for key, text in facts.items() if text == EMPTY_SLOT]:
        if len([key for key in facts if key[1] == name]) == 1:
            del facts["main", name, "status"]
    for row in _dashboard_rows(update):
        facts |= {("dashboard", _name_of(row, {}), what): text for what, text in _dashboard_row(row)}
    facts |= {("dashboard", name, "percent of pool"): text for name, text in _pool_percents(update)}
    facts |= {("main", "", what): text for what, text in _operation(verdict.published["parity"])}
    facts |= {("dashboard", "", what): text for what, text in _parity(update)}
    facts["main", "", "started"] = str(verdict.published["arraymonitor"])
    facts["main", "", "stopped"] = str(devices["stop"])
    if "Maintenance" in "".join(verdict.answers["device_list"]):
        facts["main", "", "mode"] = "maintenance"
    return facts


def contract_size(text: str) -> str:
    """A size as the contract writes the webGUI's: without the space and without idle zeros."""
    size = SIZE.fullmatch(text)
    return text if size is None else f"{size[1]}{size[3] or ''}{size[4]}"


def _name_of(row: Node, slot_names: Mapping[str, str]) -> str:
    for link in row.all("a"):
        name = NAME.search(link.attributes.get("href", ""))
        if name:
            return unquote(name[1])
    for select in row.all("select", "slot"):
        return slot_names[select.attributes["name"].partition(".")[2]]
    return ""


def _main_row(row: Node) -> Facts:
    columns: dict[int, Node] = {}
    at = 0
    for cell in row.children("td"):
        columns[at] = cell
        at += int(cell.attributes.get("colspan", "1"))
    for help_ in columns[0].all("a", "info"):
        if any(help_.all("i", "orb")):
            yield "status", help_.text.split("\n")[0]
    for note in columns[0].all("em"):
        yield "note", note.text
    description = DESCRIPTION.search(columns[1].text)
    if description:
        yield "size", contract_size(description[1])
        yield "device", description[2]
    if 2 in columns and "colspan" not in columns[2].attributes:
        yield "temperature", columns[2].text
    if 5 in columns:
        yield "errors", columns[5].text.split("\u00a0")[-1].replace(",", "")
    if 9 in columns:
        # Behind the padlock's explanation.
        yield "filesystem", str(columns[6].parts[-1])
        yield "used", contract_size(columns[8].text)
        yield "free", contract_size(columns[9].text)
        yield from _bar(columns[8].children("div")[0].children("span")[0])


def _dashboard_rows(update: Mapping[str, Any]) -> Iterator[Node]:
    for html, *_ in (update["disk"], *update.get("pool", ()), update["open"]):
        yield from parse_html(html).all("tr")


def _dashboard_row(row: Node) -> Facts:
    _, status, temperature, _, usage = row.children("td")[0].children("span")
    yield "status", status.text.split("\n")[0]
    yield "temperature", temperature.text
    for colour in temperature.children("span"):
        yield "limits", colour.attributes["class"]
    yield from _bar(usage.children("div")[0].children("span")[0])


def _bar(bar: Node) -> Facts:
    if "style" in bar.attributes:
        yield "percent", bar.attributes["style"].removeprefix("width:").removesuffix("%")
        yield "usage", bar.attributes["class"]


def _pool_percents(update: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for html, *others in update.get("pool", ()):
        percent = re.search(r"\(([\d.]+) %\)", str(others[-1]))
        if percent:
            yield _name_of(next(parse_html(html).all("tr")), {}), percent[1]


def _operation(shown_parity: Any) -> Facts:
    if not shown_parity:
        return
    _, elapsed, position, speed, remaining, errors = shown_parity
    yield "operation", "paused" if elapsed.endswith("(paused)") else "running"
    yield "percent", position.partition("(")[2].removesuffix(" %)")
    yield "speed", speed.removesuffix("/sec")
    yield "eta", remaining
    yield "errors", errors


def _parity(update: Mapping[str, Any]) -> Facts:
    text = parse_html(update["parity"]).text
    running = re.fullmatch(r"([\w-]*) in progress\.\.\. Completed: ([\d.]+) %\.", text)
    if running:
        yield "operation", running[1]
        yield "percent", running[2]
    else:
        yield "parity", text
    schedule = parse_html(update["schedule"][0])
    if running:
        return
    said = schedule.text
    if "not been checked" in said:
        yield "last", "never"
        return
    aborted = "cancelled" if "aborted" in said else "failed"
    yield "last", aborted if "incomplete" in said else "ok"
    yield "last at", str(next(schedule.all("b")).parts[0]).strip()
    found = re.search(r"Finding (\d+) error", said)
    if found:
        yield "errors", found[1]
    took = re.search(r"Duration: (.*)\. Average", said)
    if took:
        yield "duration", took[1]
