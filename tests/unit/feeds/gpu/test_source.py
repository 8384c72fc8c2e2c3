"""Messages about GPUs, and their times. The clock is the test's."""

import asyncio
import threading
from contextlib import asynccontextmanager

from tests.support.waiting import settled, until
from uma.feeds.blocking import BlockingReads
from uma.feeds.feed import Context, Demand
from uma.feeds.gpu import source as source_module
from uma.feeds.gpu.parse import Figures
from uma.feeds.gpu.source import GpuSource
from uma.host import Host

from .trees import add_gpu, card_metrics

NVIDIA, AMD, INTEL = "0000:01:00.0", "0000:0a:00.0", "0000:00:02.0"


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class Nvml:
    """NVML as the source uses it: figures by address."""

    def __init__(self):
        self.asked = 0
        self.figures = {NVIDIA: Figures(busy_percent=31.0, engines={"render": 31.0}, memory_total_bytes=2**33)}
        self.blocks = threading.Event()
        self.blocks.set()

    def __call__(self, addresses):
        self.asked += 1
        self.blocks.wait()
        return {address: self.figures[address] for address in addresses if address in self.figures}


class Running:
    def __init__(self, root):
        (root / "sys").mkdir(parents=True, exist_ok=True)
        (root / "proc").mkdir(exist_ok=True)
        self.clock, self.demand, self.nvml = Clock(), Demand(), Nvml()
        self.context = Context(Host(root), None, lambda name: self.demand, lambda name: None)
        self.source = GpuSource(self.context, clock=self.clock, read_nvml=self.nvml)
        self.published, self.reports = [], []

    async def after(self, seconds):
        """Let time pass; return the messages since."""
        before = len(self.published)
        self.clock.now += seconds
        source = self.source
        source._wake.set()
        await settled(lambda: source._wake.is_set() or any(each.is_stuck for each in source._reads.values()))
        return self.published[before:]

    def gpu(self, address):
        return next(gpu for gpu in self.published[-1].gpus if gpu.id == address)


@asynccontextmanager
async def running(root):
    made = Running(root)
    async with asyncio.TaskGroup() as tasks:
        run = made.source.run(made.published.append, lambda *report: made.reports.append(report))
        task = tasks.create_task(run, name="source")
        await until(lambda: made.published)
        yield made
        task.cancel()


async def test_no_gpu_is_said_and_costs_nothing(tmp_path):
    """A hint finds a new one."""
    async with running(tmp_path) as made:
        made.demand.hold()
        assert made.published[0].gpus == ()
        assert set(made.reports) == {("unavailable", "no GPU")}
        add_gpu(tmp_path, AMD, "amd", "vfio-pci")
        made.context.hint.give()
        await until(lambda: made.published[-1].gpus)
        assert made.gpu(AMD).state == "passed_through"


async def test_the_bus_is_searched_once(tmp_path, monkeypatch):
    """It is searched at start and on a hint; in between only known GPUs are looked at."""
    looked = []
    read = source_module.read_devices

    def read_devices(host, addresses):
        looked.append(list(addresses))
        return read(host, addresses)

    monkeypatch.setattr(source_module, "read_devices", read_devices)
    add_gpu(tmp_path, AMD, "amd", "vfio-pci")
    add_gpu(tmp_path, "0000:05:00.0", "intel", "igc", **{"class": "0x020000"})
    async with running(tmp_path) as made:
        await made.after(30)
        await made.after(30)
        made.context.hint.give()
        await until(lambda: len(looked) == 4)

    both = sorted((AMD, "0000:05:00.0"))
    assert looked == [both, [AMD], [AMD], both]


async def test_without_demand_nothing_is_read(tmp_path):
    """States are free; figures are None, and drivers are not queried."""
    add_gpu(tmp_path, NVIDIA, "nvidia", "nvidia")
    add_gpu(tmp_path, AMD, "amd", "amdgpu", gpu_busy_percent="7")
    async with running(tmp_path) as made:
        assert [gpu.state for gpu in made.published[0].gpus] == ["active", "active"]
        assert [gpu.busy_percent for gpu in made.published[0].gpus] == [None, None]
        assert len(await made.after(30)) == 1
        assert made.nvml.asked == 0


async def test_figures_on_demand(tmp_path):
    """Figures come at once, then every 10 s; lasting facts stay when demand ends."""
    add_gpu(tmp_path, NVIDIA, "nvidia", "nvidia")
    add_gpu(tmp_path, AMD, "amd", "amdgpu", gpu_busy_percent="0", gpu_metrics=card_metrics(video=0))
    async with running(tmp_path) as made:
        made.demand.hold()
        await until(lambda: len(made.published) > 1)
        assert (made.gpu(NVIDIA).state, made.gpu(NVIDIA).busy_percent) == ("active", 31.0)
        assert (made.gpu(AMD).state, made.gpu(AMD).temperature, made.gpu(AMD).fan_rpm) == ("idle", 52.0, 1200)
        for _ in range(4):
            await made.after(5)
        assert made.nvml.asked == 3
        made.demand.release()
        await made.after(30)
        assert (made.gpu(NVIDIA).busy_percent, made.gpu(NVIDIA).memory_total_bytes) == (None, 2**33)
        assert made.gpu(AMD).integrated is False


