"""Board, firmware, processor and memory."""

import struct

import pytest

from uma.feeds.server.hardware import (
    cpu_from,
    meaningful,
    parse_cpu_list,
    parse_cpu_model,
    parse_memory,
    read_cpu,
    read_dmi,
    read_memory,
)
from uma.feeds.server.model import Cpu, Memory
from uma.host import Host

GIB = 1024**3
NO_MEMORY = Memory(None, None, None, None)


def module(mib, *, extended=0, kind=0x1A):
    body = bytearray(0x28)
    body[0], body[1] = 17, len(body)
    body[0x0C:0x0E] = struct.pack("<H", mib)
    body[0x12] = kind
    body[0x1C:0x20] = struct.pack("<I", extended)
    return bytes(body) + b"DIMM_A1\0Serial\0\0"


def banks(kib, *, ecc=6, extended=0, use=3):
    body = bytearray(0x17)
    body[0], body[1], body[5], body[6] = 16, len(body), use, ecc
    body[0x07:0x0B] = struct.pack("<I", kib)
    body[0x0F:0x17] = struct.pack("<Q", extended)
    return bytes(body) + b"\0\0"


END = bytes((127, 4, 0, 0)) + b"\0\0"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (banks(128 << 20) + module(16384) + module(0) + module(16384) + END, Memory(32 * GIB, 128 * GIB, "DDR4", True)),
        (banks(0x80000000, extended=4096 * GIB, ecc=3) + module(0x7FFF, extended=65536, kind=0x22) + END,
         Memory(64 * GIB, 4096 * GIB, "DDR5", False)),
        (module(4096, kind=0x1D) + END, Memory(4 * GIB, 4 * GIB, "LPDDR3", None)),
        (module(8192, kind=0x1A) + module(8192, kind=0x22), Memory(16 * GIB, 16 * GIB, None, None)),
        # HP lists the chip of its firmware: "Size: 4096 kB, Locator: SYSTEM ROM, Type: Flash" (Compaq dc5800).
        (module(1024, kind=0x13) + module(0x8000 | 4096, kind=0x09), Memory(GIB, GIB, "DDR2", None)),
        (module(0xFFFF) + END, NO_MEMORY),
        (banks(1024, use=5) + END, NO_MEMORY),
        (b"", NO_MEMORY),
        (b"\x11", NO_MEMORY),
        (bytes((17, 1, 0, 0)) * 50, NO_MEMORY),
        (bytes((17, 200, 0, 0)) + b"x" * 40, NO_MEMORY),
        (END + module(16384), NO_MEMORY),
    ],
)  # fmt: skip
def test_memory(table, expected):
    """Modules are added up, the maximum is that of the arrays; a damaged table gives nothing."""
    assert parse_memory(table) == expected


@pytest.mark.parametrize(
    ("text", "cpus"),
    [("0-3,8", {0, 1, 2, 3, 8}), ("5\n", {5}), ("", set()), ("x", set()), ("1-", {1}), ("0-999999", set())],
)
def test_cpu_lists(text, cpus):
    """The kernel's lists become numbers; a damaged one is empty."""
    assert parse_cpu_list(text) == cpus


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("processor: 0\nmodel name\t: Intel(R) Core(TM) i5-12600K CPU @ 3.70GHz\n", "Intel Core i5-12600K @ 3.70GHz"),
        ("model name : AMD Ryzen 7 5700G Processor\n", "AMD Ryzen 7 5700G"),
        ("model name :\n", None),
        ("", None),
    ],
)
def test_cpu_models(text, model):
    """The name is without trademarks and filler."""
    assert parse_cpu_model(text) == model


def test_a_hybrid_cpu():
    """Cores are counted once, and a hybrid's by kind."""
    topologies = [("0", "0-1"), ("0", "0-1"), ("0", "2-3"), ("0", "2-3"), ("0", "4"), ("0", "5")]

    assert cpu_from("i5", topologies, performance="0-3", efficiency="4-5") == Cpu("i5", 1, 4, 6, 2, 2)
    assert cpu_from("i5", topologies, performance="", efficiency="") == Cpu("i5", 1, 4, 6, None, None)
    assert cpu_from(None, [], performance="", efficiency="") == Cpu(None, None, None, None, None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ASRock", "ASRock"),
        (" To Be Filled By O.E.M. ", None),
        ("Default string", None),
        ("To be filled by O.E.M", None),
        ("OEM Default string000", None),
        ("N/A", None),
        ("Not Available", None),
        ("INVALID", None),
        ("<Not Set>", None),
        ("Type2 - Board Product Name1", None),
        ("Base Board Product Name", None),
        ("Unknow", None),
        ("xxxxxxxx", None),
        ("................", None),
        ("*", None),
        ("0", None),
        ("X10SRL-F", "X10SRL-F"),
        ("1.1", "1.1"),
        ("1.1.1", "1.1.1"),
        ("0D61XP", "0D61XP"),
        ("Standard PC (Q35 + ICH9, 2009)", "Standard PC (Q35 + ICH9, 2009)"),
        ("技嘉", "技嘉"),
        ("", None),
        ("a\x1b[31mb", "a[31mb"),
    ],
)
def test_placeholders_are_nothing(text, expected):
    """A placeholder of the vendor is null; control characters are dropped."""
    assert meaningful(text) == expected


def test_low_power_efficiency_cores(tmp_path):
    """Arrow Lake-H has two more, in a group of their own since Linux 6.13."""
    for cpu in range(4):
        topology = tmp_path / f"sys/devices/system/cpu/cpu{cpu}/topology"
        topology.mkdir(parents=True)
        (topology / "physical_package_id").write_text("0\n")
        (topology / "core_cpus_list").write_text(f"{cpu}\n")
    for name, cpus in (("cpu_core", "0"), ("cpu_atom", "1-2"), ("cpu_lowpower", "3")):
        (tmp_path / f"sys/devices/{name}").mkdir()
        (tmp_path / f"sys/devices/{name}/cpus").write_text(f"{cpus}\n")
    cpu = read_cpu(Host(tmp_path))

    assert (cpu.cores, cpu.performance_cores, cpu.efficiency_cores) == (4, 1, 3)


def test_a_machine_from_files(tmp_path):
    """Board, firmware, processor and memory come from sysfs; without files they are unknown."""
    empty = Host(tmp_path / "empty")
    (tmp_path / "empty/sys").mkdir(parents=True)
    (tmp_path / "empty/proc").mkdir()
    assert read_dmi(empty) == (None, None)
    assert (read_memory(empty), read_cpu(empty).threads) == (NO_MEMORY, None)

    dmi = tmp_path / "sys/class/dmi/id"
    dmi.mkdir(parents=True)
    (dmi / "board_vendor").write_text("ASRock\n")
    (dmi / "board_name").write_text("X570\n")
    (dmi / "bios_version").write_text("P3.40\n")
    (dmi / "bios_date").write_text("01/15/2024\n")
    topology = tmp_path / "sys/devices/system/cpu/cpu0/topology"
    topology.mkdir(parents=True)
    (topology / "physical_package_id").write_text("0\n")
    (topology / "core_cpus_list").write_text("0\n")
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text("model name : Ryzen\n")
    tables = tmp_path / "sys/firmware/dmi/tables"
    tables.mkdir(parents=True)
    (tables / "DMI").write_bytes(banks(64 << 20) + module(4096) + END)
    host = Host(tmp_path)

    assert read_dmi(host) == ("ASRock X570", "P3.40 01/15/2024")
    assert read_cpu(host) == Cpu("Ryzen", 1, 1, 1, None, None)
    assert read_memory(host).installed_bytes == 4 * GIB
