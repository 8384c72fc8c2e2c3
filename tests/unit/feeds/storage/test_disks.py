"""A section of disks.ini or devs.ini as a disk of the message."""

from dataclasses import replace

import pytest

from tests.array_writer import array, disk, nvme, parity, pool
from uma.feeds.smart.model import SmartReading
from uma.feeds.storage.emhttp import parse_state
from uma.feeds.storage.model import Disk, StorageStatus
from uma.feeds.storage.operation import operation_from
from uma.feeds.storage.slots import drives_from, slots_from
from uma.feeds.storage.status import pool_of, status_from


def status(smart: dict[str, SmartReading] | None = None, **changes: object) -> StorageStatus:
    return status_from(parse_state(array(**changes).texts()), smart or {})  # type: ignore[arg-type]


def only(**keys: str) -> Disk:
    (found,) = status(disks=[disk(keys=keys)]).disks
    return found


def size_of(section: dict[str, str]) -> int:
    (drive,) = drives_from({"dev1": {"device": "sdb", **section}})
    return drive.size_bytes


def smart_of(temperature: int | None) -> SmartReading:
    return SmartReading("passed", temperature, None, {}, None, None, at=0.0)


@pytest.mark.parametrize(
    ("name", "device"),
    [("sdb", "/dev/sdb1"), ("sdaa", "/dev/sdaa1"), ("nvme1n1", "/dev/nvme1n1p1"), ("mmcblk0", "/dev/mmcblk0p1")],
)
def test_an_array_disk_is_its_first_partition(name: str, device: str) -> None:
    """The kernel puts a p before the number if the device's name ends in one."""
    found = only(device=name)

    assert (found.device, found.device_base) == (device, f"/dev/{name}")


def test_a_pools_disk_and_the_boot_device_are_whole_devices() -> None:
    """They are shown as in the guide."""
    found = status(pools=[pool("cache", nvme())])

    assert found.cache_disks[0].device == found.cache_disks[0].device_base == "/dev/nvme0n1"
    assert found.boot
    assert found.boot.device == "/dev/sda"
    assert found.parity_disks[0].device == "/dev/sdb1"


def test_a_slot_without_a_device_is_not_active() -> None:
    """Whatever its status says, the disk is missing, and the array not protected; flash may be a stub."""
    no_device = {"device": "", "status": "DISK_OK"}
    found = status(disks=[disk(keys=no_device)], pools=[pool("cache", nvme(keys=no_device))])

    assert (found.disks[0].status, found.cache_disks[0].status) == ("missing", "missing")
    assert found.array_protection == "degraded"
    stub = {"flash": {"name": "flash", "type": "Flash", **no_device}}
    assert slots_from(stub, is_started=True, operation=operation_from({}))[0].status == "active"


def test_a_device_that_is_gone_has_no_name_and_the_recorded_size() -> None:
    """A missing disk has no further values."""
    found = status(
        disks=[disk(status="DISK_NP_MISSING", used=None, errors=4, spun_down=True)], fs_state="Stopped"
    ).disks[0]

    assert (found.device, found.device_base, found.id, found.rotational) == (None, None, None, None)
    assert (found.size, found.size_bytes, found.errors) == ("8TB", 7814026532 * 1024, 4)
    assert (found.temperature, found.temperature_state, found.spun_down) == (None, None, False)


def test_size_is_by_sectors_where_they_are_given() -> None:
    """6.12 only gives the partition's KiB; values that can't be multiplied are damage."""
    assert size_of({"size": "7814026532", "sectors": "15628053168", "sector_size": "512"}) == 8_001_563_222_016
    assert size_of({"size": "7814026532", "sectors": "1953506646", "sector_size": "4096"}) == 8_001_563_222_016
    assert size_of({"size": "7814026532"}) == 7814026532 * 1024
    assert size_of({"size": "12", "sectors": str(2**50), "sector_size": str(2**50)}) == 12 * 1024
    assert size_of({}) == 0


@pytest.mark.parametrize(
    ("text", "temperature"),
    [
        ("38", 38),
        ("*", None),
        ("", None),
        ("0", None),
        ("-40", -40),
        ("-41", None),
        ("120", 120),
        ("121", None),
        ("127", None),
    ],
)
def test_a_temperature_is_one_that_can_be_believed(text: str, temperature: int | None) -> None:
    """A drive without a sensor reports 0, a broken one 127."""
    assert only(temp=text).temperature == temperature


def test_a_spun_down_disk_has_no_temperature() -> None:
    """This holds even with an old reading in the file or in its SMART text."""
    found = status({"disk1": smart_of(31)}, disks=[disk(spun_down=True, keys={"temp": "38"})]).disks[0]

    assert (found.temperature, found.status, found.health) == (None, "standby", "passed")


