"""Rates from /proc/diskstats."""

import pytest

from uma.feeds.storage.details.rates import Rates, parse_diskstats, read_traffic
from uma.host import Host

LINE = "   8      16 sdb 100 0 {read} 50 10 0 {written} 20 0 30 70 0 0 0 0"


def test_traffic_is_in_bytes(tmp_path):
    """Sectors of diskstats are 512 bytes; a damaged line only loses its own device."""
    text = f"{LINE.format(read=2, written=4)}\n   8 17 sdc\n 8 18 sdd 1 2 x 4 5 6 7 8\n\n"
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/diskstats").write_text(text)

    assert parse_diskstats(text) == {"sdb": (1024, 2048)} == read_traffic(Host(tmp_path))


@pytest.mark.parametrize(("head", "total"), [((0, 0), (1536, 2048)), ((3, 4), (1536, 2048)), ((5, 0), (2560, 2048))])
def test_paths_count_for_their_drive(head, total):
    """Before Linux 6.4, an NVMe drive with several ports counts at its paths only (Atoptool/atop#157)."""
    counts = (("nvme0n1", *head), ("nvme0c0n1", 2, 4), ("nvme0c1n1", 1, 0), ("nvme1n1", 1, 1), ("nvme0n1p1", 9, 9))
    text = "\n".join(LINE.replace("sdb", name).format(read=read, written=written) for name, read, written in counts)

    assert parse_diskstats(text) == {"nvme0n1": total, "nvme1n1": (512, 512), "nvme0n1p1": (4608, 4608)}


def test_two_samples_make_a_rate():
    """The first sample gives no rate, nor does a reset counter."""
    rates = Rates()
    rates.note({"sdb": (1000, 0)}, 10.0)
    assert rates.current == {}

    rates.note({"sdb": (6000, 500), "sdc": (9, 9)}, 15.0)
    assert rates.current == {"sdb": (1000, 100)}

    rates.note({"sdb": (9000, 500), "sdc": (9, 9)}, 15.9)
    assert (rates.current, rates.samples) == ({"sdb": (1000, 100)}, 2)

    rates.note({"sdb": (0, 0), "sdc": (9, 9)}, 20.0)
    assert rates.current == {"sdc": (0, 0)}

    rates.forget()
    rates.note({"sdc": (99, 9)}, 25.0)
    assert (rates.current, rates.samples) == ({}, 1)
