"""The watcher of NUT. The real upsd is in tests/integration/test_ups.py; here it is scripted."""

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import replace

from tests.support.waiting import until
from uma.feeds.ups.watch_nut import NutWatcher
from uma.feeds.ups.watching import TIMING
from uma.feeds.watch import watch_files
from uma.host import Host

from .peers import serving

FAST = replace(TIMING, poll=3600.0, status=0.02, settle=0.01, grace=0.2, retries=(0.02,))


class Daemon:
    """upsd with UPSes: variables by name, or an error code."""

    def __init__(self):
        self.upses = {"rack": {"ups.status": "OL"}, "ups": {"ups.status": "OL", "ups.mfr": "Eaton", "ups.model": "5P"}}
        self.without_list = False
        self.silent = False

    async def serve(self, reader, writer):
        while line := await reader.readline():
            if self.silent:
                await asyncio.sleep(60)
            writer.write(self._answer(line.decode().split()).encode())
            await writer.drain()

    def _answer(self, words):
        if words[:2] == ["LIST", "UPS"]:
            return "BEGIN LIST UPS\n" + "".join(f'UPS {name} "x"\n' for name in self.upses) + "END LIST UPS\n"
        ups = self.upses.get(words[2])
        if not isinstance(ups, dict):
            return f"ERR {ups or 'UNKNOWN-UPS'}\n"
        if words[0] == "GET":
            return f'VAR {words[2]} {words[3]} "{ups[words[3]]}"\n' if words[3] in ups else "ERR VAR-NOT-SUPPORTED\n"
        if self.without_list:
            return "ERR FEATURE-NOT-SUPPORTED\n"
        rows = "".join(f'VAR {words[2]} {name} "{value}"\n' for name, value in ups.items())
        return f"BEGIN LIST VAR {words[2]}\n{rows}END LIST VAR {words[2]}\n"


@asynccontextmanager
async def watching(root):
    daemon = Daemon()
    async with serving(daemon.serve) as port, asyncio.TaskGroup() as tasks:
        for path, text in {
            "var/run/nut/upsmon.pid": str(os.getpid()),
            "boot/config/plugins/nut-dw/nut-dw.cfg": f'SERVICE="enable"\nIPADDR="127.0.0.1:{port}"\n',
        }.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        watcher = NutWatcher(Host(root), lambda: None, timing=FAST)
        task = tasks.create_task(watcher.run(), name="watcher")
        files = tasks.create_task(watch_files(watcher.nudges()), name="files")
        yield watcher, daemon
        task.cancel()
        files.cancel()


def statuses(watcher):
    return {ups.id: ups.status for ups in watcher.state.upses}


async def test_each_ups_is_there(tmp_path):
    """All that upsd knows, the plugin's own first."""
    async with watching(tmp_path) as (watcher, _):
        await until(lambda: statuses(watcher) == {"nut:ups": "online", "nut:rack": "online"})
        assert [ups.name for ups in watcher.state.upses] == ["ups", "rack"]


async def test_a_status_word_that_changes_is_followed(tmp_path):
    """The next list is an hour away; the start on battery is the observed one."""
    async with watching(tmp_path) as (watcher, daemon):
        await until(lambda: statuses(watcher).get("nut:ups") == "online")
        daemon.upses["ups"] |= {"ups.status": "OB DISCHRG", "battery.charge": "71"}
        await until(lambda: statuses(watcher)["nut:ups"] == "on_battery")
        first = watcher.state.upses[0]
        assert first.battery_percent == 71
        assert first.on_battery_since
        daemon.upses["ups"]["ups.status"] = "OB LB"
        await until(lambda: statuses(watcher)["nut:ups"] == "low_battery")
        assert watcher.state.upses[0].on_battery_since == first.on_battery_since
        daemon.upses["ups"]["ups.status"] = "OL"
        await until(lambda: statuses(watcher)["nut:ups"] == "online")
        assert watcher.state.upses[0].on_battery_since is None


async def test_an_outage_with_an_unseen_beginning_has_none(tmp_path):
    """UMA may have started during it, or upsd may have lost the UPS before."""
    async with watching(tmp_path) as (watcher, daemon):
        daemon.upses["ups"] = "DATA-STALE"
        await until(lambda: statuses(watcher).get("nut:ups") == "communication_lost")
        daemon.upses["ups"] = {"ups.status": "OB"}
        await until(lambda: statuses(watcher)["nut:ups"] == "on_battery")
        assert watcher.state.upses[0].on_battery_since is None


async def test_one_lost_ups_leaves_the_others(tmp_path):
    """DATA-STALE is for one UPS; its model is still known."""
    async with watching(tmp_path) as (watcher, daemon):
        await until(lambda: statuses(watcher).get("nut:ups") == "online")
        there, daemon.upses["ups"] = daemon.upses["ups"], "DATA-STALE"
        await until(lambda: statuses(watcher) == {"nut:ups": "communication_lost", "nut:rack": "online"})
        assert watcher.state.upses[0].model == "Eaton 5P"
        assert watcher.state.trouble is None
        daemon.upses["ups"] = there
        await until(lambda: statuses(watcher)["nut:ups"] == "online")


async def test_a_daemon_without_lists_is_asked_one_by_one(tmp_path):
    """Like UniFi's; its UPS does not count as unavailable for that."""
    async with watching(tmp_path) as (watcher, daemon):
        daemon.without_list = True
        (tmp_path / "var/run/nut/nudge").write_text("")
        await until(lambda: watcher._one_by_one == {"ups", "rack"})
        await until(lambda: statuses(watcher).get("nut:ups") == "online" and watcher.state.trouble is None)


async def test_a_daemon_that_denies_is_trouble(tmp_path):
    """Its UPSes are unavailable, and the trouble gives the reason."""
    async with watching(tmp_path) as (watcher, daemon):
        await until(lambda: statuses(watcher).get("nut:ups") == "online")
        daemon.upses["ups"] = "ACCESS-DENIED"
        await until(lambda: "ACCESS-DENIED" in (watcher.state.trouble or ""))
        assert statuses(watcher)["nut:ups"] == "unavailable"


async def test_a_stopped_service_has_no_ups(tmp_path):
    """upsmon's pid file decides, as it does for the plugin."""
    async with watching(tmp_path) as (watcher, _):
        await until(lambda: statuses(watcher).get("nut:ups") == "online")
        (tmp_path / "var/run/nut/upsmon.pid").unlink()
        await until(lambda: watcher.state.service == "stopped")
        assert watcher.state.upses == ()
