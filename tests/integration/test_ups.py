"""UPSes watched by Debian's real apcupsd and NUT, with a simulated UPS."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.support.ups_programs import Apcupsd, CannotGet, Nut, SmartUps, end, programs
from uma.feeds.feed import Context, Demand
from uma.feeds.ups.model import Ups, UpsStatus
from uma.feeds.ups.source import UpsSource
from uma.host import Host

from .daemon import Daemon

MEASURED = (
    *("battery_percent", "runtime_seconds", "load_percent", "power_watts", "input_volts", "output_volts"),
    *("battery_volts", "frequency_hz", "temperature", "on_battery_since"),
)


@pytest.fixture(autouse=True)
def _programs() -> None:
    try:
        programs()
    except CannotGet as reason:
        pytest.skip(str(reason))


class Followed:
    """The source's messages and reports."""

    def __init__(self) -> None:
        self.messages: list[UpsStatus] = []
        self.reports: list[tuple[str, str]] = []

    @property
    def ups(self) -> Ups | None:
        """The first UPS of the newest message."""
        return self.messages[-1].ups[0] if self.messages and self.messages[-1].ups else None

    async def until(self, holds: Callable[[Ups], bool], seconds: float = 15.0) -> float:
        """Wait until *holds* for the UPS; return the seconds."""
        return await self.until_any(lambda: self.ups is not None and holds(self.ups), seconds)

    async def until_any(self, holds: Callable[[], bool], seconds: float = 15.0) -> float:
        """Wait until *holds*."""
        started = time.monotonic()
        while not holds():
            assert time.monotonic() - started < seconds, (self.messages[-1:], self.reports[-1:])
            await asyncio.sleep(0.01)
        return time.monotonic() - started

    async def status(self, status: str, seconds: float = 15.0) -> float:
        """Wait for a status."""
        return await self.until(lambda ups: ups.status == status, seconds)


@asynccontextmanager
async def following(root: Path) -> AsyncIterator[Followed]:
    followed = Followed()
    context = Context(Host(root), None, lambda _: Demand(), lambda _: None)  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as tasks:
        run = UpsSource(context).run(followed.messages.append, lambda *report: followed.reports.append(report))
        task = tasks.create_task(run, name="ups")
        yield followed
        task.cancel()


def measured(ups: Ups | None) -> set[object]:
    return {getattr(ups, name) for name in MEASURED}


async def test_mains_lost_and_back(tmp_path: Path) -> None:
    """apcupsd's reports reach clients within a second: lost, low, back. Its events file triggers this."""
    simulated = SmartUps()
    apcupsd = Apcupsd(tmp_path, simulated.device)
    apcupsd.start()
    try:
        async with following(tmp_path) as followed:
            await followed.status("online")
            assert followed.ups is not None
            assert (followed.ups.model, followed.ups.battery_percent) == ("SMART-UPS 1500", 100.0)
            assert (followed.ups.runtime_seconds, followed.ups.load_percent) == (2520, 23.4)
            await asyncio.sleep(1.5)

            simulated.turn("battery")
            assert await followed.status("on_battery") < 1
            assert followed.ups.on_battery_since is not None
            simulated.turn("low")
            await followed.status("low_battery")
            simulated.turn("online")
            assert await followed.status("online") < 1
            assert followed.ups.on_battery_since is None
            assert "AS1234567890" not in repr(followed.messages)
    finally:
        apcupsd.stop()
        simulated.close()


async def test_a_pulled_cable(tmp_path: Path) -> None:
    """apcupsd then repeats its old numbers; none is reported. They come back with the cable."""
    simulated = SmartUps()
    apcupsd = Apcupsd(tmp_path, simulated.device)
    apcupsd.start()
    try:
        async with following(tmp_path) as followed:
            await followed.status("online")
            simulated.turn("silent")
            await followed.status("communication_lost", 60)
            assert measured(followed.ups) == {None}
            simulated.turn("online")
            await followed.status("online", 30)
            assert followed.ups is not None
            assert followed.ups.battery_percent == 100.0
    finally:
        apcupsd.stop()
        simulated.close()


async def test_a_dead_master(tmp_path: Path) -> None:
    """A slave reports ONLINE long after its master has died; its DATE and MASTERUPD stop."""
    simulated = SmartUps()
    master = Apcupsd(tmp_path / "master", simulated.device)
    slave = Apcupsd(tmp_path / "slave", f"127.0.0.1:{master.port}", kind="net")
    master.start()
    slave.start()
    try:
        async with following(tmp_path / "slave") as followed:
            await followed.until(lambda ups: ups.status == "online" and "SLAVE" in ups.flags)
            master.kill()
            await followed.status("communication_lost", 45)
            assert measured(followed.ups) == {None}
    finally:
        slave.stop()
        master.stop()
        simulated.close()


