"""The SMART source on real files, with a program in smartctl's place that records its calls."""

import asyncio
import contextlib
import os
import resource
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from uma.errors import SourceUnavailable, Unreadable
from uma.feeds.smart.drives import DriveToQuery
from uma.feeds.smart.source import REST_SECONDS, SmartSource
from uma.host import Host

FIXTURES = Path(__file__).parents[3] / "fixtures/smart"
DEADLINE = 10.0
PATIENCE = 30.0
"""Seconds that a busy machine may take for what does not fail."""
NEVER = 3600.0
"""Seconds between looks of a source that should look only when nudged."""


async def until(predicate, what=""):
    """Wait until *predicate* holds."""
    end = time.monotonic() + PATIENCE
    while not predicate():
        assert time.monotonic() < end, f"it did not happen: {what or predicate}"
        await asyncio.sleep(0.01)


class Reports(list):
    def __call__(self, status, detail):
        self.append((status, detail))


@contextlib.asynccontextmanager
async def running(source):
    """Run *source*, and collect its reports."""
    reports = Reports()
    task = asyncio.create_task(source.run(lambda message: pytest.fail("it publishes nothing"), reports))
    try:
        yield reports
        assert not task.done(), task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Changes:
    """Counter of reported changes."""

    count = 0

    def __call__(self):
        self.count += 1


@pytest.fixture
def changes():
    return Changes()


