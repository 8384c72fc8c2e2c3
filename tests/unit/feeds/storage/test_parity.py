"""Progress of a parity operation, and the result of the last one."""

import time
from dataclasses import replace

import pytest

from tests.array_writer import LastSync, Resync, array
from uma.feeds.storage.emhttp import parse_state
from uma.feeds.storage.model import ParityCheck, ParityResult
from uma.feeds.storage.parity import parity_check_from

NOON = "2024 Jan  5 12:00:00|3600|150000000|0|0|check P|7814026532\n"


def check(**changes: object) -> ParityCheck:
    return parity_check_from(parse_state(array(**changes).texts()))  # type: ignore[arg-type]


def last(log: str, **changes: object) -> ParityResult | None:
    return check(parity_log=log, **changes).last


def test_progress_is_the_webguis_arithmetic() -> None:
    """KiB of the last interval and its seconds give speed and time left, the latter with the webGUI's + 1."""
    numbers = {
        "mdResyncPos": "250",
        "mdResyncSize": "1000000",
        "mdResyncDb": "1000",
        "mdResyncDt": "4",
        "sbSyncErrs": "7",
    }
    parity = check(var={**numbers, "mdResyncAction": "check P", "mdResyncCorr": "0"})

    assert parity == ParityCheck(
        action="check",
        status="running",
        percent=0.0,
        speed_bytes_per_sec=256_000,
        eta_seconds=3635,
        errors=7,
        last=None,
    )


def test_a_paused_operation_has_a_percentage_and_no_pace() -> None:
    """This holds even if the superblock still shows a cancelled one."""
    paused = check(
        resync=Resync("check P", share=0.49, paused=True), var={"sbSyncExit": "-4", "sbSynced2": "1750002000"}
    )

    assert (paused.status, paused.percent) == ("paused", 49.0)
    assert (paused.speed_bytes_per_sec, paused.eta_seconds, paused.last) == (None, None, None)


def test_an_operation_of_unknown_size_has_no_percentage() -> None:
    """A division by zero must not prevent the message."""
    running = check(resync=Resync("check P"), var={"mdResyncSize": "0"})

    assert (running.status, running.percent, running.eta_seconds) == ("running", None, 0)


def test_no_percentage_is_above_100() -> None:
    """This holds for any position that the driver reports."""
    assert check(resync=Resync("check P"), var={"mdResyncPos": "99999999999"}).percent == 100.0


def test_an_array_that_was_never_checked_has_no_action() -> None:
    """mdResyncAction only names the operation that would run."""
    assert check() == ParityCheck(None, "idle", None, None, None, 0, None)


@pytest.mark.parametrize(("code", "result"), [(0, "ok"), (-4, "cancelled"), (-5, "failed"), (1, "failed")])
def test_the_superblock_has_the_result(code: int, result: str) -> None:
    """Without a log, the superblock's exit code is the result."""
    parity = check(last=LastSync(started=1_700_000_000, ended=1_700_003_600, exit_code=code, errors=2))

    assert parity.last == ParityResult("2023-11-14T23:13:20Z", 3600, result, 2)
    assert (parity.action, parity.errors) == ("check", 2)


def test_an_operation_without_an_end_is_none_unless_it_was_stopped() -> None:
    """A power cut leaves a start and no end; a cancelled run may leave only its exit code."""
    assert check(last=LastSync(started=1_700_000_000, ended=0)).last is None
    cancelled = check(last=LastSync(started=1_700_000_000, ended=0, exit_code=-4)).last
    assert cancelled == ParityResult("2023-11-14T22:13:20Z", 0, "cancelled", 0)


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("Europe/Berlin", "2024-01-05T11:00:00Z"),
        ("America/New_York", "2024-01-05T17:00:00Z"),
        ("Asia/Kolkata", "2024-01-05T06:30:00Z"),
        ("UTC", "2024-01-05T12:00:00Z"),
    ],
)
def test_the_log_is_in_the_servers_time(zone: str, at: str) -> None:
    """var.ini names the zone; the wire uses UTC."""
    assert last(NOON, time_zone=zone) == ParityResult(at, 3600, "ok", 0)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "America", "\x00"])
