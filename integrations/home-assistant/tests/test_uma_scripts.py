"""Rare messages of a connection; Home Assistant's states are still right."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from odd_server import ID
from peers import until
from scripted import INFO, STATS, Script
from servers import entity_id


@pytest.fixture
async def script(hass: HomeAssistant) -> AsyncIterator[Script]:
    """A scripted server, and an entry for it."""
    async with Script() as script:
        yield script
        for entry in hass.config_entries.async_entries("uma"):
            if entry.state is ConfigEntryState.LOADED:
                await hass.config_entries.async_unload(entry.entry_id)


async def test_a_restart_is_neither_unknown_nor_unavailable(hass: HomeAssistant, script: Script):
    """After 1012 everything stays for 10 s while it reconnects; events resume at their position."""
    ends = asyncio.Event()

    async def behave(script: Script, socket: web.WebSocketResponse) -> None:
        await script.take(socket)
        await script.send(socket, "server/info", INFO)
        for _ in range(2):
            command = await script.take(socket)
            if command["stream"] == "docker/events":
                answer = {"type": "subscribed", "stream": "docker/events", "epoch": "e", "seq": 7, "id": None}
                await socket.send_json(answer)
        await script.send(socket, "system/stats", STATS)
        await ends.wait()
        ends.clear()
        await socket.close(code=1012)

    script.behaviour = behave
    script.entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(script.entry.entry_id)
    await hass.async_block_till_done()
    seen: list[str] = []
    hass.bus.async_listen("state_changed", callback(lambda event: seen.append(event.data["new_state"].state)))
    assert hass.states.get("sensor.tower_cpu_usage").state == "5.0"
    assert script.commands[0] == {"action": "subscribe", "stream": "server/info", "id": "server/info", "figures": False}
    assert {each["stream"]: each.get("interval") for each in script.commands} == {
        "server/info": None, "system/stats": 5, "docker/events": None,
    }  # fmt: skip
    before = len(script.commands)
    ends.set()
    await until(lambda: len(script.commands) == before + 3)
    (resumed,) = [each for each in script.commands[before:] if each["stream"] == "docker/events"]
    assert (resumed["epoch"], resumed["seq"]) == ("e", 7)
    await hass.async_block_till_done()
    assert STATE_UNAVAILABLE not in seen
    assert "unknown" not in seen
    ends.set()


async def test_a_restart_that_never_ends(hass: HomeAssistant, script: Script, monkeypatch):
    """A daemon that is not back after that time is unavailable."""
    from custom_components.uma import coordinator

    monkeypatch.setattr(coordinator, "RESTART_SECONDS", 0.3)
    lives = 0

    async def behave(script: Script, socket: web.WebSocketResponse) -> None:
        nonlocal lives
        lives += 1
        if lives > 1:
            await socket.close(code=1012)
            return
        await script.take(socket)
        await script.send(socket, "server/info", INFO)
        await script.send(socket, "system/stats", STATS)
        await asyncio.sleep(0.3)
        await socket.close(code=1012)

    script.behaviour = behave
    script.entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(script.entry.entry_id)
    await hass.async_block_till_done()
    await until(lambda: hass.states.get("sensor.tower_cpu_usage").state == STATE_UNAVAILABLE)
    await until(lambda: lives > 2)


# aiohttp restarts the heartbeat's timer for the frame that answers a close; it has no effect then.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_another_server_at_the_address_while_running(hass: HomeAssistant, script: Script):
    """Messages of another server are not used for this one."""
    info = dict(INFO)

    async def behave(script: Script, socket: web.WebSocketResponse) -> None:
        await script.take(socket)
        await script.send(socket, "server/info", info)
        await script.send(socket, "system/stats", STATS)
        if info["id"] == ID:
            await asyncio.sleep(0.3)
            info["id"] = "f" * 32
            return
        async for _ in socket:
            pass

    script.behaviour = behave
    script.entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(script.entry.entry_id)
    await until(lambda: hass.states.get("sensor.tower_cpu_usage").state == STATE_UNAVAILABLE)
    await asyncio.sleep(1.5)
    assert hass.states.get("sensor.tower_cpu_usage").state == STATE_UNAVAILABLE


async def test_messages_that_stop(hass: HomeAssistant, script: Script, monkeypatch):
    """A connection that carries nothing for three intervals is given up; refused commands do no harm."""
    from custom_components.uma import following

    monkeypatch.setattr(following, "SILENT_INTERVALS", 0.1)
    lives = 0

    async def behave(script: Script, socket: web.WebSocketResponse) -> None:
        nonlocal lives
        lives += 1
        await script.take(socket)
        await script.send(socket, "server/info", INFO)
        await socket.send_json({"type": "error", "id": "docker/events", "code": "stream_off", "detail": "off"})
        await script.send(socket, "system/stats", STATS)
        await script.send(socket, "system/stats", STATS, 2)
        async for _ in socket:
            pass

    script.behaviour = behave
    script.entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(script.entry.entry_id)
    await until(lambda: lives > 1)


async def test_a_server_without_messages(hass: HomeAssistant, script: Script, monkeypatch):
    """A server that sends nothing is not set up."""
    from custom_components.uma import coordinator

    monkeypatch.setattr(coordinator, "FIRST_STATE_SECONDS", 0.2)

    async def behave(script: Script, socket: web.WebSocketResponse) -> None:
        async for _ in socket:
            pass

    script.behaviour = behave
    script.entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(script.entry.entry_id)
    assert script.entry.state is ConfigEntryState.SETUP_RETRY
    await hass.config_entries.async_remove(script.entry.entry_id)


async def test_a_message_that_can_not_be_used(hass: HomeAssistant, script: Script, caplog):
    """A message without the fields that it must have is logged once, and ends neither the connection nor the others."""

    async def behave(script: Script, socket: web.WebSocketResponse) -> None:
        await script.take(socket)
        await script.send(socket, "server/info", {**INFO, "feeds": [*INFO["feeds"], "shares/status"]})
        for seq, percent in enumerate((5.0, 60.0)):
            await script.send(socket, "shares/status", {"shares": [{}]}, seq)
            await script.send(socket, "system/stats", {**STATS, "cpu_percent": percent}, seq)
        await script.take_all(socket)

    script.behaviour = behave
    script.entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(script.entry.entry_id)
    await until(lambda: script.entry.runtime_data.data["system/stats"]["cpu_percent"] == 60.0)

    assert script.entry.runtime_data.is_connected
    assert "shares/status" not in script.entry.runtime_data.data
    logged = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert logged == ["Tower: a message of shares/status can't be used"]


async def test_findings_of_a_late_summary(hass: HomeAssistant, script: Script, monkeypatch):
    """Findings that exist already fire nothing, even if the first summary comes after the entities."""
    from custom_components.uma import coordinator

    monkeypatch.setattr(coordinator, "FIRST_STATE_SECONDS", 0.2)
    go = asyncio.Queue()

    async def behave(script: Script, socket: web.WebSocketResponse) -> None:
        await script.take(socket)
        await script.send(socket, "server/info", {**INFO, "feeds": ["server/info", "server/summary"]})
        while True:
            await script.send(socket, "server/summary", await go.get())

    script.behaviour = behave
    script.entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(script.entry.entry_id)
    await hass.async_block_till_done()

    old, new = ({"severity": "warning", "subject": text, "text": text} for text in ("old", "new"))
    for findings in ([old], [old, new]):
        go.put_nowait({"severity": "warning", "findings": findings, "findings_more": 0})
    seen: list[str] = []
    hass.bus.async_listen("state_changed", callback(lambda event: seen.append(event.data["new_state"])))
    await until(lambda: hass.states.get("event.tower_finding").attributes.get("text") == "new")

    fired = [each.attributes["text"] for each in seen if each.entity_id == "event.tower_finding"]
    assert fired == ["new"]


async def test_findings_and_unknown_words(hass: HomeAssistant, script: Script):
    """A finding fires when it appears and when it clears; an unknown word is "other"; a stale feed is unavailable."""
    go = asyncio.Queue()
    storage = {
        "array_status": "of tomorrow", "array_protection": "unknown", "disks": [], "parity_disks": [],
        "cache_disks": [], "parity_check": {"action": None, "status": "idle", "errors": 0, "last": None},
    }  # fmt: skip

    def summary(*texts: str, more: int = 0) -> dict[str, Any]:
        found = [{"severity": "warning", "subject": text, "text": text} for text in texts]
        return {"severity": "warning" if texts else "ok", "findings": found, "findings_more": more}

    async def behave(script: Script, socket: web.WebSocketResponse) -> None:
        await script.take(socket)
        feeds = ["server/info", "server/summary", "server/health", "storage/status", "storage/events"]
        feeds.append("notifications/events")
        await script.send(socket, "server/info", {**INFO, "feeds": feeds})
        await script.send(socket, "server/summary", summary("old"))
        await script.send(socket, "storage/status", storage)
        await script.send(socket, "server/health", {"status": "healthy", "sources": {}, "stale": []})
        while True:
            await script.send(socket, *(await go.get()))

    script.behaviour = behave
    script.entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(script.entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get("sensor.tower_array").state == "other"
    assert hass.states.get("sensor.tower_array_protection").state == "unknown"
    finding = "event.tower_finding"
    assert hass.states.get(finding).state == "unknown"

    async def newest(kind: str, text: str) -> None:
        def is_it() -> bool:
            attributes = hass.states.get(finding).attributes
            return attributes.get("event_type") == kind and attributes.get("text") == text

        await until(is_it)

    go.put_nowait(("server/summary", summary("old", "new")))
    await newest("appeared", "new")
    go.put_nowait(("server/summary", summary("new")))
    await newest("cleared", "old")
    go.put_nowait(("server/summary", summary("new", "third", more=3)))
    await newest("appeared", "third")
    go.put_nowait(("server/summary", summary("new", "fourth", more=3)))
    go.put_nowait(("storage/events", {"action": "disk_spun_up", "subject": "disk1", "from": "standby", "to": "active"}))
    await until(lambda: hass.states.get("event.tower_storage").attributes.get("subject") == "disk1")
    assert hass.states.get(finding).attributes["text"] == "third"
    # A new severity is reported, a new figure is not.
    hot = {"severity": "warning", "subject": "disk1", "text": "disk1 is hot: 51 °C"}

    def heat(**changed: str) -> tuple[str, dict[str, Any]]:
        return "server/summary", {"severity": "warning", "findings": [{**hot, **changed}], "findings_more": 0}

    go.put_nowait(("server/summary", summary()))
    go.put_nowait(heat())
    await newest("appeared", hot["text"])
    seen: list[str] = []
    hass.bus.async_listen(
        "state_changed",
        callback(
            lambda event: (
                event.data["entity_id"] == finding and seen.append(event.data["new_state"].attributes.get("text"))
            )
        ),
    )
    go.put_nowait(heat(text="disk1 is hot: 53 °C"))
    go.put_nowait(heat(text="disk1 is hot: 60 °C", severity="critical"))
    await until(lambda: len(seen) == 2)
    assert set(seen) == {"disk1 is hot: 60 °C", "disk1 is hot: 53 °C"}

    go.put_nowait(("storage/events", {"action": "of tomorrow"}))
    await until(lambda: hass.states.get("event.tower_storage").attributes["event_type"] == "other")
    health = {
        "status": "degraded",
        "sources": {"storage": {"status": "failed", "detail": "torn"}},
        "stale": ["storage/status"],
    }
    go.put_nowait(("server/health", health))
    await until(lambda: hass.states.get("sensor.tower_array").state == STATE_UNAVAILABLE)
    assert hass.states.get("binary_sensor.tower_uma_problem").attributes["sources"] == {"storage": "torn"}
    notifications = er.async_get(hass).async_get("event.tower_notifications")
    assert notifications.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    # A fired event stays, even after other changes.
    assert hass.states.get("event.tower_storage").attributes["event_type"] == "other"


def gpu(**figures: Any) -> dict[str, Any]:
    """A GPU; without figures while there is no demand."""
    nothing = dict.fromkeys(("busy_percent", "temperature", "power_watts", "memory_used_bytes", "fan_percent"))
    return {"id": "0000:01:00.0", "name": "Arc", "state": "active", "frequency_mhz": None, **nothing, **figures}


def fan(rpm: float | None, *, name: str = "fan1", label: str = "CPU fan", **more: Any) -> dict[str, Any]:
    """A fan of the mainboard's chip."""
    return {
        "id": f"nct6798-isa-0290/{name}", "kind": "fan", "label": label, "role": None, "value": rpm, "trusted": True,
        **more,
    }  # fmt: skip