class TestCached:
    @pytest.fixture
    def folder(self, tmp_path):
        folder = Host(tmp_path).smart_texts
        folder.mkdir(parents=True)
        return folder

    @pytest.fixture
    def source(self, tmp_path, changes):
        return SmartSource(host=Host(tmp_path), mode="cached", changed=changes, look_seconds=NEVER)

    def put(self, folder, name, fixture, *, old="", new=""):
        (folder / name).write_text((FIXTURES / fixture).read_text().replace(old, new))

    async def test_texts_are_read_and_their_changes_reported(self, folder, source, changes):
        """The folder's texts become readings by slot; a rewritten text is noticed and reported once."""
        self.put(folder, "disk1", "ata-healthy.txt")
        self.put(folder, "cache", "nvme-critical-warning.txt")
        async with running(source) as reports:
            await until(lambda: len(source.readings) == 2)
            assert {name: reading.health for name, reading in source.readings.items()} == {
                "disk1": "passed",
                "cache": "failed",
            }
            await until(lambda: ("ok", "2 drives read from Unraid's own polling") in reports)
            told = changes.count
            self.put(folder, "disk1", "ata-healthy.txt", old="PASSED", new="FAILED!")
            await until(lambda: source.readings["disk1"].health == "failed")
            assert changes.count == told + 1
            (folder / "cache").unlink()
            await until(lambda: list(source.readings) == ["disk1"])
            assert changes.count == told + 2
            await until(lambda: reports[-1] == ("ok", "1 drive read from Unraid's own polling"))

    @pytest.mark.parametrize(
        "seats",
        [
            [{"disk1": "B", "cache": "C"}],
            [{"cache": "C"}, {"disk1": "B", "cache": "C"}],
            [{}, {"cache": "C"}, {"disk1": "B"}],
            [{"disk1": "B", "cache": "C"}, {"disk1": "A", "cache": "C"}],
            [{"disk1": "B"}, {"disk1": "B"}, {"disk1": "C"}],
        ],
    )
    async def test_a_slot_with_another_drive_forgets(self, folder, source, changes, seats):
        """A replaced drive's reading is dropped until its text is rewritten; other slots keep theirs."""
        self.put(folder, "disk1", "ata-failing.txt")
        self.put(folder, "cache", "nvme-healthy.txt")
        source.seat({"disk1": "A", "cache": "C"})
        async with running(source):
            await until(lambda: len(source.readings) == 2)
            for drives in seats:
                source.seat(drives)
            assert list(source.readings) == ["cache"]
            before = changes.count
            self.put(folder, "cache", "nvme-critical-warning.txt")
            source.nudge()
            await until(lambda: changes.count > before)
            assert list(source.readings) == ["cache"]
            self.put(folder, "disk1", "ata-healthy.txt")
            source.nudge()
            await until(lambda: source.readings.keys() == {"cache", "disk1"})
            assert source.readings["disk1"].health == "passed"

    @pytest.mark.parametrize("seats", [[{"disk1": "A"}], [{}, {"disk1": "A"}], [{"disk1": "A", "disk2": "B"}], [{}]])
    async def test_the_same_drive_is_not_forgotten(self, folder, source, seats):
        """A drive that was away and is back, or never left, keeps its reading."""
        self.put(folder, "disk1", "ata-failing.txt")
        source.seat({"disk1": "A"})
        async with running(source):
            await until(lambda: "disk1" in source.readings)
            for drives in seats:
                source.seat(drives)
            assert source.readings["disk1"].health == "failed"

    async def test_age_alone_is_not_a_change(self, folder, source, changes):
        """A text with the same content refreshes the reading's time without reporting a change."""
        self.put(folder, "disk1", "ata-healthy.txt")
        async with running(source):
            await until(lambda: "disk1" in source.readings)
            told, before = changes.count, source.readings["disk1"]
            os.utime(folder / "disk1", (before.at + 60, before.at + 60))
            source.nudge()
            await until(lambda: source.readings["disk1"].at == before.at + 60)
            assert source.readings["disk1"] == replace(before, at=before.at + 60)
            assert changes.count == told

    async def test_no_folder_is_normal(self, folder, source):
        """Without a folder the source is unavailable, not failed; it resumes when the folder appears."""
        folder.rmdir()
        async with running(source) as reports:
            await until(lambda: reports)
            assert [status for status, _ in reports] == ["unavailable"] * len(reports)
            folder.mkdir()
            self.put(folder, "disk1", "sas-healthy.txt")
            await until(lambda: "disk1" in source.readings)
            await until(lambda: reports[-1][0] == "ok")
            shutil.rmtree(folder)
            await until(lambda: reports[-1][0] == "unavailable")
            assert source.readings == {}

    async def test_looks_without_nudges(self, tmp_path, folder, changes):
        """A change without an event is found at the source's own next look."""
        source = SmartSource(host=Host(tmp_path), mode="cached", changed=changes, look_seconds=0.05)
        self.put(folder, "disk1", "ata-healthy.txt")
        async with running(source):
            await until(lambda: "disk1" in source.readings)
            # utime causes no watched event.
            os.utime(folder / "disk1", (1, 1))
            await until(lambda: source.readings["disk1"].at == 1)

    async def test_works_without_inotify(self, tmp_path, folder, changes):
        """Without a watch, the source looks at intervals."""
        source = SmartSource(host=Host(tmp_path), mode="cached", changed=changes, look_seconds=0.05)
        self.put(folder, "disk1", "ata-healthy.txt")
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
        try:
            async with running(source) as reports:
                await until(lambda: reports)
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
                await until(lambda: "disk1" in source.readings)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)


