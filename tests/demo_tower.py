"""The files of demo/tower: a server of eight array disks, as Unraid 7.2 would keep them.

Written by the tests' own writer, and committed, so that ``make run`` needs nothing but them. Everything is invented.
"""

from collections.abc import Mapping

from tests.array_writer import EMPTY, LastSync, array, disk, nvme, parity, pool, ssd
from tests.demo_containers import container_files
from tests.demo_hardware import hardware_files
from tests.demo_unraid import unraid_files

BIG, MIDDLE, SMALL = "ALDER_NAS160K-7E2100", "ALDER_NAS120K-7E2100", "ROWAN_RD80EFGX-4AB81"
CACHE, SOLID = "BIRCH_NV990_PRO_2TB", "LINDEN_SA500_1TB"

PARITY_LOG = """\
2025 Apr  7 03:21:54|95214|168041527|0|0|check P Q|15625879500
2025 May  5 03:58:12|97392|164283585|0|0|check P Q|15625879500
2025 May 20 11:04:33|84120|190203221|0|0|recon D4|15625879500
2025 Jun  2 03:30:41|95741|167116580|0|0|check P Q|15625879500
"""
LAST_CHECK = LastSync(started=1_748_732_100, ended=1_748_827_841)
"""The superblock's entry for the last line of the log."""

BANNER = """\
smartctl 7.5 2025-04-30 r5714 [x86_64-linux-6.12.24-Unraid] (local build)
Copyright (C) 2002-25, Bruce Allen, Christian Franke, www.smartmontools.org

"""

ATA_ROWS = (
    (1, "Raw_Read_Error_Rate", "0x000b", 100, 100, 16, "Pre-fail", 0),
    (3, "Spin_Up_Time", "0x0007", 82, 82, 1, "Pre-fail", 342),
    (4, "Start_Stop_Count", "0x0012", 100, 100, 0, "Old_age", 1206),
    (5, "Reallocated_Sector_Ct", "0x0033", 100, 100, 1, "Pre-fail", 0),
    (9, "Power_On_Hours", "0x0012", 97, 97, 0, "Old_age", 0),
    (12, "Power_Cycle_Count", "0x0032", 100, 100, 0, "Old_age", 41),
    (187, "Reported_Uncorrect", "0x0032", 100, 100, 0, "Old_age", 0),
    (194, "Temperature_Celsius", "0x0002", 61, 46, 0, "Old_age", 0),
    (197, "Current_Pending_Sector", "0x0022", 100, 100, 0, "Old_age", 0),
    (198, "Offline_Uncorrectable", "0x0008", 100, 100, 0, "Old_age", 0),
    (199, "UDMA_CRC_Error_Count", "0x000a", 100, 100, 0, "Old_age", 0),
)


def ata_text(hours: int, temperature: int, raw: Mapping[int, int] | None = None) -> str:
    """smartctl's output for a SATA disk; *raw* are the attributes with other than ideal values."""
    values = {9: hours, 194: temperature, **(raw or {})}
    rows = "".join(
        f"{number:3} {name:<23} {flag}   {value:03}   {worst:03}   {limit:03}    {kind:<8}  Always       -       "
        f"{values.get(number, ideal)}\n"
        for number, name, flag, value, worst, limit, kind, ideal in ATA_ROWS
    )
    return (
        f"{BANNER}=== START OF READ SMART DATA SECTION ===\n"
        "SMART overall-health self-assessment test result: PASSED\n\n"
        "SMART Attributes Data Structure revision number: 16\n"
        "Vendor Specific SMART Attributes with Thresholds:\n"
        "ID# ATTRIBUTE_NAME          FLAG     VALUE WORST THRESH TYPE      UPDATED  WHEN_FAILED RAW_VALUE\n"
        f"{rows}\n"
    )


def nvme_text(hours: int, temperature: int, worn: int) -> str:
    """smartctl's output for an NVMe SSD, with *worn* percent of its endurance used up."""
    lines = {
        "Critical Warning": "0x00",
        "Temperature": f"{temperature} Celsius",
        "Available Spare": "100%",
        "Available Spare Threshold": "10%",
        "Percentage Used": f"{worn}%",
        "Data Units Read": "48,190,377 [24.6 TB]",
        "Data Units Written": "71,554,021 [36.6 TB]",
        "Power Cycles": "39",
        "Power On Hours": f"{hours:,}",
        "Unsafe Shutdowns": "6",
        "Media and Data Integrity Errors": "0",
    }
    return (
        f"{BANNER}=== START OF SMART DATA SECTION ===\n"
        "SMART overall-health self-assessment test result: PASSED\n\n"
        "SMART/Health Information (NVMe Log 0x02)\n"
        + "".join(f"{name + ':':<36}{value}\n" for name, value in lines.items())
        + "\n"
    )


