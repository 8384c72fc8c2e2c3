"""Naming what got worse since the figures in benchmarks/README.md."""

import pytest
from benchmarks.comparison import figure, worse
from benchmarks.report import machine_of, rows_of, section_in, table, with_section

COLUMNS = ("CPU, s an hour", "RSS, MB", "threads")


def _worse(before, after, columns=COLUMNS, *, is_same_machine=True):
    return list(worse("idle", columns, [before], [after], is_same_machine=is_same_machine))


def test_growth_beyond_the_noise_is_named_with_both_figures():
    """The line has the benchmark, row and column, and both figures."""
    assert _worse(("UMA", "2.0", "42.0", "3"), ("UMA", "3.0", "42.1", "3")) == ["idle: UMA: CPU, s an hour: 2.0 → 3.0"]


@pytest.mark.parametrize(
    ("column", "cell"), [(0, "2.7"), (0, "1.0"), (0, "–"), (1, "43.5"), (1, "not measured"), (2, "3")]
)
def test_noise_savings_and_missing_figures_are_not_named(column, cell):
    """Two runs of one version differ by that much; an improvement is not a loss."""
    before = ("UMA", "2.0", "42.0", "3")
    after = (*before[: column + 1], cell, *before[column + 2 :])

    assert _worse(before, after) == []


def test_a_whole_range_must_be_worse():
    """Rounds that overlap with the last ones prove nothing, however far apart the medians are."""
    columns = ("UMA",)

    assert _worse(("a", "2.0 (1.9–6.3)"), ("a", "6.0 (5.9–6.2)"), columns) == []
    assert len(_worse(("a", "2.0 (1.9–2.1)"), ("a", "6.0 (5.9–6.2)"), columns)) == 1


def test_on_other_processors_only_ratios_memory_and_counts_are_compared():
    """Seconds of another machine say nothing about this version."""
    before, after = ("UMA", "2.0", "42.0", "3"), ("UMA", "9.0", "52.0", "4")

    assert _worse(before, after, is_same_machine=False) == [
        "idle: UMA: RSS, MB: 42.0 → 52.0",
        "idle: UMA: threads: 3 → 4",
    ]


def test_a_slower_peer_is_not_named_but_a_worse_ratio_to_it_is():
    """Peers are measured for comparison only."""
    columns = ("UMA", "sockets", "UMA to sockets")

    assert _worse(("a", "1", "1", "1.00×"), ("a", "1", "9", "1.50×"), columns) == [
        "idle: a: UMA to sockets: 1.00× → 1.50×"
    ]
    assert _worse(("Netdata", "1", "1", "1"), ("Netdata", "9", "9", "9")) == []


def test_a_row_is_found_despite_another_text_in_brackets():
    """Texts in brackets differ from run to run; a new row has no earlier one."""
    before = ("1 client (reached 50)", "2.0", "42.0", "3")

    assert len(_worse(before, ("1 client (reached 48)", "9.0", "42.0", "3"))) == 1
    assert _worse(before, ("2 clients", "9.0", "99.0", "9")) == []


def test_more_frames_are_not_worse():
    """Finished work is not a cost."""
    assert figure("341", "frames a second") is None
    assert figure("10.8 (10.2–12.4)", "UMA").high == 12.4
    assert figure("14 µs (84400 messages)", "value").value == 14


def test_rows_come_back_as_they_were_written():
    """The table of the last run is read from the README, bars in its cells and all."""
    rows = [("CPU | µs", "1", "2"), ("RSS", "–", "3")]
    readme = with_section("# Figures\n", "idle", f"### idle\n\n{table(('UMA', 'raw'), rows)}\n\nHow.")

    assert rows_of(section_in(readme, "idle")) == rows
    assert rows_of(section_in(readme, "fanout")) == []


def test_the_processors_of_the_last_run_are_found():
    """They decide whether seconds can be compared."""
    assert machine_of("Taken in 8 minutes on 2 cores (AMD EPYC), Linux 6.1 (`--seconds 20`).") == "2 cores (AMD EPYC)"
    assert machine_of("") is None
