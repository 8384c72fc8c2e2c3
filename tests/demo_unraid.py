"""Virtual machines, shares, notifications and updates of demo/tower. Everything is invented."""

import json
from uuid import UUID

from tests.support.notifications import notification_text
from tests.support.shares import share_section

EMHTTP, CONFIG = "var/local/emhttp", "boot/config"
GIB = 1 << 30

VMS = (
    ("Home Assistant", "running", True, 2, 4, "Linux", 3.1, 2.2),
    ("Windows 11", "running", False, 6, 16, "Windows 11", 18.4, 11.6),
    ("Ubuntu Desktop", "paused", False, 4, 8, "Ubuntu", 0.0, 3.9),
    ("macOS Sonoma", "shutoff", False, 8, 24, "Linux", 0.0, 0.0),
    ("pfSense test", "shutoff", False, 2, 2, "FreeBSD", 0.0, 0.0),
)
"""Name, state, autostart, virtual CPUs, memory in GiB, template, guest CPU in percent, memory used in GiB."""

BARE = {"useCache": "only", "color": "yellow-on"}
SHARES = (
    ("appdata", {"useCache": "only", "cachePool": "cache", "exclusive": "yes", "free": "1203000000"}, "-", ""),
    ("backup", {"useCache": "no", "free": "21480000000"}, "eh", "private"),
    ("documents", {"useCache": "yes", "cachePool": "cache", "free": "21480000000"}, "e", "private"),
    ("domains", {"useCache": "prefer", "cachePool": "cache", "free": "1203000000"}, "-", ""),
    (
        "downloads",
        {"useCache": "only", "cachePool": "downloads", "color": "yellow-on", "free": "768000000"},
        "e",
        "public",
    ),
    ("isos", {"useCache": "yes", "cachePool": "cache", "free": "21480000000"}, "e", "public"),
    ("media", {"useCache": "yes", "cachePool": "cache", "floor": "17950564.8", "free": "21480000000"}, "e", "secure"),
    ("photos", {"useCache": "yes", "cachePool": "cache", "free": "21480000000"}, "e", "private"),
    ("scratch", {**BARE, "cachePool": "nvme", "free": "0"}, "e", "public"),
    ("system", {"useCache": "prefer", "cachePool": "cache", "free": "1203000000"}, "-", ""),
)
"""Name, section, SMB export, SMB security. The pool of "scratch" is gone."""

SIZES = {
    "media": {"cache": 182_400_000_000, "disk1": 12_840_000_000_000, "disk2": 8_120_000_000_000},
    "photos": {"disk3": 1_410_000_000_000},
}

NOTIFICATIONS = (
    (
        "Unraid_Parity_check_1748827841",
        True,
        {
            "timestamp": "1748827841",
            "event": "Unraid Parity-Check",
            "subject": "Notice [TOWER] - Parity-Check finished (0 errors)",
            "description": "Duration: 1 day, 2 hours, 35 minutes, 41 seconds. Average speed: 167.1 MB/s",
            "importance": "normal",
            "link": "/Main",
        },
    ),
    (
        "Unraid_Disk_3_SMART_health_5_1748500000",
        True,
        {
            "timestamp": "1748500000",
            "event": "Unraid Disk 3 SMART health [5]",
            "subject": "Warning [TOWER] - reallocated sector ct is 8",
            "description": "ALDER_NAS120K-7E2100_5PGT8K2C (sdf)",
            "importance": "warning",
            "link": "/Main",
        },
    ),
    (
        "Version_update_1748400000",
        False,
        {
            "timestamp": "1748400000",
            "event": "System - Unraid [7.2.1]",
            "subject": "Notice [TOWER] - Version update 7.2.1",
            "description": "A new version of Unraid is available",
            "importance": "normal",
            "link": "/Tools/Update",
        },
    ),
    (
        "Unraid_Cache_disk_temperature_1747900000",
        False,
        {
            "timestamp": "1747900000",
            "event": "Unraid Cache disk temperature",
            "subject": "Alert [TOWER] - Cache disk overheated (71&#8201;&#176;C)",
            "description": "BIRCH_NV990_PRO_2TB_S7DN0X812345 (nvme0n1)",
            "importance": "alert",
            "link": "/Main",
        },
    ),
)
"""Name, True if unread, fields."""