def demo_files() -> dict[str, str]:
    """Every file of demo/tower by its path below it."""
    texts = array(
        version="7.2.0",
        parity=[
            parity("16TB", model=BIG, serial="2CKPA0WN", temp="36"),
            parity("16TB", model=BIG, serial="2CKPB7TD", temp="37"),
        ],
        disks=[
            disk("16TB", used="13.92TB", model=BIG, serial="2CHR41XD", temp="35"),
            disk("16TB", used="9.43TB", model=BIG, serial="2CJ0V9PE", temp="36"),
            disk("12TB", used="10.21TB", model=MIDDLE, serial="5PGT8K2C", temp="33"),
            disk("12TB", used="4.2TB", model=MIDDLE, serial="5PHW31VB", temp="34"),
            disk("8TB", used="6.68TB", model=SMALL, serial="VRG6XTKK", temp="31"),
            disk("8TB", used="1.35TB", model=SMALL, serial="VRJ2N8ZL", spun_down=True),
            EMPTY,
            EMPTY,
        ],
        pools=[
            pool(
                "cache",
                nvme("2TB", model=CACHE, serial="S7DN0X812345", temp="43"),
                nvme("2TB", model=CACHE, serial="S7DN0X867890", temp="45"),
                profile="raid1",
                capacity="2TB",
                used="768GB",
            ),
            pool("downloads", ssd("1TB", model=SOLID, serial="23190A4F77C0", temp="32"), fs="zfs", used="214GB"),
        ],
        flash=disk("32GB", used="1.24GB", fs="vfat", temp="*", model="SPRUCE_UFD_3.1", serial="0355-0:0"),
        unassigned=[disk("4TB", used=None, model="HAZEL_HD4000", serial="WX91D6E2K4YR", temp="30")],
        last=LAST_CHECK,
        parity_log=PARITY_LOG,
        display={"theme": "black", "date": "%c", "hot": "45", "max": "55", "hotssd": "60", "maxssd": "70"},
        var={
            "NAME": "Tower",
            "COMMENT": "Demo server",
            "regTo": "Demo",
            "fsProgress": "Array started",
            "SYS_ARRAY_SLOTS": "24",
            "shareSMBEnabled": "yes",
            "shareNFSEnabled": "no",
        },
    )
    emhttp, config = "var/local/emhttp", "boot/config"
    return {
        **container_files(),
        **hardware_files(),
        **unraid_files(),
        f"{emhttp}/var.ini": texts.var,
        f"{emhttp}/disks.ini": texts.disks,
        f"{emhttp}/devs.ini": texts.devs,
        f"{emhttp}/smart/parity": ata_text(21_877, 36),
        f"{emhttp}/smart/parity2": ata_text(9_310, 37),
        f"{emhttp}/smart/disk1": ata_text(21_877, 35),
        f"{emhttp}/smart/disk2": ata_text(20_112, 36, {199: 2}),
        f"{emhttp}/smart/disk3": ata_text(38_455, 33, {5: 8, 197: 0}),
        f"{emhttp}/smart/disk4": ata_text(2_641, 34),
        f"{emhttp}/smart/disk5": ata_text(51_030, 31),
        f"{emhttp}/smart/disk6": ata_text(50_987, 30),
        f"{emhttp}/smart/cache": nvme_text(14_208, 43, 4),
        f"{emhttp}/smart/cache2": nvme_text(14_208, 45, 4),
        f"{config}/ident.cfg": 'NAME="Tower"\ntimeZone="Europe/Berlin"\nCOMMENT="Demo server"\nUSE_SSL="no"\n',
        f"{config}/docker.cfg": 'DOCKER_ENABLED="yes"\nDOCKER_IMAGE_FILE="/mnt/user/system/docker/docker.img"\n',
        f"{config}/parity-checks.log": texts.parity_log,
        f"{config}/plugins/dynamix/dynamix.cfg": texts.dynamix,
    }