async def test_a_sleeping_gpu_stays_asleep(tmp_path):
    """Its files are not opened even with demand for figures; it is reported asleep."""
    folder = add_gpu(tmp_path, AMD, "amd", "amdgpu", power="suspended", gpu_metrics=card_metrics())
    (folder / "gpu_busy_percent").symlink_to("/nowhere")
    async with running(tmp_path) as made:
        made.demand.hold()
        await until(lambda: len(made.published) > 1)
        assert (made.gpu(AMD).state, made.gpu(AMD).temperature) == ("suspended", None)


async def test_a_gpu_that_falls_asleep_keeps_no_figures(tmp_path):
    """So does one that goes to a VM."""
    folder = add_gpu(tmp_path, AMD, "amd", "amdgpu", gpu_metrics=card_metrics())
    async with running(tmp_path) as made:
        made.demand.hold()
        await until(lambda: len(made.published) > 1)
        assert made.gpu(AMD).temperature == 52.0
        (folder / "power/runtime_status").write_text("suspended\n")
        await made.after(10)
        assert (made.gpu(AMD).state, made.gpu(AMD).temperature) == ("suspended", None)
        (folder / "driver").unlink()
        (folder / "driver").symlink_to("../../drivers/vfio-pci")
        await made.after(10)
        assert made.gpu(AMD).state == "passed_through"


async def test_an_nvidia_gpu_without_a_program_is_idle(tmp_path):
    """NVML would start it for seconds, so it is not called."""
    add_gpu(tmp_path, NVIDIA, "nvidia", "nvidia")
    module = tmp_path / "sys/module/nvidia"
    (module / "holders/nvidia_uvm").mkdir(parents=True)
    (module / "refcnt").write_text("1\n")
    async with running(tmp_path) as made:
        made.demand.hold()
        await until(lambda: len(made.published) > 1)
        assert (made.gpu(NVIDIA).state, made.nvml.asked) == ("idle", 0)
        (module / "refcnt").write_text("2\n")
        await made.after(10)
        assert (made.gpu(NVIDIA).state, made.gpu(NVIDIA).busy_percent) == ("active", 31.0)


async def test_an_nvidia_gpu_with_nouveau_is_active(tmp_path):
    """NVML does not know such a GPU, so it isn't asked, and the GPU isn't unavailable."""
    add_gpu(tmp_path, NVIDIA, "nvidia", "nouveau")
    async with running(tmp_path) as run:
        with run.demand.held():
            await run.after(1)
            await run.after(10)

        assert (run.gpu(NVIDIA).state, run.gpu(NVIDIA).busy_percent, run.nvml.asked) == ("active", None, 0)


async def test_a_gpu_that_fell_off_the_bus(tmp_path):
    """It is unavailable, without a figure; when NVML knows it again, it is back."""
    add_gpu(tmp_path, NVIDIA, "nvidia", "nvidia")
    async with running(tmp_path) as made:
        made.demand.hold()
        await until(lambda: len(made.published) > 1)
        kept, made.nvml.figures = made.nvml.figures, {}
        await made.after(10)
        assert (made.gpu(NVIDIA).state, made.gpu(NVIDIA).busy_percent) == ("unavailable", None)
        made.nvml.figures = kept
        await made.after(10)
        assert made.gpu(NVIDIA).state == "active"


async def test_nvml_that_hangs_is_left_alone(tmp_path, capsys):
    """It gets a pause of ten minutes, with one log line; the other GPUs continue."""
    add_gpu(tmp_path, NVIDIA, "nvidia", "nvidia")
    add_gpu(tmp_path, AMD, "amd", "amdgpu", gpu_metrics=card_metrics())
    async with running(tmp_path) as made:
        made.source._reads["NVML"] = BlockingReads("GPUs by NVML", seconds=0.05)
        made.nvml.blocks.clear()
        try:
            made.demand.hold()
            await until(lambda: len(made.published) > 1)
            assert (made.gpu(NVIDIA).state, made.gpu(AMD).temperature) == ("unavailable", 52.0)
            await made.after(10)
        finally:
            made.nvml.blocks.set()
        await until(lambda: not made.source._reads["NVML"].is_stuck)
        made.source._reads["NVML"] = BlockingReads("GPUs by NVML")
        for _ in range(5):
            await made.after(10)
        assert (made.nvml.asked, made.gpu(NVIDIA).state) == (1, "unavailable")
        await made.after(600)
        await until(lambda: made.gpu(NVIDIA).state == "active")
    assert capsys.readouterr().out.count("read stuck") == 1
