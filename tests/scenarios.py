"""Named servers, healthy and not, as their state files, about which the storage message must be right.

Each has its golden message in ``golden/storage/NAME.json``. The words DISK_… and the md driver's are Unraid's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from tests.array_writer import (
    EMPTY,
    ArrayTexts,
    Device,
    LastSync,
    Resync,
    array,
    disk,
    nvme,
    parity,
    pool,
    ssd,
)
from uma.feeds.smart.model import SmartReading


@dataclass(frozen=True, slots=True)
class Scenario:
    """A server: what it is, its files, and its drives' SMART readings by slot name."""

    about: str
    texts: ArrayTexts
    smart: Mapping[str, SmartReading] = field(default_factory=dict)


def reading(health: Literal["passed", "failed", "unknown"], temperature: int | None = None) -> SmartReading:
    """A drive's SMART data at some time."""
    return SmartReading(health, temperature, 20_000, {5: 0, 197: 0}, None, None, at=1_750_000_000.0)


def gone(status: str, size: str = "8TB") -> Device:
    """A slot whose recorded disk is missing."""
    return disk(size, used=None, status=status)


LOG = """\
2023 Dec  3 04:11:09|61200|130.7 MB/s|0|0
2024 Jan  5 12:00:00|70123|256621345|0|0|check P|17578328012
2024 Jul  1 20:31:07|70444|255452034|0|2|check P|17578328012
"""