@pytest.mark.parametrize("old", [31, 41, 200, None])
@pytest.mark.parametrize("text", ["*", "", "-", "x"])
def test_smart_gives_no_temperature(text: str, old: int | None) -> None:
    """A SMART text's temperature may be old or another drive's; only its health counts."""
    found = status(
        {name: smart_of(old) for name in ("disk1", "disk2", "cache", "dev1")},
        disks=[disk(temp=text), disk(temp="40")],
        pools=[pool("cache", nvme(temp=text))],
        unassigned=[disk(temp=text)],
    )

    assert [each.temperature for each in (*found.disks, *found.cache_disks)] == [None, 40, None]
    assert [each.temperature_state for each in found.disks] == [None, "ok"]
    assert [each.health for each in found.disks] == ["passed", "passed"]
    assert (found.unassigned[0].temperature, found.unassigned[0].temperature_state) == (None, None)


@pytest.mark.parametrize(
    ("keys", "used", "percent"),
    [
        ({"fsType": "xfs", "fsSize": "1000", "fsUsed": "694", "fsFree": "306"}, 694, 69.4),
        ({"fsType": "btrfs", "fsSize": "2000", "fsUsed": "600", "fsFree": "400"}, 600, 60.0),
        ({"fsType": "luks:btrfs", "fsSize": "2000", "fsUsed": "600", "fsFree": "400"}, 600, 60.0),
        ({"fsType": "xfs", "fsSize": "0", "fsUsed": "0", "fsFree": "0"}, 0, 0.0),
        ({"fsType": "xfs", "fsSize": "100", "fsUsed": "200", "fsFree": "-100"}, 200, 100.0),
    ],
)
def test_usage_is_the_webguis(keys: dict[str, str], used: int, percent: float) -> None:
    """On btrfs used + free is the total, since its size is raw."""
    found = only(**keys)

    assert (found.used_bytes, found.usage_percent) == (used * 1024, percent)


def test_usage_is_used_space_in_a_pool_and_space_that_is_not_free_on_a_disk() -> None:
    """The webGUI's two ways differ if a file system reserves space."""
    keys = {"fsType": "zfs", "fsSize": "1000", "fsUsed": "300", "fsFree": "600"}
    found = status(disks=[disk(keys=keys)], pools=[pool("tank", nvme(), keys=keys)])

    assert (found.disks[0].usage_percent, found.cache_disks[0].usage_percent) == (40.0, 30.0)


@pytest.mark.parametrize("damaged", ["", "-", "*", "many", str(2**63)])
@pytest.mark.parametrize("key", ["fsSize", "fsUsed", "fsFree"])
def test_a_missing_size_is_not_a_full_disk(key: str, damaged: str) -> None:
    """Without one of the three there is no usage and no alarm; the others are still reported."""
    found = only(**{"fsSize": "1000", "fsUsed": "600", "fsFree": "400", key: damaged})

    assert (found.usage_percent, found.usage_state, found.filesystem) == (None, None, "xfs")
    assert (found.used, found.used_bytes) == ((None, None) if key == "fsUsed" else ("614KB", 600 * 1024))
    assert (found.free, found.free_bytes) == ((None, None) if key == "fsFree" else ("410KB", 400 * 1024))


def test_a_pool_on_btrfs_needs_no_raw_size() -> None:
    """Used and free space are the whole there."""
    assert only(fsType="btrfs", fsSize="", fsUsed="600", fsFree="400").usage_percent == 60.0


def test_usage_requires_a_mount() -> None:
    """Not for an unmounted disk, parity, a second pool member, or anything in a stopped array."""
    unmounted = only(fsStatus="Unmountable: no file system")
    stopped = status(disks=[disk(keys={"fsStatus": "Mounted"})], fs_state="Stopped").disks[0]
    second = status(pools=[pool("cache", nvme(), nvme())]).cache_disks[1]

    for found in (unmounted, stopped, second, status().parity_disks[0]):
        assert (found.used, found.free, found.used_bytes, found.free_bytes) == (None, None, None, None)
        assert (found.usage_percent, found.usage_state, found.filesystem) == (None, None, None)


def test_usage_state_is_by_the_whole_percent() -> None:
    """69.5 % is 70 % in the webGUI, and at its limit."""
    assert only(fsSize="1000", fsUsed="694", fsFree="306").usage_state == "ok"
    assert only(fsSize="1000", fsUsed="695", fsFree="305").usage_state == "warning"


