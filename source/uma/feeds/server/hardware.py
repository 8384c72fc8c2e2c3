"""The machine's board, firmware, processor and memory, from sysfs, without starting a
program.

Facts: kernel, Documentation/ABI/stable/sysfs-devices-system-cpu and
testing/sysfs-class-dmi; DMTF DSP0134 (SMBIOS), types 16 and 17. Serials and the UUID
are not read.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from uma.feeds.files import read_optional
from uma.feeds.server.model import Cpu, Memory
from uma.host import Host

MAX_TABLE_BYTES: Final = 256 * 1024
MAX_TEXT: Final = 120
PLACEHOLDERS: Final = frozenset(
    {"", "0", "allseries", "baseboard", "baseboardproductname", "boardproductname", "default", "defaultstring", "empty"}
    | {"invalid", "na", "none", "notapplicable", "notavailable", "notdefined", "notset", "notspecified", "null", "oem"}
    | {"oemdefaultstring000", "productname", "systemmanufacturer", "systemproduct", "systemproductname"}
    | {"systemversion", "tbd", "tbdbyoem", "type1productconfigid", "type2boardproductname1"}
    | {"type2boardvendorname1", "undefined", "unknow", "unknown", "unknownproduct", "xx"}
)
"""Texts that vendors leave in place of a name, without blanks and punctuation
(dylanaraps/neofetch, fastfetch-cli/fastfetch).
"""
UNFILLED: Final = ("tobefilled", "tobeset")
MEMORY_TYPES: Final = {
    0x12: "DDR",
    0x13: "DDR2",
    0x14: "DDR2 FB-DIMM",
    0x18: "DDR3",
    0x1A: "DDR4",
    0x1C: "LPDDR2",
    0x1D: "LPDDR3",
    0x1E: "LPDDR4",
    0x22: "DDR5",
    0x23: "LPDDR5",
}
ROM_TYPES: Final = range(0x08, 0x0D)
"""SMBIOS 7.18.2: ROM, flash, EEPROM, FEPROM and EPROM, such as HP's ``SYSTEM ROM``."""
ECC_TYPES: Final = {3: False, 5: True, 6: True}
"""SMBIOS 7.17.3: none, single-bit ECC, multi-bit ECC; other values are ambiguous."""

KIB: Final = 1024
MIB: Final = 1024 * 1024
HEADER_BYTES: Final = 4
ARRAY_TYPE, DEVICE_TYPE, END_TYPE = 16, 17, 127


def read_dmi(host: Host) -> tuple[str | None, str | None]:
    """Read the board (vendor and name) and the firmware (vendor,
    version and date). Blocks.
    """
    folder = host.sys / "class/dmi/id"
    texts = {name: meaningful(read_optional(folder / name)) for name in DMI_NAMES}
    return (
        _joined(texts["board_vendor"], texts["board_name"]),
        _joined(texts["bios_vendor"], texts["bios_version"], texts["bios_date"]),
    )


DMI_NAMES: Final = ("board_vendor", "board_name", "bios_vendor", "bios_version", "bios_date")


def read_memory(host: Host) -> Memory:
    """Read the memory modules from the firmware's tables. Blocks; needs root."""
    try:
        with (host.sys / "firmware/dmi/tables/DMI").open("rb") as file:
            return parse_memory(file.read(MAX_TABLE_BYTES))
    except OSError:
        return parse_memory(b"")


def read_cpu(host: Host) -> Cpu:
    """Read the processor. Blocks for a few files per logical CPU: call it once."""
    devices = host.sys / "devices"
    topologies = []
    for path in sorted(devices.glob("system/cpu/cpu[0-9]*/topology")):
        siblings = _word(path / "core_cpus_list") or _word(path / "thread_siblings_list")
        topologies.append((_word(path / "physical_package_id"), siblings))
    return cpu_from(
        parse_cpu_model(read_optional(host.proc / "cpuinfo")),
        topologies,
        performance=_word(devices / "cpu_core/cpus"),
        # Arrow Lake's low-power efficiency cores have a PMU of their own.
        efficiency=",".join(filter(None, (_word(devices / name / "cpus") for name in ("cpu_atom", "cpu_lowpower")))),
    )