PLUGINS = (
    ("community.applications", "2025.05.30", "2025.06.10", {}),
    ("dynamix.file.manager", "2025.04.12", "2025.04.12", {}),
    ("uma", "2026.11.23", "2026.11.23", {}),
    ("unassigned.devices", "2025.06.01", "2025.06.08", {}),
    ("user.scripts", "2025.03.29", "2025.06.12", {"min": "7.3.0"}),
    ("tips.and.tweaks", "2025.02.02", None, {}),
)
"""Name, version, the newest one found, its further attributes."""

LINKS = {f"var/log/plugins/{name}.plg": f"../../../{CONFIG}/plugins/{name}.plg" for name, *_ in PLUGINS}
"""Links of the tree, by their path; Unraid's own are absolute."""


def unraid_files() -> dict[str, str]:
    """Every file by its path below the tree."""
    return {**_vms(), **_shares(), **_notifications(), **_updates()}


def _vms() -> dict[str, str]:
    vms = [
        {
            "name": name,
            "uuid": str(UUID(int=(0x7D3A << 112) | (0x4000 << 64) | (0x8000 << 48) | number)),
            "state": state,
            "autostart": autostart,
            "vcpus": vcpus,
            "memory_bytes": memory * GIB,
            "template": template,
            "cpu_percent": cpu,
            "memory_used_bytes": round(used * GIB),
            "read_per_sec": round(cpu * 90_000),
            "written_per_sec": round(cpu * 40_000),
            "sent_per_sec": round(cpu * 12_000),
            "recv_per_sec": round(cpu * 31_000),
        }
        for number, (name, state, autostart, vcpus, memory, template, cpu, used) in enumerate(VMS, 1)
    ]
    lines = ",\n  ".join(json.dumps(vm) for vm in vms)
    return {
        "demo/vms.json": f'{{"host_cpus": 16, "vms": [\n  {lines}\n]}}\n',
        f"{CONFIG}/domain.cfg": 'SERVICE="enable"\nUSAGE="Y"\n',
    }


def _shares() -> dict[str, str]:
    sections = [share_section(name, **section) for name, section, _, _ in SHARES]
    smb = [
        f'["{name}"]\nexport="{export}"\nsecurity="{security or "public"}"\n' for name, _, export, security in SHARES
    ]
    nfs = [f'["{name}"]\nexport="-"\nsecurity="public"\n' for name, *_ in SHARES]
    sizes = {
        f"{EMHTTP}/{name}.ssz1": "".join(f"{disk}={size}\n" for disk, size in per_disk.items())
        + f"disk.total={sum(per_disk.values())}\n"
        for name, per_disk in SIZES.items()
    }
    return {
        f"{EMHTTP}/shares.ini": "".join(sections),
        f"{EMHTTP}/sec.ini": "".join(smb),
        f"{EMHTTP}/sec_nfs.ini": "".join(nfs),
        **sizes,
    }


def _export(name: str, export: str, security: str) -> str:
    return f'["{name}"]\nexport="{export}"\nsecurity="{security or "public"}"\n'


def _notifications() -> dict[str, str]:
    files = {}
    for name, is_unread, fields in NOTIFICATIONS:
        for place in ("unread", "archive") if is_unread else ("archive",):
            files[f"tmp/notifications/{place}/{name}.notify"] = notification_text(**fields)
    return files


def _updates() -> dict[str, str]:
    installed = {f"{CONFIG}/plugins/{name}.plg": _plugin(name, version) for name, version, _, _ in PLUGINS}
    found = {f"tmp/plugins/{name}.plg": _plugin(name, newest, **more) for name, _, newest, more in PLUGINS if newest}
    result = {"version": "7.2.1", "name": "Unraid 7.2.1", "date": "2025-06-11", "isNewer": True, "isEligible": True}
    return {
        **installed,
        **found,
        "etc/unraid-version": 'version="7.2.0"\n',
        "tmp/unraidcheck/result.json": json.dumps(result, indent=4) + "\n",
    }


def _plugin(name: str, version: str, **more: str) -> str:
    attributes = {
        "name": name,
        "author": "demo",
        "version": version,
        "pluginURL": f"https://example.org/{name}.plg",
        **more,
    }
    words = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return f"<?xml version='1.0' standalone='yes'?>\n<PLUGIN {words}>\n</PLUGIN>\n"
