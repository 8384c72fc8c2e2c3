"""Recorded messages of a demo tree."""

import asyncio
from pathlib import Path

import pytest

from uma.feeds.gpu.demo import moved as moved_gpus
from uma.feeds.gpu.model import GpuStatus
from uma.feeds.network.demo import moved as moved_network
from uma.feeds.network.model import NetworkStatus
from uma.feeds.recording import play, read_recording, swing
from uma.feeds.sensors.demo import moved as moved_sensors
from uma.feeds.sensors.model import SensorsStatus
from uma.feeds.ups.demo import moved as moved_ups
from uma.feeds.ups.model import UpsStatus
from uma.host import Host

TOWER = Path(__file__).parents[3] / "demo/tower"
RECORDED = [
    ("ups", UpsStatus, moved_ups),
    ("network", NetworkStatus, moved_network),
    ("sensors", SensorsStatus, moved_sensors),
    ("gpu", GpuStatus, moved_gpus),
]


@pytest.mark.parametrize(("name", "kind", "moved"), RECORDED)
def test_the_towers_hardware_moves(name, kind, moved):
    """Each recording exists, is marked as a demo, and has other figures later."""
    recording = read_recording(Host(TOWER), name, kind)

    assert recording is not None
    now, later = moved(recording, 1_800_000_000.0), moved(recording, 1_800_000_020.0)
    assert now.demo
    assert now != later


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"ups": 1}', "\xff"])
def test_a_tree_without_a_recording_has_none(tmp_path, content):
    """A missing or damaged one is no demo."""
    if content is not None:
        (tmp_path / "demo").mkdir()
        (tmp_path / "demo/ups.json").write_text(content, encoding="latin-1")

    assert read_recording(Host(tmp_path), "ups", UpsStatus) is None


def test_a_servers_own_root_has_none(monkeypatch):
    """It is not even looked for."""
    monkeypatch.setattr("uma.feeds.recording.read_head", lambda *_: pytest.fail("looked for"))

    assert read_recording(Host(), "ups", UpsStatus) is None


def test_figures_swing_within_their_share():
    """Each has its own phase."""
    values = [swing(100.0, seconds, "a", 0.1) for seconds in range(200)]

    assert 89.9 < min(values) < 91
    assert 109 < max(values) < 110.1
    assert swing(100.0, 0.0, "a") != swing(100.0, 0.0, "b")


async def test_a_recording_is_played(monkeypatch):
    """It repeats, adjusted to the clock's time; health names it."""
    monkeypatch.setattr("uma.feeds.recording.STEP_SECONDS", 0.001)
    reports = []
    published = asyncio.Queue()
    run = play(
        10,
        lambda recording, now: recording + now,
        published.put_nowait,
        lambda *report: reports.append(report),
        lambda: 5,
    )
    async with asyncio.timeout(20):
        playing = asyncio.create_task(run, name="recording")
        assert [await published.get() for _ in range(3)] == [15, 15, 15]
    playing.cancel()
    await asyncio.wait([playing])

    assert playing.cancelled()
    assert reports == [("ok", "the demo's recording")]
