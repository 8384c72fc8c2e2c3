"""The whole message."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.array_writer import EMPTY, array, disk, nvme, pool, ssd
from tests.scenarios import SCENARIOS
from tests.support.searching import tries
from uma.errors import Unreadable
from uma.feeds.storage.emhttp import EmhttpTexts, is_consistent, parse_state
from uma.feeds.storage.model import StorageStatus
from uma.feeds.storage.status import UNKNOWN, status_from

NAMES = sorted(SCENARIOS)
PIECES = [
    "",
    '"',
    "\n",
    "=",
    "[",
    '["disk1"]\n',
    'status="DISK_DSBL"\n',
    'device=""\n',
    "9" * 400,
    "-1",
    "*",
    "\x00",
    "é",
    "nan",
]


def message(**changes: object) -> StorageStatus:
    return status_from(parse_state(array(**changes).texts()), {})  # type: ignore[arg-type]


def test_unknown_says_nothing_but_that() -> None:
    """Message while the state files can't be read."""
    assert msgspec.json.decode(msgspec.json.encode(UNKNOWN)) == {
        "array_status": "unknown",
        "array_protection": "unknown",
        "disks": [],
        "cache_disks": [],
        "parity_disks": [],
        "boot": None,
        "unassigned": [],
        "parity_check": {
            "action": None,
            "status": "idle",
            "percent": None,
            "speed_bytes_per_sec": None,
            "eta_seconds": None,
            "errors": 0,
            "last": None,
        },
    }


def test_every_device_is_in_the_list_of_its_kind_and_empty_slots_in_none() -> None:
    """Data disks, pools, parity and unassigned devices, each in the order of the files."""
    found = message(
        parity=2,
        disks=[disk(), EMPTY, disk()],
        slots=9,
        pools=[pool("a", nvme(), nvme()), pool("b_c")],
        unassigned=[ssd()],
    )

    assert [each.name for each in found.disks] == ["disk1", "disk3"]
    assert [(each.name, each.pool) for each in found.cache_disks] == [("a", "a"), ("a2", "a"), ("b_c", "b_c")]
    assert [each.name for each in found.parity_disks] == ["parity", "parity2"]
    assert [each.name for each in found.unassigned] == ["dev1"]


def test_the_boot_device_is_mounted_on_boot() -> None:
    """The flash drive beside an unused boot pool; the boot pool beside an unused flash drive."""
    boot_pool = pool("boot", nvme("32GB"), kind="Boot", fs="zfs", used="2GB")
    idle = pool("boot", nvme("32GB"), kind="Boot", fs="zfs", fs_status="Not mounted")
    elsewhere = replace(boot_pool, keys={"fsMountpoint": "/mnt/boot"})
    idle_flash = disk("32GB", used=None, fs="vfat", fs_status="Not mounted", temp="*")

    assert [
        boot and (boot.name, boot.used)
        for boot in (
            message(pools=[idle]).boot,
            message(pools=[boot_pool], flash=idle_flash).boot,
            message(pools=[boot_pool], flash=None).boot,
            message(pools=[idle], flash=idle_flash).boot,
            message(pools=[elsewhere]).boot,
            message(flash=None).boot,
        )
    ] == [("flash", "1.1GB"), ("boot", "2GB"), ("boot", "2GB"), ("boot", None), ("flash", "1.1GB"), None]


def test_a_boot_pool_without_its_first_disk_is_known_by_its_second() -> None:
    """The file system is the pool's, whichever member has it."""
    gone = nvme("32GB", status="DISK_NP_MISSING")
    boot = message(flash=None, pools=[pool("boot", gone, nvme("32GB"), kind="Boot", fs="zfs", used="2GB")]).boot

    assert boot
    assert (boot.name, boot.status, boot.used) == ("boot2", "active", "2GB")


def test_a_pools_limits_of_usage_are_with_its_file_system() -> None:
    """This holds even if the pool's first slot, which has both, is empty."""
    told = {"fsStatus": "Mounted", "fsType": "btrfs", "warning": "20", "critical": "25"}
    first = nvme(status="DISK_NP", recorded=False, keys=told)
    (member,) = message(pools=[pool("cache", first, nvme(), capacity="1TB", used="256GB")]).cache_disks

    assert (member.name, member.usage_percent, member.usage_state) == ("cache2", 25.6, "critical")


def mutated(text: str, start: float, end: float, piece: str) -> str:
    low, high = sorted((int(start * len(text)), int(end * len(text))))
    return text[:low] + piece + text[high:]


@settings(max_examples=tries(300))
@given(
    name=st.sampled_from(NAMES),
    field=st.sampled_from(["var", "disks", "devs", "parity_log", "dynamix", "smart_one"]),
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 0.02), st.one_of(st.sampled_from(PIECES), st.text(max_size=8))),
        max_size=4,
    ),
    cut=st.one_of(st.none(), st.floats(0, 1)),
)
def test_no_damage_gives_more_than_a_clear_error(
    name: str, field: str, edits: list[tuple[float, float, str]], cut: float | None
) -> None:
    """Any input gives a message that fits its schema and can be encoded, or Unreadable."""
    texts = SCENARIOS[name].texts.texts()
    text = getattr(texts, field)
    for start, length, piece in edits:
        text = mutated(text, start, min(1.0, start + length), piece.encode(errors="replace").decode())
    if cut is not None:
        text = text[: int(cut * len(text))]
    damaged = replace(texts, **{field: text})
    try:
        state = parse_state(damaged)
    except Unreadable:
        return
    status = status_from(state, SCENARIOS[name].smart)

    assert is_consistent(state) in (True, False)
    assert msgspec.json.decode(msgspec.json.encode(status), type=StorageStatus) == status


@pytest.mark.parametrize("name", NAMES)
def test_every_number_fits_the_schema_at_its_largest(name: str) -> None:
    """Very long digits in any value of any file still give a message."""
    texts = SCENARIOS[name].texts
    huge = {
        key: getattr(texts, key).replace('="1', '="1' + "0" * 300).replace('="7', '="4503599627370496')
        for key in ("var", "disks", "devs")
    }
    state = parse_state(EmhttpTexts(**huge, parity_log="", dynamix_default="", dynamix="", smart_one=""))

    assert msgspec.json.encode(status_from(state, {}))