@pytest.mark.parametrize(
    ("keys", "filesystem", "encrypted"),
    [
        ({"fsType": "xfs", "luksState": "0"}, "xfs", False),
        ({"fsType": "luks:xfs", "luksState": "1"}, "xfs", True),
        ({"fsType": "luks:xfs", "luksState": ""}, "xfs", True),
        ({"fsType": "luks:zfs", "luksState": "3", "fsStatus": "Unmountable: Wrong key"}, None, True),
        ({"fsType": "", "luksState": "0"}, None, False),
        # It will be encrypted once it is formatted.
        ({"fsType": "luks:xfs", "luksState": "0", "fsStatus": "Unmountable: No file system"}, None, False),
        ({"fsType": "luks:btrfs", "luksState": "0", "fsStatus": "-"}, None, False),
        ({"fsType": "luks:zfs", "luksState": "0"}, "zfs", True),
        ({"fsType": "", "luksState": "1"}, None, True),
        ({"fsType": "auto", "luksState": "2", "fsStatus": "Unmountable: Missing key"}, None, True),
    ],
)
def test_encryption_is_not_part_of_the_file_system(
    keys: dict[str, str], filesystem: str | None, encrypted: bool
) -> None:
    """luks: is cut; a disk without its key is still encrypted."""
    found = only(**keys)

    assert (found.filesystem, found.encrypted) == (filesystem, encrypted)


@pytest.mark.parametrize(
    ("temperature", "own", "state"),
    [
        ("66", (82, 85), "ok"),
        ("82", (82, 85), "ok"),
        ("83", (82, 85), "hot"),
        ("86", (82, 85), "critical"),
        ("66", (None, None), "hot"),
        ("72", (None, 85), "hot"),
        ("72", (82, None), "critical"),
    ],
)
def test_nvme_limits_go_before_the_general_ones(
    temperature: str, own: tuple[int | None, int | None], state: str
) -> None:
    """A drive made for 82 °C is not hot at 66; without its own limit, the user's for solid state drives applies."""
    asked = []

    def own_limits(device: str, drive_id: str) -> tuple[int | None, int | None]:
        asked.append((device, drive_id))
        return own

    texts = array(pools=[pool("cache", nvme(temp=temperature))], disks=[disk(temp="40")], unassigned=[nvme(temp="40")])
    found = status_from(parse_state(texts.texts()), {}, own_limits)

    assert found.cache_disks[0].temperature_state == state
    assert len(asked) == 2, "of two NVMe drives, and of no other"
    assert all(device.startswith("nvme") and drive_id for device, drive_id in asked)


def test_the_users_limit_goes_before_the_drives_own() -> None:
    """The user's limit for one drive overrides its maker's."""
    texts = array(pools=[pool("cache", nvme(temp="66"))])
    state = parse_state(texts.texts())
    drive_id = state.disks["cache"]["id"]
    state = replace(state, smart_one={drive_id: {"hotTemp": "50", "maxTemp": "65"}})

    assert status_from(state, {}, lambda *_: (82, 85)).cache_disks[0].temperature_state == "critical"


def test_a_flash_drive_has_no_rotation_and_no_id() -> None:
    """disks.ini claims rotational=1; its id is part of the licence."""
    boot = status().boot

    assert boot
    assert (boot.rotational, boot.id, boot.filesystem) == (False, None, "vfat")


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("cache", "cache"),
        ("cache2", "cache"),
        ("cache12", "cache"),
        ("rocket_pool", "rocket_pool"),
        ("tank~special", "tank"),
        ("tank~special2", "tank"),
        ("9", "9"),
    ],
)
def test_a_member_belongs_to_the_pool_of_its_name(member: str, name: str) -> None:
    """Numbers count the members, a tilde separates a part; the webGUI refuses pool names that end in a digit."""
    assert pool_of(member) == name


def test_unassigned_devices_are_those_of_devs_ini() -> None:
    """They have no status there, only their spin state."""
    found = status(
        unassigned=[disk("2TB", used=None, spun_down=True), nvme("1TB", temp="30"), disk(keys={"device": ""})],
    ).unassigned

    assert [(each.name, each.device, each.status, each.temperature, each.size) for each in found] == [
        ("dev1", "/dev/sde", "standby", None, "2TB"),
        ("dev2", "/dev/nvme0n1", "active", 30, "1TB"),
    ]
    assert [each.rotational for each in found] == [True, False]


def test_unassigned_devices_have_their_drives_health() -> None:
    """emhttpd polls them, too; without a text it is unknown."""
    failing = replace(smart_of(30), health="failed")
    found = status({"dev1": failing}, unassigned=[disk("2TB"), disk("2TB")]).unassigned

    assert [each.health for each in found] == ["failed", "unknown"]


def test_errors_are_the_slots() -> None:
    """The number in the webGUI's Errors column."""
    assert status(parity=[parity(errors=17)]).parity_disks[0].errors == 17