def test_an_unknown_zone_is_the_machines_own(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no better guess."""
    monkeypatch.setenv("TZ", "XYZ-3")
    time.tzset()
    try:
        assert last(NOON, time_zone=zone) == ParityResult("2024-01-05T09:00:00Z", 3600, "ok", 0)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_summer_time_counts() -> None:
    """The same clock time is another hour in July."""
    assert last(NOON.replace("Jan  5", "Jul 15")) == ParityResult("2024-07-15T10:00:00Z", 3600, "ok", 0)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2024 Jan  5 12:00:00|3600|150 MB/s|-4|9", ("check", "cancelled", 9)),
        ("2024 Jan  5 12:00:00|3600|0|-5|1|recon D2|7814026532", ("rebuild", "failed", 1)),
        ("2024 Jan  5 12:00:00|3600|0|0|0|recon P Q|7814026532|extra|fields", ("sync", "ok", 0)),
        ("2024 Jan  5 12:00:00|3600|0|0|0|check|7814026532", ("read_check", "ok", 0)),
        ("2024 Jan 05 12:00:00|3600|0||x|clear|7814026532", ("clear", "failed", 0)),
    ],
)
def test_each_line_of_the_log_has_action_and_end(line: str, expected: tuple[str, str, int]) -> None:
    """Lines of older releases lack the action: the one that would run is the best guess."""
    parity = check(parity_log=f"{NOON}{line}\n")

    assert parity.last
    assert (parity.action, parity.last.result, parity.errors) == expected


@pytest.mark.parametrize("text", ["Unavailable", "", "-1", "9" * 20, "nan"])
def test_a_duration_that_the_log_lacks(text: str) -> None:
    """The superblock's counts if it describes the same run; without that it is 0, which the schema explains."""
    log = NOON.replace("|3600|", f"|{text}|")
    noted = LastSync(started=1_704_440_000, ended=1_704_452_400)

    assert last(log) == ParityResult("2024-01-05T11:00:00Z", 0, "ok", 0)
    assert last(log, last=noted) == ParityResult("2024-01-05T11:00:00Z", 12400, "ok", 0)


@pytest.mark.parametrize(
    "damage",
    [
        "garbage",
        "2024 Jan  5",
        "2024 Foo  5 12:00:00|1|1|0|0",
        "2024 Jan 32 12:00:00|1|1|0|0",
        "2024 Jan  5 25:00:00|1|1|0|0",
        "2024 Jan  5 noon|1|1|0|0",
        "99999 Jan  5 12:00:00|1|1|0|0",
        "1 Jan  1 00:00:00|1|1|0|0",
        "||||||",
        "\ufffd\ufffd",
    ],
)
def test_a_damaged_line_is_passed_over(damage: str) -> None:
    """The one before it counts."""
    result = last(NOON + damage + "\n\n")

    assert result
    assert (result.at, result.result) == ("2024-01-05T11:00:00Z", "ok")


def test_a_run_that_the_log_lacks_is_the_superblocks() -> None:
    """The webGUI writes the log only while its Main page is open."""
    newer = LastSync(started=1_704_452_390, ended=1_704_452_410, errors=3)

    assert last(NOON, last=newer) == ParityResult("2024-01-05T11:00:10Z", 20, "ok", 3)


def test_a_run_in_the_log_has_the_logs_duration() -> None:
    """The log excludes pauses, the superblock includes them; end, exit code and errors are the superblock's."""
    same = LastSync(started=1_704_440_000, ended=1_704_452_400, errors=3)

    assert last(NOON, last=same) == ParityResult("2024-01-05T11:00:00Z", 3600, "ok", 3)


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("America/Los_Angeles", "2024 Jan  5 12:00:00"),
        ("Asia/Tokyo", "2024 Jan  5 12:00:00"),
        ("Asia/Kathmandu", "2024 Jan  5 16:45:00"),
        ("Pacific/Kiritimati", "2024 Jan  5 01:00:00"),
        ("Etc/GMT+12", "2024 Jan  6 01:00:00"),
        ("Mars/Olympus", "2024 Jan  5 12:00:00"),
    ],
)
def test_a_changed_time_zone_changes_no_time(zone: str, text: str) -> None:
    """The log's text is in the old zone: the superblock has the end, and the log the duration of the same run."""
    noted = LastSync(started=1_704_440_000, ended=1_704_452_400)

    assert last(NOON.replace("2024 Jan  5 12:00:00", text), last=noted, time_zone=zone) == ParityResult(
        "2024-01-05T11:00:00Z", 3600, "ok", 0
    )


@pytest.mark.parametrize("text", ["2026 Oct 25 02:30:00", "2026 Oct 25 03:30:00"])
def test_the_hour_that_comes_twice(text: str) -> None:
    """A check that ended in that hour has the superblock's end and the log's duration."""
    noted = LastSync(started=1_792_800_000, ended=1_792_891_800)
    log = f"{text}|54000|150000000|0|0|check P|7814026532\n"

    assert last(log, last=noted) == ParityResult("2026-10-25T01:30:00Z", 54000, "ok", 0)


@pytest.mark.parametrize(
    "line",
    [
        "2024 Jan  5 12:00:07|3600|1|0|0|check P|1",
        "2024 Jan  5 12:07:00|3600|1|0|0|check P|1",
        "2024 Jan  5 15:00:00|3600|1|-4|0|check P|1",
        "2024 Jan  5 15:00:00|3600|1|0|8|check P|1",
        "2024 Jan  7 12:00:00|3600|1|0|0|check P|1",
        "2036 Jan  5 12:00:00|3600|1|0|0|check P|1",
    ],
)
def test_another_run_in_the_log_is_not_this_one(line: str) -> None:
    """Neither its time nor its duration belong to the last run, whether it is older or has a wrong clock."""
    noted = LastSync(started=1_704_440_000, ended=1_704_452_400)

    assert last(line + "\n", last=noted) == ParityResult("2024-01-05T11:00:00Z", 12400, "ok", 0)


def test_a_run_without_an_end_is_the_logs() -> None:
    """After a power cut sbSynced2 is 0: the log's last line is the last finished run, with any exit code."""
    for code in (0, -4):
        assert last(NOON, last=LastSync(started=1_704_540_000, ended=0, exit_code=code)) == ParityResult(
            "2024-01-05T11:00:00Z", 3600, "ok", 0
        )


def test_the_log_has_the_run_before_the_current_one() -> None:
    """The superblock's start is already that of the new run."""
    running = check(parity_log=NOON, resync=Resync("recon D1"))

    assert running.action == "rebuild"
    assert running.last == ParityResult("2024-01-05T11:00:00Z", 3600, "ok", 0)


@pytest.mark.parametrize("stamp", ["999999999999999", "9" * 400, "-5", "x"])
def test_a_time_stamp_that_is_damage_is_none(stamp: str) -> None:
    """It can't be converted to a date."""
    state = parse_state(array(last=LastSync()).texts())
    damaged = replace(state, var={**state.var, "sbSynced": stamp, "sbSynced2": stamp})

    assert parity_check_from(damaged).last is None