class Smartctl:
    """A program in smartctl's place: it records start, arguments and end of each call, and answers by device name."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "smartctl"
        self.log = folder / "calls"
        self.log.touch()
        self.path.write_text(
            f"""#!/bin/sh
            for device; do :; done
            answer={folder}/${{device#/dev/}}
            echo "start $*" >> {self.log}
            [ -e $answer.hang ] && {{ sleep 600 & echo $! > $answer.child; wait; }}
            cat $answer
            echo "end $*" >> {self.log}
            exit $(cat $answer.status)
            """
        )
        self.path.chmod(0o755)

    def answers(self, device, fixture, *, status=0, hangs=False):
        shutil.copy(FIXTURES / fixture, self.folder / device)
        (self.folder / f"{device}.status").write_text(str(status))
        if hangs:
            (self.folder / f"{device}.hang").touch()
        else:
            (self.folder / f"{device}.hang").unlink(missing_ok=True)

    def lines(self):
        return self.log.read_text().splitlines()

    def asked(self):
        """The queried devices in order; each call must have had -n standby."""
        starts = [line for line in self.lines() if line.startswith("start")]
        assert all(line.startswith("start -n standby ") for line in starts), starts
        return [line.rpartition("/dev/")[2] for line in starts]


class Server:
    """The drives in the state files, and a clock."""

    def __init__(self):
        self.drives = {}
        self.now = 1000.0
        self.looks = 0
        self.trouble = None

    def put(self, name, device, *, is_spun_up=True, transport="ata", identity="X_1", controller=""):
        self.drives[name] = DriveToQuery(name, device, is_spun_up, transport, identity, controller)

    def read(self):
        self.looks += 1
        if self.trouble is not None:
            raise self.trouble
        return tuple(self.drives.values())

    async def look(self, source):
        """Nudge *source* until it has nothing left to query: a look begins after the previous one's answers."""
        asked = None
        while asked != source._asked_at:
            asked = dict(source._asked_at)
            for _ in range(2):
                seen = self.looks
                source.nudge()
                await until(lambda seen=seen: self.looks > seen, "look")


class TestQuery:
    @pytest.fixture
    def smartctl(self, tmp_path):
        folder = tmp_path / "answers"
        folder.mkdir()
        return Smartctl(folder)

    @pytest.fixture
    def server(self):
        return Server()

    @pytest.fixture
    def source(self, tmp_path, smartctl, server, changes):
        return SmartSource(
            host=Host(tmp_path),
            mode="query",
            changed=changes,
            drives=server.read,
            smartctl=str(smartctl.path),
            look_seconds=NEVER,
            answer_seconds=PATIENCE,
            monotonic=lambda: server.now,
        )

    async def test_only_spinning_drives_are_asked_one_at_a_time(self, source, smartctl, server, changes):
        """Each spun-up drive is queried once with -n standby, one at a time; a spun-down one never."""
        smartctl.answers("sdb", "ata-failing.txt")
        smartctl.answers("sdc", "ata-healthy.txt")
        smartctl.answers("nvme0n1", "nvme-healthy.txt")
        server.put("disk1", "sdb")
        server.put("disk2", "sdc", is_spun_up=False)
        server.put("cache", "nvme0n1", transport="nvme")
        async with running(source) as reports:
            await until(lambda: ("ok", "smartctl has answered for 2 of 3 drives") in reports)
            assert {name: reading.health for name, reading in source.readings.items()} == {
                "disk1": "failed",
                "cache": "passed",
            }
            assert smartctl.lines() == [
                "start -n standby -d sat --all /dev/sdb",
                "end -n standby -d sat --all /dev/sdb",
                "start -n standby -d nvme --all /dev/nvme0n1",
                "end -n standby -d nvme --all /dev/nvme0n1",
            ]
            assert changes.count == 2

    async def test_every_call_for_a_bridge_is_guarded(self, source, smartctl, server):
        """pySMART's own extra calls, here for a drive behind a SAS bridge, have -n standby too."""
        smartctl.answers("sdb", "sas-healthy.txt")
        answer = smartctl.folder / "sdb"
        answer.write_text(
            "/dev/sdb: Device of type 'scsi' [SCSI] opened\n" + answer.read_text().replace("hours:", "x:")
        )
        server.put("disk1", "sdb", transport="scsi")
        async with running(source):
            await until(lambda: "disk1" in source.readings)
            assert smartctl.asked() == ["sdb"] * len(smartctl.asked())
            assert len(smartctl.asked()) > 1

    async def test_the_users_controller_type_is_in_the_command(self, source, smartctl, server):
        """A drive behind a RAID controller is queried with its type, and at once after a change of the type."""
        smartctl.answers("sdi", "sas-healthy.txt")
        server.put("disk1", "sdi", transport="scsi", controller="megaraid,5")
        async with running(source):
            await until(lambda: "disk1" in source.readings)
            assert smartctl.lines()[0] == "start -n standby -d megaraid,5 --all /dev/sdi"
            server.put("disk1", "sdi", transport="scsi", controller="megaraid,6")
            await server.look(source)
            assert [line for line in smartctl.lines() if line.startswith("start")] == [
                "start -n standby -d megaraid,5 --all /dev/sdi",
                "start -n standby -d megaraid,6 --all /dev/sdi",
            ]

    async def test_a_drive_rests_for_half_an_hour(self, source, smartctl, server):
        """However often the source is nudged, a drive is queried at most once in 30 minutes."""
        smartctl.answers("sdb", "ata-healthy.txt")
        server.put("disk1", "sdb")
        async with running(source):
            await until(lambda: "disk1" in source.readings)
            for _ in range(3):
                server.now += REST_SECONDS / 3 - 1
                await server.look(source)
            assert smartctl.asked() == ["sdb"]
            server.now += 4
            await server.look(source)
            assert smartctl.asked() == ["sdb", "sdb"]

    async def test_a_drive_that_spins_up_is_asked_at_once(self, source, smartctl, server):
        """A drive that spins up and was not queried for 30 minutes is queried at the next nudge."""
        smartctl.answers("sdb", "ata-healthy.txt")
        server.put("disk1", "sdb", is_spun_up=False)
        async with running(source):
            await server.look(source)
            assert smartctl.asked() == []
            for is_spun_up in (True, False, True):
                server.put("disk1", "sdb", is_spun_up=is_spun_up)
                await server.look(source)
            assert smartctl.asked() == ["sdb"]
            assert source.readings["disk1"].health == "passed"

    async def test_plugged_and_pulled(self, source, smartctl, server):
        """A new drive is queried at once; its reading goes with it; plugged in again, it is queried again."""
        smartctl.answers("sdx", "ata-healthy.txt")
        async with running(source):
            await server.look(source)
            server.put("dev1", "sdx")
            await server.look(source)
            assert list(source.readings) == ["dev1"]
            del server.drives["dev1"]
            await server.look(source)
            assert source.readings == {}
            server.put("dev1", "sdx")
            await server.look(source)
            assert smartctl.asked() == ["sdx", "sdx"]

    async def test_another_drive_in_the_slot(self, source, smartctl, server):
        """Another drive in a slot, under the same kernel name, drops the old reading and is queried at once."""
        smartctl.answers("sdb", "ata-failing.txt")
        server.put("disk1", "sdb", identity="OLD_1")
        async with running(source):
            await until(lambda: "disk1" in source.readings)
            server.put("disk1", "sdb", identity="NEW_2", is_spun_up=False)
            await server.look(source)
            assert source.readings == {}
            smartctl.answers("sdb", "ata-healthy.txt")
            server.put("disk1", "sdb", identity="NEW_2")
            await server.look(source)
            assert source.readings["disk1"].health == "passed"

    async def test_a_sleeping_drive_keeps_its_reading(self, source, smartctl, server):
        """If smartctl finds a drive asleep (status 2), its last reading stays."""
        smartctl.answers("sdb", "ata-healthy.txt")
        server.put("disk1", "sdb")
        async with running(source):
            await until(lambda: "disk1" in source.readings)
            before = source.readings["disk1"]
            smartctl.answers("sdb", "standby.txt", status=2)
            server.now += REST_SECONDS
            await server.look(source)
            await server.look(source)
            assert smartctl.asked() == ["sdb", "sdb"]
            assert source.readings == {"disk1": before}

    async def test_switching_from_texts_to_queries(self, source, smartctl, server, tmp_path):
        """Restarted in the other mode, it drops the texts' readings: only smartctl's answers count."""
        folder = Host(tmp_path).smart_texts
        folder.mkdir(parents=True)
        shutil.copy(FIXTURES / "ata-healthy.txt", folder / "disk1")
        source.mode = "cached"
        async with running(source):
            await until(lambda: "disk1" in source.readings)
        source.mode = "query"
        server.put("disk1", "sdb", is_spun_up=False)
        async with running(source):
            await server.look(source)
            assert source.readings == {}
            assert smartctl.asked() == []

    async def test_a_drive_that_changes_slots_is_not_asked_again(self, source, smartctl, server):
        """If emhttpd renumbers its devices, a drive's reading moves to the new slot without a new query."""
        smartctl.answers("sdx", "ata-failing.txt")
        smartctl.answers("sdy", "ata-healthy.txt")
        server.put("dev1", "sdx", identity="X_1")
        server.put("dev2", "sdy", identity="Y_2")
        async with running(source):
            await server.look(source)
            del server.drives["dev2"]
            server.put("dev1", "sdy", identity="Y_2")
            await server.look(source)
            assert {name: reading.health for name, reading in source.readings.items()} == {"dev1": "passed"}
            assert smartctl.asked() == ["sdx", "sdy"]

    async def test_a_hanging_smartctl_blocks_nothing(self, source, smartctl, server):
        """A drive whose smartctl hangs is given up with its children; the next drive is queried; health names the
        drive.
        """
        source._answer_seconds = 1.0
        smartctl.answers("sdb", "ata-healthy.txt", hangs=True)
        smartctl.answers("sdc", "ata-healthy.txt")
        server.put("disk1", "sdb")
        server.put("disk2", "sdc")
        async with running(source) as reports:
            await until(lambda: "disk2" in source.readings)
            await until(lambda: reports[-1] == ("failed", "disk1: smartctl did not answer within 1 s"))
            child = int((smartctl.folder / "sdb.child").read_text())
            await until(lambda: not is_running(child))
            source._answer_seconds = PATIENCE
            smartctl.answers("sdb", "ata-healthy.txt")
            server.now += REST_SECONDS
            await server.look(source)
            assert reports[-1] == ("ok", "smartctl has answered for 2 of 2 drives")

    async def test_a_hanging_drive_that_is_pulled_is_forgotten(self, source, smartctl, server):
        """The failure of a drive goes with the drive."""
        source._answer_seconds = 1.0
        smartctl.answers("sdb", "ata-healthy.txt", hangs=True)
        server.put("disk1", "sdb")
        async with running(source) as reports:
            await until(lambda: reports[-1:] and reports[-1][0] == "failed")
            server.drives.clear()
            await server.look(source)
            assert reports[-1] == ("ok", "smartctl has answered for 0 of 0 drives")

    async def test_stopping_waits_for_no_drive(self, source, smartctl, server):
        """If cancelled while smartctl hangs, the source ends at once, and smartctl with it."""
        source._answer_seconds = NEVER
        smartctl.answers("sdb", "ata-healthy.txt", hangs=True)
        server.put("disk1", "sdb")
        child = smartctl.folder / "sdb.child"
        before = time.monotonic()
        async with running(source):
            await until(lambda: child.exists() and child.read_text())
        await until(lambda: not is_running(int(child.read_text())))
        assert time.monotonic() - before < DEADLINE

    async def test_without_smartctl(self, source, tmp_path):
        """Without smartctl the source is unavailable."""
        source._smartctl = str(tmp_path / "none")
        with pytest.raises(SourceUnavailable, match="smartctl is not installed"):
            await source.run(pytest.fail, Reports())

    async def test_unreadable_state_queries_no_drive(self, source, smartctl, server):
        """While it is unknown which drives spin, none is queried, and the readings are kept."""
        smartctl.answers("sdb", "ata-healthy.txt")
        server.put("disk1", "sdb")
        async with running(source):
            await until(lambda: "disk1" in source.readings)
        server.trouble = Unreadable("disks.ini is empty")
        server.now += REST_SECONDS
        with pytest.raises(SourceUnavailable, match=r"disks\.ini is empty"):
            await source.run(pytest.fail, Reports())
        assert smartctl.asked() == ["sdb"]
        assert list(source.readings) == ["disk1"]

    async def test_a_restart_queries_no_drive_again(self, source, smartctl, server):
        """A restarted source remembers which drives it has queried."""
        smartctl.answers("sdb", "ata-healthy.txt")
        server.put("disk1", "sdb")
        for _ in range(2):
            async with running(source):
                await until(lambda: "disk1" in source.readings)
                await server.look(source)
        assert smartctl.asked() == ["sdb"]


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
