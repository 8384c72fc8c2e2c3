"""Rings of a day and a week."""

from uma.feeds.storage.details.history import DAY, StorageRings


def test_a_week_of_forty_disks_is_small():
    """A full week of 40 disks takes no more than 300 KB of numbers."""
    rings = StorageRings()
    for step in range(700):
        values = {f"disk{n}": 35.0 for n in range(40)}
        rings.add(step * 1800.0, temperature=values, used_bytes=values)

    numbers = sum(len(column) for ring in rings.by_name().values() for column in ring.columns().values())
    assert numbers * 4 <= 300_000


def test_a_sleeping_disk_leaves_a_gap():
    """A disk without a temperature keeps its usage; bytes are whole."""
    rings = StorageRings()
    rings.add(1_000_200, temperature={"disk1": 35}, used_bytes={"disk1": 4e6})
    rings.add(1_000_500, temperature={}, used_bytes={"disk1": 5e6})

    answer = rings.answer(DAY)

    assert answer.timestamp == (1_000_200, 1_000_500)
    assert (answer.temperature, answer.used_bytes) == ({"disk1": (35, None)}, {"disk1": (4_000_000, 5_000_000)})
