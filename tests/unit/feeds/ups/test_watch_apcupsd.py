"""The watcher of apcupsd. The real one is in tests/integration/test_ups.py; here its NIS is scripted."""

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from tests.support.waiting import until
from uma.feeds.ups.watch_apcupsd import ApcupsdWatcher
from uma.feeds.ups.watching import TIMING
from uma.feeds.watch import watch_files
from uma.host import Host

from .peers import framed, serving

FAST = replace(TIMING, poll=0.02, poll_unpushed=0.02, poll_on_battery=0.02, echoes=(), settle=0.01, grace=0.2)


class Nis:
    """apcupsd's answers: a ``status``, or invalid bytes."""

    def __init__(self):
        self.status = "ONLINE"
        self.answer = None
        self.questions = 0

    async def serve(self, reader, writer):
        await reader.readexactly(8)
        self.questions += 1
        date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S +0000")
        records = (
            f"DATE : {date}\n".encode(),
            f"STATUS : {self.status} \n".encode(),
            b"MODEL : SMART\n",
            b"BCHARGE : 90\n",
        )
        writer.write(framed(*records) if self.answer is None else self.answer)
        await writer.drain()
        if self.answer is not None:
            await asyncio.sleep(0.05)


@asynccontextmanager
async def watching(root, timing=FAST):
    nis = Nis()
    async with serving(nis.serve) as port, asyncio.TaskGroup() as tasks:
        for path, text in {
            "etc/apcupsd/apcupsd.conf": f"NISPORT {port}\n",
            "var/run/apcupsd.pid": str(os.getpid()),
            "var/log/apcupsd.events": "",
            "boot/config/plugins/dynamix.apcupsd/dynamix.apcupsd.cfg": 'SERVICE="enable"\n',
        }.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        watcher = ApcupsdWatcher(Host(root), lambda: None, timing=timing)
        task = tasks.create_task(watcher.run(), name="watcher")
        files = tasks.create_task(watch_files(watcher.nudges(root / "var/log/apcupsd.events")), name="files")
        yield watcher, nis
        task.cancel()
        files.cancel()


def status_of(watcher):
    return watcher.state.upses[0].status if watcher.state.upses else None


async def test_a_state_is_followed(tmp_path):
    """Current values are there at once, and later ones follow."""
    async with watching(tmp_path) as (watcher, nis):
        await until(lambda: status_of(watcher) == "online")
        nis.status = "ONBATT"
        await until(lambda: status_of(watcher) == "on_battery")
        assert watcher.state.place.startswith("apcupsd at 127.0.0.1:")


async def test_polls_share_the_wake_ups_of_other_feeds(tmp_path, monkeypatch):
    """While the mains are there and events are pushed, the next poll is at a tick."""
    async with watching(tmp_path) as (watcher, _):
        await until(lambda: status_of(watcher) == "online")
        with monkeypatch.context() as patched:
            patched.setattr(asyncio.get_running_loop(), "time", lambda: 1003.0)
            patched.setattr(watcher, "_timing", TIMING)
            patched.setattr(watcher, "_is_pushed", True)
            patched.setattr(watcher, "_echoes_left", ())

            assert watcher._seconds_to_next() == 12.0


async def test_a_line_in_the_events_file_asks_at_once(tmp_path):
    """The next poll is an hour away, so the line triggers it."""
    async with watching(tmp_path, replace(FAST, poll=3600.0, poll_unpushed=3600.0)) as (watcher, nis):
        await until(lambda: status_of(watcher) == "online")
        await until(lambda: watcher._is_pushed)
        asked = -1
        while asked != nis.questions:
            # Until the work caused by the other files' watches is done.
            asked = nis.questions
            await asyncio.sleep(0.2)
        nis.status = "ONBATT"
        with (tmp_path / "var/log/apcupsd.events").open("a") as events:
            events.write("Power failure.\n")
            events.flush()
            await until(lambda: status_of(watcher) == "on_battery")


async def test_an_answer_that_is_none_ends_old_values(tmp_path):
    """They are kept for a grace period; then the UPS is unavailable, and the trouble gives the reason."""
    async with watching(tmp_path) as (watcher, nis):
        await until(lambda: status_of(watcher) == "online")
        nis.answer = b"HTTP/1.1 400"
        await until(lambda: status_of(watcher) == "unavailable")
        assert watcher.state.upses[0].battery_percent is None
        assert watcher.state.upses[0].model == "SMART"
        assert watcher.state.trouble
        nis.answer = None
        await until(lambda: status_of(watcher) == "online")
        assert watcher.state.trouble is None


async def test_an_answer_without_a_status_is_none(tmp_path):
    """For example that of another program with the same framing."""
    async with watching(tmp_path) as (watcher, nis):
        nis.answer = framed(b"HELLO : world")
        await until(lambda: watcher.state.trouble == "the answer has no STATUS")


async def test_a_stopped_service_has_no_ups(tmp_path):
    """The pid file vanishes and polling stops; it returns, and all values are back."""
    async with watching(tmp_path) as (watcher, nis):
        await until(lambda: status_of(watcher) == "online")
        (tmp_path / "var/run/apcupsd.pid").unlink()
        await until(lambda: watcher.state.service == "stopped")
        assert watcher.state.upses == ()
        asked = nis.questions
        await asyncio.sleep(0.1)
        assert nis.questions == asked
        (tmp_path / "var/run/apcupsd.pid").write_text(str(os.getpid()))
        await until(lambda: status_of(watcher) == "online")
