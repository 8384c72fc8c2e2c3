"""NVML by nvidia-ml-py and a library that is built here: NVIDIA's own needs a GPU."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOUND = "0000:01:00.0"
SCRIPT = """
import json, sys
from dataclasses import asdict
from uma.feeds.gpu.nvidia import read_nvidia
assert "pynvml" not in sys.modules
print(json.dumps({address: asdict(each) for address, each in read_nvidia(sys.argv[1:]).items()}))
"""


@pytest.fixture(scope="module")
def libraries(tmp_path_factory) -> dict[str, Path]:
    """A folder with libnvidia-ml.so.1 of a new driver, and one of an old."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler for a fake libnvidia-ml")
    source = Path(__file__).with_name("fake_nvml.c")
    folders = {}
    for name, flags in (("new", ()), ("old", ("-DOLD_DRIVER",))):
        folders[name] = tmp_path_factory.mktemp(name)
        target = folders[name] / "libnvidia-ml.so.1"
        subprocess.run([compiler, "-shared", "-fPIC", "-w", *flags, "-o", target, source], check=True)
    return folders


def start(folder: Path | None, mode: str, *addresses: str) -> subprocess.Popen[str]:
    environment = os.environ | {"FAKE_NVML": mode, "LD_LIBRARY_PATH": str(folder or "")}
    command = [sys.executable, "-c", SCRIPT, *addresses]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def read(folder: Path | None, mode: str = "", *addresses: str):
    process = start(folder, mode, *(addresses or (FOUND,)))
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return json.loads(output)


def test_a_gpu_has_figures(libraries):
    """Load of the busiest engine; a passive card has no fan."""
    (figures,) = read(libraries["new"]).values()

    assert figures["busy_percent"] == 80.0
    assert figures["engines"] == {"render": 7.0, "encoder": 80.0, "decoder": 5.0}
    assert (figures["memory_used_bytes"], figures["memory_total_bytes"]) == (2**30, 2**33)
    assert (figures["temperature"], figures["frequency_mhz"], figures["fan_percent"]) == (41.0, 1410, None)
    assert (figures["power_watts"], figures["power_limit_watts"], figures["power_scope"]) == (28.3, 120.0, "gpu")


def test_an_old_driver_misses_functions(libraries):
    """Each missing function gives None by itself."""
    (figures,) = read(libraries["old"]).values()

    assert figures["engines"] == {"render": 7.0, "encoder": 80.0}
    assert (figures["frequency_mhz"], figures["temperature"]) == (None, 41.0)


def test_unsupported_figures_are_none(libraries):
    """A card that reports nothing as supported is still listed; 255 °C is not a temperature."""
    (figures,) = read(libraries["new"], "bare").values()

    assert (figures["busy_percent"], figures["engines"], figures["memory_used_bytes"]) == (None, {}, None)
    assert read(libraries["new"], "hot")[FOUND]["temperature"] is None


def test_a_gpu_that_has_fallen_off_the_bus(libraries):
    """It is left out, and so is one that NVML does not know."""
    assert read(libraries["new"], "lost") == {}
    assert list(read(libraries["new"], "", FOUND, "0000:02:00.0")) == [FOUND]


def test_no_driver_and_no_library(libraries):
    """Without NVML nothing is read, and no error is raised."""
    assert read(libraries["new"], "unloaded") == {}
    assert read(None) == {}


def test_a_library_that_blocks(libraries):
    """It blocks its reader, so it is read in a thread with a deadline."""
    process = start(libraries["new"], "blocks", FOUND)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2)
    finally:
        process.kill()
        process.communicate()