class Board:
    """A scripted server with a GPU and fans, which answers subscriptions as the daemon does."""

    feeds = ("server/info", "system/stats", "gpu/status", "sensors/status")

    def __init__(self) -> None:
        self.sockets: list[web.WebSocketResponse] = []
        self.refuses: set[str] = set()
        self.newest = {
            "gpu/status": {"gpus": [gpu(busy_percent=5.0)]},
            "sensors/status": {
                "sensors": [fan(900), fan(0, name="fan2", label="fan2"), fan(None, name="fan3", label="fan3")]
            },
        }

    async def behave(self, script: Script, socket: web.WebSocketResponse) -> None:
        """Answer each command."""
        self.sockets.append(socket)
        async for frame in socket:
            command = frame.json()
            script.commands.append(command)
            stream = command["stream"]
            if command["action"] == "unsubscribe" and stream in self.refuses:
                await socket.send_json({"type": "error", "id": stream, "code": "not_subscribed", "detail": "no"})
            elif command["action"] == "unsubscribe":
                await socket.send_json({"type": "unsubscribed", "stream": stream, "id": stream, "detail": "as asked"})
            elif stream == "server/info":
                await script.send(socket, stream, {**INFO, "feeds": list(self.feeds)})
            else:
                await script.send(socket, stream, STATS if stream == "system/stats" else self.newest[stream])