def cpu_from(model: str | None, topologies: Iterable[tuple[str, str]], *, performance: str, efficiency: str) -> Cpu:
    """Build the processor from each logical CPU's package and siblings, and the two CPU
    lists of a hybrid.
    """
    known = [(package, siblings) for package, siblings in topologies if siblings]
    cores = set(known)
    fast, slow = parse_cpu_list(performance), parse_cpu_list(efficiency)
    return Cpu(
        model=model,
        sockets=len({package for package, _ in known}) or None,
        cores=len(cores) or None,
        threads=len(known) or None,
        performance_cores=_cores_of(cores, fast) if fast and slow else None,
        efficiency_cores=_cores_of(cores, slow) if fast and slow else None,
    )


def parse_cpu_model(text: str) -> str | None:
    """Parse the first ``model name`` of ``/proc/cpuinfo``, without trademarks and
    filler.
    """
    for line in text.splitlines():
        key, separator, value = line.partition(":")
        if separator and key.strip() == "model name":
            for filler in ("(R)", "(TM)", "(r)", "(tm)", " Processor", " CPU"):
                value = value.replace(filler, "")
            return " ".join(value.split())[:MAX_TEXT] or None
    return None


def parse_cpu_list(text: str) -> frozenset[int]:
    """Parse the kernel's list of CPUs, such as ``0-3,8``; empty if it is damaged."""
    cpus: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdecimal() or not (last or first).isdecimal() or len(first) > 5 or len(last) > 5:
            return frozenset()
        cpus.update(range(int(first), int(last or first) + 1))
    return frozenset(cpus)


def parse_memory(table: bytes) -> Memory:
    """Parse SMBIOS structures: modules (type 17) and the arrays that contain them (type
    16).
    """
    installed, maximum, types, ecc = 0, 0, set(), set()
    for kind, body in _structures(table):
        if kind == DEVICE_TYPE:
            if len(body) > 0x12 and body[0x12] in ROM_TYPES:
                continue
            size = _module_bytes(body)
            installed += size
            if size and len(body) > 0x12:
                types.add(MEMORY_TYPES.get(body[0x12]))
        elif kind == ARRAY_TYPE and len(body) >= 0x0B and body[0x05] == 3:
            # Use 3 is system memory; others are flash and caches.
            maximum += _array_bytes(body)
            ecc.add(ECC_TYPES.get(body[0x06]))
    return Memory(
        installed_bytes=installed or None,
        maximum_bytes=max(maximum, installed) or None,
        type=types.pop() if len(types) == 1 else None,
        ecc=ecc.pop() if len(ecc) == 1 else None,
    )


def meaningful(text: str) -> str | None:
    """Return *text* unless the vendor left it as a placeholder."""
    text = " ".join(text.split())
    printable = "".join(character for character in text if character.isprintable())[:MAX_TEXT]
    letters = "".join(character for character in printable.casefold() if character.isalnum())
    is_one_letter = len(letters) > 2 and letters.isalpha() and len(set(letters)) == 1
    return None if letters in PLACEHOLDERS or letters.startswith(UNFILLED) or is_one_letter else printable


def _structures(table: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + HEADER_BYTES <= len(table):
        kind, length = table[at], table[at + 1]
        if kind == END_TYPE or length < HEADER_BYTES or at + length > len(table):
            return
        yield kind, table[at : at + length]
        # Its strings follow, each terminated by a zero, the last by two.
        end = table.find(b"\0\0", at + length)
        if end < 0:
            return
        at = end + 2


def _module_bytes(body: bytes) -> int:
    if len(body) < 0x0E:
        return 0
    size = int.from_bytes(body[0x0C:0x0E], "little")
    if size in (0, 0xFFFF):
        return 0
    if size == 0x7FFF:
        return (int.from_bytes(body[0x1C:0x20], "little") & 0x7FFFFFFF) * MIB if len(body) >= 0x20 else 0
    return (size & 0x7FFF) * KIB if size & 0x8000 else size * MIB


def _array_bytes(body: bytes) -> int:
    size = int.from_bytes(body[0x07:0x0B], "little")
    if size == 0x80000000:
        return int.from_bytes(body[0x0F:0x17], "little") if len(body) >= 0x17 else 0
    return size * KIB


def _cores_of(cores: Iterable[tuple[str, str]], cpus: frozenset[int]) -> int:
    return sum(bool(parse_cpu_list(siblings) & cpus) for _, siblings in cores)


def _joined(*texts: str | None) -> str | None:
    return " ".join(text for text in texts if text) or None


def _word(path: Path) -> str:
    return read_optional(path).strip()
