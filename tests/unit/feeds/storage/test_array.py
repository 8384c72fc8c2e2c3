"""emhttpd's state, parsed once."""

from tests.array_writer import array, disk, nvme, pool
from uma.feeds.storage.array import Array, array_from
from uma.feeds.storage.emhttp import parse_state
from uma.feeds.storage.slots import Kind


def array_of(**changes: object) -> Array:
    return array_from(parse_state(array(**changes).texts()))  # type: ignore[arg-type]


def test_each_device_is_a_record() -> None:
    """Slots come in the files' order with their sections' values, then unassigned devices."""
    found = array_of(disks=[disk(temp="38"), disk(spun_down=True)], pools=[pool("cache", nvme(temp="42"))])

    assert [slot.key for slot in found.of_kind(Kind.PARITY, Kind.DATA, Kind.POOL)] == [
        "parity",
        "disk1",
        "disk2",
        "cache",
    ]
    assert [slot.temperature for slot in found.of_kind(Kind.DATA, Kind.POOL)] == [38, None, 42]
    assert [slot.is_nvme for slot in found.of_kind(Kind.DATA, Kind.POOL)] == [False, False, True]
    assert found.file_systems.keys() >= {"disk1", "disk2", "cache"}


def test_no_record_shows_a_serial() -> None:
    """The full id is in a record, but in no text about it."""
    (slot, *_) = array_of(disks=[disk(serial="K7SECRET9")]).of_kind(Kind.DATA)

    assert "K7SECRET9" in slot.id
    assert "K7SECRET9" not in repr(slot)


def test_ids_identify_the_drives() -> None:
    """Each occupied slot and each unassigned device, by section; a slot without its device has none."""
    found = array_of(disks=[disk(serial="A1"), disk(status="DISK_NP_MISSING")], unassigned=[disk(serial="U1")])

    assert found.drive_ids.keys() >= {"parity", "disk1", "dev1"}
    assert "disk2" not in found.drive_ids
    assert found.drive_ids["dev1"].endswith("U1")
