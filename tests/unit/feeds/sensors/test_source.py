"""Messages about sensors, and their times. The clock is the test's."""

import asyncio
import threading
from contextlib import asynccontextmanager

from tests.support.waiting import settled, until
from uma.feeds.blocking import BlockingReads
from uma.feeds.feed import Context, Demand
from uma.feeds.sensors import source as source_module
from uma.feeds.sensors.source import SensorsSource
from uma.host import Host

from .boards import add_chip, asus_intel, plain_unraid


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class Running:
    def __init__(self, root):
        (root / "sys").mkdir(parents=True, exist_ok=True)
        self.clock, self.demand = Clock(), Demand()
        self.context = Context(Host(root), None, lambda name: self.demand, lambda name: None)
        self.source = SensorsSource(self.context, clock=self.clock)
        self.published, self.reports = [], []

    async def after(self, seconds):
        """Let time pass; return the messages since."""
        before = len(self.published)
        self.clock.now += seconds
        source = self.source
        source._wake.set()
        await settled(
            lambda: source._wake.is_set() or any(each.is_stuck for each in (source._looks, *source._reads.values()))
        )
        return self.published[before:]


@asynccontextmanager
async def running(root):
    made = Running(root)
    async with asyncio.TaskGroup() as tasks:
        run = made.source.run(made.published.append, lambda *report: made.reports.append(report))
        task = tasks.create_task(run, name="source")
        await until(lambda: made.published)
        yield made
        task.cancel()


def values(message):
    return {sensor.id: sensor.value for sensor in message.sensors}


async def test_without_demand_nothing_is_read(tmp_path):
    """The list of sensors is published at once and every 30 s; values are None."""
    asus_intel(tmp_path)
    async with running(tmp_path) as made:
        assert set(values(made.published[0]).values()) == {None}
        assert made.reports == [("ok", "12 sensors of 3 chips")]
        assert await made.after(29) == []
        (again,) = await made.after(1)
        assert again == made.published[0]


async def test_values_on_demand(tmp_path):
    """Values come at once with demand, then every 10 s, and are None again without it."""
    plain_unraid(tmp_path)
    async with running(tmp_path) as made:
        made.demand.hold()
        await until(lambda: len(made.published) == 2)
        assert values(made.published[1]) == {"coretemp-isa-0000/temp1": 44.0}
        assert await made.after(9) == []
        assert len(await made.after(1)) == 1
        made.demand.release()
        (later,) = await made.after(30)
        assert values(later) == {"coretemp-isa-0000/temp1": None}


async def test_nonsense_is_marked(tmp_path):
    """It is shown and marked untrusted; a sensor with a fault has no value."""
    asus_intel(tmp_path)
    add_chip(
        tmp_path,
        9,
        "platform/it87.1",
        "it87",
        subsystem="platform",
        temp1_input="127500",
        temp2_input="20000",
        temp2_fault="1",
        temp3_input="-39000",
    )
    async with running(tmp_path) as made:
        made.demand.hold()
        await until(lambda: len(made.published) == 2)
        sensors = {sensor.id: sensor for sensor in made.published[1].sensors}

    assert {id_ for id_, sensor in sensors.items() if not sensor.trusted} == {
        *(f"nct6798-isa-0290/temp{number}" for number in (2, 3, 4, 7)),
        "it87-isa-0001/temp1",
    }
    assert sensors["nct6798-isa-0290/temp4"].value == 112.0
    assert (sensors["it87-isa-0001/temp2"].value, sensors["it87-isa-0001/temp2"].fault) == (None, True)


async def test_no_sensor_driver_is_said_once(tmp_path):
    """This is normal on Unraid; a hint or demand finds a driver that was loaded later."""
    async with running(tmp_path) as made:
        assert made.published[0].sensors == ()
        await made.after(60)
        assert made.reports == [("unavailable", "no sensor driver is loaded")]
        plain_unraid(tmp_path)
        made.context.hint.give()
        await until(lambda: len(made.reports) == 2)
        await until(lambda: made.published[-1].sensors)


async def test_new_labels_are_taken(tmp_path):
    """The user saves sensors.conf in the webGUI during demand."""
    plain_unraid(tmp_path)
    async with running(tmp_path) as made:
        made.demand.hold()
        await until(lambda: len(made.published) == 2)
        folder = tmp_path / "etc/sensors.d"
        folder.mkdir(parents=True)
        (folder / "sensors.conf").write_text('chip "coretemp-isa-0000"\nlabel "temp1" "CPU Temp"\n')
        (message,) = await made.after(10)
        assert message.sensors[0].label == "CPU Temp"


async def test_a_chip_that_hangs_costs_only_itself(tmp_path, monkeypatch, capsys):
    """Its values are None, one log line says so, and the others continue."""
    asus_intel(tmp_path)
    free = threading.Event()
    read_values = source_module.read_values

    def hang(chip):
        if chip[0].id.startswith("nct6798"):
            free.wait()
        return read_values(chip)

    def short_of_one(name, **_):
        return BlockingReads(name, seconds=0.05 if "nct6798" in name else 5.0)

    monkeypatch.setattr(source_module, "read_values", hang)
    monkeypatch.setattr(source_module, "BlockingReads", short_of_one)
    try:
        async with running(tmp_path) as made:
            made.demand.hold()
            await until(lambda: len(made.published) == 2)
            await made.after(10)
            found = values(made.published[-1])
            assert found["coretemp-isa-0000/temp1"] == 41.0
            assert found["nct6798-isa-0290/fan2"] is None
    finally:
        free.set()
    assert capsys.readouterr().out.count("read stuck") == 1
