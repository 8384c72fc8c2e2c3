"""A message as one line in a terminal."""

from collections.abc import Mapping
from typing import Any, Final

from uma.counted import counted

UNITS: Final = ("B", "KB", "MB", "GB", "TB")
THOUSAND: Final = 1000
QUIET: Final = frozenset({"active", "standby"})


def line_of(message: Mapping[str, Any], raw: str) -> str:
    """Summarise *message* in one line without control characters. An unknown kind gives
    *raw*, its JSON.
    """
    try:
        match message["type"]:
            case "stats":
                text = _stats(message["data"])
            case "docker_event":
                text = _event(message["data"])
            case "storage_status":
                text = _storage(message["data"])
            case _:
                return printable(raw)
        return printable(f"{message['timestamp']}  {text}")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return printable(raw)


def printable(text: str) -> str:
    """Return *text* without characters that would move a terminal's cursor."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _stats(data: Mapping[str, Any]) -> str:
    disk, network = data["disk_io"], data["network_io"]
    return (
        f"CPU {data['cpu_percent']:5.1f} %  memory {data['memory_percent']:5.1f} %  load {data['load_average'][0]:.2f}"
        f"  disks read {_rate(disk['read_bytes_per_sec'])} write {_rate(disk['write_bytes_per_sec'])}"
        f"  network in {_rate(network['bytes_recv_per_sec'])} out {_rate(network['bytes_sent_per_sec'])}"
    )


def _event(data: Mapping[str, Any]) -> str:
    end = f" (exit code {data['attributes']['exitCode']})" if data["action"] == "die" else ""
    return f"{data['container_name']}: {data['action']}, now {data['status']}{end}  {data['image']}"


def _storage(data: Mapping[str, Any]) -> str:
    disks = [*data["parity_disks"], *data["disks"], *data["cache_disks"]]
    temperatures = [disk["temperature"] for disk in disks if disk["temperature"] is not None]
    parts = [f"array {data['array_status']}, {data['array_protection']}", counted(len(disks), "disk")]
    if temperatures:
        parts.append(f"{min(temperatures)} to {max(temperatures)} °C")
    check = data["parity_check"]
    if check["status"] != "idle":
        percent = "" if check["percent"] is None else f" {check['percent']} %"
        parts.append(f"{check['action']} {check['status']}{percent}")
    parts += [f"{disk['name']} {disk['status']}" for disk in disks if disk["status"] not in QUIET]
    return "  ".join(parts)


def _rate(amount: float) -> str:
    unit = 0
    while amount >= THOUSAND and unit < len(UNITS) - 1:
        amount, unit = amount / THOUSAND, unit + 1
    return f"{amount:.0f} {UNITS[unit]}/s"