async def test_apcupsd_killed_restarted_and_stopped(tmp_path: Path) -> None:
    """A dead daemon leaves its pid file, and no numbers; a restart is followed; stopped is not failed."""
    flash = tmp_path / "boot/config/plugins/dynamix.apcupsd"
    flash.mkdir(parents=True)
    (flash / "dynamix.apcupsd.cfg").write_text('SERVICE="enable"\nOVERRIDE_UPS_CAPACITY="1000"\n')
    simulated = SmartUps()
    apcupsd = Apcupsd(tmp_path, simulated.device)
    try:
        async with following(tmp_path) as followed:
            await followed.until_any(lambda: bool(followed.messages))
            assert followed.messages[-1].service == "stopped"
            apcupsd.start()
            await followed.status("online")
            assert followed.ups is not None
            assert (followed.ups.nominal_power_watts, followed.ups.power_watts) == (1000.0, 234.0)

            apcupsd.kill()
            await followed.until_any(lambda: followed.messages[-1].service == "stopped", 30)
            assert followed.messages[-1].ups == ()
            apcupsd.start()
            await followed.status("online")

            (flash / "dynamix.apcupsd.cfg").write_text('SERVICE="disable"\n')
            apcupsd.stop()
            await followed.until_any(lambda: followed.messages[-1].service == "disabled")
            assert followed.reports[-1][0] == "unavailable"
            assert not any(state == "failed" for state, _ in followed.reports)
    finally:
        apcupsd.stop()
        simulated.close()


async def test_nut_from_mains_to_mains(tmp_path: Path) -> None:
    """upsd's report reaches clients within a second; watts are measured by the UPS."""
    nut = Nut(tmp_path)
    nut.start()
    try:
        async with following(tmp_path) as followed:
            await followed.status("online")
            assert followed.ups is not None

            # dummy-ups takes up to two seconds itself to read its file again.
            nut.set(ups_status="OB DISCHRG", battery_charge="71")
            await followed.status("on_battery", 4)
            assert (followed.ups.model, followed.ups.battery_percent) == ("Eaton Ellipse PRO 850", 71.0)
            assert (followed.ups.power_watts, followed.ups.power_estimated) == (88.0, False)
            nut.set(ups_status="OB LB DISCHRG")
            await followed.status("low_battery", 4)
            nut.set(ups_status="OL CHRG")
            await followed.status("online", 4)
    finally:
        nut.stop()


async def test_nut_without_a_driver(tmp_path: Path) -> None:
    """A hanging or dead driver is a lost UPS; upsd tells which."""
    nut = Nut(tmp_path)
    nut.start()
    try:
        async with following(tmp_path) as followed:
            await followed.status("online")
            assert nut.driver is not None
            nut.driver.send_signal(signal.SIGSTOP)
            await followed.until(lambda ups: ups.flags == ("DATA-STALE",), 30)
            assert followed.ups is not None
            assert followed.ups.status == "communication_lost"
            assert measured(followed.ups) == {None}
            nut.driver.send_signal(signal.SIGCONT)
            await followed.status("online", 30)
            end(nut.driver)
            await followed.until(lambda ups: ups.flags == ("DRIVER-NOT-CONNECTED",), 5)
            nut.start_driver()
            await followed.status("online", 30)
    finally:
        nut.stop()


async def test_upsd_killed_restarted_and_stopped(tmp_path: Path) -> None:
    """Without upsd the UPS is unavailable, which is a failure; if stopped by the user it is not."""
    nut = Nut(tmp_path)
    nut.start()
    try:
        async with following(tmp_path) as followed:
            await followed.status("online")
            end(nut.daemon)
            await followed.status("unavailable", 10)
            assert measured(followed.ups) == {None}
            assert followed.reports[-1][0] == "failed"
            nut.start_daemon()
            await followed.status("online", 30)
            assert followed.reports[-1][0] == "ok"
            nut.stop()
            await followed.until_any(lambda: followed.messages[-1].service == "stopped")
            assert followed.reports[-1][0] == "unavailable"
    finally:
        nut.stop()


async def test_both_at_once(tmp_path: Path) -> None:
    """A server may have one UPS at apcupsd and others at NUT: one list, one shape."""
    simulated = SmartUps()
    apcupsd = Apcupsd(tmp_path, simulated.device)
    nut = Nut(tmp_path)
    apcupsd.start()
    nut.start()
    try:
        async with following(tmp_path) as followed:
            await followed.until_any(
                lambda: (
                    bool(followed.messages)
                    and {ups.id: ups.status for ups in followed.messages[-1].ups}
                    == {"apcupsd": "online", "nut:ups": "online"}
                )
            )
    finally:
        nut.stop()
        apcupsd.stop()
        simulated.close()


async def test_a_loss_of_mains_reaches_a_client_within_a_second(
    make_daemon: Callable[..., Daemon], tower: Path
) -> None:
    """From the UPS's own report to a WebSocket client: the whole way, through the real apcupsd and daemon."""
    (tower / "demo/ups.json").unlink()
    simulated = SmartUps()
    apcupsd = Apcupsd(tower, simulated.device)
    apcupsd.start()
    try:
        daemon = make_daemon().start()
        async with ClientSession() as session, session.ws_connect(daemon.stream_url("ups/status")) as client:

            async def until_status(status: str) -> float:
                started = time.monotonic()
                while [ups["status"] for ups in (await client.receive_json(timeout=15))["data"]["ups"]] != [status]:
                    pass
                return time.monotonic() - started

            await until_status("online")
            for _ in range(3):
                await asyncio.sleep(1.2)
                simulated.turn("battery")
                assert await until_status("on_battery") < 1
                await asyncio.sleep(1.2)
                simulated.turn("online")
                assert await until_status("online") < 1
        health = daemon.get("/api/v1/health")
        assert health["sources"]["ups"]["status"] == "ok"
    finally:
        apcupsd.stop()
        simulated.close()