SCENARIOS: Mapping[str, Scenario] = {
    # The array as it should be.
    "healthy-no-parity": Scenario(
        "No parity disk: unprotected, and nothing is wrong though mdNumInvalid is 2.", array(parity=0)
    ),
    "healthy-one-parity": Scenario(
        "One parity disk and the empty slot of another, which mdNumInvalid counts.",
        array(parity=1, disks=[disk(), disk("4TB", used="1.5TB")], pools=[pool("cache")], slots=6),
    ),
    "healthy-two-parities": Scenario("Two parity disks.", array(parity=2, disks=[disk(), disk(), disk()])),
    "healthy-6.12": Scenario(
        "Unraid 6.12: no sectors, so that sizes are the partition's KiB.",
        array(
            version="6.12.13",
            pools=[pool("cache", ssd("250GB"), nvme("250GB"), profile="raid1", capacity="250GB", used="97GB")],
        ),
    ),
    "healthy-7.0": Scenario("Unraid 7.0.", array(version="7.0.1", pools=[pool("cache")])),
    "healthy-7.3": Scenario("Unraid 7.3, with its additional keys.", array(version="7.3.2", pools=[pool("cache")])),
    "thirty-disks": Scenario(
        "28 data disks and two parities, the most there can be.",
        array(parity=[parity("24TB")] * 2, disks=[disk("24TB", used="21.37TB")] * 28, slots=28),
    ),
    "all-spun-down": Scenario(
        "Every disk is in standby: no temperatures, all else as ever.",
        array(
            parity=[parity(spun_down=True)],
            disks=[disk(spun_down=True)] * 3,
            pools=[pool("cache", ssd(spun_down=True))],
            unassigned=[disk(used=None, spun_down=True)],
        ),
    ),
    # Data disks with a fault.
    "disk-disabled": Scenario(
        "A write failed: the disk is disabled, its contents come from the others and stay mounted.",
        array(disks=[disk(), disk(status="DISK_DSBL", errors=128)]),
    ),
    "disk-disabled-and-gone": Scenario(
        "The disabled disk has been pulled; what it held is emulated.",
        array(disks=[disk(), disk(status="DISK_NP_DSBL", used="5.5TB"), disk()]),
    ),
    "disk-missing": Scenario(
        "An assigned disk was not found: the array is stopped.",
        array(disks=[disk(), gone("DISK_NP_MISSING")], fs_state="Stopped", next_action="recon D2"),
    ),
    "disk-wrong": Scenario(
        "Another disk than the recorded one is in the slot.",
        array(disks=[disk(), disk(status="DISK_WRONG")], fs_state="Stopped", md_state="ERROR:TOO_MANY_MISSING_DISKS"),
    ),
    "disk-emulated": Scenario(
        "A rebuild was cancelled: the disk's contents are not valid and nothing rebuilds them.",
        array(disks=[disk(), disk(status="DISK_INVALID")], last=LastSync(exit_code=-4), next_action="recon D2"),
    ),
    "disk-rebuilding": Scenario(
        "The replacement is being rebuilt.",
        array(parity=2, disks=[disk(), disk(status="DISK_INVALID")], resync=Resync("recon D2", share=0.731)),
    ),
    "disk-rebuild-paused": Scenario(
        "The rebuild is paused.",
        array(disks=[disk(), disk(status="DISK_INVALID")], resync=Resync("recon D2", share=0.2, paused=True)),
    ),
    "disk-rebuilding-another-disabled": Scenario(
        "Of two faults the worse is told: one disk is rebuilt, another is disabled.",
        array(
            parity=2,
            disks=[disk(status="DISK_INVALID"), disk(status="DISK_DSBL")],
            resync=Resync("recon D1", share=0.05),
        ),
    ),
    "disk-replaced": Scenario(
        "A disabled slot holds its replacement; the start of the array will rebuild it.",
        array(disks=[disk(), disk(status="DISK_DSBL_NEW")], fs_state="Stopped", next_action="recon D2"),
    ),
    "disk-new-for-recorded": Scenario(
        "A new disk in the place of a recorded one that was healthy.",
        array(disks=[disk(), disk("12TB", status="DISK_NEW")], fs_state="Stopped", next_action="recon D2"),
    ),
    "disk-new": Scenario(
        "A new disk for an empty slot: no fault.",
        array(disks=[disk(), disk(status="DISK_NEW", recorded=False)], fs_state="Stopped", next_action="clear"),
    ),
    "disk-clearing": Scenario(
        "The new disk is being cleared before it joins.",
        array(disks=[disk(), disk(status="DISK_NEW", recorded=False, used=None)], resync=Resync("clear", share=0.5)),
    ),
    "disk-status-of-tomorrow": Scenario(
        "A status that a later Unraid may bring is told as it is.",
        array(disks=[disk(), disk(status="DISK_MIRRORED")]),
    ),
    # Parity disks with a fault.
    "parity-disabled": Scenario("The parity disk is disabled.", array(parity=[parity(status="DISK_DSBL")])),
    "parity-gone": Scenario("The only parity disk is gone.", array(parity=[parity(status="DISK_NP_DSBL")])),
    "parity-gone-of-two": Scenario(
        "One of two parity disks is gone: the webGUI's pages hide it and call parity valid.",
        array(parity=[parity(), parity(status="DISK_NP_DSBL")]),
    ),
    "parity-invalid": Scenario(
        "Parity was never built and nothing builds it.",
        array(parity=[parity(status="DISK_INVALID")], next_action="recon P"),
    ),
    "parity-invalid-of-two": Scenario(
        "One of two parity disks is not valid: the other still protects.",
        array(parity=[parity(), parity(status="DISK_INVALID")], next_action="recon Q"),
    ),
    "parity-syncing": Scenario(
        "Parity is being built.",
        array(parity=[parity(status="DISK_INVALID")], resync=Resync("recon P", share=0.667)),
    ),
    "parity2-syncing": Scenario(
        "A second parity is added and being built; the first protects meanwhile.",
        array(parity=[parity(), parity(status="DISK_INVALID")], resync=Resync("recon Q", share=0.3, speed="1MB")),
    ),
    "parity-sync-paused": Scenario(
        "Building both parities is paused.",
        array(parity=[parity(status="DISK_INVALID")] * 2, resync=Resync("recon P Q", share=0.1, paused=True)),
    ),
    "parity-new": Scenario(
        "A parity disk has been assigned and the array not started yet.",
        array(parity=[parity(status="DISK_NEW", recorded=False)], fs_state="Stopped", next_action="recon P"),
    ),
    "parity-invalid-while-stopped": Scenario(
        "A stopped array's parity reads DISK_INVALID, but a start would only check: no fault.",
        array(parity=[parity(status="DISK_INVALID")], fs_state="Stopped", next_action="check P"),
    ),
    "parity-to-be-built-while-stopped": Scenario(
        "A stopped array's parity reads DISK_INVALID, and a start would build it.",
        array(parity=[parity(status="DISK_INVALID")], fs_state="Stopped", next_action="recon P"),
    ),
    # Parity operations and how they ended.
    "check-running": Scenario(
        "A check runs; the last one is in the log, in the server's local time.",
        array(resync=Resync("check P", share=0.4217, errors=3), parity_log=LOG, time_zone="America/New_York"),
    ),
    "check-correcting": Scenario(
        "A check of two parities corrects what it finds.",
        array(parity=2, resync=Resync("check P Q", share=0.999, correcting=True, errors=17)),
    ),
    "check-just-started": Scenario(
        "Nothing has been measured yet.", array(resync=Resync("check P", share=0.0001, measured=False))
    ),
    "check-paused": Scenario(
        "Paused at 49 %, while the superblock still tells of a cancelled run before.",
        array(resync=Resync("check P", share=0.49, paused=True), var={"sbSyncExit": "-4", "sbSynced2": "1750000900"}),
    ),
    "check-cancelled": Scenario(
        "The user cancelled the last check; there is no log.", array(last=LastSync(exit_code=-4, errors=1))
    ),
    "check-failed": Scenario("The last check ended with an error.", array(last=LastSync(exit_code=-5))),
    "check-passed": Scenario("The last check, by the superblock.", array(last=LastSync(errors=0))),
    "check-logged": Scenario(
        "The last check, by the log: its last line is the superblock's run.",
        array(last=LastSync(started=1_719_787_023, ended=1_719_858_667, errors=9), parity_log=LOG),
    ),
    "check-not-logged-yet": Scenario(
        "The superblock tells of a run that ended after the log's last line: nobody had the webGUI open.",
        array(last=LastSync(errors=4), parity_log=LOG),
    ),
    "check-logged-damaged": Scenario(
        "The log's last lines are damage: the one before them counts.",
        array(parity_log=LOG + "2024 Foo 99 25:61:61|x|y|z|q\n|||||\ngarbage\n2024 Jul", time_zone="Etc/UTC"),
    ),
    "read-check-running": Scenario(
        "Without parity a check only reads.", array(parity=0, resync=Resync("check", share=0.25, speed="212MB"))
    ),
    # States of the array.
    "stopped": Scenario(
        "The array is stopped: nothing is mounted but the flash drive.",
        array(fs_state="Stopped", pools=[pool("cache")], unassigned=[disk("2TB", used=None)]),
    ),
    "stopped-md-started": Scenario(
        "mdState says STARTED while the array is stopped: fsState decides.",
        array(fs_state="Stopped", md_state="STARTED"),
    ),
    "starting": Scenario("The array is starting.", array(fs_state="Starting", md_state="STARTED")),
    "stopping": Scenario("The array is stopping, its disks still mounted.", array(fs_state="Stopping")),
    "maintenance": Scenario(
        "Maintenance mode: started, and nothing mounted.",
        array(start_mode="Maintenance", pools=[pool("cache")]),
    ),
    "formatting": Scenario(
        "A new disk is being formatted.",
        array(
            disks=[disk(), disk(used=None, fs_status="Unmountable: Unsupported or no file system")],
            fs_state="Formatting",
            md_state="STARTED",
        ),
    ),
    "copying": Scenario("Parity is being copied in a parity swap.", array(fs_state="Copying", md_state="SWAP_DSBL")),
    "no-array": Scenario(
        "Pools only: no array to protect.",
        array(parity=0, disks=[], slots=1, pools=[pool("tank", nvme(), nvme(), fs="zfs", profile="mirror")]),
    ),
    "new-array": Scenario(
        "A new configuration: disks assigned, no array yet.",
        array(
            parity=[parity(status="DISK_NEW", recorded=False)],
            disks=[disk(status="DISK_NEW", recorded=False)] * 2,
            fs_state="Stopped",
            md_state="NEW_ARRAY",
            next_action="recon P",
        ),
    ),
    "no-devices": Scenario(
        "Nothing is assigned at all.",
        array(parity=0, disks=[], slots=2, fs_state="Stopped", md_state="ERROR:NO_DEVICES", flash=None),
    ),
    # File systems and pools.
    "encrypted": Scenario(
        "Encrypted and unlocked.",
        array(
            disks=[disk(fs="luks:xfs", luks=1)],
            pools=[pool("vault", nvme(luks=1), nvme(luks=1), fs="luks:btrfs", profile="raid1", capacity="1TB")],
        ),
    ),
    "encrypted-without-key": Scenario(
        "Encrypted, and the key is missing or wrong.",
        array(
            disks=[
                disk(fs="luks:xfs", luks=2, fs_status="Unmountable: Missing encryption key"),
                disk(fs="luks:zfs", luks=3, fs_status="Unmountable: Wrong encryption key"),
            ]
        ),
    ),
    "unmountable": Scenario(
        "One disk has no file system that can be mounted.",
        array(disks=[disk(), disk(used=None, fs_status="Unmountable: Unsupported or no file system")]),
    ),
    "btrfs-raid1": Scenario(
        "A mirror whose raw size is twice what it holds: used + free is the whole.",
        array(pools=[pool("cache", nvme("2TB"), nvme("2TB"), profile="raid1", capacity="2TB", used="1.6TB")]),
    ),
    "zfs-raidz": Scenario(
        "Four disks in raidz1 with a mirrored special device: one pool.",
        array(
            pools=[
                pool(
                    "tank", *[disk("16TB", used=None)] * 4, fs="zfs", profile="raidz1", used="31.4TB", capacity="46.4TB"
                ),
                pool("tank~special", nvme("500GB"), nvme("500GB"), fs="zfs"),
            ]
        ),
    ),
    "zfs-array-disk": Scenario("A ZFS disk in the array.", array(disks=[disk(fs="zfs"), disk(fs="btrfs", used="7TB")])),
    "three-pools": Scenario(
        "Three pools, one with an underscore in its name, one of a SATA SSD with xfs.",
        array(
            pools=[
                pool("cache", nvme("2TB"), nvme("2TB"), profile="raid1", capacity="2TB", used="997GB"),
                pool("rocket_pool", nvme("4TB"), fs="zfs", used="40.5GB"),
                pool("scratch", ssd("500GB"), fs="xfs", used="499GB"),
            ]
        ),
    ),
    "pool-member-missing": Scenario(
        "A mirror's second member is gone; of another pool one is not valid.",
        array(
            pools=[
                pool("cache", nvme(), nvme(status="DISK_NP_MISSING"), profile="raid1", capacity="1TB"),
                pool("fast", nvme(), nvme(status="DISK_INVALID"), profile="raid1", capacity="1TB"),
            ]
        ),
    ),
    "pool-first-slot-empty": Scenario(
        "The pool's first slot is empty; the file system is told of its next member.",
        array(
            pools=[
                pool(
                    "cache",
                    nvme(status="DISK_NP", recorded=False, keys={"fsStatus": "Mounted", "fsType": "btrfs"}),
                    nvme(),
                    capacity="1TB",
                )
            ]
        ),
    ),
    "internal-boot": Scenario(
        "Booted from an internal pool of two, no flash drive.",
        array(
            version="7.3.2",
            flash=None,
            pools=[
                pool("cache", nvme(), nvme(), profile="raid1", capacity="900GB"),
                pool("boot", nvme("32GB", serial="BT0Z9X8Y7W1"), nvme("32GB"), kind="Boot", fs="zfs", used="2.2GB"),
            ],
        ),
    ),
    "internal-boot-and-flash": Scenario(
        "Booted from an internal pool; the flash slot is a stub.",
        array(
            version="7.4.0",
            flash=replace(EMPTY, fs="vfat"),
            pools=[pool("boot", ssd("64GB"), kind="Boot", fs="zfs", used="1.9GB")],
        ),
    ),
    "internal-boot-in-a-pool": Scenario(
        "Booted from partitions of a pool's two drives: 7.3 lists them twice, as the pool and as flash of type Boot.",
        array(
            version="7.3.2",
            flash=None,
            pools=[
                pool(
                    "cache",
                    *(nvme(serial=serial) for serial in ("BT0Z9X8Y7W1", "BT0Z9X8Y7W2")),
                    fs="zfs",
                    profile="mirror",
                    capacity="960GB",
                    keys={"bootPool": "yes", "bootSize": "16384"},
                ),
                pool(
                    "flash",
                    *(
                        nvme(serial=serial, keys={"device": device})
                        for serial, device in (("BT0Z9X8Y7W1", "nvme0n1"), ("BT0Z9X8Y7W2", "nvme1n1"))
                    ),
                    kind="Boot",
                    fs="zfs",
                    profile="mirror",
                    used="2.2GB",
                    capacity="16GB",
                ),
            ],
        ),
    ),
    # Temperatures, usage and health.
    "temperatures": Scenario(
        "Readings that can be believed, and such as can't.",
        array(
            parity=[parity(temp="46")],
            disks=[disk(temp=text) for text in ("0", "127", "-41", "-40", "-5", "45", "55", "56", "120", "*")]
            + [disk(spun_down=True, keys={"temp": "38"})],
            pools=[pool("cache", nvme(temp="60"), nvme(temp="61"), nvme(temp="71"))],
            unassigned=[disk(used=None, temp="47"), ssd(temp="47")],
        ),
    ),
    "temperatures-of-the-user": Scenario(
        "The user's limits: 40 and 50, one drive's own, one off; solid state as the rest.",
        array(
            disks=[
                disk(temp="41"),
                disk(temp="41", serial="OWNLIMITS1"),
                disk(temp="51"),
                disk(temp="58", serial="OFF1"),
            ],
            pools=[pool("cache", nvme(temp="41"))],
            display={"hot": "40", "max": "50", "hotssd": "", "maxssd": "0", "unit": "F"},
            smart_one={
                "ALDER_HD500-8TB_OWNLIMITS1": {"hotTemp": "42", "maxTemp": ""},
                "ALDER_HD500-8TB_OFF1": {"hotTemp": "0", "maxTemp": "0", "smType": "-d sat"},
            },
        ),
    ),
    "usage": Scenario(
        "Usage at the limits, with limits of the disk's own, and full.",
        array(
            disks=[
                disk("10TB", used=used, warning=warning, critical=critical)
                for used, warning, critical in (
                    ("6.93TB", "", ""),
                    ("6.96TB", "", ""),
                    ("9.5TB", "", ""),
                    ("6TB", "60", "80"),
                    ("9.5TB", "0", "0"),
                    ("9.95TB", "", "95"),
                    ("0KB", "", ""),
                )
            ]
        ),
    ),
    "smart": Scenario(
        "What SMART adds: health, and no temperature where disks.ini has none.",
        array(
            disks=[disk(temp="*"), disk(temp="39"), disk(spun_down=True), disk()],
            pools=[pool("cache", nvme(temp="*"))],
            unassigned=[disk(used=None, temp="*")],
        ),
        smart={
            "parity": reading("passed", 33),
            "disk1": reading("failed", 41),
            "disk2": reading("passed", 30),
            "disk3": reading("passed", 25),
            "cache": reading("passed", 127),
            "dev1": reading("unknown", 29),
        },
    ),
    "identities": Scenario(
        "Ids of many makes: a WWN, a USB unit, an NVMe namespace, no model, a short serial.",
        array(
            disks=[
                disk(model="CEDAR_SAS12", serial="Z1Z0ABCD_35000c500a1b2c3d4"),
                disk(keys={"id": "NOMODELATALL99"}),
                disk(model="OAK", serial="AB"),
            ],
            pools=[pool("cache", nvme(model="BIRCH_NV100", serial="22AA10E61F0A_1"))],
            unassigned=[disk("2TB", used=None, model="MAPLE_USB", serial="4C530001230718-0:0")],
        ),
    ),
}
