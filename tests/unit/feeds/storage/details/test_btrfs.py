"""btrfs pools from sysfs and the scrub's status file."""

import pytest

from uma.feeds.storage.details.btrfs import (
    NO_SCRUB,
    UNKNOWN_SCRUB,
    parse_error_stats,
    parse_operation,
    parse_scrub,
    read_btrfs_pool,
    read_scrub,
)
from uma.feeds.storage.details.model import PoolErrors, Scrub
from uma.host import Host

UUID = "f00dcafe-1111-2222-3333-444455556666"
STATS = "write_errs 1\nread_errs 2\nflush_errs 3\ncorruption_errs 4\ngeneration_errs 5\n"
DONE = (
    f"{UUID}:1|data_extents_scrubbed:9|csum_errors:2|read_errors:1|t_start:1750000000"
    "|duration:3600|canceled:0|finished:1"
)
HEAD = "scrub status:1\n"


@pytest.fixture
def host(tmp_path):
    for number, missing in (("1", "0"), ("2", "1")):
        folder = tmp_path / "sys/fs/btrfs" / UUID / "devinfo" / number
        folder.mkdir(parents=True)
        (folder / "missing").write_text(f"{missing}\n")
        (folder / "error_stats").write_text(STATS)
    (tmp_path / "sys/fs/btrfs" / UUID / "exclusive_operation").write_text("balance paused\n")
    (tmp_path / "var/lib/btrfs").mkdir(parents=True)
    return Host(tmp_path)


def test_a_pool_with_a_member_gone(host):
    """A pool's operation, missing members and errors come from sysfs, in either case of its UUID."""
    pool = read_btrfs_pool(host, UUID.upper())

    assert pool is not None
    assert (pool.operation, pool.missing, pool.errors_total) == ("balance_paused", 1, 30)


@pytest.mark.parametrize("uuid", ["", "../../etc", UUID + "x", "f00dcafe-1111-2222-3333-000000000000"])
def test_a_pool_the_kernel_does_not_have(host, uuid):
    """An id that is not a UUID opens no file; a pool that is not mounted is None."""
    assert read_btrfs_pool(host, uuid) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STATS, PoolErrors(1, 2, 3, 4, 5)),
        (f"{STATS}new_errs 7\n", PoolErrors(1, 2, 3, 4, 5)),
        ("", None),
        ("invalid\n", None),
        (STATS.replace("read_errs 2", "read_errs x"), None),
        (STATS.replace("flush_errs 3", "flush_errs -1"), None),
        (STATS.replace("5", "٥"), None),
        (STATS.replace("5", "9" * 5000), None),
    ],
)
def test_error_stats(text, expected):
    """Missing or damaged counters are unknown, not 0."""
    assert parse_error_stats(text) == expected


def test_a_member_with_unknown_counters(host):
    """Then the sum of errors is unknown, but the rest of the pool is known."""
    (host.root / "sys/fs/btrfs" / UUID / "devinfo/2/error_stats").write_text("invalid\n")

    pool = read_btrfs_pool(host, UUID)

    assert pool is not None
    assert (pool.errors, pool.errors_total, pool.missing) == ((PoolErrors(1, 2, 3, 4, 5), None), None, 1)


@pytest.mark.parametrize(("text", "word"), [("none\n", "none"), ("device add\n", "device_add"), ("", None)])
def test_operations(text, word):
    """The kernel's words keep their meaning with an underscore."""
    assert parse_operation(text) == word


RUNNING = DONE.replace("finished:1", "finished:0").replace(
    "d:9|", "d:9|data_bytes_scrubbed:600|tree_bytes_scrubbed:66|"
)
CANCELLED = DONE.replace("canceled:0", "canceled:1")
RESUMED = DONE.replace("|duration", "|t_resumed:1750003600|duration")


@pytest.mark.parametrize(
    ("text", "age", "expected"),
    [
        (HEAD + DONE, 9e8, Scrub("finished", None, 3, "2025-06-15T16:06:40Z")),
        (HEAD + RUNNING, 5, Scrub("running", 66.6, 3, None)),
        (HEAD + RUNNING, 31, Scrub("interrupted", None, 3, None)),
        (HEAD + CANCELLED, 5, Scrub("cancelled", None, 3, "2025-06-15T16:06:40Z")),
        (HEAD + CANCELLED.replace("finished:1", "finished:0"), 5, Scrub("cancelled", None, 3, "2025-06-15T16:06:40Z")),
        (HEAD + RESUMED, 5, Scrub("finished", None, 3, "2025-06-15T16:08:20Z")),
        (HEAD + RUNNING.replace(":600", ":6000"), 5, Scrub("running", 100.0, 3, None)),
        (f"{HEAD}{DONE}\n{RUNNING}", 5, Scrub("running", 66.6, 6, None)),
        (HEAD + DONE.replace(":1750000000", ":" + "9" * 20), 5, Scrub("finished", None, 3, None)),
        (HEAD, 5, UNKNOWN_SCRUB),
        ("x|y:z|:|finished:" + "9" * 99, 5, UNKNOWN_SCRUB),
        ("", 5, UNKNOWN_SCRUB),
    ],
)
def test_scrubs(text, age, expected):
    """A scrub has finished when it has on every device and none was cancelled; without an end its age decides."""
    written_at = 1750003700.0
    assert parse_scrub(text, now=written_at + age, written_at=written_at, bytes_to_scrub=1000) == expected


@pytest.mark.parametrize("total", [None, 0])
def test_a_scrub_of_a_pool_of_unknown_size(total):
    """Without the bytes in use there is no percentage."""
    assert parse_scrub(HEAD + RUNNING, now=5, written_at=0, bytes_to_scrub=total) == Scrub("running", None, 3, None)


def test_no_scrub_since_boot(host):
    """Without a status file no scrub ran since boot."""
    assert read_scrub(host, UUID, now=0) == NO_SCRUB
    assert read_scrub(host, "no uuid", now=0) == UNKNOWN_SCRUB


def test_the_age_is_the_files(host):
    """A status file written just now belongs to a running scrub."""
    path = host.root / f"var/lib/btrfs/scrub.status.{UUID}"
    path.write_text(HEAD + DONE.replace("finished:1", "finished:0"))

    assert read_scrub(host, UUID, now=path.stat().st_mtime + 1).status == "running"
    assert read_scrub(host, UUID, now=path.stat().st_mtime + 60).status == "interrupted"