def figures(script: Script, stream: str) -> list[object]:
    """Return the value of "figures" in each subscription to *stream*."""
    return [
        each.get("figures", True)
        for each in script.commands
        if each["stream"] == stream and each["action"] == "subscribe"
    ]


async def test_figures_are_sampled_on_demand(hass: HomeAssistant, script: Script):
    """At first figures show which entities exist; then they are sampled while one of their entities is enabled."""
    board = Board()
    script.behaviour = board.behave
    script.entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(script.entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get("sensor.tower_gpu_arc_load").state == "5.0"
    assert hass.states.get("sensor.tower_cpu_fan").state == "900"
    assert (figures(script, "gpu/status"), figures(script, "sensors/status")) == ([True], [True])
    registry = er.async_get(hass)
    # A header without a fan has a disabled entity, and one that was never read has none.
    spare = registry.async_get("sensor.tower_fan2")
    assert spare.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    assert entity_id(hass, script.entry, "sensor", "fan:nct6798-isa-0290/fan3:fan_reading") is None

    # The last entity of a stream goes, and with it the sampling; the state stays known.
    registry.async_update_entity("sensor.tower_gpu_arc_load", disabled_by=er.RegistryEntryDisabler.USER)
    await until(lambda: figures(script, "gpu/status") == [True, False])
    await hass.async_block_till_done()
    assert hass.states.get("sensor.tower_gpu_arc_state").state == "active"
    registry.async_update_entity("sensor.tower_cpu_fan", disabled_by=er.RegistryEntryDisabler.USER)
    await until(lambda: figures(script, "sensors/status") == [True, False])

    # After a restart only enabled figures are sampled.
    script.commands.clear()
    assert await hass.config_entries.async_reload(script.entry.entry_id)
    await hass.async_block_till_done()
    assert (figures(script, "gpu/status"), figures(script, "sensors/status")) == ([False], [False])
    registry.async_update_entity("sensor.tower_gpu_arc_load", disabled_by=None)
    assert await hass.config_entries.async_reload(script.entry.entry_id)
    await hass.async_block_till_done()
    await until(lambda: figures(script, "gpu/status") == [False, False, True])
    assert hass.states.get("sensor.tower_gpu_arc_load").state == "5.0"

    # After a break they are sampled at once.
    script.commands.clear()
    await board.sockets[-1].close(code=1012)
    await until(lambda: figures(script, "gpu/status") == [True])


async def test_figures_survive_a_restart(hass: HomeAssistant, script: Script):
    """A restart finds no figures, since nothing asked for them meanwhile: their entities are there and ask for them."""
    board = Board()
    script.behaviour = board.behave
    script.entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(script.entry.entry_id)
    await hass.async_block_till_done()
    board.newest = {"gpu/status": {"gpus": [gpu()]}, "sensors/status": {"sensors": [fan(None)]}}
    script.commands.clear()
    assert await hass.config_entries.async_reload(script.entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get("sensor.tower_gpu_arc_load").state == "unknown"
    assert hass.states.get("sensor.tower_cpu_fan").state == "unknown"
    await until(lambda: figures(script, "gpu/status") == figures(script, "sensors/status") == [False, True])
    # A figure that the GPU never had still has no entity.
    assert entity_id(hass, script.entry, "sensor", "gpu:0000:01:00.0:gpu_power") is None


async def test_a_stream_that_can_not_be_turned(hass: HomeAssistant, script: Script):
    """A refused command to turn figures off does not affect the stream's later end."""
    board = Board()
    board.refuses.add("gpu/status")
    script.behaviour = board.behave
    script.entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(script.entry.entry_id)
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    registry.async_update_entity("sensor.tower_gpu_arc_load", disabled_by=er.RegistryEntryDisabler.USER)
    await until(lambda: figures(script, "gpu/status") == [True, False])
    await hass.async_block_till_done()
    await board.sockets[-1].send_json({"type": "unsubscribed", "stream": "gpu/status", "id": None, "detail": "off"})
    await until(lambda: hass.states.get("sensor.tower_gpu_arc_state").state == STATE_UNAVAILABLE)


async def test_figures_while_the_connection_ends(hass: HomeAssistant, script: Script, monkeypatch: pytest.MonkeyPatch):
    """If a connection ends while figures are being turned off, the next one begins without them."""
    from custom_components.uma.client import CannotConnect, Connection

    board = Board()
    script.behaviour = board.behave
    script.entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(script.entry.entry_id)
    await hass.async_block_till_done()
    ends: list[str] = []

    async def unsubscribe(connection: Connection, stream: str) -> None:
        ends.append(stream)
        raise CannotConnect("it has ended")

    monkeypatch.setattr(Connection, "unsubscribe", unsubscribe)
    registry = er.async_get(hass)
    registry.async_update_entity("sensor.tower_gpu_arc_load", disabled_by=er.RegistryEntryDisabler.USER)
    await until(lambda: ends == ["gpu/status"])
    script.commands.clear()
    await board.sockets[-1].close(code=1012)
    await until(lambda: figures(script, "gpu/status") == [False])


async def test_a_fan_that_trembles(hass: HomeAssistant, script: Script, monkeypatch: pytest.MonkeyPatch):
    """A change smaller than the minimum is not written; a larger one, or an unknown value, is."""
    from custom_components.uma import sensor

    monkeypatch.setattr(sensor, "TOLERANCE_SECONDS", 1000)
    board = Board()
    script.behaviour = board.behave
    script.entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(script.entry.entry_id)
    await hass.async_block_till_done()
    shown: list[str] = []

    # Without it, threads are called, in no order.
    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == "sensor.tower_cpu_fan" and event.data["new_state"] is not None:
            shown.append(event.data["new_state"].state)

    hass.bus.async_listen("state_changed", note)
    for sensors in ([fan(930)], [fan(880)], [fan(951)], [fan(None)], [fan(950)], [fan(9000, trusted=False)], []):
        await script.send(board.sockets[-1], "sensors/status", {"sensors": sensors})
    await until(lambda: shown and shown[-1] == STATE_UNAVAILABLE)
    assert shown == ["951", "unknown", "950", "unknown", "unavailable"]


async def test_a_token_that_is_put_right_on_the_server(hass: HomeAssistant, script: Script, monkeypatch):
    """A server that refuses the token is retried; once it accepts it, the user is no longer asked."""
    from custom_components.uma import following

    monkeypatch.setattr(following, "MAX_DELAY_SECONDS", 0.2)
    board = Board()
    script.behaviour = board.behave
    script.entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(script.entry.entry_id)
    await hass.async_block_till_done()
    script.refuses_token = True
    await board.sockets[-1].close(code=1008)
    await until(lambda: hass.config_entries.flow.async_progress_by_handler("uma"))
    assert hass.states.get("sensor.tower_cpu_usage").state == STATE_UNAVAILABLE
    script.refuses_token = False
    await until(lambda: hass.states.get("sensor.tower_cpu_usage").state == "5.0")
    assert not hass.config_entries.flow.async_progress_by_handler("uma")


async def test_unloading_leaves_nothing(hass: HomeAssistant, script: Script):
    """An entry that is loaded and unloaded repeatedly leaves no task, listener or connection."""
    board = Board()
    script.behaviour = board.behave
    script.entry.add_to_hass(hass)
    for _ in range(3):
        assert await hass.config_entries.async_setup(script.entry.entry_id)
        await hass.async_block_till_done()
        coordinator = script.entry.runtime_data
        assert await hass.config_entries.async_unload(script.entry.entry_id)
        await hass.async_block_till_done()
        assert not coordinator._listeners
        assert coordinator.following._connection is None
        assert board.sockets[-1].closed
    assert not [task for task in asyncio.all_tasks() if "uma " in task.get_name()]
    assert len(board.sockets) == 3


def test_texts_of_notifications():
    """Its importance and texts are attributes; a later event without them has none."""
    from custom_components.uma.event import NOTIFICATIONS

    item = {"id": "1", "importance": "alert", "event": "Parity", "subject": "disk1", "description": "failed"}
    assert NOTIFICATIONS.attributes({"action": "added", "item": item}) == {
        "action": "added", "importance": "alert", "event": "Parity", "subject": "disk1", "description": "failed",
    }  # fmt: skip
    assert NOTIFICATIONS.attributes({"action": "of tomorrow"})["importance"] is None
