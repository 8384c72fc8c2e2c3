"""The tables in benchmarks/README.md."""

from benchmarks.report import section, table, with_section


def test_a_table_has_the_columns_of_its_benchmark():
    """Each row is what is measured and a value a column; a bar in a text does not end its cell."""
    assert table(("UMA", "raw"), [("CPU | µs", "1", "2")]) == (
        "| figure | UMA | raw |\n| --- | --- | --- |\n| CPU \\| µs | 1 | 2 |"
    )


def test_without_columns_there_is_one_value():
    """A benchmark that compares nothing yields pairs."""
    assert table((), [("files", "685")]).endswith("| files | 685 |")


def test_a_section_has_the_subject_before_the_figures_and_the_method_after():
    """The first paragraph of the docstring is above the table, the others below it, unwrapped."""
    text = section("idle", "What it\ncosts.\n\nHow it\nis taken.\n", (), [("a", "1")])

    assert text == "### idle\n\nWhat it costs.\n\n| figure | value |\n| --- | --- |\n| a | 1 |\n\nHow it is taken."


def test_writing_again_replaces_only_the_section_itself():
    """Prose by hand and the other sections stay; a section without a place gets one at the end."""
    readme = with_section("# Figures\n\nBy hand.\n", "idle", "one \\1")
    readme = with_section(readme, "fanout", "other")

    again = with_section(readme, "idle", "two")

    assert again == readme.replace("one \\1", "two")
    assert again.startswith("# Figures\n\nBy hand.\n")
    assert again.count("<!-- idle: written by make bench -->") == 1
